"""Every analysis that comes with the program, on days whose answers are known; and the engineer's own."""

import json

import pytest

from product import USER, quarentena
from three_days import ANSWERS, DAYS, PARAMETERS, values


def ask(loaded, name, *arguments):
    outcome = loaded.command("analytics run", name, "--format", "json", *arguments)
    assert outcome.code == 0, outcome
    return values(outcome.json())


def test_every_analysis_has_a_known_answer(loaded):
    listed = loaded.command("analytics list", "--json").json()
    assert {one["name"] for one in listed} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_it_answers_exactly(name, loaded):
    parameters = loaded.command("analytics list", "--json").json()
    has = {parameter["name"] for one in parameters if one["name"] == name for parameter in one["parameters"]}
    given = [word for pair in zip(PARAMETERS[::2], PARAMETERS[1::2]) if pair[1].split("=")[0] in has for word in pair]
    if name == "saude_das_fontes":  # its days end today
        given = ["--param", f"de={DAYS[0]}", "--param", f"ate={DAYS[-1]}"]
    assert ask(loaded, name, *given) == ANSWERS[name]


def test_parameters_narrow_the_answer(loaded):
    assert ask(loaded, "em_quarentena", "-p", "de=latest", "-p", "ate=2024-05-29") == ANSWERS["em_quarentena"][-3:]
    assert ask(loaded, "proximas_saidas", "-p", "dias=1") == ANSWERS["proximas_saidas"][:1]
    assert ask(loaded, "assuntos", "-p", "minimo=1", "-p", "canal=Fraude") == [["d'água", "Fraude", 1]]
    assert ask(loaded, "assuntos", "-p", "minimo=1", "-p", "canal=' OR '1'='1") == []
    assert ask(loaded, "assuntos") == []  # five clients at least, unless said otherwise


@pytest.mark.parametrize("arguments, said", [
    (["em_quarentena", "-p", "de=ontem"], "'ontem' is no date for parameter 'de'"),
    (["em_quarentena", "-p", "dia=latest"], "it has de, ate"),
    (["em_quarentena", "-p", "de"], "gives no parameter a value"),
    (["em_quarentna"], "did you mean 'em_quarentena'?"),
    (["em_quarentena", "--format", "xlsx"], "add --out em_quarentena.xlsx"),
    (["em_quarentena", "--out", "x.doc"], "does not tell its format"),
])
def test_what_cannot_be_is_told(arguments, said, loaded):
    outcome = loaded.command("analytics run", *arguments)
    assert outcome.code == USER and said in outcome.err, outcome


def test_an_older_version_of_the_table(loaded):
    assert ask(loaded, "em_quarentena", "--as-of", "0") == ANSWERS["em_quarentena"][:3]


def test_a_folder_of_the_users_own(loaded, tmp_path):
    (tmp_path / "dias.sql").write_text("-- title: Dias carregados\n-- param: n integer 2\n\n"
                                       "SELECT DISTINCT data_carga FROM quarentena_global ORDER BY 1 LIMIT :n")
    (tmp_path / "assuntos.sql").write_text("-- title: Outra\n\nSELECT 1 AS um")
    assert ask(loaded, "dias", "--folder", tmp_path) == [[DAYS[0]], [DAYS[1]]]
    assert ask(loaded, "assuntos", "--folder", tmp_path) == [[1]]
    config = loaded.folder / "own.yml"
    config.write_text(f"analytics: {{ folder: {tmp_path} }}\n" + (loaded.folder / "quarentena.yml").read_text())
    listed = quarentena("analytics", "list", "--json", "-c", config).json()
    assert {one["name"]: one["file"] for one in listed}["dias"] == str(tmp_path / "dias.sql")
    (tmp_path / "mau.sql").write_text("-- title: Mau\n-- parm: n integer 2\n\nSELECT :n")
    outcome = quarentena("analytics", "list", "-c", config)
    assert outcome.code == USER and "mau.sql:2: 'parm' is no key of a header" in outcome.err, outcome


def test_a_query_that_the_engine_refuses_names_the_analysis(loaded, tmp_path):
    (tmp_path / "quebrada.sql").write_text("-- title: Quebrada\n\nSELECT nao_existe FROM quarentena_global")
    outcome = loaded.command("analytics run", "quebrada", "--folder", tmp_path)
    assert outcome.code == USER and "analysis quebrada" in outcome.err and "nao_existe" in outcome.err, outcome


def test_only_the_days_asked_for_are_read(loaded):
    """DuckDB tells how many of the three days' files a plan opens."""
    sql = loaded.command("analytics show", "em_quarentena").out.replace(":de", f"DATE '{DAYS[2]}'").replace(":ate", f"DATE '{DAYS[2]}'")
    plan = loaded.command("sql", "EXPLAIN " + sql[sql.index("SELECT"):]).out
    assert "Scanning Files: 3/9" in plan, plan


def test_the_list_reads_well(loaded):
    listed = loaded.command("analytics list", "--lang", "en").out
    assert "In quarantine by canal and day" in listed and "de=latest-29" in listed
    assert json.loads(loaded.command("analytics list", "--json").out)[0]["title"]["pt"]
