import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test_sftp.py has what test_encrypted.py uses too

from fault_proxy import TcpProxy  # noqa: E402
from ssh_servers import PasswordServer, Sshd  # noqa: E402


@pytest.fixture
def sshd(tmp_path):
    server = Sshd(tmp_path / "sshd")
    yield server
    server.stop()


@pytest.fixture
def proxy(sshd):
    between = TcpProxy(sshd.port)
    yield between
    between.close()


@pytest.fixture
def password_server(tmp_path, request):
    server = PasswordServer(tmp_path / "asyncssh", *getattr(request, "param", ()))
    yield server
    server.stop()
