"""What a run does when Spark is not there, goes away, or does not see our folder: the table stays whole."""

import threading
import time

import pytest

from bench import compare, generate, oracle
from engine_pair import load
from fault_proxy import Fault, TcpProxy
from product import CONTACT, DATA_CARGA, DONE, TEMPORARY, USER, Workspace, csv_of
from spark_server import SparkServer, free_port


def one_contact(folder):
    workspace = Workspace(folder).source("m")
    workspace.file("m.csv", csv_of(CONTACT))
    return workspace


def test_an_engine_without_an_address_is_the_users_to_fix(tmp_path):
    outcome = one_contact(tmp_path / "day").run("--engine", "spark", env={"SPARK_REMOTE": ""})
    assert outcome.code == USER and "SPARK_REMOTE" in outcome.err + outcome.out, outcome


def test_the_command_line_chooses_another_engine_than_the_file(tmp_path):
    workspace = one_contact(tmp_path / "day")
    config = workspace.folder / "quarentena.yml"
    config.write_text(f'engine: {{ spark: "sc://127.0.0.1:{free_port()}" }}\n' + config.read_text())
    assert (outcome := workspace.run("--engine", "duckdb")).code == DONE, outcome


@pytest.mark.slow
def test_a_spark_that_nobody_started_is_temporary_and_publishes_nothing(tmp_path):
    workspace = one_contact(tmp_path / "day")
    outcome = workspace.run("--engine", "spark", env={"SPARK_REMOTE": f"sc://127.0.0.1:{free_port()}"})
    assert outcome.code == TEMPORARY and workspace.version() is None, outcome


@pytest.mark.slow
def test_a_connection_that_is_cut_in_the_middle_is_taken_up_again(spark, tmp_path):
    workspace = one_contact(tmp_path / "day")
    proxy = TcpProxy(spark.port)
    proxy.faults = [Fault(after=after, then=how) for after, how in ((600, "cut"), (1_500, "reset"), (900, "cut"))]
    outcome = workspace.run("--engine", "spark", env={"SPARK_REMOTE": f"sc://127.0.0.1:{proxy.port}"})
    assert outcome.code == DONE and len(workspace.rows()) == 1, outcome
    assert not proxy.faults, "each of them was met"
    proxy.close()


@pytest.mark.slow
def test_a_spark_that_dies_in_the_middle_leaves_the_table_and_the_same_command_works_later(tmp_path):
    generate.generate(50_000, tmp_path / "day", DATA_CARGA, 3)
    oracle.oracle(tmp_path / "day", DATA_CARGA)
    workspace = Workspace(tmp_path / "day")
    with SparkServer(tmp_path / "spark") as spark:
        outcomes = []
        run = threading.Thread(target=lambda: outcomes.append(load(workspace, "spark", spark)))
        run.start()
        deadline = time.monotonic() + 120
        while not list(workspace.table.glob("_quarentena/*/*/groups/_temporary")):
            assert run.is_alive() and time.monotonic() < deadline, outcomes
            time.sleep(0.01)
        spark.kill()
        run.join()
        assert outcomes[0].code == TEMPORARY and workspace.version() is None, outcomes[0]
        spark.start()
        assert (outcome := load(workspace, "spark", spark)).code == DONE, outcome
    assert compare.differences(tmp_path / "day/expected.parquet", workspace.table) == []
    assert not list(workspace.table.glob("_quarentena/*"))
