"""What the daemon notices between loads, told to a server."""

import json
import socket
import time
from datetime import date, timedelta

import pytest

from alert_servers import Webhook
from product import DEGRADED, DONE
from scheduling import today


def days_ago(count):
    return (date.fromisoformat(today()) - timedelta(days=count)).isoformat()


@pytest.fixture
def idle(watched):
    """No load is due while a test runs, and the newest is three days old."""
    watched.more["schedule"] = {"loads": {"diaria": {"cron": "0 6 1 1 *"}}}
    watched.deliver("crm", ["1"], sent=days_ago(4))
    watched.source("crm", dias=30)
    assert watched.run(data_carga=days_ago(3)).code == DONE
    return watched


def until(true, otherwise, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, otherwise()
        time.sleep(0.02)


class Memory:
    """What the alerts of a workspace remember."""

    def __init__(self, workspace):
        self.path = workspace.folder / "data/staging/alerts/memory.json"

    def read(self):
        return json.loads(self.path.read_text())

    def has_looked_and_told(self):
        memory = self.read()
        return memory["looked_ms"] > 0 and not any(
            outbox["message"] or outbox["waiting"] for outbox in memory["outboxes"].values())

    def five_minutes_pass(self):
        """For what looks at the table no more often."""
        self.path.write_text(json.dumps({**self.read(), "looked_ms": 0}))


def look(daemons, workspace):
    """A daemon is started, looks once, and is stopped."""
    memory = Memory(workspace)
    memory.five_minutes_pass()
    daemon = daemons(workspace, env=workspace.env)
    until(memory.has_looked_and_told, lambda: "".join(daemon.lines))
    assert daemon.stop() == DONE
    return daemon


def test_a_late_source_and_an_old_table_are_told_once_each_and_once_when_it_is_over(idle, hook, daemons):
    look(daemons, idle)
    assert hook.events() == ["stale"], "it is old, and crm has until its deadline"
    (idle.folder / "crm.csv").unlink()
    idle.source("crm", dias=30, freshness={"deadline": "00:00"})
    for _ in range(3):
        look(daemons, idle)
    assert hook.events() == ["stale", "late"]
    assert idle.run(data_carga=today()).code == DEGRADED  # published, and so the table is young
    for _ in range(2):
        look(daemons, idle)
    assert hook.events() == ["stale", "late", "recovered"] and hook.notices()[-1]["over"] == "stale"
    idle.deliver("crm", ["1"], sent=days_ago(1))
    assert idle.run(data_carga=today()).code == DONE
    look(daemons, idle)
    assert hook.events() == ["stale", "late", "recovered", "recovered"] and hook.notices()[-1]["over"] == "late"


def test_a_server_that_never_answers_does_not_hold_up_the_end_and_is_told_later(idle, daemons):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        port = silent.getsockname()[1]
        idle.env["HOOK_URL"] = f"http://127.0.0.1:{port}/"
        daemon = daemons(idle, env=idle.env)
        connection, _ = silent.accept()
        assert connection.recv(1)
        began = time.monotonic()
        assert daemon.stop() == DONE
        assert time.monotonic() - began < 5
        connection.close()
    up = Webhook(port=port)
    try:
        again = daemons(idle, env=idle.env)
        until(lambda: up.taken, lambda: "".join(again.lines))
        assert again.stop() == DONE
        assert up.events() == ["stale"]
    finally:
        up.close()
