import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # managed_table.py

from databricks import Databricks
from uc_server import UcServer


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
