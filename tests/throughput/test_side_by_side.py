"""Sources are fetched at once: the slowest sets the time, and no host sees more connections than it was promised."""

import threading
import time

import pytest

from fault_proxy import Fault, HttpProxy, TcpProxy
from product import CONTACT, DONE, Workspace, csv_of
from s3_server import BUCKET, s3_server
from ssh_servers import Sshd
from web_server import Authority, WebServer

SOURCES = 8


class Trickle:
    """A body that takes its time. Counts how many of its kind are on their way."""

    lock, now, most = threading.Lock(), 0, 0

    def __init__(self, content, seconds, pieces=10):
        self.content, self.seconds, self.pieces = content, seconds, pieces

    def __len__(self):
        return len(self.content)

    def __iter__(self):
        with Trickle.lock:
            Trickle.now += 1
            Trickle.most = max(Trickle.most, Trickle.now)
        step = -(-len(self.content) // self.pieces)
        for at in range(0, len(self.content), step):
            time.sleep(self.seconds / self.pieces)
            yield self.content[at:at + step]
        with Trickle.lock:
            Trickle.now -= 1


class CountingProxy(TcpProxy):
    def __init__(self, target):
        self.now = self.most = 0
        super().__init__(target)

    def carry(self, *connection):
        time.sleep(0.2)  # by now the end of an earlier connection was noticed
        self.now += 1
        self.most = max(self.most, self.now)
        super().carry(*connection)
        self.now -= 1


def contact(n):
    return csv_of((str(n), *CONTACT[1:])).encode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def nothing_counted():
    Trickle.now = Trickle.most = 0


def seconds(workspace, **options):
    began = time.monotonic()
    done = workspace.run("--json", **options)
    assert done.code == DONE, done
    return time.monotonic() - began


def test_eight_sources_cost_about_as_long_as_the_slowest(tmp_path, authority):
    servers = [WebServer(authority) for _ in range(SOURCES)]
    work = {count: Workspace(tmp_path / f"of_{count}") for count in (1, SOURCES)}
    for n, server in enumerate(servers):
        url = server.route("/a.csv", lambda _, n=n: (200, {}, Trickle(contact(n), 1.5)))
        for count, workspace in work.items():
            if n < count:
                workspace.source(f"s{n}", location=url, auth={"ca_file": str(authority.ca_file)})
    alone, together = seconds(work[1]), seconds(work[SOURCES])
    assert alone >= 1.5
    assert together < 1.6 * alone, f"one took {alone:.2f} s, {SOURCES} took {together:.2f} s"
    assert len(work[SOURCES].rows()) == SOURCES
    [server.close() for server in servers]


@pytest.mark.parametrize("said, most", [(None, 4), (1, 1), (6, 6)])
def test_a_web_server_sees_no_more_transfers_at_once_than_it_can_bear(tmp_path, authority, said, most):
    server, workspace = WebServer(authority), Workspace(tmp_path / "work")
    settings = {"max_connections": said} if said else {}
    for n in range(SOURCES):
        url = server.route(f"/{n}.csv", lambda _, n=n: (200, {}, Trickle(contact(n), 0.5)))
        workspace.source(f"s{n}", location=url, auth={"ca_file": str(authority.ca_file)}, **settings)
    seconds(workspace)
    assert Trickle.most == most
    assert len(workspace.rows()) == SOURCES
    server.close()


def test_an_sftp_server_sees_one_connection_where_one_is_allowed(tmp_path):
    sshd, workspace = Sshd(tmp_path / "sshd"), Workspace(tmp_path / "work")
    proxy = CountingProxy(sshd.port)
    for n in range(4):
        sshd.file(f"{n}.csv", contact(n))
        workspace.source(f"s{n}", location=sshd.url(f"{n}.csv", port=proxy.port), auth=sshd.auth(), settle="0s",
                         max_connections=1)
    seconds(workspace)
    assert proxy.connections >= 4 and proxy.most == 1
    assert len(workspace.rows()) == 4
    proxy.close()
    sshd.stop()


def test_nobody_keeps_others_from_an_sftp_server_while_a_file_settles(tmp_path):
    sshd, workspace = Sshd(tmp_path / "sshd"), Workspace(tmp_path / "work")
    for n in range(4):
        sshd.file(f"{n}.csv", contact(n))
        workspace.source(f"s{n}", location=sshd.url(f"{n}.csv"), auth=sshd.auth(), settle="3s", max_connections=1)
    assert seconds(workspace) < 4 * 3
    sshd.stop()


def test_a_store_sees_no_more_ranges_at_once_than_it_can_bear(tmp_path):
    began, lasts = [], 0.4

    def slow_ranges(request, _):
        if not request.headers.get("Range"):
            return None
        began.append(time.monotonic())
        return Fault(wait_s=lasts)

    with s3_server(tmp_path) as s3:
        proxy, workspace = HttpProxy(s3.port), Workspace(tmp_path / "work")
        proxy.fault = slow_ranges
        for n in range(2):
            s3.put(f"{n}.csv", contact(n) + b"\n" * (40 << 20))  # six ranges each
            workspace.source(f"s{n}", location=f"s3://{BUCKET}/{n}.csv", max_connections=3)
        seconds(workspace, env=s3.environment(proxy.endpoint))
        at_once = [sum(1 for other in began if moment - lasts < other <= moment) for moment in began]
        assert max(at_once) == 3
        proxy.close()
