"""The example in examples/seed, loaded as `make run` does."""

import csv
import json

from product import COLUMNS, DATA_CARGA, DEGRADED, DONE, SEED, rows_of


def expected_rows():
    with open(SEED / "expected.csv", encoding="utf-8") as file:
        rows = [tuple(row[name] or None for name in COLUMNS) for row in csv.DictReader(file)]
    return sorted(rows, key=lambda row: (row[8], row[1], row[0]))


def test_the_six_clients_are_published_and_nobody_else(seed):
    outcome = seed.run()
    assert outcome.code == DONE, outcome
    assert seed.rows() == expected_rows()


def test_every_delivered_row_is_in_exactly_one_count(seed):
    outcome = seed.run("--json")
    assert outcome.code == DONE, outcome
    sources = {source["name"]: source["counts"] for source in outcome.json()["sources"]}
    names = ("read", "quarantined", "expired", "future", "filtered", "duplicate", "rejected")
    counts = {name: tuple(source[count] for count in names) for name, source in sources.items()}
    assert counts == {
        "crm": (8, 1, 1, 1, 1, 2, 2),
        "marketing": (5, 1, 1, 0, 1, 1, 1),
        "recomendacao": (3, 1, 1, 1, 0, 0, 0),
        "restritos": (4, 1, 1, 0, 0, 1, 1),
        "ofertas": (3, 1, 1, 0, 0, 1, 0),
        "fraude": (2, 1, 0, 0, 1, 0, 0),
    }


def test_a_second_run_commits_nothing_and_says_so(seed):
    seed.run()
    before = seed.version()
    outcome = seed.run()
    assert outcome.code == DONE, outcome
    assert seed.version() == before
    assert "inputs and rules have not changed" in outcome.out, outcome


def test_a_changed_input_replaces_the_day(seed):
    seed.run()
    with open(seed.folder / "marketing.csv", "a", encoding="utf-8") as file:
        file.write("2345678999;novo@exemplo.com;988888899;Email boas vindas;2024-05-28\n")
    outcome = seed.run()
    assert outcome.code == DONE, outcome
    assert len(seed.rows()) == 7
    assert {row[0] for row in seed.rows() if row[1] == "Marketing"} == {"2345678901", "2345678999"}


def test_another_day_is_added_and_the_first_one_stays(seed):
    seed.run()
    first = seed.rows()
    outcome = seed.run(data_carga="2024-05-29")
    # The CRM sheet is of the day before: its state is carried forward.
    assert outcome.code == DEGRADED and "carried crm: late" in outcome.err, outcome
    assert [row for row in seed.rows() if row[8] == DATA_CARGA] == first
    second = {(row[1], row[0]): row for row in seed.rows() if row[8] == "2024-05-29"}
    assert ("Recomendacao", "3456789012") in second
    assert second[("Restritos", "4888888800")][6] == "89"


def test_a_dry_run_touches_no_table(seed):
    outcome = seed.run("--dry-run")
    assert outcome.code == DONE, outcome
    assert seed.version() is None


def test_only_the_named_sources_are_loaded(seed):
    outcome = seed.run("--only", "marketing", "--json")
    assert outcome.code == DONE, outcome
    assert [source["name"] for source in outcome.json()["sources"]] == ["marketing"]


def test_loading_one_source_leaves_the_other_canals_of_the_day_alone(seed):
    seed.run()
    with open(seed.folder / "marketing.csv", "a", encoding="utf-8") as file:
        file.write("2345678999;novo@exemplo.com;988888899;Email boas vindas;2024-05-28\n")
    outcome = seed.run("--only", "marketing")
    assert outcome.code == DONE, outcome
    assert {row[1] for row in seed.rows()} == {"CRM", "Fraude", "Marketing", "Ofertas", "Recomendacao", "Restritos"}


def test_the_commit_says_which_run_made_it_and_how_many_rows(seed):
    seed.run()
    log = sorted((seed.table / "_delta_log").glob("*.json"))[-1].read_text()
    info = next(json.loads(line)["commitInfo"] for line in log.splitlines() if "commitInfo" in line)
    assert info["runId"] == seed.command("runs show last", "--json").json()["run_id"]
    assert "Restritos=1" in info["rowsPerCanal"]
    assert "Restritos=" in info["inputsAndRules"]


def test_rerunning_after_a_new_rule_replaces_the_day(seed):
    seed.run()
    config = seed.folder / "quarentena.yml"
    config.write_text(config.read_text().replace("dias: 90", "dias: 91"))
    outcome = seed.run()
    assert outcome.code == DONE, outcome
    assert {row[0] for row in rows_of(seed.table) if row[1] == "Restritos"} == {"4888888800", "4888888801"}
