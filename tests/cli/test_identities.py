"""`identity:` in quarentena.yml: keys beside what was delivered, and the values that have none."""

import pytest
import yaml

from product import DONE, USER, csv_of

ROWS = csv_of(
    ("529.982.247-25", "Ana@Exemplo.com", "(11) 98765-4321", "s", "2024-05-27"),
    ("0052998224725", "ana@exemplo.com", "1187654321", "s", "2024-05-27"),
    ("191", "JOÃO@MAÇÃ.com", "1133334444", "s", "2024-05-27"),
    ("12345678900", "naotem", "98765-4321", "s", "2024-05-27"),
    ("11144477735", "", "", "s", "2024-05-27"))


@pytest.fixture
def contacts(workspace):
    workspace.file("mkt.csv", ROWS)
    return workspace.source("mkt")


def ask_for(workspace, **identity):
    path = workspace.folder / "quarentena.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "identity": identity}))


def answer(workspace, sql):
    outcome = workspace.command("sql", sql, "--json")
    assert outcome.code == DONE, outcome
    return outcome.json()


def test_every_row_has_its_keys_beside_what_was_delivered(contacts):
    ask_for(contacts, cpf="id_cliente", telefone=True, email=True)
    assert contacts.run().code == DONE
    rows = answer(contacts, "SELECT * FROM identidades ORDER BY id_cliente")
    assert len(rows) == 5, "a row without a key is a row all the same"
    assert list(rows[0]) == ["data_carga", "canal", "id_cliente", "telefone", "email", "cpf_key", "telefone_key", "email_key"]
    ana = next(row for row in rows if row["id_cliente"] == "529.982.247-25")
    assert (ana["cpf_key"], ana["telefone"], ana["telefone_key"], ana["email"], ana["email_key"]) == (
        "52998224725", "(11) 98765-4321", "+5511987654321", "Ana@Exemplo.com", "ana@exemplo.com")
    joao = next(row for row in rows if row["id_cliente"] == "191")
    assert (joao["cpf_key"], joao["telefone_key"], joao["email_key"]) == ("00000000191", "+551133334444", "joão@xn--ma-tiap.com")


def test_keys_match_what_was_written_in_two_ways(contacts):
    ask_for(contacts, telefone=True, email=True)
    assert contacts.run().code == DONE
    same = answer(
        contacts, "SELECT telefone_key, count(*) AS n FROM identidades WHERE telefone_key IS NOT NULL GROUP BY ALL HAVING n > 1")
    assert same == [{"telefone_key": "+5511987654321", "n": 2}]


def test_values_without_a_key_are_listed_with_the_reason_and_stay_in_quarantine(contacts):
    ask_for(contacts, cpf="id_cliente", telefone=True, email=True)
    assert contacts.run().code == DONE
    rejected = answer(contacts, 'SELECT canal, id_cliente, "column", value, reason FROM identidades_rejeitadas ORDER BY ALL')
    assert [(row["canal"], row["id_cliente"], row["column"], row["value"]) for row in rejected] == [
        ("Marketing", "0052998224725", "id_cliente", "0052998224725"),
        ("Marketing", "12345678900", "email", "naotem"),
        ("Marketing", "12345678900", "id_cliente", "12345678900"),
        ("Marketing", "12345678900", "telefone", "98765-4321")], rejected
    reasons = [row["reason"] for row in rejected]
    assert ["11 digits" in reasons[0], "no @" in reasons[1], "check digits" in reasons[2], "area code" in reasons[3]] == [True] * 4
    assert len(contacts.rows()) == 5


def test_the_published_table_is_the_same_with_and_without_keys(contacts):
    assert contacts.run().code == DONE
    before = contacts.rows()
    ask_for(contacts, cpf="id_cliente", telefone=True, email=True)
    outcome = contacts.run()
    assert outcome.code == DONE, outcome
    assert contacts.rows() == before and contacts.version() == 0, "nothing to commit"


def test_without_identity_there_are_functions_but_no_views(contacts):
    assert contacts.run().code == DONE
    outcome = contacts.command("sql", "FROM identidades")
    assert outcome.code == USER and "identidades" in outcome.err, outcome
    assert answer(contacts, "SELECT telefone_key('0xx11 8765-4321') AS k, cpf_reason('1') AS why") == [
        {"k": "+5511987654321", "why": "the CPF's check digits do not match"}]


def test_where_may_ask_for_a_key(workspace):
    workspace.file("mkt.csv", ROWS)
    workspace.source("mkt", where="email_key(email) IS NOT NULL")
    outcome = workspace.run()
    assert outcome.code == DONE, outcome
    assert len(workspace.rows()) == 3


def test_help_names_the_views(workspace):
    outcome = workspace.source("mkt").command("sql", "--help")
    assert "identidades_rejeitadas" in outcome.out and "telefone_key" in outcome.out
