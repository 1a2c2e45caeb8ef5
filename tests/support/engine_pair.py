"""The same folder twice: what the embedded engine makes of it, and what Spark does."""

import shutil

import duckdb

from product import Workspace

ENGINES = ("duckdb", "spark")
# Texts that are dates to ISO, nearly, or not at all.
DATES = ["2024-05-28", " 2024-05-28 ", "2024-5-28", "2024-05-28T10:30", "2024-05-28T24:00", "2024-05-28T02:59:59Z",
         "2024-05-28T03:00:00Z", "2024-05-28T00:00-03", "2024-05-28T05:59:59+03:00", "2024-05-28T10:30:00+3", "2024-02-30",
         "0000-01-01", "2018-12-01T01:59:59Z", "2024-05-29", "2024-05-21", "2024-05-20", "", "hoje", "28/05/2024", "20240528",
         "2024-05-28 10:00 BRT", "2024-05-28x", "9999-12-31", "2024-05-28T10:30:00.123456789-0300"]


def load(workspace, engine, spark, *arguments, **options):
    """`run` on one engine; both read the same quarentena.yml. The first statements of a Spark take their time."""
    return workspace.run("--engine", engine, *arguments, env={"SPARK_REMOTE": spark.address}, **{"timeout": 1200, **options})


def rejects(workspace):
    files = f"{workspace.folder}/data/quarentena_global_rejects/*/*/*.parquet"
    if not list((workspace.folder / "data").glob("quarentena_global_rejects/*/*/*.parquet")):
        return []
    rows = duckdb.connect().execute(
        f"SELECT source, parse_filename(file), row, \"column\", value, reason FROM read_parquet('{files}') "
        "ORDER BY ALL").fetchall()
    return rows


def told(outcome):
    """Of a run's report what both engines must agree on."""
    report = outcome.json()
    return {"status": report["status"], "canais": report.get("canais"),
            "sources": {one["name"]: (one.get("counts"), one.get("came"), one.get("decision"), one.get("warnings"))
                        for one in report["sources"]}}


class Pair:
    def __init__(self, workspace, spark):
        self.spark = spark
        self.sides = {"duckdb": workspace, "spark": Workspace(workspace.folder.with_name(workspace.folder.name + "-spark"))}
        shutil.rmtree(self.sides["spark"].folder)
        shutil.copytree(workspace.folder, self.sides["spark"].folder)

    def run(self, *arguments, change=None, **options):
        """Runs on both; they say the same and leave the same. `change(workspace)` comes before. The outcome on Spark."""
        outcomes = {}
        for engine, workspace in self.sides.items():
            if change:
                change(workspace)
            outcomes[engine] = load(workspace, engine, self.spark, "--json", *arguments, **options)
        duck, spark = outcomes["duckdb"], outcomes["spark"]
        assert spark.code == duck.code, f"{duck}\n=== on Spark\n{spark}"
        assert told(spark) == told(duck)
        self.same_tables()
        return spark

    def same_tables(self):
        duck, spark = self.sides["duckdb"], self.sides["spark"]
        assert spark.version() == duck.version()
        if duck.version() is not None:
            assert spark.rows() == duck.rows()
        assert rejects(spark) == rejects(duck)
