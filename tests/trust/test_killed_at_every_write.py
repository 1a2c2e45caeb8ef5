"""SIGKILL at every call that changes the file system, of each kind of run: whoever reads right after it sees a ledger
that agrees with the table, and the next ordinary run ends where an undisturbed one would have ended."""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from deltalake import DeltaTable

from product import DEGRADED, DONE, Workspace, csv_of

pytestmark = pytest.mark.slow
SIGKILLED = -9
FIRST, SECOND = "2024-05-27", "2024-05-28"
MONDAY = csv_of(("1", "a@exemplo.com", "", "Oferta", "2024-05-26"), ("2", "", "11", "", "2024-05-25"))
TUESDAY = csv_of(("1", "a@exemplo.com", "", "Oferta", "2024-05-26"), ("3", "c@exemplo.com", "", "", "2024-05-28"))
BLOCKED = csv_of(("7", "g@exemplo.com", "", "Procon", "2024-04-01"), ("8", "h@exemplo.com", "", "", "2024-04-02"))

# What the ledger says of the same decision made by another run, of files in another folder.
OF_THE_RUN = {"run_id", "decided_at", "location"}

AGREEMENT = """
SELECT coalesce(f.data_carga, t.data_carga)::VARCHAR AS day, canal, f.decision, f.rows_quarantined, t.clients
FROM fontes f FULL JOIN (SELECT data_carga, canal, count(*) AS clients FROM quarentena_global GROUP BY ALL) t
  USING (data_carga, canal)
"""


@pytest.fixture(scope="session")
def killer(tmp_path_factory):
    library = tmp_path_factory.mktemp("killer") / "kill_at_write.so"
    source = Path(__file__).with_name("kill_at_write.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


def workspace_in(folder):
    workspace = Workspace(folder)
    workspace.source("marketing", dias=7)
    return workspace.source("restritos", canal="Restritos", dias=90, location="./restritos.csv")


def first_run_ever(folder):
    workspace = workspace_in(folder)
    workspace.file("marketing.csv", MONDAY)
    workspace.file("restritos.csv", BLOCKED)
    return workspace


def degraded_second_day(folder):
    """Marketing has news, the other file did not come."""
    workspace = first_run_ever(folder)
    assert workspace.run(data_carga=FIRST).code == DONE
    workspace.file("marketing.csv", TUESDAY)
    (workspace.folder / "restritos.csv").unlink()
    return workspace


def late_file_comes(folder):
    """The second day was published degraded; the file comes with one client less, and the day is replaced."""
    workspace = degraded_second_day(folder)
    assert workspace.run(data_carga=SECOND).code == DEGRADED
    workspace.file("restritos.csv", "\n".join(BLOCKED.splitlines()[:2]) + "\n")
    return workspace


def broken_on_the_second_day(folder):
    """The day was published whole, and is run again with a file that was cut meanwhile."""
    workspace = first_run_ever(folder)
    assert workspace.run(data_carga=FIRST).code == DONE
    workspace.file("marketing.csv", TUESDAY)
    assert workspace.run(data_carga=SECOND).code == DONE
    workspace.file("marketing.csv", TUESDAY[:-6])
    return workspace


BEFORE = {"first run ever": (first_run_ever, FIRST, DONE), "degraded second day": (degraded_second_day, SECOND, DEGRADED),
          "late file comes": (late_file_comes, SECOND, DONE),
          "broken on the second day": (broken_on_the_second_day, SECOND, DEGRADED)}


def ledger_of(workspace):
    """Without what differs from run to run; files' times are the copies' own."""
    rows = DeltaTable(f"{workspace.table}_fontes").to_pyarrow_table().to_pylist()
    return sorted(({key: str(value).replace(str(workspace.folder), "") for key, value in row.items()
                    if key not in OF_THE_RUN} for row in rows), key=lambda row: (row["data_carga"], row["source"]))


def copy_of(workspace, folder):
    shutil.copytree(workspace.folder, folder, symlinks=True)
    copied = Workspace(folder)
    return copied


def disagreements(workspace):
    """What a reader finds in the ledger that is not so in the table, and the other way round."""
    answer = workspace.command("sql", AGREEMENT, "--json")
    if answer.code != DONE:
        nothing_yet = not (workspace.table / "_delta_log/00000000000000000000.json").exists()
        return [] if nothing_yet else [str(answer)]
    rows = answer.json()
    return [row for row in rows
            if row["decision"] not in ("accepted", "carried")
            or int(row["rows_quarantined"] or 0) != int(row["clients"] or 0)]


def killed_at(before, day, number, folder, killer, code, expected):
    """What went wrong, as lines."""
    workspace = copy_of(before, folder)
    log = folder.with_suffix(".log")
    killed = workspace.run("--threads", "1", data_carga=day, env={
        "LD_PRELOAD": str(killer), "KILL_AT_WRITE": str(number), "WRITES_LOG": str(log)})
    calls = log.read_text().splitlines()
    where = f"{number}: before {calls[-1]}" if killed.code == SIGKILLED else f"{number}: not killed ({len(calls)} calls)"
    wrong = [f"{where}: a reader sees {row}" for row in disagreements(workspace)]
    if killed.code not in (SIGKILLED, code):
        wrong.append(f"{where}: {killed}")
    again = workspace.run(data_carga=day)
    if again.code != code:
        wrong.append(f"{where}: the next run: {again}")
    if (workspace.rows(), ledger_of(workspace)) != expected:
        wrong.append(f"{where}: table or ledger differ: {workspace.rows()} {ledger_of(workspace)}, expected {expected}")
    version = workspace.version()
    if workspace.run(data_carga=day).code != code or workspace.version() != version:
        wrong.append(f"{where}: a third run commits again")
    wrong += [f"{where}: after all, {row}" for row in disagreements(workspace)]
    shutil.rmtree(folder)
    return wrong


@pytest.mark.parametrize("kind", BEFORE)
def test_killed_at_every_write_of(kind, killer, tmp_path):
    make, day, code = BEFORE[kind]
    before = make(tmp_path / "before")
    whole, log = copy_of(before, tmp_path / "whole"), tmp_path / "writes.log"
    outcome = whole.run("--threads", "1", data_carga=day, env={"LD_PRELOAD": str(killer), "WRITES_LOG": str(log)})
    assert outcome.code == code, outcome
    calls = log.read_text().splitlines()
    # The seam sees what there is to see: files, the commits, the ledger's.
    commit = r"linkat .*quarentena_global/_delta_log/\d+\.json"
    for needed in (r"write .*rows\.parquet", r"linkat .*_fontes/_delta_log/\d+\.json", r"rename .*run_results\.json",
                   *([] if kind == "broken on the second day" else [commit])):  # its table stays as it is
        assert any(re.search(needed, call) for call in calls), (needed, calls)
    expected = whole.rows(), ledger_of(whole)
    with ThreadPoolExecutor(2) as pool:
        problems = pool.map(lambda n: killed_at(before, day, n, tmp_path / f"killed {n}", killer, code, expected),
                            range(1, len(calls) + 1))
        wrong = [line for lines in problems for line in lines]
    assert not wrong, f"{len(calls)} calls, {len(wrong)} problems\n" + "\n".join(wrong[:20])
