"""SIGKILL at every call that changes the file system, of each kind of command that writes: whoever reads right after it
sees a ledger that agrees with the table, and the same command again ends where an undisturbed one would have ended."""

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from product import DEGRADED, DONE, HELD, Workspace, csv_of

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


def two_days_published(folder):
    workspace = first_run_ever(folder)
    assert workspace.run(data_carga=FIRST).code == DONE
    workspace.file("marketing.csv", TUESDAY)
    assert workspace.run(data_carga=SECOND).code == DONE
    return workspace


def broken_on_the_second_day(folder):
    """The day was published whole, and is run again with a file that was cut meanwhile."""
    workspace = two_days_published(folder)
    workspace.file("marketing.csv", TUESDAY[:-6])
    return workspace


def too_many_gone(folder):
    """Twelve of thirty clients are absent on the second day."""
    workspace = Workspace(folder).source("marketing", volume={"shrink": "off"})
    some = lambda count: csv_of(*((str(n), "a@exemplo.com", "", "", "2024-05-26") for n in range(count)))
    workspace.file("marketing.csv", some(30))
    assert workspace.run(data_carga=FIRST).code == DONE
    workspace.file("marketing.csv", some(18))
    return workspace


def two_days_under_another_rule(folder):
    return two_days_published(folder).source("marketing", dias=1)


def table_that_is_copied(folder):
    """Of a partitioned table the rows are copied; its second version is new. It stays where it is, as its digest is of
    its place."""
    table = str(folder.with_name("restritos"))
    workspace = workspace_in(folder)
    workspace.source("restritos", canal="Restritos", dias=90, location=table, format="delta")
    workspace.file("marketing.csv", MONDAY)
    for day, clients in ((FIRST, ["7", "8"]), (SECOND, ["7", "9"])):
        texts = {name: ["SP", "RJ"] for name in ("email", "telefone", "assunto", "uf")}
        write_deltalake(table, pa.table(
            {"id_cliente": clients, "data_envio": ["2024-04-01"] * 2, **texts}), partition_by=["uf"], mode="overwrite")
        assert day == SECOND or workspace.run(data_carga=FIRST).code == DONE
    return workspace


def run(day, *arguments):
    return "run", "--data-carga", day, *arguments


APPROVED = ("--approve-release", "Marketing=12", "--reason", "lista revista")
COMMANDS = {
    "first run ever": (first_run_ever, run(FIRST), DONE),
    "degraded second day": (degraded_second_day, run(SECOND), DEGRADED),
    "late file comes": (late_file_comes, run(SECOND), DONE),
    "broken on the second day": (broken_on_the_second_day, run(SECOND), DEGRADED),
    "held day": (too_many_gone, run(SECOND), HELD),
    "approved release": (too_many_gone, run(SECOND, *APPROVED), DONE),
    "backfill": (two_days_under_another_rule, ("backfill", "--from", FIRST, "--to", SECOND), DONE),
    "table that is copied": (table_that_is_copied, run(SECOND), DONE),
}
PUBLISHES_NOTHING = ("broken on the second day", "held day")


def ledger_of(workspace):
    """Without what differs from run to run; files' times are the copies' own."""
    rows = DeltaTable(f"{workspace.table}_fontes").to_pyarrow_table().to_pylist()
    for row in rows:
        if row["approved"]:
            row["approved"] = {key: value for key, value in json.loads(row["approved"]).items() if key != "at"}
    return sorted(({key: str(value).replace(str(workspace.folder), "") for key, value in row.items()
                    if key not in OF_THE_RUN} for row in rows), key=lambda row: (row["data_carga"], row["source"]))


def copy_of(workspace, folder):
    shutil.copytree(workspace.folder, folder, symlinks=True)
    return Workspace(folder)


def disagreements(workspace):
    """What a reader finds in the ledger that is not so in the table, and the other way round."""
    answer = workspace.command("sql", AGREEMENT, "--json")
    if answer.code != DONE:
        nothing_yet = not (workspace.table / "_delta_log/00000000000000000000.json").exists()
        return [] if nothing_yet else [str(answer)]
    rows = answer.json()
    return [row for row in rows
            if row["decision"] is None or int(row["rows_quarantined"] or 0) != int(row["clients"] or 0)]


def killed_at(before, command, number, folder, killer, code, expected):
    """What went wrong, as lines."""
    workspace = copy_of(before, folder)
    log = folder.with_suffix(".log")
    killed = workspace.command(*command, "--threads", "1", env={
        "LD_PRELOAD": str(killer), "KILL_AT_WRITE": str(number), "WRITES_LOG": str(log)})
    calls = log.read_text().splitlines()
    where = f"{number}: before {calls[-1]}" if killed.code == SIGKILLED else f"{number}: not killed ({len(calls)} calls)"
    wrong = [f"{where}: a reader sees {row}" for row in disagreements(workspace)]
    if killed.code not in (SIGKILLED, code):
        wrong.append(f"{where}: {killed}")
    again = workspace.command(*command)
    if again.code != code:
        wrong.append(f"{where}: the next run: {again}")
    if (workspace.rows(), ledger_of(workspace)) != expected:
        wrong.append(f"{where}: table or ledger differ: {workspace.rows()} {ledger_of(workspace)}, expected {expected}")
    version = workspace.version()
    if workspace.command(*command).code != code or workspace.version() != version:
        wrong.append(f"{where}: a third run commits again")
    wrong += [f"{where}: after all, {row}" for row in disagreements(workspace)]
    shutil.rmtree(folder)
    return wrong


@pytest.mark.parametrize("kind", COMMANDS)
def test_killed_at_every_write_of(kind, killer, tmp_path):
    make, command, code = COMMANDS[kind]
    before = make(tmp_path / "before")
    whole, log = copy_of(before, tmp_path / "whole"), tmp_path / "writes.log"
    outcome = whole.command(*command, "--threads", "1", env={"LD_PRELOAD": str(killer), "WRITES_LOG": str(log)})
    assert outcome.code == code, outcome
    calls = log.read_text().splitlines()
    # The seam sees what there is to see: files, the commits, the ledger's.
    commit = r"linkat .*quarentena_global/_delta_log/\d+\.json"
    for needed in (r"write .*rows\.parquet", r"linkat .*_fontes/_delta_log/\d+\.json", r"rename .*run_results\.json",
                   *([] if kind in PUBLISHES_NOTHING else [commit])):
        assert any(re.search(needed, call) for call in calls), (needed, calls)
    expected = whole.rows(), ledger_of(whole)
    with ThreadPoolExecutor(2) as pool:
        problems = pool.map(lambda n: killed_at(before, command, n, tmp_path / f"killed {n}", killer, code, expected),
                            range(1, len(calls) + 1))
        wrong = [line for lines in problems for line in lines]
    assert not wrong, f"{len(calls)} calls, {len(wrong)} problems\n" + "\n".join(wrong[:20])
