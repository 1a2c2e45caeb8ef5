"""What `schedule` prints for people, and for other schedulers."""

import ast
import subprocess

import pytest
import yaml

from product import BINARY, DONE, ROOT, USER
from scheduling import contacts, scheduled, today

LOADS = {"loads": {"diaria": {"cron": "0 6 * * *", "wait_until": "09:00"},
                   "fraude-toda-hora": {"cron": "30 8-18 * * 1-5", "only": ["marketing"]}}}


@pytest.fixture
def planned(workspace):
    return scheduled(workspace.source("marketing"), **LOADS)


def test_next_tells_the_loads_in_the_order_they_come(planned):
    outcome = planned.command("schedule next", "--from", "2024-05-31T05:00", "--count", "3", "--json")
    assert outcome.code == DONE, outcome
    assert [(each["load"], each["local"], each["data_carga"]) for each in outcome.json()] == [
        ("diaria", "2024-05-31T06:00:00-0300", "2024-05-31"),
        ("fraude-toda-hora", "2024-05-31T08:30:00-0300", "2024-05-31"),
        ("fraude-toda-hora", "2024-05-31T09:30:00-0300", "2024-05-31")]
    table = planned.command("schedule next")
    assert table.code == DONE and "America/Sao_Paulo" in table.out, table


def test_systemd_prints_a_unit_for_the_daemon(planned):
    outcome = planned.command("schedule systemd", "--user", "dados")
    assert outcome.code == DONE, outcome
    assert "User=dados\n" in outcome.out and f'daemon -c "{planned.folder}/quarentena.yml"' in outcome.out


def test_cron_prints_lines_that_load(planned):
    """The command of a line, as cron would hand it to the shell."""
    outcome = planned.command("schedule cron")
    assert outcome.code == DONE and "CRON_TZ=America/Sao_Paulo" in outcome.out, outcome
    [line] = [line for line in outcome.out.splitlines() if line.startswith("30 8-18 * * 1-5 ")]
    command = line.removeprefix("30 8-18 * * 1-5 ").replace("\\%", "%")
    planned.file("marketing.csv", contacts(today()))
    (planned.folder / "data/staging").mkdir(parents=True)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert done.returncode == DONE and "published as version 0" in done.stdout, done


REMOTE = {"table": "uc://main.quarentena.quarentena_global", "staging": "volumes://main/quarentena/files/staging"}


@pytest.fixture
def remote(planned):
    file = planned.folder / "quarentena.yml"
    config = {**yaml.safe_load(file.read_text()), **REMOTE}
    config["sources"]["marketing"] |= {
        "location": "sftp://host/Export/marketing.csv",
        "auth": {"user": "u", "password": "${env:SFTP_PASSWORD}", "host_key": "SHA256:" + "A" * 43}}
    file.write_text(yaml.safe_dump(config, sort_keys=False))
    return planned


@pytest.mark.parametrize("compute", ["serverless", "cluster"])
def test_databricks_writes_a_bundle(remote, compute, tmp_path):
    outcome = remote.command("schedule databricks", "--compute", compute, "--out", tmp_path / "bundle")
    assert outcome.code == DONE, outcome
    bundle = yaml.safe_load((tmp_path / "bundle/databricks.yml").read_text())
    assert bundle["bundle"] == {"name": "quarentena"}
    jobs = bundle["resources"]["jobs"]
    assert list(jobs) == ["quarentena_diaria", "quarentena_fraude_toda_hora"]
    hourly = jobs["quarentena_fraude_toda_hora"]
    assert hourly["schedule"] == {"quartz_cron_expression": "0 30 8-18 ? * MON,TUE,WED,THU,FRI",
                                  "timezone_id": "America/Sao_Paulo", "pause_status": "UNPAUSED"}
    assert hourly["max_concurrent_runs"] == 1
    [task] = hourly["tasks"]
    parameters = task["spark_python_task"]["parameters"]
    assert "--secret=SFTP_PASSWORD" in parameters and "--only=marketing" in parameters
    assert "--data-carga={{job.parameters.data_carga}}" in parameters
    if compute == "serverless":
        assert task["environment_key"] == hourly["environments"][0]["environment_key"]
    else:
        assert task["job_cluster_key"] == hourly["job_clusters"][0]["job_cluster_key"]
        assert "node_type_id" in bundle["variables"]
    assert (tmp_path / "bundle/quarentena.yml").read_text() == (remote.folder / "quarentena.yml").read_text()
    ast.parse((tmp_path / "bundle" / task["spark_python_task"]["python_file"]).read_text())
    again = remote.command("schedule databricks", "--out", tmp_path / "bundle")
    assert again.code == USER and "is there already" in again.err, again


def test_databricks_refuses_folders_of_this_machine(planned):
    outcome = planned.command("schedule databricks")
    assert outcome.code == USER and "folder of this machine" in outcome.err and "uc://" in outcome.err, outcome


def test_the_package_runs_without_anything_installed(tmp_path):
    """Its own loader and libraries: nothing of this machine's is asked for."""
    subprocess.run([ROOT / "scripts/pack", tmp_path / "q.tar.gz", BINARY], check=True, capture_output=True)
    subprocess.run(["tar", "xzf", tmp_path / "q.tar.gz", "-C", tmp_path], check=True)
    done = subprocess.run([tmp_path / "quarentena/quarentena", "--version"], env={}, capture_output=True, text=True)
    assert done.stdout.startswith("quarentena "), done
    folder = tmp_path / "quarentena/lib"
    [loader] = folder.glob("ld-*")
    listed = subprocess.run([loader, "--library-path", folder, "--list", tmp_path / "quarentena/program"],
                            check=True, capture_output=True, text=True).stdout
    paths = [line.split("=> ")[1].split()[0] for line in listed.splitlines() if "=> /" in line]
    assert len(paths) > 20 and all(path.startswith(str(folder)) for path in paths), paths
