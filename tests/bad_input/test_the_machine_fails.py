"""Full disks, signals and two runs at once: the table is at the old version or the new one, never between."""

import resource
import signal
import subprocess
import time

import duckdb
import pytest
from deltalake import DeltaTable

from bench import generate
from product import BINARY, CONTACT, DATA_CARGA, DONE, MACHINE, Workspace, csv_of


def contacts(count, subject):
    return csv_of(*[(str(number), f"cliente{number}@exemplo.com", "11999999999", f"{subject} {number}", "2024-05-27")
                    for number in range(count)])


def limit_files_to(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


@pytest.mark.parametrize("size", [0, 100, 4096, 65536], ids=lambda size: f"{size} bytes")
def test_a_file_that_cannot_grow_leaves_the_table_as_it_was(size, workspace):
    workspace.file("m.csv", contacts(20_000, "antes"))
    workspace.source("m").run()
    before = digest(workspace.table)
    workspace.file("m.csv", contacts(20_000, "depois"))
    outcome = workspace.run(preexec=limit_files_to(size))
    assert outcome.code == MACHINE, outcome
    assert "error:" in outcome.err, outcome
    assert digest(workspace.table) == before
    assert workspace.run().code == DONE
    assert digest(workspace.table) != before


def test_a_full_disk_leaves_the_table_as_it_was(small_disk):
    workspace = Workspace(small_disk / "work")
    workspace.file("m.csv", csv_of(CONTACT))
    assert (first := workspace.source("m").run()).code == DONE, first
    before = digest(workspace.table)
    workspace.file("m.csv", contacts(20_000, "depois"))
    ballast = small_disk / "ballast"
    fill(ballast)
    outcome = workspace.run()
    assert outcome.code == MACHINE, outcome
    assert "space" in outcome.err.lower(), outcome
    assert digest(workspace.table) == before
    ballast.unlink()
    assert (again := workspace.run()).code == DONE, again
    assert digest(workspace.table) != before


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Enough rows for a run that lasts, and the two states its table may be in."""
    folder = tmp_path_factory.mktemp("day")
    generate.generate(100_000, folder, DATA_CARGA, seed=3)
    workspace = Workspace(folder)
    config = (folder / "quarentena.yml").read_text()
    states = {"old": config, "new": config.replace("dias: 90", "dias: 60")}
    digests, seconds = {}, 0
    for name in ("old", "new"):
        workspace.file("quarentena.yml", states[name])
        start = time.monotonic()
        assert (outcome := workspace.run()).code == DONE, outcome
        seconds = time.monotonic() - start
        digests[name] = digest(workspace.table)
    assert digests["old"] != digests["new"]
    return workspace, states, digests, seconds


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_at_any_moment_leaves_the_old_table_or_the_new_one(number, day):
    workspace, states, digests, seconds = day
    moments = 24
    for moment in range(moments):
        target = "old" if digest(workspace.table) == digests["new"] else "new"
        workspace.file("quarentena.yml", states[target])
        process = start(workspace)
        time.sleep(seconds * 1.1 * moment / moments)
        process.send_signal(number)
        process.wait(timeout=60)
        assert digest(workspace.table) in digests.values(), f"torn after {moment}/{moments} of the run"
        assert (outcome := workspace.run()).code == DONE, outcome
        assert digest(workspace.table) == digests[target]


def test_two_runs_at_once_end_as_one_after_the_other(day):
    workspace, states, digests, _ = day
    for _ in range(3):
        target = "old" if digest(workspace.table) == digests["new"] else "new"
        workspace.file("quarentena.yml", states[target])
        processes = [start(workspace) for _ in range(3)]
        codes = [process.wait(timeout=120) for process in processes]
        assert DONE in codes, codes
        assert digest(workspace.table) == digests[target], codes


def start(workspace):
    return subprocess.Popen(
        [str(BINARY), "run", "--data-carga", DATA_CARGA, "-c", str(workspace.folder / "quarentena.yml")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def digest(table):
    """Of the rows as a reader sees them, in any order; duplicates count."""
    db = duckdb.connect()
    db.register("rows", DeltaTable(str(table)).to_pyarrow_dataset())
    return db.execute("SELECT count(*), sum(hash(rows)::HUGEINT) FROM rows").fetchone()
