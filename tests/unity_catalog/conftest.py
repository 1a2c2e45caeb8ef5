import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from databricks import Databricks  # noqa: E402
from uc_server import UcServer  # noqa: E402


@pytest.fixture
def uc(tmp_path):
    """The open-source server, with the schema main.marketing."""
    server = UcServer(tmp_path / "uc")
    server.catalog("main", "marketing")
    yield server
    server.stop()


@pytest.fixture
def databricks(tmp_path):
    """A workspace by its published protocol."""
    server = Databricks(tmp_path / "databricks")
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def nobody_is_signed_in(monkeypatch, tmp_path):
    """What the machine's user has configured is nobody's business here."""
    for name in ("HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "no.databrickscfg"))
