"""Files that read well and hold rows that do not: each such row is counted, and kept with its reason."""

import json

from product import CONTACT, DONE, USER, csv_of


def counts(workspace, outcome):
    assert outcome.code == DONE, outcome
    (source,) = outcome.json()["sources"]
    return {name: source["counts"][name] for name in ("read", "quarantined", "future", "rejected") if source["counts"][name]}


def test_an_id_column_without_a_single_id_rejects_every_row(workspace):
    workspace.file("m.csv", csv_of(*[("", *CONTACT[1:])] * 50))
    outcome = workspace.source("m").run("--json")
    assert counts(workspace, outcome) == {"read": 50, "rejected": 50}


def test_dates_in_the_future_wait_for_their_day(workspace):
    workspace.file("m.csv", csv_of(CONTACT, ("2", *CONTACT[1:4], "2024-05-29"), ("3", *CONTACT[1:4], "2044-05-29")))
    outcome = workspace.source("m").run("--json")
    assert counts(workspace, outcome) == {"read": 3, "quarantined": 1, "future": 2}


MIXED = csv_of(CONTACT, ("2", *CONTACT[1:4], "27/05/2024"), ("3", *CONTACT[1:4], "05-27-2024"))


def test_a_date_in_another_format_is_rejected_never_guessed(workspace):
    workspace.file("m.csv", MIXED)
    outcome = workspace.source("m").run("--json")
    assert counts(workspace, outcome) == {"read": 3, "quarantined": 1, "rejected": 2}


def test_the_formats_that_a_source_names_are_all_read(workspace):
    workspace.file("m.csv", MIXED)
    outcome = workspace.source("m", dates=["%Y-%m-%d", "%d/%m/%Y"]).run("--json")
    assert counts(workspace, outcome) == {"read": 3, "quarantined": 2, "rejected": 1}


def test_a_ragged_line_is_rejected_with_its_line_and_text(workspace):
    workspace.file("m.csv", csv_of(CONTACT) + "2,so,tres\n" + ",".join(CONTACT).replace("1,", "3,", 1) + "\n")
    outcome = workspace.source("m").run("--json")
    assert counts(workspace, outcome) == {"read": 3, "quarantined": 2, "rejected": 1}
    rejects = workspace.command("sql", "SELECT file, row, value, reason FROM rejects", "--json").json()
    assert len(rejects) == 1
    assert rejects[0]["row"] == 3 and "so,tres" in rejects[0]["value"] and rejects[0]["reason"], rejects
    assert rejects[0]["file"].endswith("m.csv")


def test_a_million_rejects_leave_a_small_report(workspace):
    lines = "".join(f",a{number}@exemplo.com,11999999999,Oferta,2024-05-27\n" for number in range(1_000_000))
    workspace.file("m.csv", csv_of(CONTACT) + lines)
    outcome = workspace.source("m").run("--json")
    assert counts(workspace, outcome) == {"read": 1_000_001, "quarantined": 1, "rejected": 1_000_000}
    assert len(outcome.out) + len(outcome.err) < 100_000
    assert max(path.stat().st_size for path in workspace.folder.rglob("run_results.json")) < 100_000


def test_ids_come_through_as_they_were_written(workspace):
    ids = ["007", "12345678901234567890", "1e5", "12345.0", "ção"]
    workspace.file("m.csv", csv_of(*[(client, *CONTACT[1:]) for client in ids]))
    outcome = workspace.source("m").run()
    assert outcome.code == DONE, outcome
    assert sorted(row[0] for row in workspace.rows()) == sorted(ids)


def test_a_where_that_does_not_fit_the_columns_is_the_users_to_fix(workspace):
    workspace.file("m.csv", csv_of(CONTACT))
    outcome = workspace.source("m", where="nao_existe = 1").run()
    assert outcome.code == USER, outcome
    assert "nao_existe" in outcome.err, outcome


def test_the_account_on_disk_says_what_was_printed(workspace):
    workspace.file("m.csv", csv_of(CONTACT))
    outcome = workspace.source("m").run("--json")
    written = json.loads(next(workspace.folder.rglob("run_results.json")).read_text())
    assert written == outcome.json()
