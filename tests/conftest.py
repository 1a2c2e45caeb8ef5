import pytest

from product import Workspace, seed_copy


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "work")


@pytest.fixture
def seed(tmp_path):
    return seed_copy(tmp_path / "seed")


@pytest.fixture(autouse=True)
def nobody_is_signed_in(monkeypatch, tmp_path):
    """What the machine's user has configured is nobody's business here."""
    for name in ("HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "no.databrickscfg"))
