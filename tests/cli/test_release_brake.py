"""Too many clients who would leave before their day hold the load until a person approves it."""

import pytest

from product import DONE, HELD, USER, Workspace, csv_of

DAY_BEFORE, DAY = "2024-05-27", "2024-05-29"


def contacts(count):
    return csv_of(*((str(i), "a@x", "11", "s", "2024-05-27") for i in range(1, count + 1)))


@pytest.fixture
def fewer(tmp_path):
    """30 clients two days ago; 12 of them are absent now."""
    workspace = Workspace(tmp_path).source("marketing", volume={"shrink": "off"})
    workspace.file("marketing.csv", contacts(30))
    assert (outcome := workspace.run(data_carga=DAY_BEFORE)).code == DONE, outcome
    workspace.file("marketing.csv", contacts(18))
    return workspace


def approve(workspace, ceiling, *more):
    return workspace.run("--approve-release", f"Marketing={ceiling}", "--reason", "asked to", *more, data_carga=DAY)


def test_a_held_day_is_not_published_and_says_whom_and_how_to_approve(fewer):
    assert (outcome := fewer.run(data_carga=DAY)).code == HELD, outcome
    assert fewer.version() == 0
    assert "--approve-release 'Marketing=12'" in outcome.err
    assert "a@x" not in outcome.err + outcome.out
    [listed] = (fewer.folder / "data/staging/runs").glob("*/releases.csv")
    assert listed.stat().st_mode & 0o777 == 0o600
    lines = listed.read_text().splitlines()
    assert len(lines) == 13
    assert lines[1] == "Marketing,19,2024-05-27,2024-06-03,marketing,absent from marketing's delivery of 2024-05-29"


@pytest.mark.parametrize("ceiling, code", [(11, HELD), (12, DONE), (13, DONE)])
def test_the_ceiling_below_at_and_above(fewer, ceiling, code):
    assert (outcome := approve(fewer, ceiling)).code == code, outcome


def test_an_approval_holds_for_the_day_run_again(fewer):
    approve(fewer, 12)
    assert (outcome := fewer.run("--force", data_carga=DAY)).code == DONE, outcome
    fewer.file("marketing.csv", contacts(17))
    assert (outcome := fewer.run(data_carga=DAY)).code == HELD, outcome


def test_an_approval_of_nothing_is_told(fewer):
    """The day stays as it is, so the ledger does not get the approval."""
    assert "approved" not in approve(fewer, 12).err
    again = approve(fewer, 20)
    assert again.code == DONE and "--approve-release: nothing was approved" in again.err, again


def test_an_approval_needs_a_reason(fewer):
    assert (outcome := fewer.run("--approve-release", "Marketing=12", data_carga=DAY)).code == USER, outcome


def test_a_shortened_period_is_told(fewer):
    fewer.file("marketing.csv", contacts(30))
    fewer.source("marketing", volume={"shrink": "off"}, dias=1)
    assert (outcome := fewer.run(data_carga=DAY)).code == HELD, outcome
    assert "period shortened from 7 to 1" in outcome.err


def test_a_canal_that_is_no_longer_configured_is_held(fewer):
    fewer.sources = {}
    fewer.source("ofertas", canal="Ofertas").file("ofertas.csv", contacts(1))
    assert (outcome := fewer.run(data_carga=DAY)).code == HELD, outcome
    assert "canal Marketing is no longer configured" in outcome.err


def test_a_backfill_stops_at_a_held_day_and_goes_on_when_it_is_approved(fewer):
    assert fewer.run(data_carga=DAY).code == HELD
    held = fewer.command("backfill", "--from", DAY, "--to", DAY)
    assert held.code == HELD and "12 of Marketing" in held.err and "--approve-release 'Marketing=12'" in held.err, held
    assert fewer.version() == 0
    approved = fewer.command("backfill", "--from", DAY, "--to", DAY, "--approve-release", "Marketing=12", "--reason", "ok")
    assert approved.code == DONE, approved
    assert len([row for row in fewer.rows() if row[8] == DAY]) == 18
    again = fewer.command("backfill", "--from", DAY, "--to", DAY)
    assert again.code == DONE and "unchanged" in again.out, again
