"""The published table as others read it: the `deltalake` package here, Spark with Delta Lake under `slow`."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from bench import compare, generate, oracle
from product import COLUMNS, DATA_CARGA, DEGRADED, DONE, Workspace, rows_of

SPARK_JARS = Path(os.environ["QUARENTENA_CACHE"]) / "spark-jars"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Two days, and the first one loaded twice: additions, removals and history."""
    folder = tmp_path_factory.mktemp("day")
    generate.generate(10_000, folder, DATA_CARGA, seed=11)
    oracle.oracle(folder, DATA_CARGA)
    workspace = Workspace(folder)
    config = (folder / "quarentena.yml").read_text()
    for text in (config.replace("dias: 90", "dias: 60"), config):
        workspace.file("quarentena.yml", text)
        assert (outcome := workspace.run()).code == DONE, outcome
    # The CRM sheet of the first day is carried forward.
    assert (outcome := workspace.run(data_carga="2024-05-29")).code == DEGRADED, outcome
    return workspace


def test_deltalake_reads_the_day_as_the_oracle_says(published, tmp_path):
    days = duckdb.connect()
    days.register("rows", DeltaTable(str(published.table)).to_pyarrow_dataset())
    days.execute(f"CREATE TABLE day AS FROM rows WHERE data_carga = DATE '{DATA_CARGA}'")
    columns = ", ".join(COLUMNS)
    expected = f"SELECT {columns} FROM read_parquet('{published.folder}/expected.parquet')"
    assert days.execute(f"({expected}) EXCEPT ALL (SELECT {columns} FROM day)").fetchall() == []
    assert days.execute(f"(SELECT {columns} FROM day) EXCEPT ALL ({expected})").fetchall() == []


def test_columns_types_and_partitions_are_the_contract(published):
    delta = DeltaTable(str(published.table))
    assert [(field.name, field.type.type) for field in delta.schema().fields] == compare.TYPES
    assert delta.metadata().partition_columns == ["data_carga", "canal"]


def test_every_file_carries_its_statistics(published):
    for action in added_files(published.table):
        statistics = json.loads(action["stats"])
        assert statistics["numRecords"] > 0
        for kind in ("minValues", "maxValues", "nullCount"):
            assert {"id_cliente", "data_envio"} <= set(statistics[kind]), action["stats"]
        assert statistics["minValues"]["id_cliente"] <= statistics["maxValues"]["id_cliente"]


def test_statistics_hold_for_the_rows_they_describe(published):
    db = duckdb.connect()
    for action in added_files(published.table):
        path = published.table / action["path"].replace("%3D", "=").replace("%20", " ")
        statistics = json.loads(action["stats"])
        count, low, high, missing = db.execute(
            f"SELECT count(*), min(data_envio), max(data_envio), count(*) - count(email) FROM read_parquet('{path}')").fetchone()
        assert statistics["numRecords"] == count
        assert statistics["nullCount"]["email"] == missing
        if low is not None and "data_envio" in statistics["minValues"]:
            assert (statistics["minValues"]["data_envio"], statistics["maxValues"]["data_envio"]) == (low.isoformat(), high.isoformat())


def test_the_first_version_can_still_be_read(published):
    first = DeltaTable(str(published.table), version=0)
    assert first.to_pyarrow_dataset().count_rows() > 0


def test_a_checkpoint_appears_and_readers_still_agree(tmp_path):
    workspace = Workspace(tmp_path / "many")
    workspace.file("m.csv", "id_cliente,email,telefone,assunto,data_envio\n1,a@exemplo.com,,Oferta,2024-05-01\n")
    workspace.source("m", dias=365)
    for day in range(12):
        data_carga = (dt.date(2024, 5, 1) + dt.timedelta(days=day)).isoformat()
        assert (outcome := workspace.run(data_carga=data_carga)).code == DONE, outcome
    assert list((workspace.table / "_delta_log").glob("*.checkpoint*.parquet"))
    assert [row[6] for row in rows_of(workspace.table)] == [str(day) for day in range(12)]


SPARK_READS = """
import glob, sys
from pyspark.sql import SparkSession
table, jars, out = sys.argv[1:]
spark = (SparkSession.builder.master("local[2]")
    .config("spark.jars", ",".join(sorted(glob.glob(jars + "/*.jar"))))
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2").getOrCreate())
rows = spark.read.format("delta").load(table)
rows.coalesce(1).write.parquet(out)
print("SCHEMA", rows.dtypes)
spark.sql(f"DESCRIBE HISTORY delta.`{table}`").select("version").show()
spark.sql(f"OPTIMIZE delta.`{table}`")
"""


@pytest.mark.slow
def test_spark_reads_the_same_rows_and_can_work_on_the_table(published, tmp_path):
    script = tmp_path / "read.py"
    script.write_text(SPARK_READS)
    done = subprocess.run([sys.executable, script, published.table, SPARK_JARS, tmp_path / "rows"], cwd=tmp_path,
                          capture_output=True, text=True, env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"})
    assert done.returncode == 0, done.stderr[-3000:]
    types = {"string": "string", "integer": "int", "date": "date"}
    assert f"SCHEMA {[(name, types[kind]) for name, kind in compare.TYPES]}" in done.stdout
    db = duckdb.connect()
    db.register("ours", DeltaTable(str(published.table)).to_pyarrow_dataset())
    columns = ", ".join(COLUMNS)
    spark, ours = f"SELECT {columns} FROM read_parquet('{tmp_path}/rows/*.parquet')", f"SELECT {columns} FROM ours"
    assert db.execute(f"({spark}) EXCEPT ALL ({ours})").fetchall() == []
    assert db.execute(f"({ours}) EXCEPT ALL ({spark})").fetchall() == []
    assert (again := published.run(data_carga="2024-05-30")).code == DEGRADED, again


def added_files(table):
    """The add actions of the live files."""
    live = {uri.split("/")[-1] for uri in DeltaTable(str(table)).file_uris()}
    for commit in sorted((table / "_delta_log").glob("*.json")):
        for line in commit.read_text().splitlines():
            action = json.loads(line).get("add")
            if action and action["path"].split("/")[-1] in live:
                yield action
