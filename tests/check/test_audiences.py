"""An audience file is split, and nothing of it is lost or changed."""

import csv
import gzip
import hashlib
import io
import json
import os
import resource
import stat
import subprocess

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from product import BINARY

DAY = "2024-05-28"
ADDED = ["canal", "saida_prevista", "motivo"]


@pytest.fixture
def loaded(company):
    return company.publish(DAY, [
        ("001", "CRM", "ana@exemplo.com", "11987654321", "2024-05-20", "2024-06-19"),
        ("A2", "Marketing", "bia@exemplo.com", None, "2024-05-27", "2024-06-03"),
        ("003", "Fraude", "joão@exemplo.com", "11912345678", None, None)])


def split(company, content, *arguments, name="audience.csv"):
    company.file(name, content)
    return company.split(name, "--on", DAY, *arguments)


def counts(summary):
    return summary["allowed"], summary["blocked"], summary["unknown"]


def test_every_byte_of_a_row_goes_through_in_order(loaded):
    rows = ['007;"um; ""dois""";1,5', "001;x;", "008;'; y", '"009";"a\nb";z', "A2;;", ";sem id;", "010;fim;0"]
    summary, files = split(loaded, "id_cliente;nome;valor\n" + "\n".join(rows) + "\n")
    assert files["allowed"].decode() == "id_cliente;nome;valor\n" + "\n".join([rows[0], rows[2], rows[3], rows[6]]) + "\n"
    assert files["unknown"].decode() == "id_cliente;nome;valor\n;sem id;\n"
    assert files["blocked"].decode().splitlines() == [
        "id_cliente;nome;valor;canal;saida_prevista;motivo",
        "001;x;;CRM;2024-06-19;in quarantine in CRM until 2024-06-19",
        "A2;;;Marketing;2024-06-03;in quarantine in Marketing until 2024-06-03"]
    assert counts(summary) == (4, 2, 1)
    assert summary["blocked_by"] == [{"canal": "CRM", "rows": 1}, {"canal": "Marketing", "rows": 1}]


@pytest.mark.parametrize("text, encoding", [
    ("id_cliente,e\r\n001,ã\r\n007,ç\r\n", "utf-8"), ("id_cliente,e\r\n001,ã\r\n007,ç\r\n", "utf-8-sig"),
    ("id_cliente\te\n001\tã\n007\tç\n", "latin-1"), ("id_cliente|e\n001|ã\n007|ç", "utf-8"), ("id_cliente,e\r001,a\r007,b\r", "utf-8")])
def test_encodings_separators_and_line_ends_stay(loaded, text, encoding):
    content = text.encode(encoding)
    summary, files = split(loaded, content)
    assert counts(summary) == (1, 1, 0)
    end = b"\r\n" if b"\r\n" in content else b"\r" if b"\r" in content else b"\n"
    head, blocked, allowed = content.split(end)[:3]
    assert files["allowed"] == head + end + allowed + end
    assert files["blocked"].split(end)[1].startswith(blocked)
    assert len(files["blocked"].split(end)) == 3


def test_utf_16_and_gzip_are_read(loaded):
    text = "id_cliente,e\n001,ã\n007,ç\n"
    _, files = split(loaded, text.encode("utf-16"))
    assert files["allowed"].decode() == "id_cliente,e\n007,ç\n"
    _, files = split(loaded, gzip.compress(text.encode()), name="audience.csv.gz")
    assert files["allowed"].decode() == "id_cliente,e\n007,ç\n"


def test_a_latin_1_email_matches(loaded):
    _, files = split(loaded, "email\njoão@exemplo.com\nnobody@exemplo.com\n".encode("latin-1"), "--key", "email")
    assert files["blocked"].splitlines()[1].startswith("joão@exemplo.com,Fraude,,".encode("latin-1"))


def test_a_damaged_line_is_unknown_and_costs_no_other(loaded):
    summary, files = split(loaded, 'id_cliente,e\n"001"x,1\n001,2\n"never closed,3\n007,4\n')
    assert counts(summary) == (1, 1, 2)
    assert files["unknown"] == b'id_cliente,e\n"001"x,1\n"never closed,3\n'


def test_several_keys_block_by_any_and_one_is_enough_to_be_free(loaded):
    summary, files = split(loaded, "id_cliente,email,fone\n9,ANA@exemplo.com,\n001,,\n9,,\n,,x\n8,x@exemplo.com,11912345678\n",
                           "--key", "id_cliente", "--key", "email", "--key", "telefone=fone")
    assert counts(summary) == (1, 3, 1)
    assert [row["canal"] for row in csv.DictReader(io.StringIO(files["blocked"].decode()))] == ["CRM", "CRM", "Fraude"]


def test_hashed_audiences_match(loaded):
    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    rows = [digest("ana@exemplo.com"), digest("joão@exemplo.com").upper(), digest("x@exemplo.com"), "not a digest"]
    summary, _ = split(loaded, "contato\n" + "\n".join(rows) + "\n", "--key", "sha256:email=contato")
    assert counts(summary) == (1, 2, 1)


def test_parquet_keeps_types_columns_and_order(loaded):
    table = pa.table({"n": pa.array(range(5000), pa.int32()), "canal": ["x"] * 5000,
                      "cliente": ["001" if n % 7 == 0 else None if n % 11 == 0 else str(n) for n in range(5000)],
                      "tags": [[str(n)] for n in range(5000)]})
    pq.write_table(table, loaded.folder / "a.parquet")
    summary, _ = loaded.split("a.parquet", "--on", DAY, "--key", "id_cliente=cliente")
    parts = {name: pq.read_table(path) for name, path in summary["files"].items()}
    expected = table.to_pylist()
    assert parts["allowed"].to_pylist() == [row for row in expected if row["cliente"] not in ("001", None)]
    assert parts["unknown"].to_pylist() == [row for row in expected if row["cliente"] is None]
    blocked = parts["blocked"]
    assert blocked.column_names == [*table.column_names, "quarentena_canal", "saida_prevista", "motivo"]
    assert blocked.column("n").to_pylist() == [row["n"] for row in expected if row["cliente"] == "001"]
    assert {str(day) for day in blocked.column("saida_prevista").to_pylist()} == {"2024-06-19"}


@pytest.mark.parametrize("layout", ["lines", "array", "pretty"])
def test_json_keeps_its_numbers_and_fields(loaded, layout):
    objects = ['{"id_cliente":"001","v":1.50,"c":{"e":"x"}}', '{"id_cliente":"7","v":1e3}', '{"v":[1,2]}', '{}']
    content = {"lines": "\n".join(objects), "array": "[" + ",\n".join(objects) + "]",
               "pretty": "[\n" + ",\n".join(text.replace(",", ",\n  ") for text in objects) + "\n]"}[layout]
    summary, files = split(loaded, content, name="a.json")
    assert counts(summary) == (1, 1, 2)
    assert "1.50" in files["blocked"].decode() and "1e3" in files["allowed"].decode()
    assert json.loads(files["blocked"])["saida_prevista"] == "2024-06-19"
    assert [json.loads(line) for line in files["unknown"].splitlines()] == [{"v": [1, 2]}, {}]


def test_a_json_path_reaches_into_objects(loaded):
    summary, _ = split(loaded, '{"c":{"mail":"Ana@exemplo.com"}}\n{"c":{"mail":"x@exemplo.com"}}\n', "--key", "email=c.mail", name="a.json")
    assert counts(summary) == (1, 1, 0)


def test_a_workbook_becomes_csv(loaded):
    book = openpyxl.Workbook()
    for row in (["nome", "id_cliente"], ["a, b", "001"], ["c", "007"]):
        book.active.append(row)
    book.save(loaded.folder / "a.xlsx")
    summary, files = loaded.split("a.xlsx", "--on", DAY)
    assert files["allowed"] == b"nome,id_cliente\nc,007\n"
    assert files["blocked"].startswith(b'nome,id_cliente,canal,saida_prevista,motivo\n"a, b",001,CRM,')


def test_a_file_with_no_rows_gives_three_headers(loaded):
    summary, files = split(loaded, "id_cliente,e")
    assert counts(summary) == (0, 0, 0) and files["allowed"] == b"id_cliente,e\n"


def test_a_column_that_is_not_there_is_named_with_those_that_are(loaded):
    loaded.file("a.csv", "cliente,nome\n1,2\n")
    wrong = loaded.check("--audience", loaded.folder / "a.csv", "--on", DAY)
    assert wrong.code == 1 and "id_cliente" in wrong.err and "cliente" in wrong.err
    assert not list(loaded.folder.glob("*.part"))


def test_nobody_is_allowed_by_a_stale_or_absent_load(loaded):
    loaded.file("a.csv", "id_cliente\n9\n001\n")
    outcome = loaded.check("--audience", loaded.folder / "a.csv", "--json")
    assert outcome.code == 11 and outcome.json()["why"] == "stale"
    assert counts(outcome.json()) == (0, 0, 2)
    outcome = loaded.check("--audience", loaded.folder / "a.csv", "--on", "2024-05-01", "--json")
    assert outcome.code == 11 and counts(outcome.json()) == (0, 0, 2)


def test_when_most_are_free_is_told(loaded):
    summary, _ = split(loaded, "id_cliente\n" + "".join(f"x{n}\n" for n in range(8)) + "001\nA2\n")
    assert summary["mostly_free_on"] == "2024-06-04"
    assert summary["free_from"] == [{"day": DAY, "rows": 8}, {"day": "2024-06-04", "rows": 9}, {"day": "2024-06-20", "rows": 10}]


def test_the_files_are_their_owners(loaded):
    summary, _ = split(loaded, "id_cliente\n1\n")
    assert {stat.S_IMODE(os.stat(path).st_mode) for path in summary["files"].values()} == {0o600}


@pytest.mark.parametrize("write, cause", [
    (lambda id_: id_.upper(), "lower case"), (lambda id_: id_.lstrip("0"), "leading zeros make it 6 characters"),
    (lambda id_: id_ + ".0", "`.0`"), (lambda id_: f"'{id_}'", "quotes around"), (lambda id_: id_[:3] + "\u00a0" + id_[3:], "blanks inside")])
def test_ids_written_another_way_are_noticed(company, write, cause):
    ids = [f"0{number:04}c" for number in range(300)]
    company.publish(DAY, [(id_, "CRM", None, None, "2024-05-20", "2024-06-19") for id_ in ids])
    summary, _ = split(company, "id_cliente\n" + "\n".join(map(write, ids)) + "\n")
    assert summary["blocked"] == 0 and len(summary["warnings"]) == 1
    assert cause in summary["warnings"][0]
    good, _ = split(company, "id_cliente\n" + "\n".join(ids) + "\n")
    assert good["blocked"] == 300 and not good["warnings"]


def test_phones_without_an_area_code_are_noticed(loaded):
    summary, _ = split(loaded, "telefone\n" + "\n".join(f"9{number:08}" for number in range(50)) + "\n", "--key", "telefone")
    assert summary["unknown"] == 50 and "area code" in summary["warnings"][0]


def test_memory_does_not_grow_with_the_audience(loaded):
    def peak(rows):
        path = loaded.folder / "big.csv"
        with open(path, "w") as file:
            file.write("id_cliente,nome\n")
            file.writelines(f"{number:012},{'n' * 60}\n" for number in range(rows))
        command = [str(BINARY), "check", "--audience", str(path), "--on", DAY, "-c", str(loaded.folder / "quarentena.yml")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        return usage.ru_maxrss // 1024

    small, large = peak(200_000), peak(1_600_000)
    assert large < small + 40, (small, large)
