"""What docs/api.md and the example show works as it stands there."""

import os
import re
import signal
import subprocess

import pytest

from product import BINARY, ROOT, seed_copy
from serving import Service, published, token

PAGE = (ROOT / "docs/api.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    workspace = published(tmp_path_factory.mktemp("docs"), CRM=["000123"], Marketing=["000124"])
    it = token(workspace, "check", "status")
    with Service(workspace) as service:
        yield service, it


def test_every_curl_line_is_answered(asked):
    service, it = asked
    assert len(blocks("sh")) == 3
    said = [subprocess.run(["bash", "-c", block], env={**os.environ, "URL": service.url, "TOKEN": it}, text=True,
                           capture_output=True, check=True).stdout for block in blocks("sh")]
    assert '"standing":"blocked","canal":"CRM"' in said[0] and '"counts":{"free":1,"blocked":1' in said[0]
    assert said[1].count("\n") == 3 and '"blocked":1' in said[1]
    assert '"answers":"known"' in said[2]


def test_the_python_client_is_answered(asked):
    service, it = asked
    names = {}
    exec(compile(blocks("python")[0], "docs/api.md", "exec"), names)
    client = names["Quarentena"](service.url, it)
    assert client.may_contact("000999") and not client.may_contact("000123")
    assert [each["standing"] for each in client.check(["000124", "x"] * 3000)] == ["blocked", "free"] * 3000
    assert [each["key"] for each in client.check(["c000123@exemplo.com", "a@b.co"], key="email", show="not_free")] == [
        "c000123@exemplo.com"]


def test_the_table_of_problems_has_the_statuses_of_the_description(asked):
    """Those that a client's own question causes are told to people too."""
    service, _ = asked
    described = {status for operation in ("/v1/check", "/v1/explain")
                 for status in service.get("/v1/openapi.json").json()["paths"][operation]["post"]["responses"]}
    told = set(re.findall(r"\b[45]\d\d\b", PAGE.split("## What goes wrong")[1]))
    assert described - told <= {"200", "404", "405", "417", "431", "500", "505"}


def test_the_example_serves_and_its_curl_line_works(tmp_path):
    workspace = seed_copy(tmp_path / "seed")
    started = subprocess.Popen(
        [ROOT / "examples/serve/start", "127.0.0.1:18480"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "QUARENTENA": str(BINARY), "QUARENTENA_CONFIG": str(workspace.folder / "quarentena.yml")})
    try:
        line = next(line for line in started.stdout if line.startswith("curl "))
        for said in started.stderr:
            if '"listening"' in said:
                break
        done = subprocess.run(["bash", "-c", line], text=True, capture_output=True)
        assert '"standing":"blocked","canal":"Marketing"' in done.stdout and '"free":1' in done.stdout, done
    finally:
        started.send_signal(signal.SIGTERM)
        assert started.wait(30) == 0


def test_the_unit_waits_longer_for_the_end_than_the_service(asked):
    unit = (ROOT / "examples/serve/quarentena.service").read_text()
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > 20
    assert "ExecReload=/bin/kill -HUP" in unit
