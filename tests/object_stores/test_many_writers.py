"""Eight processes that publish to one table on S3, fifty times each: every commit lands, and lands once."""

import datetime
import json
import threading

import pytest

from product import DONE, Workspace, csv_of
from test_table import publish_to

pytestmark = pytest.mark.slow

WRITERS, COMMITS = 8, 50
FIRST_DAY = datetime.date(2024, 1, 1)


def test_none_of_four_hundred_commits_is_lost_or_doubled(s3, tmp_path, delta):
    failed = []

    def write(n):
        """One writer: a canal of its own, another client on each of its days."""
        work = Workspace(tmp_path / f"w{n}").source(f"s{n}", canal=f"C{n}")
        publish_to(s3, work)
        for k in range(COMMITS):
            day = str(FIRST_DAY + datetime.timedelta(days=k))
            work.file(f"s{n}.csv", csv_of((f"{n}-{k}", "a@exemplo.com", "119", "Oferta", day)))
            done = work.run("--only", f"s{n}", data_carga=day, env=s3.environment())
            if done.code != DONE:
                failed.append((n, k, done))
                return

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failed, failed[0]

    table = delta(s3)
    rows = [(row["data_carga"], row["canal"], row["id_cliente"]) for row in table.to_pyarrow_table().to_pylist()]
    wanted = [(FIRST_DAY + datetime.timedelta(days=k), f"C{n}", f"{n}-{k}") for n in range(WRITERS) for k in range(COMMITS)]
    assert sorted(rows) == sorted(wanted)

    log = s3.folder / "quarentena_global/_delta_log"
    commits = sorted(path for path in log.glob("*.json"))
    assert [int(path.stem) for path in commits] == list(range(WRITERS * COMMITS)), "each version once, none missing"
    runs = [json.loads(line)["commitInfo"]["runId"] for path in commits for line in path.read_text().splitlines()
            if line.startswith('{"commitInfo"')]
    assert len(set(runs)) == WRITERS * COMMITS, "each run committed once"
