"""Generated days, loaded by the binary, equal to what plain SQL makes of the same files (bench/oracle.py)."""

import pytest

from bench import compare, generate, oracle
from product import DATA_CARGA, DONE, Workspace


def load(folder, rows, seed, data_carga=DATA_CARGA):
    generate.generate(rows, folder, data_carga, seed)
    counts = oracle.oracle(folder, data_carga)
    workspace = Workspace(folder)
    outcome = workspace.run("--json", data_carga=data_carga)
    assert outcome.code == DONE, outcome
    assert compare.differences(folder / "expected.parquet", workspace.table) == []
    reported = {source["name"]: source["counts"] for source in outcome.json()["sources"]}
    assert reported == counts


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_ten_thousand_rows_equal_the_oracle(seed, tmp_path):
    load(tmp_path / "day", 10_000, seed)


@pytest.mark.parametrize("rows", [6, 20, 300], ids=lambda rows: f"{rows} rows")
def test_a_handful_of_rows_equals_the_oracle(rows, tmp_path):
    load(tmp_path / "day", rows, seed=5)


def test_a_leap_day_equals_the_oracle(tmp_path):
    load(tmp_path / "day", 5_000, seed=6, data_carga="2024-02-29")


@pytest.mark.slow
def test_a_million_rows_equal_the_oracle(tmp_path):
    load(tmp_path / "day", 1_000_000, seed=7)
