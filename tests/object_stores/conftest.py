import itertools
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from deltalake import DeltaTable

sys.path.insert(0, str(Path(__file__).parent))  # test_table.py has what test_many_writers.py uses too

from azurite import azurite  # noqa: E402
from fault_proxy import HttpProxy  # noqa: E402
from gcs_server import gcs_server  # noqa: E402
from s3_server import s3_server  # noqa: E402

STORES = {"s3": s3_server, "adls": azurite, "gcs": gcs_server}


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """running(name): the server of one kind, started when it is first asked for."""
    with ExitStack() as started:
        servers = {}

        def one(name):
            if name not in servers:
                servers[name] = started.enter_context(STORES[name](tmp_path_factory.mktemp(name)))
            return servers[name]

        yield one


@pytest.fixture(params=STORES)
def store(request, running):
    """Each store in its turn, empty."""
    server = running(request.param)
    yield server
    server.clear()


@pytest.fixture
def s3(running):
    server = running("s3")
    yield server
    server.clear()


@pytest.fixture
def proxy(store):
    proxy = HttpProxy(store.port)
    yield proxy
    proxy.close()


@pytest.fixture
def delta(tmp_path):
    """delta(store, key): the table below the key, as another reader of Delta sees it."""
    numbers = itertools.count()
    return lambda store, key="quarentena_global": DeltaTable(store.copy(key, tmp_path / f"copy{next(numbers)}"))
