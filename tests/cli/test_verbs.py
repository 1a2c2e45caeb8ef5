"""What the verbs print and how they end."""

import csv
import io
import json
import subprocess

import jsonschema
import pytest
import yaml

from product import BINARY, DATA_CARGA, DONE, MACHINE, ROOT, USER, quarentena

CLIENTS = ["1001001001", "1234567890", "2345678901", "3456789012", "4567890123", "4888888800"]


@pytest.fixture
def loaded(seed):
    outcome = seed.run()
    assert outcome.code == DONE, outcome
    return seed


def test_show_prints_the_published_rows(loaded):
    outcome = loaded.command("show", "--data-carga", DATA_CARGA)
    assert outcome.code == DONE, outcome
    for client in CLIENTS:
        assert client in outcome.out


def test_show_of_a_day_without_a_load_says_so(loaded):
    outcome = loaded.command("show", "--data-carga", "2024-01-01")
    assert "2024-01-01" in outcome.out + outcome.err, outcome


def test_show_before_any_run_names_the_table_and_what_to_do(seed):
    outcome = seed.command("show")
    assert outcome.code == USER, outcome
    assert "quarentena_global" in outcome.err and "hint:" in outcome.err, outcome


def test_show_as_json_gives_the_nine_columns(loaded):
    outcome = loaded.command("show", "--data-carga", DATA_CARGA, "--json")
    rows = outcome.json()
    assert sorted(row["id_cliente"] for row in rows) == CLIENTS
    restritos = next(row for row in rows if row["canal"] == "Restritos")
    assert restritos["saida_prevista"] == "2024-05-30" and restritos["qtd_dias"] == 88


QUERY = "SELECT canal, count(*) AS n FROM quarentena_global GROUP BY canal ORDER BY canal"


def test_sql_answers_as_csv(loaded):
    outcome = loaded.command("sql", QUERY, "--csv")
    assert outcome.code == DONE, outcome
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert len(rows) == 6 and rows[0] == {"canal": "CRM", "n": "1"}


def test_sql_answers_as_json(loaded):
    outcome = loaded.command("sql", QUERY, "--json")
    assert outcome.code == DONE, outcome
    assert outcome.json()[0] == {"canal": "CRM", "n": 1}


def test_sql_answers_as_a_table_with_the_column_names(loaded):
    outcome = loaded.command("sql", QUERY)
    assert outcome.code == DONE, outcome
    assert "canal" in outcome.out and "Restritos" in outcome.out


def test_sql_reads_a_query_from_stdin(loaded):
    outcome = loaded.command("sql", "-", "--json", stdin=QUERY)
    assert outcome.code == DONE, outcome
    assert len(outcome.json()) == 6


def test_sql_reads_a_query_from_a_file(loaded):
    query = loaded.file("query.sql", QUERY)
    outcome = loaded.command("sql", "--file", query, "--json")
    assert outcome.code == DONE, outcome
    assert len(outcome.json()) == 6


def test_sql_that_is_wrong_is_the_users_to_fix(loaded):
    outcome = loaded.command("sql", "SELECT nada FROM quarentena_global")
    assert outcome.code == USER, outcome
    assert outcome.err.startswith("error:") and "nada" in outcome.err, outcome


def test_sql_cannot_change_anything(loaded):
    before = loaded.rows()
    outcome = loaded.command("sql", "DELETE FROM quarentena_global")
    assert outcome.code == USER, outcome
    assert loaded.rows() == before


def test_runs_list_knows_every_run(loaded):
    loaded.run()
    outcome = loaded.command("runs list", "--json")
    assert outcome.code == DONE, outcome
    assert len(outcome.json()) == 2


def test_runs_show_tells_the_last_run(loaded):
    listed = loaded.command("runs list", "--json").json()
    run_id = listed[0].get("run_id") or listed[0].get("id")
    outcome = loaded.command("runs show", run_id, "--json")
    assert outcome.code == DONE, outcome
    assert outcome.json()["data_carga"] == DATA_CARGA


def test_config_check_accepts_the_examples(seed):
    outcome = seed.command("config check")
    assert outcome.code == DONE, outcome


def test_config_check_reports_every_problem_at_once_with_its_place(seed):
    config = seed.folder / "quarentena.yml"
    config.write_text(config.read_text().replace("dias: 7", "diaz: 7").replace("format: parquet", "format: parket"))
    outcome = seed.command("config check")
    assert outcome.code == USER, outcome
    for fact in ("diaz", "dias", "parket", "parquet", "quarentena.yml:"):
        assert fact in outcome.err, outcome


def test_run_refuses_a_configuration_with_a_problem_and_touches_nothing(seed):
    config = seed.folder / "quarentena.yml"
    config.write_text(config.read_text().replace("dias: 7", "dias: sete"))
    outcome = seed.run()
    assert outcome.code == USER, outcome
    assert not (seed.folder / "data").exists()


def test_the_json_schema_accepts_the_example_and_refuses_an_unknown_key(tmp_path):
    schema = quarentena("config", "schema").json()
    example = yaml.safe_load((ROOT / "examples/seed/quarentena.yml").read_text())
    jsonschema.validate(example, schema)
    example["sources"]["crm"]["diaz"] = 7
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example, schema)


def test_init_writes_a_starting_point_that_runs(tmp_path):
    assert (init := quarentena("init", cwd=tmp_path)).code == DONE, init
    assert (run := quarentena("run", cwd=tmp_path)).code == DONE, run
    assert (show := quarentena("show", "--json", cwd=tmp_path)).code == DONE, show
    assert len(json.loads(show.out)) > 0


def test_init_overwrites_nothing(tmp_path):
    quarentena("init", cwd=tmp_path)
    (tmp_path / "quarentena.yml").write_text("mine")
    outcome = quarentena("init", cwd=tmp_path)
    assert outcome.code == USER, outcome
    assert (tmp_path / "quarentena.yml").read_text() == "mine"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_written_for(shell):
    outcome = quarentena("completions", shell)
    assert outcome.code == DONE, outcome
    assert "quarentena" in outcome.out


def test_help_teaches_with_an_example():
    outcome = quarentena("run", "--help")
    assert outcome.code == DONE
    assert "--data-carga" in outcome.out and "quarentena run" in outcome.out


@pytest.mark.parametrize("arguments", [["rum"], ["run", "--data-carga", "28/05/2024"], ["run", "--nada"], ["run", "-c", "nada.yml"]],
                         ids=["an unknown verb", "a date that is not ISO", "an unknown option", "a configuration that is not there"])
def test_a_wrong_command_line_is_the_users_to_fix(arguments, tmp_path):
    outcome = quarentena(*arguments, cwd=tmp_path)
    assert outcome.code == USER, outcome
    assert outcome.err and not outcome.out, outcome


def test_data_goes_to_stdout_and_the_story_to_stderr(loaded):
    outcome = loaded.run("--json")
    json.loads(outcome.out)


def test_no_colour_codes_when_nobody_looks(loaded):
    outcome = loaded.run()
    assert "\x1b[" not in outcome.out + outcome.err


@pytest.mark.parametrize("verb", ["show", "sql", "runs list"])
def test_a_full_disk_under_the_output_is_the_machines_fault_and_said(verb, loaded):
    query = [QUERY] if verb == "sql" else []
    with open("/dev/full", "w") as full:
        outcome = loaded.command(verb, *query, stdout=full)
    assert outcome.code == MACHINE, outcome
    assert "error:" in outcome.err, outcome


def test_a_reader_that_goes_away_is_no_crash(loaded):
    done = subprocess.run(
        f"'{BINARY}' sql -c '{loaded.folder}/quarentena.yml' --csv 'SELECT * FROM range(1000000)' | head -n 1",
        shell=True, capture_output=True, text=True)
    assert done.stdout == "range\n"
    assert "error" not in done.stderr and "terminate" not in done.stderr, done.stderr
