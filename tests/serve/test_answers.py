"""What is answered, to whom it is asked by a client with the right token."""

import json
import random
import time
import urllib.request
from datetime import timedelta

import pytest

from product import ROOT, Workspace
from serving import Service, configure, contacts, published, today, token


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return published(tmp_path_factory.mktemp("answers"))


@pytest.fixture(scope="module")
def everything(workspace):
    return token(workspace, "check", "explain", "status")


@pytest.fixture(scope="module")
def service(workspace, everything):
    with Service(workspace) as service:
        yield service


def test_a_blocked_client_is_told_with_canal_and_days_and_a_free_one_is_free(service, everything):
    answer = service.post("/v1/check", everything, {"key": "id_cliente", "keys": ["1", "nobody"]})
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    sent, day = today() - timedelta(days=1), today().isoformat()
    assert answer.json() == {
        "table_version": answer.json()["table_version"], "data_carga": day, "day": day, "canal": None,
        "results": [{"key": "1", "standing": "blocked", "canal": "CRM", "data_envio": sent.isoformat(),
                     "saida_prevista": (sent + timedelta(days=10)).isoformat(),
                     "free_from": (sent + timedelta(days=11)).isoformat(), "through": "id_cliente", "whose": "own"},
                    {"key": "nobody", "standing": "free"}],
        "counts": {"free": 1, "blocked": 1, "unknown": 0}}


def test_a_client_is_found_by_another_key_too(service, everything):
    assert service.check(everything, ["C1@Exemplo.com ", "x@exemplo.com", "no mail"], key="email") == {
        "C1@Exemplo.com ": "blocked", "x@exemplo.com": "free", "no mail": "unknown"}


def test_lines_are_answered_in_lines_and_the_last_has_the_counts(service, everything):
    body = '{"key":"id_cliente","show":"not_free"}\n"1"\n"free"\n"2"\n'
    answer = service.send("POST", "/v1/check", body, {
        "Authorization": f"Bearer {everything}", "Content-Type": "application/x-ndjson"})
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    head, *results, last = answer.lines()
    assert head["data_carga"] == today().isoformat()
    assert [each["key"] for each in results] == ["1", "2"]
    assert last == {"counts": {"free": 1, "blocked": 2, "unknown": 0}}


def test_the_answer_is_in_the_form_that_is_accepted(service, everything):
    question = {"key": "id_cliente", "keys": ["1"]}
    assert len(service.post("/v1/check", everything, question, Accept="application/x-ndjson").lines()) == 3
    assert service.post("/v1/check", everything, question, Accept="text/html").status == 406


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_many_keys_are_answered_each_and_in_order(service, everything, form):
    draw = random.Random(7)
    keys = [draw.choice(["1", "2", "3", f"livre {draw.random()}", 'aspas " e \\ é\u2028\n']) for _ in range(30_000)]
    if form == "json":
        results = service.post("/v1/check", everything, {"key": "id_cliente", "keys": keys}).json()["results"]
    else:
        body = "\n".join([json.dumps({"key": "id_cliente"}), *map(json.dumps, keys)])
        answer = service.send("POST", "/v1/check", body, {
            "Authorization": f"Bearer {everything}", "Content-Type": "application/x-ndjson"})
        results = answer.lines()[1:-1]
    assert [each["key"] for each in results] == keys
    assert [each["standing"] == "blocked" for each in results] == [key in {"1", "2", "3"} for key in keys]


def test_a_past_day_is_answered_from_its_load_and_another_is_unknown(tmp_path):
    past = today() - timedelta(days=3)
    workspace = published(tmp_path, day=past, CRM=["1"])
    workspace.file("CRM.csv", contacts(["2"], days_ago=2))
    assert workspace.run(data_carga=today().isoformat()).code in (0, 3)
    it = token(workspace)
    with Service(workspace) as service:
        assert service.check(it, ["2"]) == {"2": "blocked"}
        assert service.check(it, ["1", "2"], on=past.isoformat()) == {"1": "blocked", "2": "free"}
        answer = service.post("/v1/check", it, {"key": "id_cliente", "keys": ["1"], "on": "2020-01-01"})
        assert answer.json()["results"] == [{"key": "1", "standing": "unknown", "why": "no_load"}]


def test_a_stale_table_frees_nobody_and_is_ready_all_the_same(tmp_path):
    workspace = configure(published(tmp_path, day=today() - timedelta(days=5), CRM=["1"]), check={"max_age": "1h"})
    it = token(workspace, "check", "status")
    with Service(workspace) as service:
        assert service.check(it, ["nobody"]) == {"nobody": "unknown"}
        assert service.get("/v1/status", it).json()["why"] == "stale"
        assert service.get("/readyz").status == 200


def test_without_a_table_nobody_is_free_and_the_service_is_not_ready(tmp_path):
    workspace = Workspace(tmp_path).source("CRM")
    it = token(workspace)
    with Service(workspace) as service:
        answer = service.post("/v1/check", it, {"key": "id_cliente", "keys": ["1"]})
        assert answer.json()["results"] == [{"key": "1", "standing": "unknown", "why": "no_table"}]
        assert service.get("/healthz").status == 200
        assert service.get("/readyz").status == 503


def test_explain_tells_the_evidence(service, everything):
    answer = service.post("/v1/explain", everything, {"id_cliente": "1", "canal": "CRM"})
    assert answer.status == 200, answer
    assert answer.json()["canais"][0]["because"] == "in_force"
    assert answer.json()["canais"][0]["rows"][0]["email"] == "c1@exemplo.com"
    assert service.post("/v1/explain", everything, {"id_cliente": "1", "on": "2020-01-01"}).status == 404


def test_status_tells_load_and_sources(service, everything):
    status = service.get("/v1/status", everything).json()
    assert status["answers"] == "known" and status["why"] is None
    assert status["table"]["data_carga"] == today().isoformat()
    assert status["table"]["rows"] == 4
    assert {(each["canal"], each["decision"]) for each in status["canais"]} == {
        ("CRM", "accepted"), ("Marketing", "accepted")}


def test_the_description_is_the_one_in_the_documentation(service):
    assert service.get("/v1/openapi.json").json() == json.loads((ROOT / "docs/openapi.json").read_text())


def test_metrics_count_what_was_asked_on_a_port_of_their_own(service, everything):
    service.check(everything, ["1", "free"])
    text = urllib.request.urlopen(f"{service.metrics_url}/metrics").read().decode()
    assert 'quarentena_http_requests_total{endpoint="check",status="200"}' in text
    assert 'quarentena_checked_keys_total{standing="blocked"}' in text
    assert "quarentena_table_version " in text
    assert 'quarentena_run_status{status="published"} 1' in text, "of the last run, as in telemetry's metrics_file"
    assert 'quarentena_run_canal_clients{canal="' in text and text.count("# TYPE quarentena_run_status ") == 1
    assert service.get("/metrics").status == 404


def test_unknown_canais_are_no_question(service, everything):
    answer = service.post("/v1/check", everything, {"key": "id_cliente", "keys": ["1"], "canal": "Marketinx"})
    assert answer.status == 422, answer
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_head_is_get_without_the_body(service):
    answer = service.send("HEAD", "/healthz")
    assert answer.status == 200 and answer.body == b"" and int(answer.headers["Content-Length"]) > 0


def test_the_log_tells_every_request_and_nobody(service, everything):
    service.check(everything, ["segredo-123"])
    service.send("POST", "/v1/check?id=segredo-123", "{}", {"Authorization": f"Bearer {everything}",
                                                           "Content-Type": "application/json"})
    service.post("/v1/check", everything, {"key": "segredo-123", "keys": []})
    service.get("/segredo-123")
    time.sleep(0.5)  # lines go out some at a time
    said = "".join(service.said)
    assert "segredo" not in said and everything.rsplit("_", 1)[1] not in said
    last = [each for each in service.accesses() if each["endpoint"] == "check"][-1]
    assert last["token"] == everything.split("_")[1] and last["method"] == "POST" and last["us"] >= 0
