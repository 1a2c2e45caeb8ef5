"""Several machines that share nothing but an object store."""

import json
import time

import pytest
import yaml

from product import DONE, Workspace
from s3_server import s3_server
from scheduling import contacts, scheduled, today


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


def machine(folder, s3, **places):
    """A machine of its own: its file delivers the same, its cache is elsewhere."""
    workspace = Workspace(folder).source("marketing")
    workspace.file("marketing.csv", contacts(today()))
    file = workspace.folder / "quarentena.yml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **places}, sort_keys=False))
    scheduled(workspace, loads={"diaria": {"cron": "*/3 * * * * *"}}, lease="3s")
    return workspace, s3.environment(XDG_CACHE_HOME=str(folder / "cache"))


PLACES = {"staging": {"table": "s3://campanhas/{}/quarentena_global", "staging": "s3://campanhas/{}/staging"},
          "table alone": {"table": "s3://campanhas/{}/quarentena_global"}}


@pytest.mark.parametrize("shared", PLACES)
def test_one_of_them_loads(shared, s3, daemons, tmp_path):
    places = {key: url.format(shared.replace(" ", "-")) for key, url in PLACES[shared].items()}
    machines = [machine(tmp_path / name, s3, **places) for name in ("a", "b")]
    both = [daemons(workspace, env=env) for workspace, env in machines]
    time.sleep(11)
    assert [daemon.stop() for daemon in both] == [DONE, DONE], [daemon.lines for daemon in both]
    done = both[0].done() + both[1].done()
    assert len(done) >= 2 and len(done) == len(set(done)), done
    assert any(daemon.said("exit code 0") for daemon in both)
    entry = max(key for key in s3.keys(shared.replace(" ", "-")) if "schedule/0" in key)
    assert json.loads(s3.get(entry))["holder"] == ""


def test_a_machine_that_is_killed_is_followed_by_the_other(s3, daemons, tmp_path):
    places = {key: url.format("killed") for key, url in PLACES["staging"].items()}
    (first, env), (second, other_env) = (machine(tmp_path / name, s3, **places) for name in ("a", "b"))
    killed = daemons(first, env=env)
    killed.until(": begins")
    killed.kill()
    after = daemons(second, env=other_env)
    after.until("fell silent; its lease is over")
    after.until("exit code 0")
    assert after.stop() == DONE
