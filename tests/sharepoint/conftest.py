import pytest
from graph_server import HOST, GraphServer, make_certificate
from product import DATA_CARGA, Workspace


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("server"), "server")


@pytest.fixture
def graph(tmp_path, certificate):
    server = GraphServer(tmp_path / "graph", certificate)
    yield server
    server.close()


@pytest.fixture
def library(graph):
    """The library "Documents" of the site sites/marketing, whose address says "Shared Documents"."""
    return graph.site("sites/marketing").library("Documents", "Shared Documents")


class SharePointWorkspace(Workspace):
    def __init__(self, folder, graph):
        super().__init__(folder)
        self.graph = graph

    def remote(self, path, name="crm", auth=None, **settings):
        """A source at a path below sites/marketing, or at a whole location."""
        location = path if "://" in path else f"sharepoint://{HOST}/sites/marketing/{path}"
        return self.source(name, location=location, auth={**self.graph.auth, **(auth or {})}, **settings)

    def command(self, verb, *arguments, env=None, **options):
        return super().command(verb, *arguments, env={**self.graph.env, **(env or {})}, **options)

    def fetch(self, *arguments, **options):
        return self.command("sources fetch", "--data-carga", DATA_CARGA, *arguments, **options)

    def delivered(self, outcome=None):
        """Name and content of the files that `sources fetch` brought."""
        done = outcome or self.fetch("--json")
        assert done.code == 0, done
        files = [file for source in done.json() for file in source["files"]]
        return {file["path"].rsplit("/", 1)[-1]: open(file["path"], "rb").read() for file in files}


@pytest.fixture
def workspace(tmp_path, graph):
    return SharePointWorkspace(tmp_path / "work", graph)
