"""What Spark does with a canal: one shuffle for the key, and nothing but counts comes to the driver."""

import re

import pytest

from engine_pair import load
from product import DONE, Workspace, csv_of

pytestmark = pytest.mark.slow
ROWS = 30_000


def plans(spark):
    """The last plan of each statement that wrote files, by the folder it wrote into."""
    latest = {}
    for event in spark.events("SparkListenerSQLExecutionStart", "SparkListenerSQLAdaptiveExecutionUpdate"):
        latest[event["executionId"]] = event["physicalPlanDescription"]
    written = {}
    for plan in latest.values():
        if found := re.search(r"InsertIntoHadoopFsRelationCommand.*?(file:/\S+?_quarentena/\S+?),", plan, re.DOTALL):
            written[found[1]] = plan
    return written


def exchanges(plan):
    """Of the plan as it was run."""
    tree = plan.split("\n\n\n")[0].split("== Initial Plan ==")[0]
    return re.findall(r"\w*Exchange \(\d+\)", tree)


def test_a_canal_is_one_shuffle_and_its_rows_stay_with_the_executors(spark, tmp_path):
    workspace = Workspace(tmp_path / "day").source("loja", dias=30).source("site", dias=30)
    for name in ("loja", "site"):
        workspace.file(f"{name}.csv", csv_of(*((str(n), f"c{n % 900}@exemplo.com", "1", "s", "2024-05-20") for n in range(ROWS))))
    tasks = len(list(spark.events("SparkListenerTaskEnd")))
    assert (outcome := load(workspace, "spark", spark)).code == DONE, outcome
    ours = {folder: plan for folder, plan in plans(spark).items() if str(tmp_path) in folder}
    [groups] = [plan for folder, plan in ours.items() if folder.endswith("/groups")]
    [rows] = [plan for folder, plan in ours.items() if folder.endswith("/rows")]
    assert len(exchanges(groups)) == 1 and "hashpartitioning(status" in groups, groups
    assert exchanges(rows) == [], rows
    results = [event["Task Metrics"]["Result Size"] for event in list(spark.events("SparkListenerTaskEnd"))[tasks:]]
    # A row of the table is some 60 bytes: what a task tells the driver holds none.
    assert results and max(results) < ROWS, results
