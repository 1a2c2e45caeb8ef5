import pytest
from product import Workspace
from web_server import Authority, WebServer


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def web(authority):
    server = WebServer(authority)
    yield server
    server.close()


@pytest.fixture
def other(authority):
    server = WebServer(authority)
    yield server
    server.close()


class WebWorkspace(Workspace):
    def remote(self, url, authority, **auth):
        settings = {"auth": {"ca_file": str(authority.ca_file), **auth}} if authority else {}
        return self.source("web", location=url, format="csv", **settings)


@pytest.fixture
def workspace(tmp_path):
    return WebWorkspace(tmp_path / "work")
