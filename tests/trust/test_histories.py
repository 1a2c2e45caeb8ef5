"""Random histories with random accidents. Whatever happens, nobody in force disappears without an accepted delivery or
the end of the period; a day run twice, or computed again in any order, leaves the same tables and commits nothing; and
days that were run in any order are, after one backfill, what their accepted deliveries say in the days' own order."""

import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial

import pytest
from deltalake import DeltaTable

from company import Contact
from model import Remembered, table_of
from product import DEGRADED, DONE, Workspace, csv_of

pytestmark = pytest.mark.slow
HISTORIES, BATCH = 24, 8
DAYS = [date(2024, 5, 20) + timedelta(days=n) for n in range(8)]
SOURCES = {"marketing": ("Marketing", 4, "snapshot"), "ofertas": ("Ofertas", 3, "events"),
           "fraude": ("Fraude", None, "snapshot")}
ACCIDENTS = ["missing", "no bytes", "no rows", "cut", "fewer", "twice", "backwards", "yesterday's", "renamed"]


def workspace_in(folder):
    workspace = Workspace(folder)
    for name, (canal, dias, keeps) in SOURCES.items():
        workspace.source(name, canal=canal, dias="until_removed" if dias is None else dias, keeps=keeps)
    with (workspace.folder / "quarentena.yml").open("a") as config:
        config.write("release_brake: { count: 1000, percent: 100 }\n")  # its own tests are others
    return workspace


def memories():
    return {name: Remembered(name, *rest) for name, rest in SOURCES.items()}


class History:
    def __init__(self, folder, seed):
        self.folder = folder
        self.chance = random.Random(seed)
        self.workspace = workspace_in(folder / "in order")
        self.remembered = memories()
        self.known = {name: [] for name in SOURCES}
        self.delivered = {}  # day -> source -> rows
        self.tables = {}
        self.story = []
        self.wrong = []

    def told(self, day, text):
        self.wrong.append(f"{day}: {text}\n  after " + "; ".join(self.story))

    def contacts(self, name, day):
        """What the source knows on the day."""
        dias = SOURCES[name][1]
        new = [Contact(str(self.chance.randrange(30)), f"{self.chance.randrange(9)}@exemplo.com", None,
                       self.chance.choice(["A", "B"]), day - timedelta(days=self.chance.randrange(3)))
               for _ in range(self.chance.randrange(3, 8))]
        if name == "ofertas":
            return new
        stay = 0.9 if dias is None else 0.97  # some leave early
        self.known[name] = [c for c in self.known[name] if self.chance.random() < stay] + new
        return list(self.known[name])

    def deliver(self, name, day):
        """The rows that an accepted delivery would have brought."""
        rows = self.contacts(name, day)
        path = self.workspace.folder / f"{name}.csv"
        accident = self.chance.choice(ACCIDENTS) if day != DAYS[0] and self.chance.random() < 0.4 else "whole"
        self.story.append(f"{day:%d} {name} {accident}")
        if accident == "yesterday's" and path.exists():
            return self.written[name]
        if accident == "missing":
            path.unlink(missing_ok=True)
            return []
        if accident == "no rows":
            rows = []
        if accident == "fewer":
            rows = rows[:len(rows) // 3]
        if accident == "twice":
            rows = rows * 2
        if accident == "backwards":
            rows = rows[::-1]
        header = "id_cliente,email,telefone,assunto," + ("enviado" if accident == "renamed" else "data_envio")
        text = csv_of(*((c.client, c.email, "", c.subject, c.sent.isoformat()) for c in rows), header=header)
        if accident == "no bytes":
            text = ""
        if accident == "cut":
            text = text[:-4]
        path.write_text(text)
        self.written[name] = rows
        return rows

    written = {}

    def live(self):
        self.written = {}
        for day in DAYS:
            rows = self.delivered[day] = {name: self.deliver(name, day) for name in SOURCES}
            self.keep_inputs(day)
            outcome = self.run(day)
            decisions = self.decisions(day)
            if outcome.code != (DEGRADED if "carried" in decisions.values() else DONE):
                self.told(day, outcome)
            for name, decision in decisions.items():
                if decision == "accepted":
                    self.remembered[name].accept(day, rows[name])
            self.tables[day] = self.published(day)
            self.is_as_remembered(day)
            self.nobody_disappears(day, decisions)
            self.commits_nothing(day, self.run)
        for day in self.chance.sample(DAYS, len(DAYS)):
            self.restore_inputs(day)
            self.commits_nothing(day, self.chance.choice([self.run, self.backfill]))
        self.live_in_another_order()
        return self.wrong

    def live_in_another_order(self):
        """The first day is the first; of the others each is run at any time, with what came on it."""
        self.workspace, self.remembered = workspace_in(self.folder / "in another order"), memories()
        order = DAYS[:1] + self.chance.sample(DAYS[1:], len(DAYS) - 1)
        self.story.append("run in the order " + " ".join(f"{day:%d}" for day in order))
        for day in order:
            self.restore_inputs(day)
            if (outcome := self.run(day)).code not in (DONE, DEGRADED):
                self.told(day, outcome)
        self.backfill(DAYS[0], DAYS[-1])
        for row in self.ledger():
            if row[2] == "accepted":
                day = date.fromisoformat(row[0])
                self.remembered[row[1]].accept(day, self.delivered[day][row[1]])
        rows = self.workspace.rows()
        for day in DAYS:
            self.tables[day] = [row for row in rows if row[8] == day.isoformat()]
            self.is_as_remembered(day)
        self.commits_nothing(DAYS[0], partial(self.backfill, to=DAYS[-1]))

    def is_as_remembered(self, day):
        there, expected = self.tables[day], table_of(self.remembered.values(), day)
        if there != expected:
            self.told(day, f"only published {sorted(set(there) - set(expected), key=str)}, "
                           f"only expected {sorted(set(expected) - set(there), key=str)}")

    def run(self, day):
        return self.workspace.run(data_carga=day.isoformat())

    def backfill(self, day, to=None):
        return self.workspace.command("backfill", "--from", day, "--to", to or day)

    def commits_nothing(self, day, how):
        version, ledger = self.workspace.version(), self.ledger()
        outcome = how(day)
        if outcome.code not in (DONE, DEGRADED) or self.workspace.version() != version:
            self.told(day, f"done again it commits: {outcome}")
        if self.published(day) != self.tables[day]:
            self.told(day, "done again it has another table")
        if self.ledger() != ledger:
            self.told(day, f"done again its ledger says {self.ledger()} instead of {ledger}")

    def nobody_disappears(self, day, decisions):
        eve = self.tables.get(day - timedelta(days=1), [])
        here = {(row[0], row[1]) for row in self.tables[day]}
        for row in eve:
            ended = row[7] is not None and row[7] < day.isoformat()
            name = next(n for n, (canal, _, _) in SOURCES.items() if canal == row[1])
            may_say_so = decisions[name] == "accepted" and SOURCES[name][2] == "snapshot"
            if (row[0], row[1]) not in here and not ended and not may_say_so:
                self.told(day, f"{row} disappeared")

    def published(self, day):
        return [row for row in self.workspace.rows() if row[8] == day.isoformat()]

    def ledger(self):
        rows = DeltaTable(f"{self.workspace.table}_fontes").to_pyarrow_table().to_pylist()
        return sorted((str(r["data_carga"]), r["source"], r["decision"], r["in_force"], r["rows_quarantined"])
                      for r in rows)

    def decisions(self, day):
        return {row[1]: row[2] for row in self.ledger() if row[0] == day.isoformat()}

    def inputs(self, day):
        return self.folder / f"inputs of {day}"

    def keep_inputs(self, day):
        self.inputs(day).mkdir()
        for name in SOURCES:
            path = self.workspace.folder / f"{name}.csv"
            if path.exists():
                shutil.copy2(path, self.inputs(day))

    def restore_inputs(self, day):
        for name in SOURCES:
            (self.workspace.folder / f"{name}.csv").unlink(missing_ok=True)
        for path in self.inputs(day).iterdir():
            shutil.copy2(path, self.workspace.folder)


def lived(tmp_path, seed):
    folder = tmp_path / str(seed)
    wrong = [f"history {seed}, {line}" for line in History(folder, seed).live()]
    shutil.rmtree(folder)
    return wrong


@pytest.mark.parametrize("first", range(0, HISTORIES, BATCH))
def test_histories_from(first, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        wrong = [line for lines in pool.map(partial(lived, tmp_path), range(first, first + BATCH)) for line in lines]
    assert not wrong, f"{len(wrong)} problems\n" + "\n".join(wrong[:10])
