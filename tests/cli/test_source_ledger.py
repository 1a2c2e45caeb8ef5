"""One row for every source and every day, whatever came of the run; what it says is so."""

import pytest

from product import DEGRADED, DONE, USER, csv_of

DAYS = ["2024-05-27", "2024-05-28", "2024-05-29"]


def contacts(*ids):
    return csv_of(*((str(i), f"{i}@exemplo.com", "11999999999", "Oferta", "2024-05-26") for i in ids))


@pytest.fixture
def loaded(workspace):
    """Two canais, loaded on the first day."""
    workspace.source("marketing").source("fraude", canal="Fraude")
    workspace.file("marketing.csv", contacts(1, 2, 3))
    workspace.file("fraude.csv", contacts(7, 8))
    assert (outcome := workspace.run(data_carga=DAYS[0])).code == DONE, outcome
    return workspace


def fontes(workspace, day):
    """source -> (status, decision, clients in quarantine)"""
    answer = workspace.command("sql", "--json", "SELECT source, status, decision, rows_quarantined AS n, reason FROM fontes "
                               f"WHERE data_carga = '{day}'")
    assert answer.code == DONE, answer
    return {row["source"]: (row["status"], row["decision"], row["n"]) for row in answer.json()}


def clients(workspace, day, canal="Marketing"):
    return [row[0] for row in workspace.rows() if row[8] == day and row[1] == canal]


def test_a_source_that_could_not_even_be_asked_has_failed(loaded):
    loaded.source("fraude", canal="Fraude", location="sftp://127.0.0.1:1/fraude.csv",
                  auth={"user": "u", "password": "${env:NOT_SET_ANYWHERE}"})
    assert (outcome := loaded.run(data_carga=DAYS[1])).code == USER, outcome
    rows = fontes(loaded, DAYS[1])
    assert rows["fraude"] == ("failed", "failed", None)
    assert rows["marketing"][1:] == ("failed", None), "the run ended, and published nothing of it"


def test_a_delivery_that_ends_the_run_says_what_came_of_it(loaded):
    loaded.source("fraude", canal="Fraude", on_failure="fail").file("fraude.csv", "")
    assert (outcome := loaded.run(data_carga=DAYS[1])).code == USER, outcome
    assert fontes(loaded, DAYS[1])["fraude"] == ("empty", "failed", None)
    assert clients(loaded, DAYS[1]) == []


def test_a_source_that_was_never_asked_has_a_row_and_counts_for_nobody(workspace):
    workspace.source("marketing").source("fraude", canal="Fraude")
    workspace.file("marketing.csv", contacts(1)).with_name("fraude.csv").write_text(contacts(7))
    assert (outcome := workspace.run("--only", "marketing", data_carga=DAYS[0])).code == DONE, outcome
    assert fontes(workspace, DAYS[0])["fraude"] == ("carried", "skipped", 0)
    told = workspace.command("explain", "7", "--json").json()["canais"][1]
    assert "source 'fraude' counts for nobody on this day: it was not asked" in told["reason"]
    version = workspace.version()
    again = workspace.command("backfill", "--from", DAYS[0], "--to", DAYS[0])
    assert again.code == DONE and workspace.version() == version, again
    assert (outcome := workspace.run(data_carga=DAYS[0])).code == DONE, outcome
    assert fontes(workspace, DAYS[0])["fraude"] == ("received", "accepted", 1)


def test_a_source_that_is_not_asked_is_carried(loaded):
    loaded.file("fraude.csv", contacts(9))
    assert (outcome := loaded.run("--only", "marketing", data_carga=DAYS[1])).code == DEGRADED, outcome
    assert fontes(loaded, DAYS[1]) == {"marketing": ("unchanged", "accepted", 3), "fraude": ("carried", "carried", 2)}


@pytest.mark.parametrize("severity, code, decision", [
    ("warn", DONE, ("received", "accepted", 3)), ("hold", DEGRADED, ("shrunken", "carried", 3)),
    ("fail", USER, ("shrunken", "failed", None))])
def test_an_expectation_that_is_broken(loaded, severity, code, decision):
    loaded.source("marketing", expectations=[{"name": "e-mails", "sql": "count(email) = count(*)", "on_failure": severity}])
    loaded.file("marketing.csv", contacts(1, 2) + "4,,1,s,2024-05-26\n")
    outcome = loaded.run(data_carga=DAYS[1])
    assert outcome.code == code and "e-mails (count(email) = count(*))" in outcome.err, outcome
    assert fontes(loaded, DAYS[1])["marketing"] == decision
    assert clients(loaded, DAYS[1]) == {"warn": ["1", "2", "4"], "hold": ["1", "2", "3"], "fail": []}[severity]


@pytest.mark.parametrize("where", [None, "email IS NOT NULL"])
def test_an_expectation_that_is_no_sql_is_the_users_to_fix(loaded, where):
    loaded.source("marketing", expectations=[{"name": "e-mails", "sql": "count(emai) > 0"}], **({"where": where} if where else {}))
    outcome = loaded.run(data_carga=DAYS[1])
    assert outcome.code == USER, outcome
    assert "source 'marketing': an expectation is not SQL over its rows" in outcome.err and '"emai"' in outcome.err
    assert "does not fit the source" not in outcome.err and "columns: id_cliente" in outcome.err
