"""Who may ask what."""

import json
import time

import pytest

from serving import Service, published, token

QUESTION = {"key": "id_cliente", "keys": ["1"]}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return published(tmp_path_factory.mktemp("tokens"))


@pytest.fixture(scope="module")
def service(workspace):
    with Service(workspace) as service:
        yield service


def test_without_a_token_or_with_a_wrong_one_nothing_is_told(service, workspace):
    right = token(workspace)
    for authorization in ["", "Bearer", "Bearer x", "Basic eDp5", f"Bearer {right[:-1]}", f"Bearer {right}x",
                          f"Bearer {right[:-4]}AAAA"]:
        answer = service.send("POST", "/v1/check", "{}", {"Authorization": authorization,
                                                         "Content-Type": "application/json"})
        assert answer.status == 401, (authorization, answer)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_token_made_and_revoked_while_it_serves_is_seen_at_once(service, workspace):
    made = service.knows(token(workspace))
    assert service.check(made, ["1"]) == {"1": "blocked"}
    assert workspace.command("tokens revoke", made.split("_")[1]).code == 0
    service.forgets(made)
    answer = service.post("/v1/check", made, QUESTION)
    assert answer.status == 401 and "revoked" in answer.json()["detail"]


def test_a_token_may_do_what_its_scopes_say(service, workspace):
    status, check = service.knows(token(workspace, "status")), service.knows(token(workspace, "check"))
    assert service.get("/v1/status", status).status == 200
    assert service.post("/v1/check", status, QUESTION).status == 403
    assert service.get("/v1/status", check).status == 403
    assert service.post("/v1/explain", check, {"id_cliente": "1"}).status == 403


def test_a_token_for_a_canal_asks_about_that_one_only(service, workspace):
    it = service.knows(token(workspace, "check", "explain", canal="CRM"))
    assert service.post("/v1/check", it, {**QUESTION, "canal": "CRM"}).status == 200
    for question in [QUESTION, {**QUESTION, "canal": "Marketing"}]:
        answer = service.post("/v1/check", it, question)
        assert answer.status == 403 and answer.json()["type"].endswith(":canal")
    assert service.post("/v1/explain", it, {"id_cliente": "1", "canal": "Marketing"}).status == 403
    assert service.post("/v1/explain", it, {"id_cliente": "1", "canal": "CRM"}).status == 200


def test_a_rate_is_in_keys_and_says_when_to_come_back(service, workspace):
    it = service.knows(token(workspace, keys_per_second=2, keys_at_once=10))
    ten = {"key": "id_cliente", "keys": ["1"] * 10}
    assert service.post("/v1/check", it, {"key": "id_cliente", "keys": ["1"] * 11}).status == 413
    assert service.post("/v1/check", it, ten).status == 200
    answer = service.post("/v1/check", it, ten)
    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 6
    time.sleep(int(answer.headers["Retry-After"]))
    assert service.post("/v1/check", it, ten).status == 200


def test_an_expired_token_says_so(workspace, tmp_path):
    # The file is what the command wrote, with the time moved.
    made = token(workspace, expires="1d")
    path = workspace.folder / "tokens.json"
    tokens = json.loads(path.read_text())
    tokens["tokens"][-1]["expires_ms"] = 1
    path.write_text(json.dumps(tokens))
    with Service(workspace) as service:
        answer = service.post("/v1/check", made, QUESTION)
        assert answer.status == 401 and "expired" in answer.json()["detail"]


def test_the_list_and_the_file_tell_no_token(workspace):
    made = token(workspace, "check", "metrics", canal="CRM", expires="2030-12-31", keys_per_second=5)
    listed = workspace.command("tokens list --json").json()[-1]
    assert listed["id"] == made.split("_")[1]
    assert (listed["state"], listed["scopes"], listed["canais"], listed["keys_per_second"]) == (
        "active", ["check", "metrics"], ["CRM"], 5)
    assert listed["expires_at"] == "2031-01-01T03:00:00.000Z"
    path = workspace.folder / "tokens.json"
    assert path.stat().st_mode & 0o777 == 0o600
    for text in [path.read_text(), workspace.command("tokens list").out]:
        assert made.split("_", 2)[2] not in text


@pytest.mark.parametrize("arguments, says", [
    (["create", "--name", "x", "--scope", "chek"], "--scope"),
    (["create", "--name", "x", "--scope", "check", "--expires", "amanha"], "90d, 12h"),
    (["create", "--name", "x", "--scope", "check", "--expires", "2020-01-01"], "is over already"),
    (["revoke", "000000000000"], "there is no token"),
])
def test_a_command_that_is_wrong_says_why(workspace, arguments, says):
    done = workspace.command("tokens", *arguments)
    assert done.code == 1 and says in done.err, done


def test_a_file_of_tokens_that_others_read_stops_the_start(workspace, tmp_path):
    path = workspace.folder / "tokens.json"
    path.chmod(0o644)
    try:
        done = workspace.command("serve", "--listen", "127.0.0.1:0")
        assert done.code == 1 and "chmod 600" in done.err, done
    finally:
        path.chmod(0o600)


def test_wrong_tokens_wait_once_they_are_many_and_right_ones_never(service, workspace):
    right = service.knows(token(workspace))
    connection = service.connection()
    began = time.monotonic()
    for count in range(150):
        connection.request("GET", "/v1/status", headers={"Authorization": "Bearer wrong"})
        assert connection.getresponse().read()
        if time.monotonic() - began > 3:
            break
    assert time.monotonic() - began > 0.9, "150 guesses took no time"
    began = time.monotonic()
    assert service.check(right, ["1"]) == {"1": "blocked"}
    assert time.monotonic() - began < 0.9
