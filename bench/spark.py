#!/usr/bin/env python3
"""Spark as the engine, at any size, beside PySpark that sends the very same SQL to the same server:
spark.py [--rows 1000000 10000000] [--rounds 3] [--memory 4g]

Sources are Delta tables that Spark makes of `range`, so that nothing passes through this machine but SQL. A proxy
between the program and Spark writes down each statement; PySpark sends them again, in the same order and as many at a
time, into folders of its own. What Spark shuffled and wrote is read from its event log. Prints a table for docs/scale.md.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("QUARENTENA_CACHE", str(Path.home() / ".cache/quarentena"))
sys.path += [str(ROOT), str(ROOT / "tests/support")]

from pyspark.sql.connect.proto import base_pb2  # noqa: E402
from pyspark.sql.connect.session import SparkSession  # noqa: E402

from bench.run import machine, measure  # noqa: E402
from spark_server import SparkServer  # noqa: E402

DATA_CARGA = "2024-05-28"
CANAIS = {"CRM": (0.10, 30), "Marketing": (0.35, 7), "Recomendacao": (0.25, 15), "Restritos": (0.05, 90), "Ofertas": (0.25, 5)}


class Recorder:
    """Passes a gRPC connection on, and keeps the SQL of the plans that are executed over it."""

    PREFACE, HEADER = 24, 9

    def __init__(self, target):
        self.target, self.statements, self.lock = target, [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            ahead = self.listener.accept()[0]
            back = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pass_on, args=(ahead, back, self.reader()), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(back, ahead, None), daemon=True).start()

    @staticmethod
    def pass_on(source, sink, reader):
        if reader:
            next(reader)
        try:
            while data := source.recv(1 << 16):
                sink.sendall(data)
                if reader:
                    reader.send(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reader(self):
        """Fed with bytes: HTTP/2 frames, of whose streams the data are gRPC's messages."""
        pending, streams, skip = b"", {}, self.PREFACE
        while True:
            pending += yield
            if skip:
                if len(pending) < skip:
                    continue
                pending, skip = pending[skip:], 0
            while len(pending) >= self.HEADER and len(pending) >= self.HEADER + int.from_bytes(pending[:3], "big"):
                size, kind, stream = int.from_bytes(pending[:3], "big"), pending[3], int.from_bytes(pending[5:9], "big")
                payload, pending = pending[self.HEADER:self.HEADER + size], pending[self.HEADER + size:]
                if kind == 0:
                    streams[stream] = streams.get(stream, b"") + payload
                    self.take(streams, stream)

    def take(self, streams, stream):
        data = streams[stream]
        if len(data) < 5 or len(data) < 5 + int.from_bytes(data[1:5], "big"):
            return
        del streams[stream]
        request = base_pb2.ExecutePlanRequest()
        try:
            request.ParseFromString(data[5:])
        except Exception:  # another call's message
            return
        sql = request.plan.command.sql_command.input.sql.query
        if sql:
            with self.lock:
                self.statements.append(sql)


def prepare(spark, folder, rows):
    """A Delta table a canal; a client has some two rows in it."""
    sources = {}
    for number, (canal, (share, dias)) in enumerate(CANAIS.items()):
        count = int(rows * share)
        clients = max(count // 2, 1)
        spark.sql(f"""
            CREATE TABLE delta.`{folder}/{canal}` USING DELTA AS SELECT
              CAST(10000000000 + pmod(xxhash64(id, {number}), {clients}) AS STRING) AS id_cliente,
              concat('cliente', pmod(xxhash64(id, {number}), {clients}), '@exemplo.com.br') AS email,
              concat('119', lpad(CAST(pmod(xxhash64(id, 8), 100000000) AS STRING), 8, '0')) AS telefone,
              concat('Campanha ', pmod(id, 300)) AS assunto,
              date_sub(DATE '{DATA_CARGA}', CAST(pmod(xxhash64(id, 9), {dias} * 3 DIV 2) AS INT)) AS data_envio
            FROM range(0, {count}, 1, {max(2, count // 4_000_000)})""").collect()
        sources[canal.lower()] = {"canal": canal, "location": f"{folder}/{canal}", "format": "delta", "dias": dias}
    return sources


def configure(folder, sources):
    lines = ["version: 1", "table: ./table", "staging: ./staging", "sources:"]
    lines += [f"  {name}: {json.dumps(keys)}" for name, keys in sources.items()]
    (folder / "quarentena.yml").write_text("\n".join(lines) + "\n")


def ours(folder, spark):
    """The whole process; the statements it sent."""
    shutil.rmtree(folder / "table", ignore_errors=True)
    shutil.rmtree(folder / "staging", ignore_errors=True)
    recorder = Recorder(spark.port)
    os.environ["SPARK_REMOTE"] = f"sc://127.0.0.1:{recorder.port}"
    cost = measure([str(ROOT / "build/quarentena"), "run", "--engine", "spark", "--data-carga", DATA_CARGA, "-c", str(folder / "quarentena.yml")],
                   folder / "ours.log")
    return cost, recorder.statements


def chains_of(statements):
    """A canal's statements wait for each other; canais do not."""
    chains = {}
    for sql in statements:
        found = re.search(r"_quarentena/[^/]+/([^/'`]+)", sql)
        if found:
            chains.setdefault(found[1], []).append(re.sub(r"/table/_quarentena/[^/]+/", "/pyspark/", sql))
    return list(chains.values())


def pyspark(folder, spark, statements, at_once):
    """The time from the first statement to the last: neither Python's start nor the session's."""
    shutil.rmtree(folder / "pyspark", ignore_errors=True)
    session = SparkSession.builder.remote(spark.address).create()
    for key, value in {"spark.sql.ansi.enabled": "false", "spark.sql.session.timeZone": "UTC",
                       "spark.sql.legacy.timeParserPolicy": "CORRECTED"}.items():
        session.conf.set(key, value)

    def run(chain):
        for sql in chain:
            session.sql(sql).collect()

    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(run, chains_of(statements)))
    wall = time.perf_counter() - start
    session.stop()
    return wall


def shuffled(spark, since_ms):
    """Of the stages that ended since then: bytes shuffled; the largest result that a task sent to the driver."""
    written = largest = 0
    for event in spark.events("SparkListenerTaskEnd"):
        metrics = event.get("Task Metrics")
        if metrics and event["Task Info"]["Finish Time"] >= since_ms:
            written += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
            largest = max(largest, metrics["Result Size"])
    return written, largest


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def table_size(folder):
    files = [path.stat().st_size for path in (folder / "table").glob("data_carga=*/*/*.parquet")]
    return len(files), sum(files)


@dataclass
class Turn:
    """What one side of the race took, Spark's CPU included."""

    wall_s: float
    spark_cpu_s: float
    own: object = None  # bench.run.Measure of our process
    statements: list = field(default_factory=list)

    @property
    def cpu_s(self):
        return self.spark_cpu_s + (self.own.cpu_s if self.own else 0)


def turn_of(name, folder, spark, statements):
    before = cpu_seconds(spark.process.pid)
    if name == "ours":
        own, statements = ours(folder, spark)
        return Turn(own.wall_s, cpu_seconds(spark.process.pid) - before, own, statements)
    wall = pyspark(folder, spark, statements, os.cpu_count())
    return Turn(wall, cpu_seconds(spark.process.pid) - before)


def race(rows, rounds, spark, folder):
    """Who goes first changes with each round; what the first of all pays for a cold Spark does not count."""
    session = SparkSession.builder.remote(spark.address).create()
    configure(folder, prepare(session, folder, rows))
    session.stop()
    began = int(time.time() * 1000)
    warm = turn_of("ours", folder, spark, [])
    moved, largest = shuffled(spark, began)
    turns = {"ours": [], "PySpark": []}
    for number in range(rounds):
        for name in sorted(turns, reverse=number % 2 == 0):
            turns[name].append(turn_of(name, folder, spark, warm.statements))
            print(f"{rows:>12} {name:<8} {turns[name][-1].wall_s:6.1f} s, CPU {turns[name][-1].cpu_s:6.1f} s", file=sys.stderr, flush=True)
    files, size = table_size(folder)
    shutil.rmtree(folder)
    median = lambda name, what: statistics.median(getattr(turn, what) for turn in turns[name])
    return "| " + " | ".join([
        f"{rows:,}", f"{median('ours', 'wall_s'):.1f} / {median('PySpark', 'wall_s'):.1f}",
        f"{median('ours', 'cpu_s'):.1f} / {median('PySpark', 'cpu_s'):.1f}", f"{median('ours', 'cpu_s') / median('PySpark', 'cpu_s'):.2f}",
        f"{statistics.median(turn.own.cpu_s for turn in turns['ours']):.1f}", f"{max(turn.own.peak_mib for turn in turns['ours']):.0f}",
        f"{moved / 2**20:.0f}", f"{files} / {size / 2**20:.0f}", f"{largest / 1024:.0f}"]) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="4g", help="of Spark's driver, which computes, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as work:
        work = Path(work)
        server = SparkServer(work / "spark", {"spark.sql.shuffle.partitions": 200}, memory=options.memory)
        with server.keep_events() as spark:
            lines = []
            for rows in options.rows:
                (work / str(rows)).mkdir()
                lines.append(race(rows, options.rounds, spark, work / str(rows)))
    print(f"On {machine()}, medians of {options.rounds}, Spark local with {options.memory}:\n")
    print("| rows | s, ours / PySpark | CPU s, ours / PySpark | ratio of CPU | of it our process | its peak MiB | shuffled MiB | table: files / MiB | largest result of a task KiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
