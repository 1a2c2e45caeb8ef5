"""A column whose type changed for good: refused until a person says so, with name and reason, in the ledger."""

import datetime

import pyarrow as pa
import pyarrow.parquet
import pytest

from product import DEGRADED, DONE, USER

DAYS = ["2024-05-28", "2024-05-29", "2024-05-30"]
WHY = ["--accept-change", "crm", "--reason", "they send text from now on"]


def deliver(workspace, *ids, sent="2024-05-27", text=False):
    when = sent if text else datetime.date.fromisoformat(sent)
    columns = {"id_cliente": list(ids), "data_envio": [when] * len(ids)}
    columns |= {name: ["x"] * len(ids) for name in ("email", "telefone", "assunto")}
    pyarrow.parquet.write_table(pa.table(columns), workspace.folder / "crm.parquet")


@pytest.fixture
def changed(workspace):
    """The first day's data_envio is a date, the second day's a text."""
    workspace.source("crm", location="./crm.parquet", format="parquet")
    deliver(workspace, "1", "2")
    assert (outcome := workspace.run(data_carga=DAYS[0])).code == DONE, outcome
    deliver(workspace, "1", "3", text=True)
    return workspace


def fonte(workspace, day):
    answer = workspace.command("sql", "--json", f"SELECT status, decision, reason FROM fontes WHERE data_carga = '{day}'")
    (row,) = answer.json()
    return row


def ids(workspace, day):
    return [row[0] for row in workspace.rows() if row[8] == day]


def test_it_is_refused_until_somebody_says_so_and_why(changed):
    assert (outcome := changed.run(data_carga=DAYS[1])).code == DEGRADED, outcome
    assert ids(changed, DAYS[1]) == ["1", "2"]
    assert (outcome := changed.run(*WHY, data_carga=DAYS[1])).code == DONE, outcome
    assert ids(changed, DAYS[1]) == ["1", "3"]
    row = fonte(changed, DAYS[1])
    assert (row["status"], row["decision"]) == ("drifted", "accepted")
    assert "'data_envio' was DATE and is VARCHAR; accepted by " in row["reason"]
    assert row["reason"].endswith(": they send text from now on")


def test_the_word_holds_for_the_day_run_again_and_for_later_days(changed):
    assert changed.run(*WHY, data_carga=DAYS[1]).code == DONE
    said = fonte(changed, DAYS[1])
    assert (outcome := changed.run("--force", data_carga=DAYS[1])).code == DONE, outcome
    assert fonte(changed, DAYS[1]) == said
    deliver(changed, "1", "3", "4", text=True)
    assert (outcome := changed.run(data_carga=DAYS[2])).code == DONE, outcome
    assert ids(changed, DAYS[2]) == ["1", "3", "4"]
    deliver(changed, "5")
    assert changed.run(data_carga=DAYS[2]).code == DEGRADED, "a date is now what is new"


def test_it_does_not_cover_another_fault(changed):
    deliver(changed, text=True)
    assert (outcome := changed.run(*WHY, data_carga=DAYS[1])).code == DEGRADED, outcome
    assert ids(changed, DAYS[1]) == ["1", "2"]


def test_it_needs_a_reason_and_a_source(changed):
    assert "--accept-change needs a --reason" in changed.run("--accept-change", "crm", data_carga=DAYS[1]).err
    outcome = changed.run("--accept-change", "cmr", "--reason", "x", data_carga=DAYS[1])
    assert outcome.code == USER and "'cmr'" in outcome.err


def test_an_older_delivery_again_is_carried_until_somebody_says_that_it_is_right(workspace):
    """Whoever came since would be free."""
    workspace.source("crm", location="./crm.parquet", format="parquet")
    deliver(workspace, "1", "2", "3")
    old = (workspace.folder / "crm.parquet").read_bytes()
    assert workspace.run(data_carga=DAYS[0]).code == DONE
    deliver(workspace, "1", "2", "3", "4", "5")
    assert workspace.run(data_carga=DAYS[1]).code == DONE
    workspace.file("crm.parquet", old)
    for day in DAYS[1:]:  # also on the day itself, when the newer one came before
        assert (outcome := workspace.run(data_carga=day)).code == DEGRADED, outcome
        assert "--accept-change crm" in outcome.err
        assert ids(workspace, day) == ["1", "2", "3", "4", "5"]
    row = fonte(workspace, DAYS[2])
    assert (row["status"], row["decision"]) == ("late", "carried")
    assert row["reason"] == "the same delivery as on 2024-05-28, which that of 2024-05-29 took the place of"
    assert (outcome := workspace.run(*WHY, data_carga=DAYS[2])).code == DONE, outcome
    said = fonte(workspace, DAYS[2])
    assert (said["status"], said["decision"]) == ("late", "accepted") and "they send text from now on" in said["reason"]
    assert ids(workspace, DAYS[2]) == ["1", "2", "3"]
    assert (outcome := workspace.run("--force", data_carga=DAYS[2])).code == DONE, outcome
    assert fonte(workspace, DAYS[2]) == said
