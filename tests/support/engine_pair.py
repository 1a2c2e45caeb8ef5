"""The same folder twice: what the embedded engine makes of it, and what Spark does."""

import shutil

import duckdb

from product import Workspace

ENGINES = ("duckdb", "spark")


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
    return {"status": report["status"],
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
