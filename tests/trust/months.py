"""A month of a company, one run a day, each day compared with the model: the exact table, the ledger, the exit code."""

import os
from datetime import timedelta

from deltalake import DeltaTable

from company import DAYS, company
from faults import after_seven, yesterdays
from model import Remembered, table_of
from product import COLUMNS, DEGRADED, DONE, Workspace

# Each source has its bad days, and on one day all have them at once.
WINDOWS = {"crm": 4, "marketing": 7, "recomendacao": 10, "ofertas": 13, "fraude": 16, "restritos": 19}
ALL_AT_ONCE = 24
KEEP_THEIR_TIME = (after_seven, yesterdays)


def counting(rows):
    return [row.contact for row in rows if row.counts]


class Month:
    """`more`: settings of sources beside the company's own. `how` runs a day of the workspace, in place of `run`."""

    def __init__(self, folder, more=None, canais=None, how=Workspace.run):
        self.workspace, self.how = Workspace(folder), how
        self.canais = canais or company()
        self.remembered = {}
        self.truth = {}
        self.ledger = {}  # (day, source) -> (status, decision)
        self.listed = None  # the fraud list as it was last accepted
        self.wrong = []
        for canal in self.canais:
            settings = {"canal": canal.canal, "location": f"./{canal.file}", "dias": canal.dias, **canal.settings(),
                        **(more or {}).get(canal.name, {})}
            self.workspace.source(canal.name, **settings)
            for states in (self.remembered, self.truth):
                states[canal.name] = Remembered(canal.name, canal.canal, canal.dias, canal.keeps)

    def deliver(self, day, faults):
        """Every source delivers for the day, each in its way."""
        for canal in self.canais:
            path, rows = canal.path(self.workspace.folder, day), canal.rows(day)
            away = path.with_suffix(".away")
            if away.exists():
                away.rename(path)
            self.truth[canal.name].accept(day, counting(rows))
            fault = faults.get(canal.name)
            if fault is None:
                canal.write(path, rows, day)
            else:
                fault.deliver(canal, path, rows, day)
            if path.is_file() and (fault is None or fault.deliver not in KEEP_THEIR_TIME):
                at_six(path, day)

    def decide(self, day, faults):
        """What must be decided about each source, and the model's memory of it."""
        for canal in self.canais:
            fault, memory = faults.get(canal.name), self.remembered[canal.name]
            status = fault.ledger if fault else ("received", "accepted")
            # A list on which nothing changed is the same bytes. Of the others each day has its own.
            if fault is None and canal.file == "fraude.csv" and self.listed == canal.rows(day):
                status = ("unchanged", "accepted")
            self.ledger[day, canal.name] = status
            if status[1] != "accepted":
                continue
            if canal.name == "fraude":
                self.listed = canal.rows(day)
            if fault is not None and fault.rows == "of the day before":
                memory.accept(day, memory.accepted[max(d for d in memory.accepted if d < day)])
            elif fault is not None and fault.rows:
                memory.accept(day, counting(fault.rows(canal.rows(day), day)))
            else:
                memory.accept(day, counting(canal.rows(day)))

    def live(self, day, faults=None):
        faults = faults or {}
        self.deliver(day, faults)
        self.run(day, faults)
        self.check_truth(day)

    def run(self, day, faults):
        self.decide(day, faults)
        outcome = self.how(self.workspace, data_carga=day.isoformat())
        degraded = any(self.ledger[day, canal.name][1] == "carried" for canal in self.canais)
        if outcome.code != (DEGRADED if degraded else DONE):
            self.wrong.append(f"{day}: {outcome}")
        self.check_ledger(day)
        self.check_table(day)

    def check_ledger(self, day):
        there = self.ledger_rows(day)
        for canal in self.canais:
            expected = self.ledger[day, canal.name]
            row = there.get(canal.name, {"status": None, "decision": None, "reason": "no row"})
            if (row["status"], row["decision"]) != expected:
                self.wrong.append(f"{day} {canal.name}: ledger {row['status']}/{row['decision']} ({row['reason']}), "
                                  f"expected {'/'.join(expected)}")

    def ledger_rows(self, day):
        location = f"{self.workspace.table}_fontes"
        rows = DeltaTable(location).to_pyarrow_table().to_pylist()
        return {row["source"]: row for row in rows if row["data_carga"] == day}

    def published(self, day):
        table = DeltaTable(str(self.workspace.table))
        rows = table.to_pyarrow_table(partitions=[("data_carga", "=", day.isoformat())]).to_pylist()
        return sorted((tuple(None if row[name] is None else str(row[name]) for name in COLUMNS) for row in rows),
                      key=lambda row: (row[1], row[0]))

    def check_table(self, day):
        rows, expected = self.published(day), table_of(self.remembered.values(), day)
        if rows != expected:
            self.wrong.append(f"{day}: only published {sorted(set(rows) - set(expected), key=str)[:3]}, "
                              f"only expected {sorted(set(expected) - set(rows), key=str)[:3]}")

    def check_truth(self, day):
        """Nobody is wrongly released or held but where the ledger declares that a delivery was not taken."""
        rows, true = self.published(day), table_of(self.truth.values(), day)
        for canal in self.canais:
            differ = sorted((row for row in set(rows) ^ set(true) if row[1] == canal.canal), key=str)
            if differ and not self.declared(canal, day):
                self.wrong.append(f"{day} {canal.name}: {len(differ)} rows are not as they were in truth, {differ[0]} "
                                  "for one, and nothing declares it")

    def declared(self, canal, day):
        """Of events a delivery that was not taken is missed until its contacts would have left."""
        back = canal.dias if canal.keeps == "events" else 0
        days = [day - timedelta(days=n) for n in range(back + 1)]
        return any(self.ledger.get((d, canal.name), RIGHT) != RIGHT for d in days)

    def check_history(self, days=DAYS):
        """Later days left the earlier ones as they were."""
        for day in days:
            self.check_table(day)


RIGHT = ("received", "accepted")


def at_six(path, day):
    """A file's time: six in the morning of São Paulo."""
    seconds = (day.toordinal() - 719163) * 86400 + 9 * 3600
    os.utime(path, (seconds, seconds))


def bad_days(fault):
    """day -> source -> Fault, over the month."""
    plan = {day: {} for day in DAYS}
    for source, (first, second) in fault.items():
        plan[DAYS[WINDOWS[source]]][source] = first
        plan[DAYS[WINDOWS[source] + 1]][source] = second
        plan[DAYS[ALL_AT_ONCE]][source] = first
    return plan
