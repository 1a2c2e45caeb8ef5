"""What goes wrong with a source, and what must then stand in the ledger. A fault says it for each source, because the
same accident looks different in each format."""

import os
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from typing import Callable

import pyarrow as pa

from company import Contact, Row

RECEIVED = ("received", "accepted")
UNCHANGED = ("unchanged", "accepted")


def carried(status):
    return status, "carried"


@dataclass(frozen=True)
class Fault:
    """`deliver(canal, path, rows, day)` writes what comes, or nothing. `rows(rows, day)`: what an accepted delivery
    then holds; absent: what the company knows."""
    deliver: Callable
    ledger: tuple
    rows: Callable | None = None


def whole(canal, path, rows, day):
    canal.write(path, rows, day)


def missing(canal, path, rows, day):
    if path.is_dir():
        path.rename(path.with_suffix(".away"))
    else:
        path.unlink(missing_ok=True)


def no_bytes(canal, path, rows, day):
    path.write_bytes(b"")


def no_rows(canal, path, rows, day):
    canal.write(path, [], day)


def cut(share):
    def deliver(canal, path, rows, day):
        canal.write(path, rows, day)
        if path.is_dir():
            path = max(path.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
        size = int(path.stat().st_size * share)
        content = path.read_bytes()
        while content[size - 1:size] == b"\n":  # a cut between two lines is another test's
            size -= 1
        path.write_bytes(content[:size])
    return deliver


def fewer(share):
    def deliver(canal, path, rows, day):
        canal.write(path, rows[-int(len(rows) * share):], day)  # the newest ones
    return deliver


def yesterdays(canal, path, rows, day):
    """The file is as it was. A name with the day in it is given to yesterday's bytes."""
    eve = canal.path(path.parent, day - timedelta(days=1))
    if eve != path:
        shutil.copy(eve, path)


def of_three_days_ago(canal, path, rows, day):
    old = day - timedelta(days=3)
    canal.write(path, canal.rows(old), old)


def twice(canal, path, rows, day):
    canal.write(path, [row for row in rows for _ in range(2)], day)


def backwards(canal, path, rows, day):
    canal.write(path, list(reversed(rows)), day)


def written(**options):
    """By other means of Canal.write."""
    return lambda canal, path, rows, day: canal.write(path, rows, day, **options)


def renamed(old, new):
    return lambda canal, path, rows, day: canal.write(
        path, rows, day, columns=[new if column == old else column for column in canal.columns])


def brazilian(day):
    return "" if day is None else f"{day:%d/%m/%Y}"


def at_2230_in_utc(day):
    """22:30 of São Paulo: half past one of the next day."""
    return "" if day is None else f"{(day + timedelta(days=1)).isoformat()}T01:30:00Z"


def naive_utc(moments):
    return pa.array([moment.astimezone(timezone.utc).replace(tzinfo=None) for moment in moments], pa.timestamp("us"))


def as_text(moments):
    return pa.array([moment.isoformat() for moment in moments], pa.string())


def dated_the_day_before(canal, path, rows, day):
    """The sender's clock is a day slow: what it makes today says yesterday."""
    slow = day - timedelta(days=1)

    def at(row):
        contact = replace(row.contact, sent=slow) if row.contact.sent == day else row.contact
        return replace(row, contact=contact, base=slow if row.base == day else row.base)

    canal.write(path, [at(row) for row in rows if row.contact.sent is None or row.contact.sent <= day], day)


def dated_the_day_after(canal, path, rows, day):
    """The sender's base is of tomorrow."""
    canal.write(path, [replace(row, base=day + timedelta(days=1)) for row in rows], day)


def after_seven(canal, path, rows, day):
    canal.write(path, rows, day)
    noon = 12 * 3600 + 3 * 3600
    epoch = day.toordinal() - 719163
    os.utime(path, (epoch * 86400 + noon,) * 2)


def rename_delta(old, new):
    return lambda table: table.rename_columns([new if name == old else name for name in table.column_names])


def delta_as_text(name):
    def change(table):
        at = table.column_names.index(name)
        return table.set_column(at, name, table.column(name).cast(pa.string()))
    return change


def every(fault):
    return dict.fromkeys(["crm", "marketing", "recomendacao", "ofertas", "fraude", "restritos"], (fault, fault))


def same(deliver, ledger, rows=None):
    return (Fault(deliver, ledger, rows),) * 2


# fault -> source -> what happens on the first and on the second day of its window.
FAULTS = {
    "missing": {source: same(missing, carried("missing"))
                for source in ("crm", "marketing", "recomendacao", "ofertas", "restritos")},
    "empty": {
        "crm": (Fault(no_bytes, carried("empty")), Fault(no_rows, carried("empty"))),
        "marketing": (Fault(no_bytes, carried("empty")), Fault(no_rows, carried("empty"))),
        "recomendacao": (Fault(no_bytes, carried("empty")), Fault(no_rows, carried("empty"))),
        "ofertas": same(no_bytes, carried("empty")),
        "fraude": same(no_rows, carried("empty")),
        "restritos": same(no_bytes, carried("empty")),
    },
    "truncated": every(Fault(cut(0.61), carried("truncated"))),
    "shrunken": {source: same(fewer(0.3), carried("shrunken"))
                 for source in ("marketing", "recomendacao", "fraude", "restritos", "crm")},
    # On the second day of its window an older one still, which those since took the place of.
    "stale copy of yesterday": {
        "crm": same(yesterdays, carried("late")),
        "marketing": (Fault(yesterdays, UNCHANGED, "of the day before"), Fault(of_three_days_ago, carried("late"))),
        "recomendacao": same(yesterdays, carried("late")),
        "ofertas": same(yesterdays, UNCHANGED, "of the day before"),
        "fraude": same(yesterdays, UNCHANGED, "of the day before"),
        "restritos": (Fault(yesterdays, UNCHANGED, "of the day before"), Fault(of_three_days_ago, carried("late"))),
    },
    "duplicated rows": every(Fault(twice, RECEIVED)),
    "reordered rows": every(Fault(backwards, RECEIVED)),
    "column renamed": {
        "crm": same(renamed("email", "e_mail"), carried("drifted")),
        "marketing": same(renamed("subject", "assunto"), carried("drifted")),
        "recomendacao": same(renamed("email", "mail"), carried("drifted")),
        "ofertas": same(renamed("data_envio", "data"), carried("drifted")),
        "fraude": same(written(change=rename_delta("dt_inclus", "data_inclusao")), carried("drifted")),
        "restritos": same(written(renamed="data"), carried("drifted")),
    },
    "column type changed": {
        "crm": same(written(cell=brazilian), carried("late")),
        "marketing": same(written(date_text=brazilian), carried("shrunken")),
        "recomendacao": same(written(moments=as_text), carried("drifted")),
        "ofertas": same(written(date_text=brazilian), carried("shrunken")),
        "fraude": same(written(change=delta_as_text("dt_inclus")), carried("drifted")),
        "restritos": same(written(date_value=lambda day: (day.toordinal() - 719163) * 86400), carried("shrunken")),
    },
    "zone shifted": {
        "marketing": same(written(date_text=at_2230_in_utc), RECEIVED),
        # The same moments, told in UTC; then told without saying so.
        "recomendacao": (Fault(written(zone="UTC"), RECEIVED), Fault(written(moments=naive_utc), carried("drifted"))),
        "ofertas": same(written(date_text=at_2230_in_utc), RECEIVED),
        "restritos": same(written(date_value=at_2230_in_utc), RECEIVED),
    },
    "sender's clock slow by a day": {
        "crm": same(dated_the_day_before, carried("late")),
        "marketing": same(dated_the_day_before, carried("late")),
        "recomendacao": same(dated_the_day_before, carried("late")),
        "restritos": same(dated_the_day_before, carried("late")),
    },
    "sender's base of tomorrow": {"crm": same(dated_the_day_after, carried("late"))},
    "after its deadline": {"crm": same(after_seven, ("late", "accepted"))},
}
