"""What a client may cost, and what is said of requests that are none."""

import json
import random
import socket
import time

import pytest

from serving import Service, configure, published, token

LIMITS = {"keys": 100, "body_mib": 1, "connections": 200, "connections_per_address": 100, "header_time": "1s",
          "body_time": "1s", "idle_time": "2s", "answer_time": "3s"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return configure(published(tmp_path_factory.mktemp("bounds")), serve={"limits": LIMITS})


@pytest.fixture(scope="module")
def it(workspace):
    return token(workspace, "check", "status")


@pytest.fixture(scope="module")
def service(workspace, it):
    with Service(workspace) as service:
        yield service


@pytest.fixture(autouse=True)
def is_well_afterwards(service, it):
    yield
    assert service.check(it, ["1"]) == {"1": "blocked"}
    assert service.memory_bytes() < 500_000_000


class Raw:
    """Bytes, as nobody's HTTP library sends them."""

    def __init__(self, service, address="127.0.0.1"):
        self.socket = socket.create_connection((service.host, service.port), timeout=10, source_address=(address, 0))

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def all(self):
        """Until the other side closes."""
        data = b""
        while piece := self.socket.recv(65536):
            data += piece
        return data

    def some(self):
        return self.socket.recv(65536)


def head(it, *lines, length=None, method="POST", path="/v1/check", version="1.1"):
    lines = [f"{method} {path} HTTP/{version}", "Host: x", f"Authorization: Bearer {it}",
             "Content-Type: application/json", *([f"Content-Length: {length}"] if length is not None else []), *lines]
    return "\r\n".join(lines) + "\r\n\r\n"


QUESTION = json.dumps({"key": "id_cliente", "keys": ["1"]})


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '{"key":1,"keys":[]}', "\x00", '{"key":"cpf","keys":["1"]}}',
                                  "[" * 100_000])
def test_malformed_json_is_a_problem_of_the_client(service, it, body):
    answer = service.send("POST", "/v1/check", body, {"Authorization": f"Bearer {it}",
                                                     "Content-Type": "application/json"})
    assert answer.status in (400, 422), answer
    assert answer.json()["status"] == answer.status


def test_a_body_over_the_limit_is_refused_before_it_is_read(service, it):
    said = Raw(service).send(head(it, length=10_000_000)).all()
    assert said.startswith(b"HTTP/1.1 413 ") and b"Connection: close" in said


def test_a_chunked_body_over_the_limit_is_refused(service, it):
    raw = Raw(service).send(head(it, "Transfer-Encoding: chunked"))
    said = b""
    try:
        for _ in range(40):
            raw.send(b"10000\r\n" + b" " * 65536 + b"\r\n")
    except OSError:
        pass
    said = raw.all()
    assert said.startswith(b"HTTP/1.1 413 "), said


def test_a_chunked_body_is_read(service, it):
    chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in [QUESTION[:5], QUESTION[5:]]) + "0\r\n\r\n"
    said = Raw(service).send(head(it, "Transfer-Encoding: chunked", "Connection: close") + chunks).all()
    assert b'"standing":"blocked"' in said


def test_too_many_keys_are_refused(service, it):
    answer = service.post("/v1/check", it, {"key": "id_cliente", "keys": ["1"] * 101})
    assert answer.status == 413 and answer.json()["type"].endswith(":too-many-keys")


def test_half_a_body_ends_with_too_slow(service, it):
    began = time.monotonic()
    said = Raw(service).send(head(it, length=100) + '{"key"').all()
    assert said.startswith(b"HTTP/1.1 408 ") and 0.8 < time.monotonic() - began < 5


def test_headers_that_drip_end_with_too_slow(service, it):
    raw = Raw(service)
    began = time.monotonic()
    try:
        for letter in head(it, length=0):
            raw.send(letter)
            time.sleep(0.1)
    except OSError:
        pass
    assert 0.8 < time.monotonic() - began < 5


def test_an_idle_connection_is_closed(service):
    began = time.monotonic()
    assert Raw(service).all() == b""
    assert 1.5 < time.monotonic() - began < 5


def test_headers_over_the_limit_are_refused(service, it):
    said = Raw(service).send(head(it, "X: " + "x" * 20_000, length=0)).all()
    assert said.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("request_text", [
    "GET / HTTP/9.9\r\n\r\n", "nonsense\r\n\r\n", "GET  /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\nHost: x\n\n",
    "POST /v1/check HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST /v1/check HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "POST /v1/check HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "\x00" * 100 + "\r\n\r\n"])
def test_what_is_not_http_is_refused_and_the_connection_ends(service, request_text):
    said = Raw(service).send(request_text.encode("latin-1")).all()
    assert said.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505 ")), said


def test_random_addresses_are_not_found(service):
    draw = random.Random(24)
    connection = service.connection()
    for _ in range(2_000):
        path = "/" + "".join(draw.choice("abc/.%~-_09AZ") for _ in range(draw.randrange(1, 24)))
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        assert response.status == 404, path


def test_other_methods_are_told_the_right_one(service, it):
    for method, path, allowed in [("GET", "/v1/check", "POST"), ("DELETE", "/v1/check", "POST"),
                                  ("POST", "/v1/status", "GET, HEAD"), ("BREW", "/healthz", "GET, HEAD")]:
        answer = service.send(method, path, headers={"Authorization": f"Bearer {it}"})
        assert answer.status == 405 and answer.headers["Allow"] == allowed, (method, path)


def test_identifiers_have_no_place_in_the_address(service, it):
    answer = service.send("POST", "/v1/check?id_cliente=1", QUESTION, {
        "Authorization": f"Bearer {it}", "Content-Type": "application/json"})
    assert answer.status == 400 and answer.json()["type"].endswith(":query")


def test_who_waits_to_be_told_to_go_on_is_told(service, it):
    raw = Raw(service).send(head(it, "Expect: 100-continue", length=len(QUESTION)))
    assert raw.some() == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b'"standing":"blocked"' in raw.send(QUESTION).some()
    refused = Raw(service).send(head("wrong", "Expect: 100-continue", length=len(QUESTION))).all()
    assert refused.startswith(b"HTTP/1.1 401 ")
    assert Raw(service).send(head(it, "Expect: miracles", length=5)).all().startswith(b"HTTP/1.1 417 ")


def test_requests_sent_without_waiting_are_answered_in_order(service, it):
    questions = [json.dumps({"key": "id_cliente", "keys": [f"k{n}"]}) for n in range(50)]
    raw = Raw(service).send("".join(head(it, length=len(each)) + each for each in questions[:-1])
                            + head(it, "Connection: close", length=len(questions[-1])) + questions[-1])
    said = raw.all().decode()
    assert [said.index(f'"k{n}"') for n in range(50)] == sorted(said.index(f'"k{n}"') for n in range(50))
    assert said.count("HTTP/1.1 200 OK") == 50


def test_http_1_0_is_answered_and_parted_from(service, it):
    said = Raw(service).send(head(it, length=len(QUESTION), version="1.0") + QUESTION).all()
    assert said.startswith(b"HTTP/1.1 200 ") and b"chunked" not in said and b'"counts"' in said


def test_one_address_has_so_many_connections_and_another_has_its_own(service, it):
    ours = [Raw(service, "127.0.0.2") for _ in range(100)]
    time.sleep(0.3)
    assert Raw(service, "127.0.0.2").all() == b""
    other = Raw(service, "127.0.0.3").send("GET /healthz HTTP/1.1\r\n\r\n")
    assert other.some().startswith(b"HTTP/1.1 200 ")
    del ours


def test_an_answer_that_nobody_takes_is_cut_off(workspace):
    configure(workspace, serve={"limits": {**LIMITS, "keys": 200_000, "body_mib": 16}})
    it = token(workspace)
    with Service(workspace) as service:
        raw = Raw(service)
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        body = json.dumps({"key": "id_cliente", "keys": ["x" * 40] * 200_000})
        raw.send(head(it, length=len(body)) + body)
        time.sleep(5)
        with pytest.raises((ConnectionError, AssertionError)):
            assert raw.all().endswith(b"0\r\n\r\n")
        assert service.memory_bytes() < 500_000_000
    configure(workspace, serve={"limits": LIMITS})
