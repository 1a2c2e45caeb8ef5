"""Requests made up from docs/openapi.json, good and bad: every answer is as the description says, none is a crash."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from serving import Service, configure, published, token


@pytest.mark.slow
def test_a_fuzzer_driven_by_the_description_finds_nothing(tmp_path):
    workspace = configure(published(tmp_path), serve={"limits": {"header_time": "60s", "body_time": "60s"}})
    it = token(workspace, "check", "explain", "status", "read")
    with Service(workspace) as service:
        done = subprocess.run(
            [Path(sys.executable).parent / "schemathesis", "run", f"{service.url}/v1/openapi.json",
             "--header", f"Authorization: Bearer {it}", "--seed", "7", "--max-examples", "60",
             "--checks", "all",
             # What the description allows may still be no question: a canal that nobody knows, lines that are no keys.
             "--exclude-checks", "positive_data_acceptance"],
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).parent / "ndjson_bodies.py")},
            cwd=tmp_path, text=True, capture_output=True, timeout=900)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert service.check(it, ["1"]) == {"1": "blocked"}
        assert not [each for each in service.accesses() if each["status"] == 500]
