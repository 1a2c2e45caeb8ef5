"""Every verb with marked secrets, each kind of reference, well and badly: no mark is found in anything that is
printed, kept, or visible to other users of the machine."""

import os
from pathlib import Path

import pytest
from graph_server import HOST, GraphServer
from product import BINARY, CONTACT, DATA_CARGA, DONE, Workspace, csv_of
from ssh_servers import PASSWORD, PasswordServer
from web_server import Authority, WebServer

CSV = csv_of(CONTACT)
ENV, FILE, COMMAND, SAS, PHRASE = (f"marked-{name}-7c1e" for name in ("env", "file", "command", "sas", "phrase"))


def processes():
    """What /proc shows of every process: pid -> (parent, command line, environment or "")."""
    out = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            environment = b""
        out[int(folder.name)] = parent, line, environment
    return out


class Everything(Workspace):
    """Sources over every transport that runs here, each with secrets."""

    def __init__(self, folder, web, sftp, graph, authority, clients):
        super().__init__(folder)
        self.web, self.graph, self.seen = web, graph, []
        secrets = folder.parent / "outside"  # the one place where marks may lie
        secrets.mkdir()
        self.secret_file = secrets / "token"
        self.secret_file.write_text(FILE + "\n")
        self.secret_file.chmod(0o600)
        (secrets / "printed").write_text(COMMAND + "\n")
        self.command_environment = secrets / "environment"
        tell = f"cat /proc/self/environ > {self.command_environment}; cat {secrets / 'printed'}; echo {COMMAND[:6]} >&2"
        (secrets / "tell.sh").write_text(tell)
        certificate, key = clients.issue("carga", password=PHRASE.encode())
        ca = {"ca_file": str(authority.ca_file)}
        web.file("/file.csv", CSV.encode(), etag='"1"')
        self.source("by_file", location=web.url("/file.csv"), auth={**ca, "token": f"${{file:{self.secret_file}}}"})
        web.file("/command.csv", CSV.encode())
        self.source("by_command", location=web.url("/command.csv"),
                    auth={**ca, "user": "carga", "password": f"${{cmd:sh {secrets / 'tell.sh'}}}"})
        web.file(f"/sas.csv?sv=1&sig={SAS}", CSV.encode())
        self.source("by_sas", location=web.url("/sas.csv"), auth={
            **ca, "sas_token": "${env:MARKED_SAS}", "token": "${env:MARKED_ENV}", "certificate": str(certificate),
            "key_file": str(key), "passphrase": "${env:MARKED_PHRASE}"})
        sftp.file("a.csv", CSV)
        self.source("by_sftp", location=f"sftp://127.0.0.1:{sftp.port}/a.csv", settle="0s", auth={
            "user": "parceiro", "password": "${env:MARKED_SFTP}", "host_key": sftp.pin})
        graph.site("sites/marketing").library("Documents", "Shared Documents").put("crm.csv", CSV.encode())
        self.source("by_graph", location=f"sharepoint://{HOST}/sites/marketing/Shared Documents/crm.csv", auth=graph.auth)
        self.marks = [ENV, FILE, COMMAND, SAS, PHRASE, PASSWORD, graph.client_secret]

    def command(self, verb, *arguments, **options):
        env = {**self.graph.env, "MARKED_ENV": ENV, "MARKED_SAS": f"sv=1&sig={SAS}", "MARKED_PHRASE": PHRASE,
               "MARKED_SFTP": PASSWORD, **options.pop("env", {})}
        return super().command(verb, *arguments, env=env, **options)

    def watch(self, path):
        """Looks at /proc while the server answers, which is while our process holds every secret of that source."""
        honest = self.web.routes[path]

        def answer(request):
            self.seen.append(processes())
            return honest(request)

        self.web.routes[path] = answer

    def assert_no_mark(self, done):
        for mark in self.marks:
            assert mark not in done.out, f"stdout: {done}"
            assert mark not in done.err, f"stderr: {done}"
            for path in self.folder.rglob("*"):
                assert mark not in str(path)
                assert not path.is_file() or mark.encode() not in path.read_bytes(), path


@pytest.fixture
def everything(tmp_path):
    authority, clients = Authority(tmp_path / "authority"), Authority(tmp_path / "clients", "clients")
    web, sftp, graph = WebServer(authority), PasswordServer(tmp_path / "asyncssh"), GraphServer(tmp_path / "graph")
    yield Everything(tmp_path / "work", web, sftp, graph, authority, clients)
    web.close()
    sftp.stop()
    graph.close()


def test_a_load_from_everywhere_leaks_nothing(everything):
    for path in ("/file.csv", "/command.csv"):
        everything.watch(path)
    done = everything.run("--json")
    assert done.code == DONE, done
    everything.assert_no_mark(done)
    assert len(everything.seen) == 2
    for shown in everything.seen:
        ours = [pid for pid, (_, line, _) in shown.items() if line.startswith(str(BINARY).encode() + b"\0")]
        assert ours, "the binary is among the processes"
        for pid, (parent, line, environment) in shown.items():
            for mark in everything.marks:
                assert mark.encode() not in line, f"command line of {pid}"
            if parent in ours:
                for mark in (FILE, COMMAND):
                    assert mark.encode() not in environment, f"environment of a child of ours, {pid}: {line}"
    # A command gets our environment, as a shell's would; what came from files and commands is not in it.
    environment = everything.command_environment.read_bytes()
    assert FILE.encode() not in environment and COMMAND.encode() not in environment


@pytest.mark.parametrize("verb", [
    "config", "config check", "config schema", "sources list", "sources test", "sources fetch", "sources fetch --json",
    "show", "runs list", "runs list --json", "runs show", "run --dry-run", "run --json", "run"])
def test_no_verb_shows_a_secret(everything, verb):
    everything.run()
    done = everything.command(verb, *(["--data-carga", DATA_CARGA] if verb.split()[0] in ("run", "show") else []))
    everything.assert_no_mark(done)


def refusing(status):
    """A server that says everything it was told."""
    def answer(request):
        told = str(request.headers) + request.path
        return status, {"X-Told": told.replace("\n", " ").replace("\r", ""), "WWW-Authenticate": told.split("\n")[0]}, told.encode()
    return answer


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302, 503, 200])
def test_servers_that_echo_what_they_are_told_are_not_quoted(everything, status):
    for path in list(everything.web.routes):
        everything.web.routes[path] = refusing(status)
    for name in ("by_sftp", "by_graph"):
        del everything.sources[name]
    everything.source("by_file", **everything.sources.pop("by_file"))
    done = everything.run()
    assert done.code != DONE or status == 200, done
    # A 200 that echoes is a delivery of just that: the server chose to write it into its own file.
    if status != 200:
        everything.assert_no_mark(done)
    else:
        for mark in everything.marks:
            assert mark not in done.out + done.err


def test_servers_that_are_gone_show_nothing(everything):
    everything.web.close()
    everything.graph.close()
    done = everything.command("sources test", timeout=600)
    assert done.code != DONE
    everything.assert_no_mark(done)


def test_secrets_that_cannot_be_resolved_are_named_by_their_reference(everything):
    everything.secret_file.unlink()
    done = everything.run(env={"MARKED_ENV": ""})
    assert done.code == 1, done
    assert str(everything.secret_file) in done.err
    everything.assert_no_mark(done)


def test_a_secret_in_the_configuration_is_not_repeated(tmp_path):
    workspace = Workspace(tmp_path / "work")
    workspace.source("a", location="https://host/a.csv", auth={"token": ENV})
    done = workspace.command("config check")
    assert done.code == 1 and ENV not in done.out + done.err, done
    workspace.source("a", location=f"https://host/a.csv?sig={SAS}", auth={})
    done = workspace.command("config check")
    assert done.code == 1 and SAS not in done.out + done.err, done


def test_the_binary_does_not_let_others_look_into_its_inbox(everything):
    assert everything.run().code == DONE
    for folder in (everything.folder / "data/staging/inbox").iterdir():
        assert os.stat(folder).st_mode & 0o077 == 0, folder
