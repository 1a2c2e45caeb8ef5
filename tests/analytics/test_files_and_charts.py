"""Answers as files that others open, and as charts."""

import xml.etree.ElementTree as xml

import openpyxl
import pyarrow.parquet as parquet
import pytest

from three_days import ANSWERS, PARAMETERS


def run(loaded, *arguments, **options):
    outcome = loaded.command("analytics run", *arguments, **options)
    assert outcome.code == 0, outcome
    return outcome


def test_csv_has_no_formula(loaded):
    lines = run(loaded, "assuntos", "-p", "minimo=1", "--format", "csv").out.splitlines()
    assert lines[:3] == ["assunto,canal,clientes", "Convite,CRM,3", "'=Oferta,Marketing,2"]


def test_xlsx_has_numbers_days_and_texts_but_no_formula(loaded, tmp_path):
    file = tmp_path / "assuntos.xlsx"
    run(loaded, "assuntos", "-p", "minimo=1", "--out", file)
    book = openpyxl.load_workbook(file)
    rows = [[cell.value for cell in row] for row in book["dados"].iter_rows()]
    assert rows == [["assunto", "canal", "clientes"], *ANSWERS["assuntos"]]
    assert book["dados"]["A3"].data_type == "s"
    assert ["minimo", "1"] in [[cell.value for cell in row] for row in book["sobre"].iter_rows()]
    run(loaded, "em_quarentena", "--out", tmp_path / "dias.xlsx")
    first = openpyxl.load_workbook(tmp_path / "dias.xlsx")["dados"]["A2"]
    assert first.is_date and str(first.value.date()) == "2024-05-27"


def test_parquet_has_types(loaded, tmp_path):
    file = tmp_path / "sobreposicao.parquet"
    run(loaded, "sobreposicao", "--out", file)
    table = parquet.read_table(file)
    assert [str(field.type) for field in table.schema] == ["string", "string", "int64", "double"]
    assert [list(row.values()) for row in table.to_pylist()] == ANSWERS["sobreposicao"]


def test_all_of_them_into_a_folder(loaded, tmp_path):
    outcome = loaded.command("analytics export", "--out", tmp_path / "novo/relatorio", "--format", "csv", "--format", "svg", *PARAMETERS)
    assert outcome.code == 0, outcome
    assert {file.name for file in (tmp_path / "novo/relatorio").iterdir()} == {f"{name}.{end}" for name in ANSWERS for end in ("csv", "svg")}
    outcome = loaded.command("analytics export", "assuntos", "--out", tmp_path / "um", "-p", "nada=1")
    assert outcome.code == 1 and "no analysis here has a parameter 'nada'" in outcome.err, outcome


@pytest.mark.parametrize("name", ANSWERS)
def test_svg_is_whole_and_says_what_it_shows(name, loaded):
    given = ["-p", "minimo=1"] if name == "assuntos" else []
    root = xml.fromstring(run(loaded, name, "--chart", "svg", *given).out)
    assert root.attrib["role"] == "img"
    title, description = root[0], root[1]
    assert title.tag.endswith("title") and title.text and description.text
    assert not [one for one in root.iter() if one.tag.endswith(("script", "image"))]


def test_charts_are_plain_where_nobody_sees_colours(loaded):
    assert "▁" not in run(loaded, "em_quarentena").out
    plain = run(loaded, "canais_por_cliente", "--chart", "terminal").out
    assert "█" in plain and "\x1b" not in plain


@pytest.mark.parametrize("no_color", [False, True])
def test_charts_take_the_terminals_width_and_colours(no_color, loaded):
    out = on_terminal(loaded, 60, {"NO_COLOR": "1"} if no_color else {"NO_COLOR": ""})
    chart = out[:out.index("┌")].splitlines()[1:]
    assert any("█" in line for line in chart)
    assert ("\x1b[34m" in out) == (not no_color)
    assert all(len(strip(line)) <= 60 for line in chart), chart


def strip(line):
    import re
    return re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip("\r\n")


def on_terminal(loaded, columns, env):
    import fcntl
    import os
    import pty
    import struct
    import subprocess
    import termios

    from product import BINARY

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen([BINARY, "analytics", "run", "proximas_saidas", "-c", loaded.folder / "quarentena.yml"],
                               stdout=theirs, stderr=subprocess.PIPE, env={**os.environ, "TERM": "xterm-256color", **env})
    os.close(theirs)
    out = b""
    try:
        while part := os.read(ours, 65536):
            out += part
    except OSError:  # how a terminal whose other side is gone ends
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0, process.stderr.read()
    return out.decode()
