"""Starts the servers, loads from all of them, shows the table. `make run-remote`."""

import sys
import tempfile

from servers import remote_seed
from product import DATA_CARGA


def say(outcome):
    print(outcome.err, end="", file=sys.stderr, flush=True)
    print(outcome.out, end="", flush=True)
    return outcome.code


with tempfile.TemporaryDirectory() as folder, remote_seed(folder) as (workspace, environment):
    for verb in ("sources test", "run", "show"):
        print(f"\n$ quarentena {verb} --data-carga {DATA_CARGA}", flush=True)
        code = say(workspace.command(verb, "--data-carga", DATA_CARGA, env=environment))
        if code != 0:
            sys.exit(code)
