"""Both engines make the same table of the same deliveries, row for row, and the same rejects and counts."""

import json

import duckdb
import pytest
from deltalake import DeltaTable

from bench import compare, generate, oracle
from engine_pair import DATES, Pair, load
from product import DATA_CARGA, DEGRADED, DONE, USER, Workspace, csv_of, seed_copy

pytestmark = pytest.mark.slow


def test_the_example(spark, tmp_path):
    pair = Pair(seed_copy(tmp_path / "seed"), spark)
    assert pair.run().code == DONE
    assert len(pair.sides["spark"].rows()) > 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_thousand_rows_equal_the_oracle(seed, spark, tmp_path):
    generate.generate(10_000, tmp_path / "day", DATA_CARGA, seed)
    counts = oracle.oracle(tmp_path / "day", DATA_CARGA)
    workspace = Workspace(tmp_path / "day")
    outcome = load(workspace, "spark", spark, "--json")
    assert outcome.code == DONE, outcome
    assert compare.differences(tmp_path / "day/expected.parquet", workspace.table) == []
    assert {one["name"]: one["counts"] for one in outcome.json()["sources"]} == counts


def test_a_million_rows_equal_the_oracle(spark, tmp_path):
    generate.generate(1_000_000, tmp_path / "day", DATA_CARGA, 7)
    counts = oracle.oracle(tmp_path / "day", DATA_CARGA)
    workspace = Workspace(tmp_path / "day")
    outcome = load(workspace, "spark", spark, "--json")
    assert outcome.code == DONE, outcome
    assert compare.differences(tmp_path / "day/expected.parquet", workspace.table) == []
    assert {one["name"]: one["counts"] for one in outcome.json()["sources"]} == counts


def test_dates_in_iso(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m")
    workspace.file("m.csv", csv_of(*((str(n), "a@exemplo.com", "1", "s", text) for n, text in enumerate(DATES))))
    assert Pair(workspace, spark).run().code == DONE


def test_dates_in_named_formats(spark, tmp_path):
    formats = {"dmy": ["%d/%m/%Y"], "short": ["%d.%m.%y", "%d/%m/%Y"], "zone": ["%Y-%m-%d %H:%M:%S %z", "%d/%m/%Y"],
               "names": ["%a %d %b %Y", "%d de %B de %Y"], "twelve": ["%m/%d/%Y %I:%M %p"], "yearday": ["%Y%j"]}
    texts = ["28/05/2024", "5/5/2024", "28/05/24", "31/02/2024", "28.05.24", "28.05.69", "2024-05-28 02:59:59 +0000",
             "2024-05-28 3:0:0 +00", "2024-05-28 23:59:59 -03:00", "2024-05-28 02:59:59 Z", "tue 28 may 2024", "Tue 28 Mai 2024",
             "27 de May de 2024", "28 de maio de 2024", "05/28/2024 12:30 AM", "5/28/2024 1:05 pm", "05/28/2024 13:05 PM",
             "2024149", "2024366", "2024367", "28/05/2024 10:00", "28/05/0024", "", "2024-05-28"]
    workspace = Workspace(tmp_path / "day")
    for name, dates in formats.items():
        workspace.source(name, canal=name, dates=dates, dias=30, rejects="100%")
        workspace.file(f"{name}.csv", csv_of(*((str(n), "a@exemplo.com", "1", "s", text) for n, text in enumerate(texts))))
    assert Pair(workspace, spark).run().code == DONE


def test_ids_and_texts_as_they_come(spark, tmp_path):
    odd = ["007", "12345", "d'água", 'com "aspas"', "a\\b", "${env:HOME}", "１２", "ação", "x" * 40, " 9 "]
    workspace = Workspace(tmp_path / "day").source("m", columns={"id_cliente": {"column": "id", "pad": 5}})
    workspace.file("m.csv", "id,email,telefone,assunto,data_envio\n" + "".join(
        f'"{one.replace(chr(34), chr(34) * 2)}","{one.replace(chr(34), chr(34) * 2)}",1,,2024-05-28\n' for one in odd))
    assert Pair(workspace, spark).run().code == DONE


def test_of_one_client_the_row_that_leaves_last_then_the_smallest_texts_and_the_first_source(spark, tmp_path):
    rows = [("1", "b@x.com", "1", "s", "2024-05-27"), ("1", "a@x.com", "1", "s", "2024-05-26"), ("2", "b@x.com", "", "s", "2024-05-27"),
            ("2", "b@x.com", "9", "s", "2024-05-27"), ("2", "", "1", "s", "2024-05-27"), ("3", "é@x.com", "1", "s", "2024-05-27"),
            ("3", "z@x.com", "1", "s", "2024-05-27"), ("4", "a@x.com", "1", "", "2024-05-27"), ("4", "a@x.com", "1", "s", "2024-05-27")]
    workspace = Workspace(tmp_path / "day").source("loja").source("site")
    workspace.file("loja.csv", csv_of(*rows))
    workspace.file("site.csv", csv_of(*reversed(rows), ("5", "", "", "", "2024-05-28"), ("1", "0@x.com", "1", "s", "2024-05-27")))
    assert Pair(workspace, spark).run().code == DONE


def test_until_removed_keeps_who_has_no_date(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("f", canal="Fraude", dias="until_removed", where="assunto <> 'fora' OR assunto IS NULL")
    workspace.file("f.csv", csv_of(("1", "", "", "", ""), ("1", "a", "", "", "1990-01-01"), ("2", "", "", "", "nunca"),
                                   ("3", "", "", "fora", "2024-05-28"), ("", "x", "", "", "2024-05-28"), ("4", "", "", "", "2030-01-01")))
    outcome = Pair(workspace, spark).run()
    assert "without a usable data_envio" in outcome.out


def test_a_condition_that_is_null_or_cannot_be_evaluated_is_false(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m", where="CAST(email AS INTEGER) > 5 AND \"telefone\" <> 'd''água' -- fim")
    workspace.file("m.csv", csv_of(("1", "10", "1", "", "2024-05-28"), ("2", "", "1", "", "2024-05-28"), ("3", "dez", "1", "", "2024-05-28"),
                                   ("4", "6", "d'água", "", "2024-05-28"), ("5", "7", "", "", "2024-05-28")))
    assert Pair(workspace, spark).run().code == DONE


def test_typed_columns_of_parquet(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source(
        "p", location="./p.parquet", format="parquet", columns={"id_cliente": "id", "email": "contato.email", "data_envio": "quando"},
        where="contato.pontos < 4 AND valor > 1")
    duckdb.connect().execute(
        "COPY (SELECT (i * 1.0)::DOUBLE AS id, {'email': 'a' || i, 'pontos': i} AS contato, (119 + i)::DECIMAL(12, 2) AS telefone, "
        "i % 2 = 0 AS assunto, TIMESTAMPTZ '2024-05-28 02:30:00+00' + to_minutes(i * 20) AS quando, i::UBIGINT AS valor "
        f"FROM range(6) t(i)) TO '{workspace.folder}/p.parquet' (FORMAT parquet)")
    assert Pair(workspace, spark).run().code == DONE


def test_records_that_cannot_be_read_are_rejects_of_both(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m")
    workspace.file("m.csv", csv_of(("1", "a", "1", "s", "2024-05-28"), ("2", "a"), ("", "a", "1", "s", "2024-05-28"), ("4", "a", "1", "s", "ontem"),
                                   *((str(n), "b", "1", "s", "2024-05-27") for n in range(10, 30))))
    assert Pair(workspace, spark).run().code == DONE


def test_expectations_and_a_wrong_condition_are_told_alike(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m", expectations=[
        {"name": "e-mails", "sql": "count(email) > 0.5 * count(*)", "on_failure": "warn"}])
    workspace.file("m.csv", csv_of(("1", "", "1", "s", "2024-05-28"), ("2", "", "1", "s", "2024-05-28")))
    outcome = Pair(workspace, spark).run()
    assert "e-mails" in outcome.out
    workspace.source("m", where="nao_existe = 1")
    for dry in ([], ["--dry-run"]):
        outcome = load(workspace, "spark", spark, *dry)
        assert outcome.code == USER and "source 'm'" in outcome.err and "nao_existe" in outcome.err and "telefone" in outcome.err


def test_statistics_of_sparks_files_hold_and_show_no_personal_data(spark, tmp_path):
    workspace = seed_copy(tmp_path / "seed")
    assert (outcome := load(workspace, "spark", spark)).code == DONE, outcome
    rows = duckdb.connect()
    adds = [json.loads(line)["add"] for log in workspace.table.glob("_delta_log/*.json") for line in log.read_text().splitlines()
            if "add" in json.loads(line)]
    assert adds and len(adds) == len(DeltaTable(str(workspace.table)).file_uris())
    for add in adds:
        statistics = json.loads(add["stats"])
        assert not {"email", "telefone", "assunto"} & (set(statistics["minValues"]) | set(statistics["maxValues"]))
        path = workspace.table / add["path"].replace("%3D", "=").replace("%20", " ")
        assert path.stat().st_size == add["size"]
        told = [statistics["numRecords"], statistics["minValues"]["id_cliente"], statistics["maxValues"]["id_cliente"],
                statistics["minValues"].get("qtd_dias"), statistics["nullCount"]["email"]]
        assert told == list(rows.execute(f"SELECT count(*), min(id_cliente), max(id_cliente), min(qtd_dias), count(*) - count(email) "
                                         f"FROM read_parquet('{path}')").fetchone())
