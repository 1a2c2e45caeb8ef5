"""The daemon as an operator meets it: it loads by itself, once, whatever befalls it."""

import json
import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from scheduling import contacts, scheduled, today
from product import DONE, ROOT, USER, Workspace

EVERY_TWO_SECONDS = {"loads": {"diaria": {"cron": "*/2 * * * * *"}}, "lease": "3s"}
ENDED = r"diaria .*: (exit code|killed)"


@pytest.fixture
def loading(workspace):
    """A workspace with one source that is there."""
    workspace.source("marketing")
    workspace.file("marketing.csv", contacts(today()))
    return workspace


def runs(workspace):
    return [json.loads(file.read_text()) for file in sorted((workspace.folder / "data/staging/runs").glob("*/run_results.json"))]


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def journal(workspace):
    """How things stand: the newest entry."""
    return json.loads(max((workspace.folder / "data/staging/.schedule").glob("0*.json")).read_text())


def test_it_loads_today_when_it_is_due_and_commits_nothing_twice(loading, daemons):
    daemon = daemons(scheduled(loading, **EVERY_TWO_SECONDS))
    daemon.until(ENDED, times=2)
    assert daemon.stop() == DONE
    assert [row[0] for row in loading.rows()] == ["1"] and loading.rows()[0][8] == today()
    assert loading.version() == 0 and len(runs(loading)) >= 2, "the second load committed something"


def test_its_log_is_json_and_that_of_its_loads_too(loading, daemons):
    daemon = daemons(scheduled(loading, **EVERY_TWO_SECONDS), "--log-format", "json")
    daemon.until(ENDED)
    assert daemon.stop() == DONE
    events = [json.loads(line) for line in daemon.lines]
    assert {"daemon", "loaded"} <= {event["event"] for event in events}
    assert events[0]["says"].startswith("ready: 1 load;")


def test_without_a_schedule_it_says_what_to_write(loading):
    outcome = loading.command("daemon")
    assert outcome.code == USER and "schedules nothing" in outcome.err and "cron:" in outcome.err, outcome


def test_what_comes_late_is_loaded_before_the_deadline(loading, daemons):
    loading.source("restritos", canal="Restritos", dias=90)
    at = (datetime.now().second + 3) % 60
    scheduled(loading, loads={"diaria": {"cron": f"{at} * * * * *", "wait_until": "23:59", "check_every": "1s"}}, lease="3s")
    daemon = daemons(loading)
    daemon.until(r"exit code [13]; again at", times=2)
    loading.file("restritos.csv", contacts(today()))
    daemon.until(r"exit code 0$")
    assert daemon.stop() == DONE
    assert {row[1] for row in loading.rows()} == {"Marketing", "Restritos"}


def test_sigterm_ends_the_load_and_then_the_daemon(loading, daemons):
    big = "\n".join(f"{n},c{n}@exemplo.com,11{n:09d},Oferta,{today()}" for n in range(300_000))
    loading.file("marketing.csv", contacts(today()) + big + "\n")
    daemon = daemons(scheduled(loading, **EVERY_TWO_SECONDS))
    daemon.until(r": begins")
    assert daemon.stop() == DONE
    assert daemon.said(r": stopped \((exit code 2|killed by signal 15)\); it is due again"), daemon.lines
    assert journal(loading)["holder"] == ""
    assert not any((loading.table / "_delta_log").glob("*.json"))


def test_killed_during_a_load_it_takes_the_load_along_and_the_next_daemon_does_it(loading, daemons):
    big = "\n".join(f"{n},c{n}@exemplo.com,11{n:09d},Oferta,{today()}" for n in range(300_000))
    loading.file("marketing.csv", contacts(today()) + big + "\n")
    scheduled(loading, **EVERY_TWO_SECONDS)
    daemon = daemons(loading)
    daemon.until(r": begins")
    [child] = children(daemon.process.pid)
    daemon.kill()
    end = time.monotonic() + 5
    while is_alive(child):
        assert time.monotonic() < end, "the load goes on without its daemon"
        time.sleep(0.02)
    after = daemons(loading)
    after.until(r"fell silent; its lease is over")
    after.until(r"exit code 0")
    assert after.stop() == DONE
    assert loading.version() == 0 and len(loading.rows()) == 300_000


def test_of_two_daemons_one_loads(loading, daemons):
    scheduled(loading, loads={"diaria": {"cron": "*/3 * * * * *"}}, lease="3s")
    both = [daemons(loading), daemons(loading)]
    time.sleep(10)
    assert [daemon.stop() for daemon in both] == [DONE, DONE]
    done = both[0].done() + both[1].done()
    assert len(done) >= 2 and len(done) == len(set(done)), done
    started = sorted((run["started_at"], run["finished_at"]) for run in runs(loading))
    assert all(before[1] <= after[0] for before, after in zip(started, started[1:])), started


@pytest.fixture(scope="session")
def killer(tmp_path_factory):
    library = tmp_path_factory.mktemp("killer") / "kill_at_write.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, ROOT / "tests/trust/kill_at_write.c"], check=True)
    return library


def killed_at(number, before, folder, killer, daemons):
    """What went wrong, as lines."""
    shutil.copytree(before.folder, folder)
    workspace, log = Workspace(folder), folder.with_suffix(".log")
    first = daemons(workspace, env={"LD_PRELOAD": str(killer), "KILL_AT_WRITE": str(number), "WRITES_LOG": str(log)})
    code = first.ended()
    after = daemons(workspace)
    after.until(r"exit code 0")
    stopped = after.stop()
    if (code, stopped, workspace.version(), journal(workspace)["holder"]) == (-signal.SIGKILL, DONE, before.version(), ""):
        return []
    return [f"{number}: {code} {stopped} {workspace.version()} {journal(workspace)['holder']} {log.read_text()}"]


@pytest.mark.slow
def test_killed_at_each_of_its_writes_it_loses_nothing(loading, daemons, killer, tmp_path):
    """From its first entry to that of its first load's end. Its load inherits the library and may be killed as well;
    tests/trust is about that."""
    scheduled(loading, loads={"diaria": {"cron": "* * * * * *"}}, lease="1s")
    assert loading.run(data_carga=today()).code == DONE
    with ThreadPoolExecutor(4) as pool:
        wrong = pool.map(lambda n: killed_at(n, loading, tmp_path / f"killed {n}", killer, daemons), range(1, 21))
        lines = [line for lines in wrong for line in lines]
    assert not lines, "\n".join(lines)


def test_idle_it_costs_next_to_nothing(loading, daemons):
    scheduled(loading, loads={"diaria": {"cron": "0 6 1 1 *"}})
    daemon = daemons(loading)
    daemon.until(r"ready: 1 load;")
    time.sleep(1)
    before = cpu_seconds(daemon.process.pid)
    time.sleep(4)
    assert resident_bytes(daemon.process.pid) < 100 << 20
    assert cpu_seconds(daemon.process.pid) - before < 0.04, "1 % of a core"
