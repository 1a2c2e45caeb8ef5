"""explain: why a client is or is not in quarantine, from the kept deliveries."""

import shutil

import pytest

from product import DONE, USER, Workspace, csv_of

ROWS = csv_of(("1", "a@x.com", "1", "Oferta", "2024-05-27"), ("1", "b@x.com", "1", "Oferta", "2024-05-25"),
              ("2", "a@x.com", "", "O", "2024-05-01"), ("3", "a@x.com", "", "nao", "2024-05-27"),
              ("4", "a@x.com", "", "O", "2024-06-03"), ("5", "a@x.com", "", "O", "ruim"))


@pytest.fixture
def loaded(tmp_path):
    workspace = Workspace(tmp_path).source("um", where="assunto <> 'nao'")
    workspace.file("um.csv", ROWS)
    assert (outcome := workspace.run()).code == DONE, outcome
    return workspace


def canal_of(workspace, client, *arguments):
    assert (outcome := workspace.command("explain", client, "--json", *arguments)).code == DONE, outcome
    return outcome.json()["canais"][0]


def test_who_is_in_quarantine_is_told_the_row_and_the_one_that_lost(loaded):
    canal = canal_of(loaded, "1")
    assert (canal["in_quarantine"], canal["because"]) == (True, "in_force")
    assert canal["reason"] == "2024-05-27 + 7 days = 2024-06-03 >= 2024-05-28"
    assert [(row["outcome"], row["file"], row["row"]) for row in canal["rows"]] == [
        ("quarantined", "um.csv", 2), ("duplicate", "um.csv", 3)]
    assert "leaves earlier: 2024-06-01 < 2024-06-03" in canal["rows"][1]["why"]


@pytest.mark.parametrize("client, because", [("2", "expired"), ("3", "filtered"), ("4", "future"), ("5", "rejected"),
                                             ("6", "never_seen")])
def test_who_is_not_in_quarantine_is_told_why_not(loaded, client, because):
    canal = canal_of(loaded, client)
    assert (canal["in_quarantine"], canal["because"]) == (False, because)


def test_who_an_accepted_delivery_left_out_was_released(loaded):
    loaded.file("um.csv", csv_of(*[(client, "a@x.com", "", "O", "2024-05-28") for client in "78901"][:-1]))
    assert loaded.run(data_carga="2024-05-29").code == DONE
    canal = canal_of(loaded, "1")
    assert (canal["because"], canal["last_published"]) == ("released", "2024-05-28")


def test_a_delivery_that_is_not_kept_any_more_is_said_to_be_missing(loaded):
    shutil.rmtree(loaded.folder / "data/staging/deliveries")
    canal = canal_of(loaded, "1")
    assert (canal["in_quarantine"], canal["because"]) == (True, "not_explained")
    assert "is not kept" in canal["sources"][0]["missing"]


def test_a_day_that_the_table_does_not_hold_is_an_error(loaded):
    outcome = loaded.command("explain", "1", "--as-of", "2020-01-01")
    assert outcome.code == USER and "holds nothing of 2020-01-01" in outcome.err
