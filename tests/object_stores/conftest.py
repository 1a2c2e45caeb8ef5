import pytest

from fault_proxy import HttpProxy
from s3_server import s3_server


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
