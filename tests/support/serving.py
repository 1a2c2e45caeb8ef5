"""`quarentena serve` as its clients meet it: started on free ports, asked over HTTP, stopped."""

import http.client
import json
import signal
import ssl
import subprocess
import threading
import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import yaml

from product import BINARY, Workspace, csv_of


def today():
    return datetime.now(ZoneInfo("America/Sao_Paulo")).date()


def contacts(clients, days_ago=1):
    sent = (today() - timedelta(days=days_ago)).isoformat()
    return csv_of(*((client, f"c{client}@exemplo.com", "", "Oferta", sent) for client in clients))


def published(folder, day: date | None = None, **sources):
    """A workspace with a load of `day` (today): each source is a canal and its clients, ten days each."""
    workspace = Workspace(folder)
    sent = (today() - (day or today())).days + 1
    for canal, clients in (sources or {"CRM": ["1", "2"], "Marketing": ["2", "3"]}).items():
        workspace.file(f"{canal}.csv", contacts(clients, days_ago=sent))
        workspace.source(canal, canal=canal, dias=10)
    assert workspace.run(data_carga=(day or today()).isoformat()).code == 0
    return workspace


def configure(workspace, **settings):
    """Keys of quarentena.yml beside the sources."""
    path = workspace.folder / "quarentena.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **settings}, sort_keys=False))
    return workspace


def token(workspace, *scopes, **options):
    arguments = [argument for name, value in options.items()
                 for argument in (f"--{name.replace('_', '-')}", str(value))]
    arguments += [argument for scope in scopes or ("check",) for argument in ("--scope", scope)]
    done = workspace.command("tokens create", "--name", "teste", *arguments)
    assert done.code == 0, done
    return done.out.strip()


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.splitlines()]

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"


class Service:
    """Started when entered; stopped, with exit code 0, when left."""

    def __init__(self, workspace, *arguments, listen="127.0.0.1:0", metrics="127.0.0.1:0", preexec=None, prefix=()):
        self.arguments = [*prefix, BINARY, "serve", "-c", workspace.folder / "quarentena.yml", "--listen", listen,
                          "--metrics", metrics, *arguments]
        self.preexec = preexec
        self.said = []
        self.context = None

    def __enter__(self):
        self.process = subprocess.Popen([str(each) for each in self.arguments], stderr=subprocess.PIPE, text=True,
                                        preexec_fn=self.preexec)
        threading.Thread(target=self._listen, daemon=True).start()
        event = self.wait_for("listening", 60)
        self.url, self.metrics_url = event["api"], event["metrics"]
        self.host, port = self.url.split("//")[1].rsplit(":", 1)
        self.port = int(port)
        return self

    def _listen(self):
        for line in self.process.stderr:
            self.said.append(line)

    def events(self, name=None):
        found = [json.loads(line) for line in list(self.said) if line.startswith('{"time":')]
        return [each for each in found if "event" in each and name in (None, each["event"])]

    def accesses(self):
        return [json.loads(line) for line in list(self.said) if '"endpoint"' in line]

    def wait_for(self, event, seconds=10, count=1):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if len(found := self.events(event)) >= count:
                return found[-1]
            if self.process.poll() is not None:
                time.sleep(0.2)
                break
            time.sleep(0.02)
        raise AssertionError(f"no '{event}' in: {''.join(self.said)}")

    def connection(self, timeout=30):
        if self.url.startswith("https"):
            return http.client.HTTPSConnection("localhost", self.port, timeout=timeout, context=self.context)
        return http.client.HTTPConnection(self.host.strip("[]"), self.port, timeout=timeout)

    def send(self, method, path, body=None, headers=(), timeout=30):
        connection = self.connection(timeout)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, token=None):
        return self.send("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})

    def post(self, path, token, question, **headers):
        return self.send("POST", path, json.dumps(question), {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()}})

    def knows(self, token, seconds=10):
        """The token, once the service has read it from its file, which it looks at every so often."""
        self._until(lambda: self.get("/v1/status", token).status != 401, seconds, "it does not know the token")
        return token

    def forgets(self, token, seconds=10):
        self._until(lambda: self.get("/v1/status", token).status == 401, seconds, "it still takes the token")

    @staticmethod
    def _until(true, seconds, otherwise):
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.05)

    def check(self, token, keys, key="id_cliente", **question):
        """What stands of each key."""
        answer = self.post("/v1/check", token, {"key": key, "keys": keys, **question})
        assert answer.status == 200, answer
        return {each["key"]: each["standing"] for each in answer.json()["results"]}

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=30):
        self.signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def memory_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError(f"it did not stop: {''.join(self.said)}") from None
        if kind is None:
            assert self.process.returncode == 0, "".join(self.said)


def trusting(authority):
    return ssl.create_default_context(cafile=str(authority))
