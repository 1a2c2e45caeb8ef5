"""Every source on a server of its own, all at once: the same table as from local files."""

import sys

from product import DATA_CARGA, DONE, ROOT, seed_copy

sys.path.insert(0, str(ROOT / "examples/remote"))
from servers import remote_seed  # noqa: E402


def test_the_six_sources_on_six_servers_load_as_from_local_files(tmp_path):
    local = seed_copy(tmp_path / "local")
    assert local.run().code == DONE
    with remote_seed(tmp_path) as (workspace, environment):
        outcome = workspace.run("--json", env=environment)
        assert outcome.code == DONE, outcome
        assert workspace.rows() == local.rows()

        again = workspace.run("--json", env=environment)
        assert again.code == DONE and again.json()["status"] == "unchanged", again


def test_every_source_on_a_server_passes_its_checklist(tmp_path):
    with remote_seed(tmp_path) as (workspace, environment):
        outcome = workspace.command("sources test", "--json", "--data-carga", DATA_CARGA, env=environment)
        assert outcome.code == DONE, outcome
        assert all(source["passed"] for source in outcome.json()), outcome
