"""A table on an object store: Spark writes its files where they stay, and none of them passes through this machine."""

import pytest

from engine_pair import ENGINES
from lake_tables import TABLE, LakePair
from product import DEGRADED, DONE, HELD, USER, Workspace, csv_of, seed_copy
from s3_server import s3_server

pytestmark = pytest.mark.slow
NEXT, AFTER = "2024-05-29", "2024-05-30"


def pair_of(workspace, lake, spark):
    return LakePair(workspace, lake, {"SPARK_REMOTE": spark.address})


def contacts(clients, days=("2024-05-20", "2024-05-25")):
    return csv_of(*((f"{n:03}", f"c{n}@exemplo.com", "1", "s", days[n % len(days)]) for n in range(clients)))


def test_the_example(spark, lake, tmp_path):
    pair = pair_of(seed_copy(tmp_path / "seed"), lake, spark)
    assert pair.run().code == DONE
    again = pair.there.run("--engine", "spark", "--json", env=pair.environment)
    assert again.json()["status"] == "unchanged", again
    client = pair.here.rows()[0][0]
    explained = [pair.there.command("explain", client, "--json", "--engine", engine, env=pair.environment).json() for engine in ENGINES]
    assert explained[0] == explained[1]
    pair.same_rows()


def test_a_dry_run_leaves_nothing_there(spark, lake, tmp_path):
    pair = pair_of(seed_copy(tmp_path / "seed"), lake, spark)
    shown = pair.there.run("--dry-run", "--engine", "spark", env=pair.environment)
    assert shown.code == DONE and "-- canal Marketing" in shown.out and "GROUP BY 1, 2" in shown.out, shown
    assert lake.keys(TABLE + "/") == []


def test_days_go_on_and_the_brake_counts_where_the_rows_are(spark, lake, tmp_path):
    """Carried, held, approved, continued by the other engine; a canal whose name no path would take."""
    workspace = Workspace(tmp_path / "day").source("m", dias=30, canal="E-mail/50%").source("n", canal="CRM", dias=30, volume={"shrink": "off"})
    for name in ("m", "n"):
        workspace.file(f"{name}.csv", contacts(40))
    pair = pair_of(workspace, lake, spark)
    assert pair.run().code == DONE
    assert pair.run(data_carga=NEXT, change=lambda w: (w.folder / "m.csv").unlink()).code == DEGRADED

    def shrink(w):
        w.file("m.csv", contacts(40))
        w.file("n.csv", contacts(10) + "011,c11@exemplo.com,1,s,2024-04-01\n")

    assert pair.run(data_carga=AFTER, change=shrink).code == HELD
    lists = [sorted((side.folder / "data/staging/runs").glob("*/releases.csv")) for side in (pair.here, pair.there)]
    assert lists[0] and [one.read_text() for one in lists[0]] == [one.read_text() for one in lists[1]]
    approved = pair.run("--approve-release", "CRM=30", "--reason", "base menor", data_carga=AFTER)
    assert approved.code == DONE, approved
    # The embedded engine goes on with the same table.
    day = "2024-05-31"
    assert pair.here.run(data_carga=day).code == DONE
    assert (outcome := pair.there.run("--engine", "duckdb", data_carga=day, env=pair.environment)).code == DONE, outcome
    pair.same_rows()


def test_rejects_come_out_alike(spark, lake, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m")
    workspace.file("m.csv", csv_of(("1", "a", "1", "s", "2024-05-28"), ("2", "a"), ("", "a", "1", "s", "2024-05-28"), ("4", "a", "1", "s", "ontem"),
                                   *((str(n), "b", "1", "s", "2024-05-27") for n in range(10, 30))))
    pair = pair_of(workspace, lake, spark)
    assert pair.run().code == DONE
    rejects = [pair.here.command("sql", "SELECT * EXCLUDE (file) FROM rejects ORDER BY ALL", "--csv").out,
               pair.there.command("sql", "SELECT * EXCLUDE (file) FROM rejects ORDER BY ALL", "--csv", env=pair.environment).out]
    assert rejects[0] == rejects[1] and len(rejects[0].splitlines()) == 4, rejects


def test_a_store_that_spark_may_not_write_to_is_told_and_nothing_is_published(spark, lake, tmp_path):
    workspace = Workspace(tmp_path / "day").source("m")
    workspace.file("m.csv", contacts(5))
    pair = pair_of(workspace, lake, spark)
    # Our store is another one than Spark's: what we stage there, Spark does not see.
    (tmp_path / "other").mkdir()
    with s3_server(tmp_path / "other") as other:
        environment = {**other.environment(), "SPARK_REMOTE": spark.address}
        outcome = pair.there.run("--engine", "spark", env=environment)
    assert outcome.code == USER and f"s3a://{lake.bucket}/{TABLE}/_quarentena/" in outcome.err, outcome
