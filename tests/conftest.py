import pytest

from product import Workspace, seed_copy
from scheduling import Daemon


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "work")


@pytest.fixture
def seed(tmp_path):
    return seed_copy(tmp_path / "seed")


@pytest.fixture
def daemons():
    """daemons(workspace, *arguments): started, and ended with the test."""
    started = []

    def start(workspace, *arguments, **options):
        started.append(Daemon(workspace, *arguments, **options))
        return started[-1]

    yield start
    for daemon in started:
        daemon.kill()


@pytest.fixture(autouse=True)
def nobody_is_signed_in(monkeypatch, tmp_path):
    """What the machine's user has configured is nobody's business here."""
    for name in ("HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "no.databrickscfg"))
