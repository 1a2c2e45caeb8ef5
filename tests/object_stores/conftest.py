import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test_table.py has what test_many_writers.py uses too

from fault_proxy import HttpProxy  # noqa: E402
from s3_server import s3_server  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(server):
    yield server
    server.clear()


@pytest.fixture
def proxy(server):
    proxy = HttpProxy(server.port)
    yield proxy
    proxy.close()
