import hashlib
import itertools
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from product import DATA_CARGA, DONE, Workspace

sys.path.insert(0, str(Path(__file__).parent))

from every_transport import ALL  # noqa: E402

AT_ONCE = 8  # most of a case is waiting for the next try


@pytest.fixture(scope="module", params=ALL)
def transport(request, tmp_path_factory):
    one = ALL[request.param](tmp_path_factory.mktemp(request.param))
    yield one
    one.close()


class Fetch:
    """One source of a transport in a workspace of its own, and what `sources fetch` said of it last."""

    def __init__(self, transport, folder, name, **settings):
        self.transport, self.name = transport, name
        self.settings = {**transport.source(name), "format": transport.format, **settings}
        self.workspace = Workspace(folder)
        self.env = transport.env
        self.save()

    def save(self):
        self.workspace.source("crm", **self.settings)
        return self

    def with_wrong_credential(self):
        self.settings, env = self.transport.with_wrong_credential(self.settings)
        self.env = {**self.env, **env}
        return self.save()

    @property
    def arguments(self):
        return ["sources", "fetch", "--json", "--data-carga", DATA_CARGA]

    def go(self, **env):
        self.outcome = self.workspace.command(" ".join(self.arguments), env={**self.env, **env})
        return self.outcome

    @property
    def files(self):
        """Name -> bytes of what was delivered. The digest, made while they came, must be theirs."""
        assert self.outcome.code == DONE, f"{self.name}: {self.outcome}"
        (source,) = json.loads(self.outcome.out)
        delivered = {}
        for file in source["files"]:
            path = Path(file["path"])
            delivered[path.name] = path.read_bytes()
            assert file["sha256"] == hashlib.sha256(delivered[path.name]).hexdigest(), path
        return delivered

    @property
    def said(self):
        """What went wrong, and what to do about it."""
        (source,) = json.loads(self.outcome.out)
        (step,) = [step for step in source["steps"] if step["outcome"] == "failed"]
        return f"{step['detail']} {step['hint']}"

    def kept(self):
        """Files in the inbox that a later load could take for a delivery."""
        inbox = self.workspace.folder / "data/staging/inbox"
        return [path for path in inbox.rglob("*") if path.is_file() and not hidden(path.relative_to(inbox))]


def hidden(path):
    return any(part.startswith(".") for part in path.parts)


@pytest.fixture
def fetching(transport, tmp_path):
    """fetching(name, **settings): a Fetch. Several may be made at once, each with a folder of its own."""
    numbers = itertools.count()

    def make(name, **settings):
        return Fetch(transport, tmp_path / f"w{next(numbers)}", name, **settings)

    return make


@pytest.fixture
def all_at_once():
    """all_at_once(function, cases): the results, in order."""

    def run(function, cases):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(function, cases))

    return run
