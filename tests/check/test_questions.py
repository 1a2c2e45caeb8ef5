"""One question, one answer: free, blocked or unknown, and never free without knowing it."""

import datetime as dt
import hashlib
import subprocess
from zoneinfo import ZoneInfo

import pytest

from product import BINARY

FREE, BLOCKED, UNKNOWN = 0, 10, 11
DAY = "2024-05-28"
ROWS = [("001", "CRM", "ana@exemplo.com", "11987654321", "2024-05-20", "2024-06-19"),
        ("001", "Marketing", "ana@exemplo.com", None, "2024-05-27", "2024-06-03"),
        ("002", "Fraude", "bia@exemplo.com", "(21) 98888-7777", None, None),
        ("003", "Restritos", "bia@exemplo.com", None, "2024-05-01", "2024-07-30")]


def today(days=0):
    return (dt.datetime.now(ZoneInfo("America/Sao_Paulo")).date() + dt.timedelta(days)).isoformat()


@pytest.fixture
def loaded(company):
    return company.publish(DAY, ROWS)


def answer(company, *arguments):
    return company.check(*arguments, "--on", DAY, "--json").json()["answers"][0]


def test_a_client_in_quarantine_is_blocked_until_the_last_of_them_ends(loaded):
    outcome = loaded.check("--id", "001", "--on", DAY, "--json")
    assert outcome.code == BLOCKED, outcome
    found = outcome.json()["answers"][0]
    assert (found["canal"], found["data_envio"], found["saida_prevista"], found["free_from"]) == (
        "CRM", "2024-05-20", "2024-06-19", "2024-06-20")


def test_until_removed_has_no_day(loaded):
    found = answer(loaded, "--id", "002")
    assert (found["canal"], found["data_envio"], found["saida_prevista"], found["free_from"]) == ("Fraude", None, None, None)


def test_exit_codes_say_free_blocked_unknown(loaded):
    assert loaded.check("--id", "9", "--on", DAY).code == FREE
    assert loaded.check("--id", "9", "--id", "001", "--on", DAY).code == BLOCKED
    assert loaded.check("--id", "9", "--on", "2024-05-27").code == UNKNOWN
    assert loaded.check("--email", "no e-mail", "--on", DAY).code == UNKNOWN
    assert loaded.check("--email", "no e-mail", "--id", "001", "--on", DAY).code == BLOCKED


def test_any_writing_of_an_email_or_phone_finds_it(loaded):
    assert loaded.standings("--email", " ANA@Exemplo.com", "--telefone", "+55 (11) 98765-4321", "--on", DAY) == {
        " ANA@Exemplo.com": "blocked", "+55 (11) 98765-4321": "blocked"}


def test_a_digest_finds_what_its_text_does(loaded):
    digest = hashlib.sha256(b"bia@exemplo.com").hexdigest()
    other = hashlib.sha256(b"Bia@exemplo.com").hexdigest()
    asked = loaded.standings("--from", "-", "--key", "sha256:email", "--on", DAY, stdin=f"{digest}\n{other}\n{digest.upper()}\n")
    assert asked == {digest: "blocked", other: "free", digest.upper(): "blocked"}
    phone = hashlib.sha256(b"+5521988887777").hexdigest()
    assert loaded.standings("--from", "-", "--key", "sha256:telefone", "--on", DAY, stdin=phone) == {phone: "blocked"}


def test_keys_come_from_a_file_or_from_standard_input(loaded):
    file = loaded.file("ids.txt", "\ufeff001\r\n\r\n9\r\n")
    assert loaded.standings("--from", file, "--on", DAY) == {"001": "blocked", "9": "free"}
    assert loaded.standings("--from", "-", "--on", DAY, stdin="002\n9") == {"002": "blocked", "9": "free"}


def test_an_empty_key_is_unknown_and_never_free(loaded):
    assert answer(loaded, "--id", "  ")["why"] == "not_a_key"


def test_a_cpf_needs_its_column(loaded):
    refused = loaded.check("--cpf", "529.982.247-25", "--on", DAY)
    assert refused.code == 1 and "identity: { cpf: id_cliente }" in refused.err
    loaded.configure(identity={"cpf": "id_cliente"})
    loaded.publish(DAY, [*ROWS, ("52998224725", "CRM", None, None, "2024-05-20", "2024-06-19")])
    assert loaded.standings("--cpf", "529.982.247-25", "--on", DAY) == {"529.982.247-25": "blocked"}


def test_without_a_table_everybody_is_unknown(company):
    outcome = company.check("--id", "001", "--json")
    assert outcome.code == UNKNOWN
    assert outcome.json()["answers"][0]["why"] == "no_table"


def test_a_load_that_is_too_old_says_nothing_of_today(loaded):
    outcome = loaded.check("--id", "9", "--json")
    assert outcome.code == UNKNOWN
    assert outcome.json()["answers"][0]["why"] == "stale"


def test_the_load_of_today_answers_today(loaded):
    loaded.publish(today(), [("004", "CRM", None, None, today(-1), today(29))])
    assert loaded.standings("--id", "004", "--id", "001") == {"004": "blocked", "001": "free"}
    assert loaded.standings("--id", "004", "--id", "001", "--on", DAY) == {"004": "free", "001": "blocked"}


def test_on_the_day_after_a_load_who_left_that_day_is_free(loaded):
    loaded.publish(today(-1), [("004", "CRM", None, None, today(-31), today(-1)), ("005", "CRM", None, None, today(-30), today())])
    loaded.configure(check={"max_age": "3d"})
    assert loaded.standings("--id", "004", "--id", "005") == {"004": "free", "005": "blocked"}


def test_a_load_of_tomorrow_does_not_answer_today(loaded):
    loaded.publish(today(1), [("004", "CRM", None, None, today(), today(30))])
    assert answer_why(loaded.check("--id", "004", "--json")) == "stale"


def answer_why(outcome):
    return outcome.json()["answers"][0].get("why")


def test_the_matrix_says_which_quarantines_block_a_canal(loaded):
    loaded.configure(check={"blocks": {"Marketing": {"only": ["Marketing", "Fraude"]}, "SMS": {"except": ["CRM", "Marketing"]}}})
    on = ("--on", DAY)
    assert answer(loaded, "--id", "001", "--canal", "Marketing")["saida_prevista"] == "2024-06-03"
    assert loaded.standings("--id", "001", "--id", "003", "--canal", "SMS", *on) == {"001": "free", "003": "blocked"}
    assert loaded.standings("--id", "003", "--canal", "Marketing", *on) == {"003": "free"}
    assert loaded.standings("--id", "003", "--canal", "CRM", *on) == {"003": "blocked"}


def test_a_purpose_passes_what_it_is_exempt_from(loaded):
    loaded.configure(check={"exemptions": {"cobranca": {"only": ["CRM", "Marketing"]}}})
    assert loaded.standings("--id", "001", "--id", "002", "--purpose", "cobranca", "--on", DAY) == {"001": "free", "002": "blocked"}


def test_a_canal_or_purpose_that_nobody_knows_is_an_error(loaded):
    wrong = loaded.check("--id", "001", "--canal", "Marketng", "--on", DAY)
    assert wrong.code == 1 and "did you mean 'Marketing'" in wrong.err
    assert loaded.check("--id", "001", "--purpose", "cobranca", "--on", DAY).code == 1


def test_a_person_is_blocked_through_another_id(loaded):
    loaded.publish(DAY, [*ROWS, ("005", "Marketing", "bia@exemplo.com", None, "2024-05-27", "2024-06-03")])
    assert answer(loaded, "--id", "005")["canal"] == "Marketing"
    loaded.configure(check={"person": "on"})
    found = answer(loaded, "--id", "005")
    assert (found["canal"], found["through"], found["of"]) == ("Fraude", "email", "person")
    assert "same email" in found["reason"]
    loaded.configure(check={"person": ["Restritos"]})
    assert (answer(loaded, "--id", "005")["canal"], answer(loaded, "--id", "002")["canal"]) == ("Restritos", "Fraude")


def test_configuration_mistakes_are_named(company):
    def problems(**check):
        return company.configure(check=check).command("config check").err

    assert "did you mean 'Marketing'" in problems(blocks={"SMS": {"only": ["Marketng"]}})
    assert "exactly one of 'only' and 'except'" in problems(blocks={"SMS": {"only": ["CRM"], "except": ["CRM"]}})
    assert "'max_age' is not a time" in problems(max_age="soon")
    assert "no source feeds" in problems(person=["SMS"])


def test_processes_that_build_at_once_all_answer(loaded):
    command = [str(BINARY), "check", "--id", "001", "--on", DAY, "-c", str(loaded.folder / "quarentena.yml")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(6)]
    assert [process.wait(60) for process in running] == [BLOCKED] * 6
    assert [path.name for path in loaded.indexes()[0].parent.iterdir()] == [f"{DAY}.index"]
