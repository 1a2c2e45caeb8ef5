"""One text of SQL, two engines, the same answers."""

import json

import pytest

import three_days
from product import Workspace

pytestmark = pytest.mark.slow


def test_every_analysis_answers_alike(spark, tmp_path):
    workspace = three_days.load(Workspace(tmp_path / "days"))
    answers = {}
    for engine in ("duckdb", "spark"):
        out = tmp_path / engine
        outcome = workspace.command("analytics export", "--engine", engine, "--format", "json", "--format", "csv", "--out", out,
                                    "--param", f"de={three_days.DAYS[0]}", *three_days.PARAMETERS,
                                    env={"SPARK_REMOTE": spark.address}, timeout=600)
        assert outcome.code == 0, outcome
        answers[engine] = {file.name: file.read_text() for file in out.iterdir()}
    assert answers["spark"] == answers["duckdb"]
    assert {name: three_days.values(json.loads(answers["spark"][name + ".json"])) for name in three_days.ANSWERS} == {
        **three_days.ANSWERS, "frequencia_de_contato": [[1, 1, 2], [2, 2, 1]]}


def test_texts_keep_their_quotes_and_backslashes_on_both(spark, tmp_path):
    workspace = three_days.load(Workspace(tmp_path / "days"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own/textos.sql").write_text(
        "-- title: Textos\n-- param: t text d'água \\n \"x\"\n\nSELECT :t AS \"um nome\", 'it''s \\ :t' AS b, 1 AS c -- ':t'\n")
    answers = []
    for engine in ("duckdb", "spark"):
        outcome = workspace.command("analytics run", "textos", "--folder", tmp_path / "own", "--engine", engine, "--format", "json",
                                    env={"SPARK_REMOTE": spark.address}, timeout=600)
        assert outcome.code == 0, outcome
        answers.append(outcome.json())
    assert answers[0] == answers[1] == [{"um nome": "d'água \\n \"x\"", "b": "it's \\ :t", "c": 1}]


@pytest.mark.parametrize("sql", [
    "SELECT data_carga, canal, count(*) AS n FROM quarentena_global GROUP BY data_carga, canal ORDER BY data_carga, canal",
    "SELECT data_carga, source, status, rows_read FROM fontes ORDER BY data_carga, source",
    "SELECT data_carga, status, rows_read, clients_entered, clients_left, CAST(canais AS STRING) AS canais FROM runs ORDER BY started_at",
])
def test_sql_is_answered_alike(sql, spark, tmp_path):
    workspace = three_days.load(Workspace(tmp_path / "days"))
    answers = [workspace.command("sql", sql, "--json", "--engine", engine, env={"SPARK_REMOTE": spark.address}, timeout=600)
               for engine in ("duckdb", "spark")]
    assert answers[0].code == answers[1].code == 0, answers
    assert answers[0].json() == answers[1].json() and len(answers[0].json()) >= 3


def test_the_history_of_runs_is_all_there_on_spark(spark, tmp_path):
    workspace = three_days.load(Workspace(tmp_path / "days"))
    answer = workspace.command("sql", "FROM runs", "--json", "--engine", "spark", env={"SPARK_REMOTE": spark.address}, timeout=600)
    assert answer.code == 0 and sorted(run["data_carga"] for run in answer.json()) == three_days.DAYS, answer
