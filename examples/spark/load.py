"""Starts a Spark Connect server, loads the example through it, shows the table. `make run-spark`."""

import sys
import tempfile
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[2] / folder) for folder in ("tests/support", ".")]

from product import DATA_CARGA, seed_copy  # noqa: E402
from spark_server import SparkServer  # noqa: E402


def say(outcome):
    print(outcome.err, end="", file=sys.stderr, flush=True)
    print(outcome.out, end="", flush=True)
    return outcome.code


with tempfile.TemporaryDirectory() as folder:
    workspace = seed_copy(Path(folder) / "seed")
    with SparkServer(Path(folder) / "spark") as spark:
        for verb, arguments in (("run", ["--engine", "spark"]), ("show", [])):
            print(f"\n$ SPARK_REMOTE={spark.address} quarentena {' '.join([verb, '--data-carga', DATA_CARGA, *arguments])}", flush=True)
            code = say(workspace.command(verb, "--data-carga", DATA_CARGA, *arguments, env={"SPARK_REMOTE": spark.address}))
            if code != 0:
                sys.exit(code)
