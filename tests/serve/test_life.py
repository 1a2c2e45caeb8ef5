"""Its life: TLS, a new version of the table, a new configuration, the end."""

import http.client
import json
import signal
import ssl
import subprocess
import threading
import time

import pytest

from serving import Service, configure, contacts, published, token, today, trusting

QUESTION = {"key": "id_cliente", "keys": ["1"]}


@pytest.fixture
def workspace(tmp_path):
    return published(tmp_path / "work")


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


def certificates(folder):
    """An authority, a server's certificate for localhost, a client's, and a stranger's."""
    folder.mkdir()
    for name in ["authority", "stranger"]:
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem", cwd=folder)
    (folder / "server.ext").write_text("subjectAltName=DNS:localhost")
    for name in ["server", "client"]:
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", cwd=folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-days", "2",
                "-out", f"{name}.pem", *(["-extfile", "server.ext"] if name == "server" else []), cwd=folder)
    return folder


def test_over_tls_a_client_of_the_authority_is_answered_and_others_are_not(workspace, tmp_path):
    files = certificates(tmp_path / "pem")
    configure(workspace, serve={"tls": {"certificate": str(files / "server.pem"), "key": str(files / "server.key")}})
    it = token(workspace)
    with Service(workspace) as service:
        service.context = trusting(files / "authority.pem")
        assert service.url.startswith("https://")
        assert service.check(it, ["1", "free"]) == {"1": "blocked", "free": "free"}
        many = [str(n) for n in range(20_000)]
        assert len(service.check(it, many)) == len(many)
        service.context = trusting(files / "stranger.pem")
        with pytest.raises(ssl.SSLError):
            service.check(it, ["1"])
        plain = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
        plain.request("GET", "/healthz")
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()


def test_with_mutual_tls_a_client_needs_a_certificate_and_a_token(workspace, tmp_path):
    files = certificates(tmp_path / "pem")
    configure(workspace, serve={"tls": {"certificate": str(files / "server.pem"), "key": str(files / "server.key"),
                                        "client_ca": str(files / "authority.pem")}})
    it = token(workspace)
    with Service(workspace) as service:
        service.context = trusting(files / "authority.pem")
        with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
            service.check(it, ["1"])
        service.context.load_cert_chain(files / "stranger.pem", files / "stranger.key")
        with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
            service.check(it, ["1"])
        service.context = trusting(files / "authority.pem")
        service.context.load_cert_chain(files / "client.pem", files / "client.key")
        assert service.check(it, ["1"]) == {"1": "blocked"}
        assert service.post("/v1/check", "wrong", QUESTION).status == 401


def test_a_renewed_certificate_comes_with_sighup(workspace, tmp_path):
    files, renewed = certificates(tmp_path / "pem"), certificates(tmp_path / "renewed")
    configure(workspace, serve={"tls": {"certificate": str(files / "server.pem"), "key": str(files / "server.key")}})
    with Service(workspace) as service:
        service.context = trusting(files / "authority.pem")
        assert service.get("/healthz").status == 200
        for name in ["server.pem", "server.key"]:
            (files / name).write_bytes((renewed / name).read_bytes())
        service.signal(signal.SIGHUP)
        service.wait_for("reloaded")
        service.context = trusting(renewed / "authority.pem")
        assert service.get("/healthz").status == 200


@pytest.mark.parametrize("arguments", [["--listen", "0.0.0.0:0"], ["--listen", "[::]:0"],
                                       ["--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"]])
def test_plain_http_that_others_reach_is_refused(workspace, arguments):
    done = workspace.command("serve", *arguments, timeout=30)
    assert done.code == 1 and "there is no TLS" in done.err and "plain_http: anywhere" in done.err, done


def test_plain_http_that_others_reach_is_served_when_it_is_said(workspace):
    configure(workspace, serve={"plain_http": "anywhere"})
    with Service(workspace, listen="0.0.0.0:0", metrics="0.0.0.0:0") as service:
        assert service.get("/healthz").status == 200
        metrics = http.client.HTTPConnection("127.0.0.1", int(service.metrics_url.rsplit(":", 1)[1]), timeout=10)
        metrics.request("GET", "/metrics")
        assert metrics.getresponse().status == 401


def test_two_services_do_not_share_a_port(workspace):
    with Service(workspace) as service:
        done = workspace.command("serve", "--listen", f"127.0.0.1:{service.port}", timeout=30)
        assert done.code == 1 and "cannot be listened on" in done.err, done


def test_a_certificate_that_is_none_stops_the_start(workspace, tmp_path):
    (tmp_path / "none.pem").write_text("no certificate")
    configure(workspace, serve={"tls": {"certificate": str(tmp_path / "none.pem"), "key": str(tmp_path / "none.pem")}})
    done = workspace.command("serve", timeout=30)
    assert done.code == 1 and "none.pem" in done.err, done


class Load:
    """Clients that keep asking about one client each; every answer is judged, none may fail."""

    def __init__(self, service, it, judge, clients=8):
        self.service, self.it, self.judge = service, it, judge
        self.ends, self.wrong, self.answers = False, [], 0
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self):
        connection = self.service.connection()
        headers = {"Authorization": f"Bearer {self.it}", "Content-Type": "application/json"}
        while not self.ends:
            try:
                connection.request("POST", "/v1/check", json.dumps({"key": "id_cliente", "keys": ["1", "9"]}), headers)
                response = connection.getresponse()
                body = json.loads(response.read())
                self.answers += 1
                if response.status != 200 or (why := self.judge(body)):
                    self.wrong.append(body if response.status != 200 else (why, body))
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(repr(error))
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        for thread in self.threads:
            thread.join()


def test_a_new_version_of_the_table_answers_without_a_wrong_or_a_lost_answer(workspace):
    configure(workspace, serve={"refresh": "200ms"})
    it = token(workspace, "check", "status")
    versions = {}

    def judge(answer):
        """Each version has its clients: both answers must be of the one that is named."""
        standing = {each["key"]: each["standing"] for each in answer["results"]}
        expected = versions.setdefault(answer["table_version"], standing)
        return "" if standing == expected else f"version {answer['table_version']} said {expected} before"

    with Service(workspace) as service, Load(service, it, judge) as load:
        for turn in range(4):
            clients = ["1", "9"] if turn % 2 == 0 else ["1"]
            workspace.file("CRM.csv", contacts(clients, days_ago=1))
            done = workspace.run(data_carga=today().isoformat())
            assert done.code == 0, done
            version = workspace.version()
            deadline = time.monotonic() + 20
            while service.get("/v1/status", it).json()["table"]["version"] != version:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            # From here on no answer is of an older version.
            assert service.check(it, ["9"]) == {"9": "blocked" if "9" in clients else "free"}
    assert not load.wrong, load.wrong[:3]
    assert load.answers > 100 and len(versions) >= 4
    assert {str(each) for each in versions.values()} == {
        str({"1": "blocked", "9": "free"}), str({"1": "blocked", "9": "blocked"})}


def test_the_page_can_be_switched_off_and_the_api_stays(workspace):
    it = token(workspace, "read")
    with Service(configure(workspace, serve={"page": "off"})) as service:
        assert service.get("/").status == 404
        assert service.get("/v1/days", it).status == 200


def test_sighup_brings_tokens_rules_and_a_new_log_and_drops_nobody(workspace, tmp_path):
    log = tmp_path / "access.log"
    configure(workspace, serve={"access_log": str(log)})
    it = token(workspace)
    with Service(workspace) as service, Load(service, it, lambda answer: "", clients=2) as load:
        time.sleep(0.3)
        log.rename(tmp_path / "old.log")
        configure(workspace, check={"blocks": {"Marketing": {"only": ["Marketing"]}}})
        service.signal(signal.SIGHUP)
        service.wait_for("reloaded")
        deadline = time.monotonic() + 10
        while service.check(it, ["1"], canal="Marketing") != {"1": "free"}:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        assert log.exists() and "check" in log.read_text()
        assert log.stat().st_mode & 0o007 == 0
        (workspace.folder / "quarentena.yml").write_text("version: 1\nnonsense: true\n")
        service.signal(signal.SIGHUP)
        service.wait_for("reload_failed")
        assert service.check(it, ["1"]) == {"1": "blocked"}
    assert not load.wrong and load.answers > 20


def test_sigterm_ends_after_what_runs_is_answered(workspace):
    it = token(workspace)
    keys = [f"k{n}" for n in range(100_000)]
    with Service(workspace) as service:
        connection = service.connection()
        body = json.dumps({"key": "id_cliente", "keys": keys})
        connection.putrequest("POST", "/v1/check")
        for name, value in {"Authorization": f"Bearer {it}", "Content-Type": "application/json",
                            "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders()
        half = len(body) // 2
        connection.send(body[:half].encode())
        time.sleep(0.3)
        service.signal(signal.SIGTERM)
        service.wait_for("draining")
        time.sleep(0.3)
        with pytest.raises(OSError):
            service.get("/healthz")
        connection.send(body[half:].encode())
        response = connection.getresponse()
        assert response.getheader("Connection") == "close"
        assert len(json.loads(response.read())["results"]) == len(keys)
        assert service.process.wait(10) == 0
    assert service.events()[-1]["event"] == "stopped"


def test_sigterm_waits_no_longer_than_it_was_told(workspace):
    configure(workspace, serve={"limits": {"drain_time": "1s"}})
    it = token(workspace)
    with Service(workspace) as service:
        connection = service.connection()
        connection.putrequest("POST", "/v1/check")
        connection.putheader("Authorization", f"Bearer {it}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "1000")
        connection.endheaders()
        connection.send(b"{")
        time.sleep(0.3)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 4
