"""A table that one engine wrote is continued by the other: rows, ledger, brake, explanations."""

import json
import shutil

import duckdb
import pytest

from engine_pair import ENGINES, Pair, load
from product import DATA_CARGA, DEGRADED, DONE, HELD, TEMPORARY, Workspace, csv_of, rows_of, seed_copy

pytestmark = pytest.mark.slow
NEXT = "2024-05-29"


def contacts(days, clients=40):
    return csv_of(*((f"{n:03}", f"c{n}@exemplo.com", "1", "s", days[n % len(days)]) for n in range(clients)))


@pytest.mark.parametrize("first, second", [ENGINES, ENGINES[::-1]], ids=["DuckDB then Spark", "Spark then DuckDB"])
def test_a_day_of_one_is_continued_by_the_other(first, second, spark, tmp_path):
    both = {}
    for name, engines in (("mixed", (first, second)), ("alone", ("duckdb", "duckdb"))):
        workspace = Workspace(tmp_path / name).source("m", dias=30)
        workspace.file("m.csv", contacts(["2024-05-20", "2024-05-25"]))
        assert (outcome := load(workspace, engines[0], spark)).code == DONE, outcome
        # The same day again, on the other engine: inputs and rules have not changed.
        again = load(workspace, engines[1], spark, "--json")
        assert again.code == DONE and again.json()["status"] == "unchanged" and workspace.version() == 0, again
        # The next day's file is cut: its last accepted state is carried forward.
        workspace.file("m.csv", contacts(["2024-05-20", "2024-05-25"])[:70])
        assert (outcome := load(workspace, engines[1], spark, data_carga=NEXT)).code == DEGRADED, outcome
        ledger = workspace.command("sql", "SELECT data_carga, source, status, decision, rows_read, rows_quarantined, in_force_since, columns "
                                   "FROM fontes ORDER BY 1, 2", "--json").json()
        both[name] = (workspace.rows(), ledger, workspace.version())
    assert both["mixed"] == both["alone"]


def test_the_same_day_twice_commits_nothing(spark, tmp_path):
    workspace = seed_copy(tmp_path / "seed")
    assert load(workspace, "spark", spark).code == DONE
    again = load(workspace, "spark", spark, "--json")
    assert again.json()["status"] == "unchanged" and workspace.version() == 0
    forced = load(workspace, "spark", spark, "--force", "--json")
    assert forced.code == DONE and workspace.version() == 1, forced


def test_missing_and_truncated_files_are_carried_and_the_brake_holds(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m", dias=30).source("n", canal="CRM", dias=30, volume={"shrink": "off"})
    for name in ("m", "n"):
        workspace.file(f"{name}.csv", contacts(["2024-05-20", "2024-05-25"]))
    pair = Pair(workspace, spark)
    assert pair.run().code == DONE
    assert pair.run(data_carga=NEXT, change=lambda w: (w.folder / "m.csv").unlink()).code == DEGRADED

    def shrink(w):
        w.file("m.csv", contacts(["2024-05-20", "2024-05-25"])[:70])
        w.file("n.csv", contacts(["2024-05-20", "2024-05-25"], clients=10) + "011,c11@exemplo.com,1,s,2024-04-01\n")

    held = pair.run(data_carga="2024-05-30", change=shrink)
    assert held.code == HELD, held
    lists = [sorted((side.folder / "data/staging/runs").glob("*/releases.csv")) for side in pair.sides.values()]
    assert lists[0] and [one.read_text() for one in lists[0]] == [one.read_text() for one in lists[1]]
    assert "expired" in lists[1][0].read_text() or "011" in lists[1][0].read_text()
    approved = pair.run("--approve-release", "CRM=30", "--reason", "base menor", data_carga="2024-05-30")
    assert approved.code == DEGRADED, approved


def test_a_client_is_explained_alike_by_both(spark, tmp_path):
    workspace = seed_copy(tmp_path / "seed")
    assert load(workspace, "spark", spark).code == DONE
    client = workspace.rows()[0][0]
    answers = [workspace.command("explain", client, "--json", "--engine", engine, env={"SPARK_REMOTE": spark.address}).json()
               for engine in ENGINES]
    assert answers[0] == answers[1]


def test_past_days_and_other_rules_come_out_alike(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m", dias=30, keeps="events")
    workspace.file("m.csv", contacts(["2024-05-20", "2024-05-25"]))
    pair = Pair(workspace, spark)
    pair.run()
    pair.run(data_carga=NEXT, change=lambda w: w.file("m.csv", csv_of(("900", "z@exemplo.com", "1", "s", "2024-05-26"))))
    for verb in (["simulate", "--set", "m.dias=5", "--json"],
                 ["backfill", "--from", DATA_CARGA, "--to", NEXT, "--with-late", "--json"]):
        outcomes = [side.command(*verb[:1], *verb[1:], "--engine", engine, env={"SPARK_REMOTE": spark.address})
                    for engine, side in pair.sides.items()]
        assert outcomes[0].code == outcomes[1].code, f"{outcomes[0]}\n=== on Spark\n{outcomes[1]}"
        pair.same_tables()
