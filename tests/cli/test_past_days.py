"""Past days over the binary: backfill, simulate, and what a changed period applies to."""

import hashlib
import signal
import subprocess
import time

import pytest

from product import BINARY, DONE, USER, csv_of

DAYS = ["2024-05-28", "2024-05-29", "2024-05-30"]


def contact(client, sent):
    return (client, f"{client}@exemplo.com", "11999999999", "Oferta", sent)


def files(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def clients(workspace):
    """(day, client, last day) of every published row."""
    return [(row[8], row[0], row[7]) for row in workspace.rows()]


@pytest.fixture
def three_days(workspace):
    """A contact of 25 May each day, and one of its own day."""
    workspace.source("marketing")
    for i, day in enumerate(DAYS):
        workspace.file("marketing.csv", csv_of(contact("1", "2024-05-25"), contact(str(10 + i), day)))
        assert (outcome := workspace.run(data_carga=day)).code == DONE, outcome
    return workspace


def backfill(workspace, *arguments):
    return workspace.command("backfill", "--from", DAYS[0], "--to", DAYS[-1], *arguments)


def test_backfill_of_days_that_are_there_changes_nothing(three_days):
    before, version = three_days.rows(), three_days.version()
    outcome = backfill(three_days, "--json")
    assert outcome.code == DONE, outcome
    assert [day["status"] for day in outcome.json()["days"]] == ["unchanged"] * 3
    assert (three_days.rows(), three_days.version()) == (before, version)


def test_backfill_does_not_ask_the_sources(three_days):
    (three_days.folder / "marketing.csv").unlink()
    assert (outcome := backfill(three_days)).code == DONE, outcome


def test_backfill_tells_which_days_would_change_then_changes_them(three_days):
    three_days.source("marketing", dias=3)
    dry = backfill(three_days, "--dry-run", "--json").json()
    assert [[(c["entered"], c["left"]) for c in day["changes"]] for day in dry["days"]] == [[(0, 0)], [(0, 1)], [(0, 1)]]
    assert len(three_days.rows()) == 6
    assert (outcome := backfill(three_days)).code == DONE, outcome
    assert "Marketing +0 -1" in outcome.out
    assert len(three_days.rows()) == 4


def test_a_backfill_that_was_killed_goes_on_to_the_same_table(three_days):
    three_days.source("marketing", dias=3)
    command = [str(BINARY), "backfill", "--from", DAYS[0], "--to", DAYS[-1], "-c", str(three_days.folder / "quarentena.yml")]
    for wait in (0.02, 0.08, 0.2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (outcome := backfill(three_days)).code == DONE, outcome
    assert clients(three_days) == [
        ("2024-05-28", "1", "2024-05-28"), ("2024-05-28", "10", "2024-05-31"),
        ("2024-05-29", "11", "2024-06-01"), ("2024-05-30", "12", "2024-06-02")]


def test_late_clients_are_counted_and_listed(three_days):
    three_days.file("marketing.csv", csv_of(contact("1", "2024-05-25"), contact("9", "2024-05-29")))
    assert three_days.run(data_carga="2024-05-31").code == DONE
    outcome = backfill(three_days, "--json")
    late = outcome.json()["late"]
    assert late["canais"] == [{"canal": "Marketing", "clients": 1, "client_days": 2}], outcome
    with open(late["file"], encoding="utf-8") as lines:
        assert lines.read().splitlines()[1] == "Marketing,9,2024-05-29,2024-05-31,2,2024-05-29 2024-05-30"


def test_simulate_counts_lists_and_writes_nothing(three_days):
    before = files(three_days.folder)
    arguments = ["--set", "marketing.dias=3", "--from", DAYS[0], "--to", DAYS[-1]]
    outcome = three_days.command("simulate", *arguments, "--json")
    assert outcome.code == DONE, outcome
    assert [(d["canais"][0]["enter"], d["canais"][0]["leave"]) for d in outcome.json()["days"]] == [(0, 0), (0, 1), (0, 1)]
    listed = three_days.command("simulate", *arguments, "--list")
    assert listed.out.splitlines() == ["data_carga,canal,id_cliente,change", "2024-05-29,Marketing,1,leaves", "2024-05-30,Marketing,1,leaves"]
    assert files(three_days.folder) == before


def test_simulate_of_an_unknown_source_names_the_nearest(three_days):
    outcome = three_days.command("simulate", "--set", "marketin.dias=3")
    assert outcome.code == USER and "did you mean 'marketing'?" in outcome.err, outcome


def test_simulate_of_another_where(three_days):
    outcome = three_days.command("simulate", "--set", "marketing.where=id_cliente <> '1'", "--json")
    assert outcome.json()["days"][0]["canais"][0]["leave"] == 1, outcome


def changing(workspace, *periods, **settings):
    """One contact a day from 28 May on, all delivered again each day; the period of each day."""
    sent = [f"2024-05-{28 + i}" for i in range(len(periods))]
    outcome = None
    for i, dias in enumerate(periods):
        workspace.source("marketing", dias=dias, **settings)
        workspace.file("marketing.csv", csv_of(*(contact(str(k), day) for k, day in enumerate(sent[: i + 1]))))
        outcome = workspace.run(data_carga=sent[i])
        assert outcome.code == DONE, outcome
    last = [(client, leaves) for day, client, leaves in clients(workspace) if day == sent[-1]]
    return last, outcome


def test_from_now_keeps_the_period_of_contacts_made_before(workspace):
    last, _ = changing(workspace, 30, 20, applies="from_now")
    assert last == [("0", "2024-06-27"), ("1", "2024-06-18")]


def test_to_all_changes_the_period_of_every_contact(workspace):
    last, outcome = changing(workspace, 30, 20, applies="to_all")
    assert last == [("0", "2024-06-17"), ("1", "2024-06-18")]
    assert "applies" not in outcome.err


def test_a_changed_period_without_applies_is_for_all_and_warns(workspace):
    last, outcome = changing(workspace, 30, 20)
    assert last == [("0", "2024-06-17"), ("1", "2024-06-18")]
    assert "applies: from_now" in outcome.err


def test_three_changes_in_a_row_each_keep_to_their_contacts(workspace):
    last, _ = changing(workspace, 30, 20, 10, 40, applies="from_now")
    assert last == [("0", "2024-06-27"), ("1", "2024-06-18"), ("2", "2024-06-09"), ("3", "2024-07-10")]
