"""One large file by every transport, against curl or the store's own client: the same file, server and run, by turns.

Our time is the whole process: from reading the configuration to the file in its place, checked, with its SHA-256 known.
The client's process checks nothing. Both write to memory where the machine has a file system there, for a transfer is
also safe from a power cut when we end (fdatasync) and a disk would be measured instead of a transport. Every server
speaks TLS (or SSH), as the real ones do, and of the ciphers it takes the one that its client likes best.

On a machine that is busy: `chrt --rr 1` before pytest, which the servers and clients inherit."""

import functools
import hashlib
import json
import os
import random
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from databricks import Databricks
from graph_server import HOST, GraphServer, make_certificate
from product import DATA_CARGA, DONE, Workspace
from s3_server import BUCKET, KEY, SECRET, s3_server
from ssh_servers import Sshd
from web_server import Authority, WebServer

pytestmark = pytest.mark.slow

SIZE = 512 << 20
ROUNDS = 5
AIM = 0.8
FLOOR = 0.5  # below it something is broken, however busy the machine


@functools.cache
def made_content():
    return random.Random(7).randbytes(SIZE >> 6) * 64


@functools.cache
def sha256_of_content():
    return hashlib.sha256(made_content()).hexdigest()


@pytest.fixture(scope="module")
def content():
    return made_content()


@pytest.fixture
def folder(tmp_path):
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 5 * SIZE
    with tempfile.TemporaryDirectory(dir=memory if roomy else tmp_path) as made:
        yield Path(made)


@pytest.fixture
def target(folder):
    return folder / "client.csv"


@dataclass
class Ours:
    """A source, and what its environment must hold."""
    folder: object
    settings: dict
    env: dict = field(default_factory=dict)

    def seconds(self):
        work = Workspace(self.folder).source("grande", format="csv", **self.settings)
        began = time.monotonic()
        done = work.command("sources fetch", "--data-carga", DATA_CARGA, "--json", env=self.env)
        took = time.monotonic() - began
        assert done.code == DONE, done
        [file] = done.json()[0]["files"]
        assert file["size_bytes"] == SIZE
        assert file["sha256"] == sha256_of_content()
        shutil.rmtree(self.folder)
        return took


def client_seconds(command, target, env=None):
    began = time.monotonic()
    subprocess.run([*map(str, command)], check=True, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    assert target.stat().st_size == SIZE
    target.unlink()
    return took


def race(measured, transport, client, ours, theirs, aim=AIM):
    """Fails below the floor. `aim`: None where another client is the one to be compared with."""
    ours_s, theirs_s = [], []
    for _ in range(ROUNDS):
        theirs_s.append(theirs())
        ours_s.append(ours.seconds())
    theirs_s, ours_s = statistics.median(theirs_s), statistics.median(ours_s)
    measured.append((transport, client, SIZE, theirs_s, ours_s))
    ratio = theirs_s / ours_s
    told = f"{transport}: {client} took {theirs_s:.2f} s, we {ours_s:.2f} s: {ratio:.2f}"
    assert ratio >= FLOOR, told
    if aim and ratio < aim:
        pytest.xfail(told + f", the aim is {aim}: docs/performance.md says why")


@pytest.mark.parametrize("client, aim", [("curl", AIM), ("curl, openssl dgst", 1)])
def test_https(folder, target, content, measured, client, aim):
    authority = Authority(folder / "authority")
    web = WebServer(authority)
    url = web.file("/grande.csv", content, etag='"1"')
    ours = Ours(folder / "work", {"location": url, "auth": {"ca_file": str(authority.ca_file)}})
    command = ["curl", "-sSf", "--cacert", authority.ca_file, "-o", target, url]
    if client == "curl, openssl dgst":
        command = ["sh", "-c", f"{shlex.join(map(str, command))} && openssl dgst -sha256 {target}"]
    race(measured, "https", client, ours, lambda: client_seconds(command, target), aim)
    web.close()


@pytest.fixture
def sftp(folder, content):
    server = Sshd(folder / "sshd")
    server.file("grande.csv", content)
    yield server
    server.stop()


def test_sftp(folder, sftp, target, measured):
    # `settle` is a wait, not a rate.
    ours = Ours(folder / "work", {"location": sftp.url("grande.csv"), "auth": sftp.auth(), "settle": "0s"})
    curl = ["curl", "-sSfk", "--user", f"{sftp.user}:", "--key", sftp.key, "--pubkey", f"{sftp.key}.pub", "-o", target,
            sftp.url("grande.csv")]
    race(measured, "sftp", "curl", ours, lambda: client_seconds(curl, target))


def test_sftp_against_openssh(folder, sftp, target, measured):
    ours = Ours(folder / "work", {"location": sftp.url("grande.csv"), "auth": sftp.auth(), "settle": "0s"})
    openssh = ["sftp", "-q", "-P", sftp.port, "-i", sftp.key, "-o", "StrictHostKeyChecking=no", "-o",
               "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
               f"{sftp.user}@127.0.0.1:{sftp.folder}/grande.csv", target]
    race(measured, "sftp", "OpenSSH sftp", ours, lambda: client_seconds(openssh, target), aim=None)


@pytest.mark.parametrize("client", ["curl", "Arrow"])
def test_s3(folder, target, content, measured, client):
    """curl reads one stream; Arrow's client (the AWS SDK) is asked for the file as it likes best."""
    authority = Authority(folder / "authority")
    with s3_server(folder, authority) as s3:
        s3.put("grande.csv", content)
        ours = Ours(folder / "work", {"location": f"s3://{BUCKET}/grande.csv"}, s3.environment())
        curl = ["curl", "-sSf", "--cacert", authority.ca_file, "--aws-sigv4", "aws:amz:us-east-1:s3", "-H",
                "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--user", f"{KEY}:{SECRET}", "-o", target,
                f"{s3.endpoint}/{BUCKET}/grande.csv"]

        def arrow():
            began = time.monotonic()
            with s3.files.open_input_file(f"{BUCKET}/grande.csv") as source, open(target, "wb") as out:
                while block := source.read(8 << 20):
                    out.write(block)
            took = time.monotonic() - began
            assert target.stat().st_size == SIZE
            target.unlink()
            return took

        if client == "Arrow":
            race(measured, "s3", client, ours, arrow)
        else:
            race(measured, "s3", client, ours, lambda: client_seconds(curl, target), aim=None)


def test_sharepoint(folder, target, content, measured):
    graph = GraphServer(folder / "graph", make_certificate(folder, "server"))
    graph.site("sites/marketing").library("Documents").put("grande.csv", content)
    ours = Ours(folder / "work", {"location": f"sharepoint://{HOST}/sites/marketing/Documents/grande.csv",
                                    "auth": graph.auth}, graph.env)
    curl = ["curl", "-sSfL", "--cacert", graph.ca_file]
    v1 = f"{graph.auth['endpoint']}/v1.0"

    def asked(*arguments):
        return json.loads(subprocess.run([*curl, *arguments], check=True, capture_output=True).stdout)

    def as_a_script():
        """The same way to the file, as one does it in a shell."""
        began = time.monotonic()
        signed_in = asked("-d", f"grant_type=client_credentials&client_id={graph.client_id}", "--data-urlencode",
                          f"client_secret={graph.client_secret}", "--data-urlencode",
                          f"scope={graph.auth['endpoint']}/.default",
                          f"{graph.auth['authority']}/{graph.auth['tenant']}/oauth2/v2.0/token")
        bearer = ["-H", f"Authorization: Bearer {signed_in['access_token']}"]
        site = asked(*bearer, f"{v1}/sites/{HOST}:/sites/marketing")["id"]
        [drive] = asked(*bearer, f"{v1}/sites/{site}/drives")["value"]
        item = asked(*bearer, f"{v1}/drives/{drive['id']}/root:/grande.csv")["id"]
        way = time.monotonic() - began
        return way + client_seconds([*curl, *bearer, "-o", target, f"{v1}/drives/{drive['id']}/items/{item}/content"],
                                    target)

    race(measured, "sharepoint", "curl", ours, as_a_script)
    graph.close()


def test_volumes(folder, target, content, measured):
    authority = Authority(folder / "authority")
    databricks = Databricks(folder / "databricks", authority)
    databricks.file("main/marketing/entrada/grande.csv", content)
    ours = Ours(folder / "work", {"location": "volumes://main/marketing/entrada/grande.csv", "auth": databricks.auth},
                {**databricks.environment, "QUARENTENA_CA_FILE": str(authority.ca_file)})
    curl = ["curl", "-sSf", "--cacert", authority.ca_file, "-H", f"Authorization: Bearer {databricks.token}", "-o", target,
            f"{databricks.host}/api/2.0/fs/files/Volumes/main/marketing/entrada/grande.csv"]
    race(measured, "volumes", "curl", ours, lambda: client_seconds(curl, target))
    databricks.stop()
