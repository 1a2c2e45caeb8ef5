import json
import os
import subprocess

import pytest

from spark_server import SparkServer


class Client:
    """The C++ client, driven a request at a time (client.cpp)."""

    def __init__(self, **environment):
        self.process = subprocess.Popen([os.environ["SPARK_CLIENT"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})

    def ask(self, do, **fields):
        self.begin(do, **fields)
        return self.end()

    def begin(self, do, **fields):
        self.process.stdin.write(json.dumps({"do": do, **fields}) + "\n")
        self.process.stdin.flush()

    def end(self):
        return json.loads(self.process.stdout.readline())

    def open(self, address, **fields):
        answer = self.ask("open", address=address, **fields)
        assert answer.get("ok"), answer
        return answer

    def rows(self, sql):
        answer = self.ask("query", sql=sql)
        assert "rows" in answer, answer
        return answer["rows"]

    def execute(self, sql):
        answer = self.ask("execute", sql=sql)
        assert answer.get("ok"), answer

    def refusal(self, do="query", **fields):
        answer = self.ask(do, **fields)
        assert "error" in answer, answer
        return answer["error"]

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0
        # The operator's: what went wrong is in the answers.
        assert self.process.stderr.read() == ""


@pytest.fixture
def new_client():
    clients = []

    def start():
        clients.append(Client())
        return clients[-1]

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def client(new_client):
    return new_client()


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    with SparkServer(tmp_path_factory.mktemp("spark"), token="only-this-one") as server:
        yield server
