"""Staging on S3: what was delivered, and what each run did, outlive the machine."""

import shutil

import yaml

from product import CONTACT, DONE, csv_of
from s3_server import BUCKET

DEGRADED = 3


def stage_on_s3(workspace):
    path = workspace.folder / "quarentena.yml"
    config = yaml.safe_load(path.read_text())
    config["staging"] = f"s3://{BUCKET}/staging"
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))


def test_another_machine_carries_a_source_forward_from_what_this_one_kept(s3, workspace, tmp_path):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    stage_on_s3(workspace)
    here = s3.environment() | {"XDG_CACHE_HOME": str(tmp_path / "here")}
    assert (outcome := workspace.run(env=here)).code == DONE, outcome
    kept = s3.keys("staging/deliveries/mkt/")
    assert sum(key.endswith("/manifest.json") for key in kept) == 1 and len(kept) == 2, kept

    shutil.rmtree(tmp_path / "here")
    (workspace.folder / "mkt.csv").unlink()
    there = s3.environment() | {"XDG_CACHE_HOME": str(tmp_path / "there")}
    outcome = workspace.run(env=there, data_carga="2024-05-29")
    assert outcome.code == DEGRADED and "carried" in outcome.err, outcome
    runs = workspace.command("runs", "list", env=there)
    assert runs.out.count("published") == 2, runs
    assert s3.keys("staging/deliveries/mkt/") == kept


def test_what_changed_there_is_noticed(s3, workspace, tmp_path):
    workspace.source("mkt").file("mkt.csv", csv_of(CONTACT))
    stage_on_s3(workspace)
    assert workspace.run(env=s3.environment() | {"XDG_CACHE_HOME": str(tmp_path / "here")}).code == DONE
    key = next(key for key in s3.keys("staging/deliveries/mkt/") if key.endswith("mkt.csv"))
    s3.put(key, csv_of(("2", *CONTACT[1:])).encode())
    (workspace.folder / "mkt.csv").unlink()
    outcome = workspace.run(data_carga="2024-05-29",
                            env=s3.environment() | {"XDG_CACHE_HOME": str(tmp_path / "there")})
    assert outcome.code not in (DONE, DEGRADED) and "SHA-256" in outcome.err, outcome
