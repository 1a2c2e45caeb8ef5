#!/usr/bin/env python3
"""This build and its peers on the same generated data, whole processes, turn by turn:
run.py [--rows 10000 1000000 10000000] [--peers polars duckdb spark] [--rounds 3]

Every result is compared with the oracle's before its time counts. Writes docs/benchmark.md.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import compare
import generate
import oracle
from machine import cores

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = Path(os.environ.get("QUARENTENA_CACHE", Path.home() / ".cache/quarentena"))
DATA_CARGA = "2024-05-28"
PRODUCT = "quarentena"
PEERS = {
    "polars": "Polars {polars}, fastexcel {fastexcel}, deltalake {deltalake}",
    "duckdb": "DuckDB {duckdb} with its excel extension, deltalake {deltalake}",
    "spark": "Spark {pyspark} local, Delta Lake, pandas with calamine",
}


@dataclass
class Measure:
    wall_s: float
    cpu_s: float
    peak_mib: float


def measure(command, log):
    report = Path(log).with_suffix(".json")
    with open(log, "wb") as output:
        done = subprocess.run([sys.executable, "-IS", str(HERE / "measure.py"), str(report), *command], stdout=output,
                              stderr=subprocess.STDOUT, cwd=ROOT, env={**os.environ, "SPARK_JARS": str(CACHE / "spark-jars")})
    if done.returncode != 0:
        sys.exit(f"error: {command[0]} ended with {done.returncode}\nhint: see {log}\n" + Path(log).read_text()[-2000:])
    return Measure(**json.loads(report.read_text()))


def prepare(rows, seed):
    folder = ROOT / "build/bench" / str(rows)
    if not (folder / "expected_counts.json").exists():
        print(f"generating {rows} rows in {folder}", file=sys.stderr)
        generate.generate(rows, folder, DATA_CARGA, seed)
        oracle.oracle(folder, DATA_CARGA)
    return folder


def contender(name, folder):
    """The command and the table it writes, which is removed first: everyone starts from nothing."""
    table = folder / "data/quarentena_global" if name == PRODUCT else folder / f"table_{name}"
    shutil.rmtree(folder / "data" if name == PRODUCT else table, ignore_errors=True)
    if name == PRODUCT:
        return [str(ROOT / "build/quarentena"), "run", "--data-carga", DATA_CARGA, "-c", str(folder / "quarentena.yml")], table
    return [sys.executable, str(HERE / f"peers/{name}_pipeline.py"), str(folder), str(table), DATA_CARGA], table


def race(folder, names, rounds):
    """Turn by turn, so that a slow minute of the machine hits everyone."""
    measures = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            command, table = contender(name, folder)
            measures[name].append(measure(command, folder / f"{name}.log"))
            if turn == 0 and (differences := compare.differences(folder / "expected.parquet", table)):
                sys.exit(f"error: {name} is wrong on {folder.name} rows\n" + "\n".join(differences))
            print(f"{folder.name:>10} {name:<11} {measures[name][-1]}", file=sys.stderr)
    return {
        name: Measure(*(statistics.median(getattr(m, field) for m in runs) for field in ("wall_s", "cpu_s", "peak_mib")))
        for name, runs in measures.items()
    }


def workbook(folder, rounds):
    measures = []
    for _ in range(rounds):
        command, _ = contender(PRODUCT, folder)
        measures.append(measure([*command, "--only", "crm"], folder / "workbook.log"))
    return measures


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores()}, {memory:.0f} GiB of memory"


def commit():
    return subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()


def report(results, peers):
    names = ("polars", "fastexcel", "duckdb", "deltalake", "pyspark")
    versions = {name: version(name) for name in names}
    lines = [
        "# Benchmark",
        "",
        "Written by `make bench` (`bench/run.py`); do not edit. The daily load of the six sources that",
        "`bench/generate.py` makes, as whole processes from start to exit, each into a new Delta table, turn by turn on the",
        "same machine; medians. Every result equals the oracle's, row for row. `ratio` is a peer's wall time over ours.",
        "",
        f"{machine()}. Commit {commit()}.",
        "",
        *(f"- `{peer}`: {PEERS[peer].format(**versions)}" for peer in peers),
    ]
    for rows, medians in results.items():
        ours = medians[PRODUCT]
        lines += ["", f"## {rows:,} rows", "", "| | wall s | CPU s | peak MiB | ratio |", "|---|---|---|---|---|"]
        lines += [
            f"| {name} | {m.wall_s:.2f} | {m.cpu_s:.2f} | {m.peak_mib:.0f} | {m.wall_s / ours.wall_s:.2f} |"
            for name, m in medians.items()
        ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=str(ROOT / "docs/benchmark.md"))
    arguments = parser.parse_args()
    results = {}
    for rows in arguments.rows:
        results[rows] = race(prepare(rows, arguments.seed), [PRODUCT, *arguments.peers], arguments.rounds)
    text = report(results, arguments.peers)
    largest = prepare(max(arguments.rows), arguments.seed)
    counts = json.loads((largest / "expected_counts.json").read_text())
    runs = workbook(largest, arguments.rounds)
    text += (f"\n## The workbook alone\n\n`run --only crm`, {counts['crm']['read']:,} rows: "
             f"{statistics.median(m.wall_s for m in runs):.2f} s, {statistics.median(m.peak_mib for m in runs):.0f} MiB.\n")
    Path(arguments.out).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
