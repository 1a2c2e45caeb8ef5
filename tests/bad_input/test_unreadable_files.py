"""Deliveries that cannot be read: the error names the file and what to do, and the table stays as it was."""

import gzip
import io
import json
import random
import sys
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from product import CONTACT, DONE, ROOT, USER, csv_of

HEADER = ["id_cliente", "email", "telefone", "assunto", "data_envio"]
MIB = 1 << 20


def workbook(rows=2000):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    rng = random.Random(1)
    for number in range(rows):
        book.active.append([str(number), f"{rng.random()}@exemplo.com", "11999999999", "Oferta", "2024-05-27"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parquet(rows=2000):
    table = pa.table({name: pa.array([f"{name}{number}" for number in range(rows)]) for name in HEADER[:4]}
                     | {"data_envio": pa.array(["2024-05-27"] * rows)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="snappy")
    return buffer.getvalue()


def corrupted(content):
    """The pages are overwritten, the footer is intact."""
    middle = len(content) // 4
    return content[:middle] + b"\xde\xad" * 64 + content[middle + 128:]


def bomb():
    """A workbook whose sheet is a gigabyte of blanks in a megabyte of zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(1))) as good, \
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bad:
        for name in good.namelist():
            if name != "xl/worksheets/sheet1.xml":
                bad.writestr(name, good.read(name))
        with bad.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>')
            for _ in range(1024):
                sheet.write(b" " * MIB)
    return buffer.getvalue()


def gzip_bomb():
    buffer = io.BytesIO()
    with gzip.open(buffer, "wb", compresslevel=1) as file:
        file.write((",".join(HEADER) + "\n").encode())
        for _ in range(4096):
            file.write(b"a" * MIB)
    return buffer.getvalue()


GOOD_CSV = csv_of(CONTACT).encode()
CASES = {
    "an empty csv": ("csv", "m.csv", b"", ["m.csv", "empty"]),
    "an empty workbook file": ("xlsx", "m.xlsx", b"", ["m.xlsx", "empty"]),
    "a workbook behind .csv": ("csv", "m.csv", workbook(5), ["m.csv"]),
    "a csv behind .xlsx": ("xlsx", "m.xlsx", GOOD_CSV, ["m.xlsx"]),
    "a csv behind .parquet": ("parquet", "m.parquet", GOOD_CSV, ["m.parquet"]),
    "a csv behind .json": ("json", "m.json", GOOD_CSV, ["m.json"]),
    "a truncated workbook": ("xlsx", "m.xlsx", workbook()[:-2000], ["m.xlsx"]),
    "a workbook cut in the middle": ("xlsx", "m.xlsx", workbook()[: len(workbook()) // 2], ["m.xlsx"]),
    "a workbook with a damaged sheet": ("xlsx", "m.xlsx", corrupted(workbook()), ["m.xlsx"]),
    "a truncated parquet": ("parquet", "m.parquet", parquet()[:-100], ["m.parquet"]),
    "a corrupted parquet": ("parquet", "m.parquet", corrupted(parquet()), ["m.parquet"]),
    "a truncated gzip": ("csv", "m.csv.gz", gzip.compress(GOOD_CSV * 100)[:-10], ["m.csv.gz"]),
    "another separator": ("csv", "m.csv", GOOD_CSV.replace(b",", b";"), ["m.csv", ";"]),
    "a missing column": ("csv", "m.csv", GOOD_CSV.replace(b"data_envio", b"enviado_em"), ["data_envio", "enviado_em"]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_error_names_the_file_and_the_table_stays(case, workspace):
    kind, name, content, facts = CASES[case]
    workspace.file("m.csv", GOOD_CSV)
    workspace.source("m")
    assert (first := workspace.run()).code == DONE, first
    rows, version = workspace.rows(), workspace.version()

    workspace.file(name, content)
    workspace.source("m", location=f"./{name}", format=kind, on_failure="fail")
    outcome = workspace.run()

    assert outcome.code == USER, outcome
    assert outcome.err.count("error:") == 1 and "hint:" in outcome.err, outcome
    for fact in facts:
        assert fact in outcome.err, outcome
    assert (workspace.rows(), workspace.version()) == (rows, version)


@pytest.mark.parametrize(("kind", "name", "make"), [("xlsx", "m.xlsx", bomb), ("csv", "m.csv.gz", gzip_bomb)],
                         ids=["a workbook", "a gzip"])
def test_a_zip_bomb_is_refused_in_bounded_memory(kind, name, make, workspace):
    workspace.file(name, make())
    workspace.source("m", location=f"./{name}", format=kind)
    report = workspace.folder / "cost.json"
    outcome = workspace.run(prefix=[sys.executable, "-IS", ROOT / "bench/measure.py", report])
    assert outcome.code == USER, outcome
    assert name in outcome.err, outcome
    cost = json.loads(report.read_text())
    assert cost["peak_mib"] < 512 and cost["wall_s"] < 30, cost


def test_a_missing_file_is_named_and_the_table_stays(workspace):
    workspace.file("m.csv", GOOD_CSV)
    workspace.source("m", on_failure="fail").run()
    rows = workspace.rows()
    (workspace.folder / "m.csv").unlink()
    outcome = workspace.run()
    assert outcome.code == USER, outcome
    assert "m.csv" in outcome.err and "hint:" in outcome.err, outcome
    assert workspace.rows() == rows


def test_a_missing_folder_and_a_missing_delta_table_are_named(workspace):
    workspace.source("m", location="./pasta", format="parquet")
    assert "pasta" in (outcome := workspace.run()).err and outcome.code == USER, outcome
    workspace.source("m", location="./tabela", format="delta")
    assert "tabela" in (outcome := workspace.run()).err and outcome.code == USER, outcome


def test_a_file_without_permission_is_named(workspace, without_privileges):
    path = workspace.file("m.csv", GOOD_CSV)
    workspace.source("m")
    path.chmod(0)
    outcome = workspace.run(prefix=without_privileges)
    assert outcome.code == USER, outcome
    assert "m.csv" in outcome.err and "permission" in outcome.err.lower(), outcome


def test_a_table_folder_without_permission_is_named(workspace, without_privileges):
    workspace.file("m.csv", GOOD_CSV)
    workspace.source("m").run()
    workspace.file("m.csv", csv_of(CONTACT, ("2", *CONTACT[1:])))
    rows = workspace.rows()
    for path in [workspace.table, *workspace.table.rglob("*")]:
        if path.is_dir():
            path.chmod(0o555)
    outcome = workspace.run(prefix=without_privileges)
    for path in [workspace.table, *workspace.table.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    assert outcome.code in (USER, 2), outcome
    assert "quarentena_global" in outcome.err and "permission" in outcome.err.lower(), outcome
    assert workspace.rows() == rows
    assert workspace.run().code == DONE
    assert len(workspace.rows()) == 2
