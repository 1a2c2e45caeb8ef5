#!/usr/bin/env python3
"""Questions and audiences against a table of 10 M rows, side by side with what else could answer them.

lookup.py [--rows N] [--audiences N...] [--rounds N]: writes docs/benchmark-lookup.md. Whole processes take turns,
medians of the rounds; every contender must find the same number of blocked rows.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import duckdb
from deltalake import write_deltalake
from machine import cores
from rocksdict import AccessType, Options, Rdict, WriteBatch

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
DAY = "2024-05-28"
CACHE_MIB = 4096
SOMEBODY_BLOCKED = 10  # the exit code of `check`
CANAIS = ["CRM", "Marketing", "Recomendacao", "Restritos", "Ofertas"]

# A peer reads the same Parquet files of the day and writes the two parts.
DUCKDB = """
import duckdb, sys
audience, table, out = sys.argv[1:]
duckdb.execute("SET preserve_insertion_order = true")
duckdb.execute(f"CREATE VIEW q AS SELECT id_cliente FROM read_parquet('{table}/data_carga={day}/*/*.parquet')")
duckdb.execute(f"CREATE VIEW a AS FROM read_csv('{audience}', all_varchar = true)")
duckdb.execute(f"COPY (FROM a ANTI JOIN q USING (id_cliente)) TO '{out}/allowed.csv'")
duckdb.execute(f"COPY (FROM a SEMI JOIN q USING (id_cliente)) TO '{out}/blocked.csv'")
""".replace("{day}", DAY)
POLARS = """
import polars as pl, sys
audience, table, out = sys.argv[1:]
q = pl.scan_parquet(f"{table}/data_carga={day}/*/*.parquet").select("id_cliente")
a = pl.scan_csv(audience, infer_schema=False)
a.join(q, on="id_cliente", how="anti", maintain_order="left").sink_csv(f"{out}/allowed.csv")
a.join(q, on="id_cliente", how="semi", maintain_order="left").sink_csv(f"{out}/blocked.csv")
""".replace("{day}", DAY)


def make_table(folder, rows):
    """Ids of twelve digits, one canal each, an e-mail and a phone of their own."""
    table = folder / "data/quarentena_global"
    if table.exists():
        return
    reader = duckdb.execute(f"""
        SELECT lpad(((i * 7919) % {10 * rows})::VARCHAR, 12, '0') AS id_cliente,
               ['{"', '".join(CANAIS)}'][1 + i % {len(CANAIS)}] AS canal, 'pessoa' || i || '@exemplo.com.br' AS email,
               '119' || lpad((i % 100000000)::VARCHAR, 8, '0') AS telefone, NULL::VARCHAR AS assunto,
               DATE '{DAY}' - (i % 5)::INTEGER AS data_envio, (i % 5)::INTEGER AS qtd_dias,
               DATE '{DAY}' - (i % 5)::INTEGER + 30 AS saida_prevista, DATE '{DAY}' AS data_carga
        FROM range({rows}) t(i)""").to_arrow_reader(100_000)
    write_deltalake(str(table), reader, partition_by=["data_carga", "canal"])
    sources = "".join(f"  {canal.lower()}: {{ canal: {canal}, location: ./x.csv, format: csv, dias: 30 }}\n" for canal in CANAIS)
    (folder / "quarentena.yml").write_text(
        f"version: 1\ntable: ./data/quarentena_global\nstaging: ./data/staging\nsources:\n{sources}")


def make_audience(folder, size, rows):
    """One in ten is in the table; three columns."""
    path = folder / f"audience-{size}.csv"
    if not path.exists():
        duckdb.execute(f"""COPY (SELECT lpad(((i * 104729) % {10 * rows})::VARCHAR, 12, '0') AS id_cliente, 'Pessoa ' || i AS nome,
            i % 100 AS grupo FROM range({size}) t(i)) TO '{path}'""")
    return path


def whole_process(command):
    report = Path("/dev/shm") / f"lookup-bench-{os.getpid()}.json"
    done = subprocess.run([sys.executable, str(ROOT / "bench/measure.py"), str(report), *map(str, command)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, SOMEBODY_BLOCKED):
        sys.exit(f"{command}\n{done.stderr}")
    result = json.loads(report.read_text())
    report.unlink()
    return result


def blocked_rows(path):
    with open(path, "rb") as file:
        return sum(1 for _ in file) - 1


def race(folder, audience, rounds):
    table, out = folder / "data/quarentena_global", folder / "out"
    contenders = {
        "quarentena": [BUILD / "quarentena", "check", "--audience", audience, "--on", DAY, "--out", out, "-c", folder / "quarentena.yml"],
        "duckdb": [sys.executable, "-c", DUCKDB, audience, table, out],
        "polars": [sys.executable, "-c", POLARS, audience, table, out]}
    times = {name: [] for name in contenders}
    found = {}
    for _ in range(rounds):
        for name, command in contenders.items():
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            times[name].append(whole_process(command))
            found[name] = blocked_rows(next(out.glob("*blocked.csv")))
    assert len(set(found.values())) == 1, found
    middle = lambda name, what: statistics.median(run[what] for run in times[name])
    return [(name, middle(name, "wall_s"), middle(name, "cpu_s"), middle(name, "peak_mib")) for name in contenders], found["duckdb"]


def hot(folder, keys, kind):
    done = subprocess.run([BUILD / "bench/lookup_bench", folder / "quarentena.yml", DAY, keys, kind],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def sqlite_lookups(folder, keys):
    """An index on the same ids, and one prepared statement; Python's own cost, measured without the lookup, is taken off."""
    path = folder / "lookup.sqlite"
    if not path.exists():
        base = sqlite3.connect(path)
        base.execute("CREATE TABLE q (id TEXT PRIMARY KEY, canal TEXT, saida TEXT) WITHOUT ROWID")
        rows = duckdb.execute(f"SELECT id_cliente, canal, saida_prevista::VARCHAR FROM read_parquet("
                              f"'{folder}/data/quarentena_global/*/*/*.parquet', hive_partitioning = true) ORDER BY 1").fetchall()
        base.executemany("INSERT INTO q VALUES (?, ?, ?)", rows)
        base.commit()
        base.close()
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    base.execute("PRAGMA mmap_size = 4000000000")
    texts = [(line,) for line in keys.read_text().split()]

    def timed(sql):
        start = time.perf_counter()
        for text in texts:
            base.execute(sql, text).fetchone()
        return (time.perf_counter() - start) / len(texts) * 1e9

    timed("SELECT canal, saida FROM q WHERE id = ?")  # warm
    return timed("SELECT canal, saida FROM q WHERE id = ?") - timed("SELECT ?")


def rocksdb_lookups(folder, keys):
    """Its options for point lookups, all of it in its cache; what Python costs is measured on an empty database."""
    options = Options(raw_mode=True)
    options.optimize_for_point_lookup(CACHE_MIB)
    texts = keys.read_bytes().split()

    def filled(path, batches):
        if path.exists():
            return Rdict(str(path), options, access_type=AccessType.read_only())
        base = Rdict(str(path), options)
        for batch in batches:
            rows = WriteBatch(raw_mode=True)
            for id_cliente, canal, saida in zip(*batch.columns):
                rows.put(id_cliente.as_py().encode(), f"{canal}|{saida}".encode())
            base.write(rows)
        base.compact_range(None, None)
        return base

    def timed(base):
        start = time.perf_counter()
        for text in texts:
            base.get(text)
        return (time.perf_counter() - start) / len(texts) * 1e9

    table = duckdb.execute(f"SELECT id_cliente, canal, saida_prevista::VARCHAR FROM read_parquet("
                           f"'{folder}/data/quarentena_global/*/*/*.parquet', hive_partitioning = true) ORDER BY 1")
    base, empty = filled(folder / "lookup.rocksdb", table.to_arrow_reader(100_000)), filled(folder / "empty.rocksdb", [])
    timed(base)  # warm
    return timed(base) - timed(empty)


def machine():
    return f"{cores()}, load average {os.getloadavg()[0]:.1f} at the start"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--audiences", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", default=str(ROOT / "build/bench/lookup"))
    parser.add_argument("--out", default=str(ROOT / "docs/benchmark-lookup.md"))
    options = parser.parse_args()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    conditions = machine()
    subprocess.run(["ninja", "-C", BUILD, "quarentena", "lookup_bench"], check=True, stdout=subprocess.DEVNULL)
    make_table(folder, options.rows)

    keys = {}
    for kind, text in (("id_cliente", "lpad(((i * 104729) % {0})::VARCHAR, 12, '0')"),
                       ("email", "'pessoa' || ((i * 104729) % (2 * {1})) || '@exemplo.com.br'")):
        keys[kind] = folder / f"keys-{kind}.txt"
        duckdb.execute(f"COPY (SELECT {text.format(10 * options.rows, options.rows)} FROM range(1000000) t(i)) "
                       f"TO '{keys[kind]}' (HEADER false)")
    known = folder / "keys-known.txt"
    duckdb.execute(f"COPY (SELECT lpad(((i * 7919 * 9) % {10 * options.rows})::VARCHAR, 12, '0') FROM range(1000000) t(i)) "
                   f"TO '{known}' (HEADER false)")
    few = folder / "keys-few.txt"
    few.write_text("".join(line + "\n" for line in known.read_text().split()[:1000]))
    builds = []
    for _ in range(options.rounds):
        shutil.rmtree(folder / "data/staging", ignore_errors=True)
        builds.append(hot(folder, keys["id_cliente"], "id_cliente")["build_s"])
    size = next((folder / "data/staging/index").glob("*/*.index")).stat().st_size
    lookups = {"id, the same 1,000 keys": hot(folder, few, "id_cliente"),
               "id, one in ten there": hot(folder, keys["id_cliente"], "id_cliente"),
               "id, all there": hot(folder, known, "id_cliente"),
               "e-mail, half there": hot(folder, keys["email"], "email")}
    sqlite_ns, rocksdb_ns = sqlite_lookups(folder, known), rocksdb_lookups(folder, known)

    lines = ["# Benchmark of lookups", "",
             "Written by `bench/lookup.py`; do not edit. Whole processes take turns on one machine; medians of "
             f"{options.rounds}. {conditions}.", "",
             f"## The index of {options.rows:,} rows", "", "| | |", "|---|---|",
             f"| built, the table read included | {statistics.median(builds):.2f} s ({min(builds):.2f} at best) |",
             f"| size | {size / options.rows:.1f} bytes a row |",
             f"| opened, the table's log read included | {min(found['open_ms'] for found in lookups.values()):.2f} ms |", "",
             "One thread, 1,000,000 different keys unless said otherwise, everything in memory; ns a question. A single one is "
             "timed by itself, the clock's own cost included.", "",
             "| | single, median | single, p99 | in batches |", "|---|---|---|---|"]
    for name, found in lookups.items():
        lines.append(f"| {name} | {found['median_ns']:.0f} | {found['p99_ns']:.0f} | {found['batch_ns']:.0f} |")
    lines += [f"| SQLite {sqlite3.sqlite_version}, id, all there | | | {sqlite_ns:.0f} (mean, Python's cost taken off) |",
              f"| RocksDB (rocksdict {version('rocksdict')}), id, all there | | | {rocksdb_ns:.0f} (likewise) |", ""]
    for size in options.audiences:
        results, found = race(folder, make_audience(folder, size, options.rows), options.rounds)
        ours = results[0][1]
        lines += [f"## An audience of {size:,}", "", f"csv of three columns in, csv out; {found:,} blocked.", "",
                  "| | wall s | CPU s | peak MiB | ratio |", "|---|---|---|---|---|"]
        lines += [f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {wall / ours:.2f} |" for name, wall, cpu, peak in results] + [""]
    Path(options.out).write_text("\n".join(lines))
    print("\n".join(lines))


main()
