"""run_results.json is what docs/run-results.md says, field by field."""

import json
import re

import pytest

from product import DONE, ROOT, USER


def documented():
    """The first column of each table of the page: the run's fields, a source's, the counts'."""
    tables, fields = [], None
    for line in (ROOT / "docs/run-results.md").read_text().splitlines():
        if line.startswith("| field"):
            tables.append(fields := set())
        elif line.startswith("| `"):
            fields |= set(re.findall(r"`(\w+)`", line.split("|")[1]))
    return tables


def assert_documented(results):
    run, source, counts = documented()
    assert set(results) == run
    assert set(results["counts"]) == counts
    for each in results["sources"]:
        assert set(each) == source
        assert each["counts"] is None or set(each["counts"]) == counts


def last_results(workspace):
    folder = max((workspace.folder / "data/staging/runs").iterdir())
    return json.loads((folder / "run_results.json").read_text())


def test_a_published_run_has_the_documented_fields(seed):
    assert (outcome := seed.run("--json")).code == DONE, outcome
    results = outcome.json()
    assert_documented(results)
    assert (results["schema"], results["status"], results["exit_code"]) == ("quarentena/run_results/1", "published", 0)
    assert last_results(seed) == results


def test_an_unchanged_run_says_so_and_names_the_version_that_holds_the_day(seed):
    seed.run()
    results = seed.run("--json").json()
    assert_documented(results)
    assert (results["status"], results["version"]) == ("unchanged", seed.version())


def test_a_dry_run_has_the_counts_of_the_real_one(seed):
    dry, real = seed.run("--dry-run", "--json").json(), seed.run("--json").json()
    assert (dry["status"], real["status"]) == ("dry_run", "published")
    assert dry["counts"] == real["counts"]


def test_a_failed_run_keeps_its_error(seed):
    (seed.folder / "marketing.csv").unlink()
    outcome = seed.run("--json")
    assert outcome.code == USER, outcome
    results = last_results(seed)
    assert_documented(results)
    assert (results["status"], results["exit_code"], results["error"]["kind"]) == ("failed", USER, "missing")
    assert "marketing.csv" in results["error"]["what"]


@pytest.mark.parametrize("count", ["counts", "sources"])
def test_the_six_outcomes_add_up_to_what_was_read(count, seed):
    results = seed.run("--json").json()
    for counts in [results["counts"]] if count == "counts" else [source["counts"] for source in results["sources"]]:
        assert counts["read"] == sum(number for name, number in counts.items() if name != "read")
