#!/usr/bin/env python3
"""The service and Redis side by side on one machine, the same clients at each: serve.py [--rows N] [--write PAGE]

Keys are drawn at random from a table of N rows. Single lookups: wrk's POST /v1/check of one id and redis-benchmark's
GET, 64 connections, no pipelining. Bulk: POST /v1/check of 100, 1,000 and 10,000 ids in lines, and MGET of 100, the
same connections. Rounds alternate, so that what else the machine does hits both; the median of the rounds counts.
"""

import argparse
import contextlib
import csv
import datetime as dt
import io
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from machine import cores

ROOT = Path(__file__).resolve().parents[1]
BINARY = os.environ.get("QUARENTENA", str(ROOT / "build/quarentena"))
CLIENTS = 64
DAYS = 30

LUA = """
local clients, count, form, token, seed = %d, %d, "%s", "%s", 0
local headers = {["Authorization"] = "Bearer " .. token, ["Content-Type"] = form}
function setup(thread) thread:set("id", seed); seed = seed + 1 end
function id_text() return string.format('"%%012d"', math.random(0, 2 * clients - 1)) end
function body()
  if count == 1 then return '{"key":"id_cliente","keys":[' .. id_text() .. "]}" end
  local lines = {'{"key":"id_cliente"}'}
  for n = 1, count do lines[#lines + 1] = id_text() end
  return table.concat(lines, "\\n")
end
local ready = {}
-- Made before the clock starts, as redis-benchmark's are: what is measured is who answers.
function init()
  math.randomseed(os.time() + id)
  for n = 1, count == 1 and 50000 or 200 do ready[n] = wrk.format("POST", "/v1/check", headers, body()) end
end
function request() return ready[math.random(1, #ready)] end
function done(summary, latency)
  print(string.format("RESULT %%.1f %%.4f %%d", summary.requests / summary.duration * 1e6, latency:percentile(99) / 1000,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout))
end
"""


def prepare(folder, rows):
    """A published table of `rows` clients, every second number one of them, and a token."""
    day = dt.date.today().isoformat()
    source = folder / "crm.csv"
    if not source.exists():
        with open(source, "w") as file:
            file.write("id_cliente,email,telefone,assunto,data_envio\n")
            file.writelines(f"{2 * n:012d},,,Oferta,{day}\n" for n in range(rows))
    (folder / "quarentena.yml").write_text(
        "version: 1\n"
        # One, as Redis has: on two cores a second would take turns with the client.
        "serve: { listen: \"127.0.0.1:18490\", threads: 1, metrics: off, access_log: ./access.log }\n"
        f"sources:\n  crm: {{ canal: CRM, location: ./crm.csv, dias: {DAYS} }}\n")
    command = [BINARY, "run", "-c", folder / "quarentena.yml"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    made = subprocess.run([BINARY, "tokens", "create", "--name", "bench", "--scope", "check", "-c",
                           folder / "quarentena.yml"], check=True, capture_output=True, text=True)
    return made.stdout.strip()


@contextlib.contextmanager
def service(folder):
    process = subprocess.Popen([BINARY, "serve", "-c", folder / "quarentena.yml"], stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if '"listening"' in line:
                break
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def redis(folder, rows):
    process = subprocess.Popen(["redis-server", "--port", "18491", "--save", "", "--bind",
                                "127.0.0.1", "--dir", folder], stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        load = subprocess.Popen(["redis-cli", "-p", "18491", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        with io.BufferedWriter(load.stdin, 1 << 20) as out:
            for n in range(rows):
                key = f"{2 * n:012d}"
                out.write(f"*3\r\n$3\r\nSET\r\n$12\r\n{key}\r\n$6\r\n20650C\r\n".encode())
        if load.wait() != 0:
            raise RuntimeError("redis-cli could not load the keys")
        yield process
    finally:
        process.terminate()
        process.wait()


def ask_service(folder, rows, token, keys, seconds):
    script = folder / "ask.lua"
    script.write_text(LUA % (rows, keys, "application/json" if keys == 1 else "application/x-ndjson", token))
    done = subprocess.run(["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-s", script, "http://127.0.0.1:18490"],
                          check=True, capture_output=True, text=True)
    rate, p99, errors = re.search(r"RESULT ([\d.]+) ([\d.]+) (\d+)", done.stdout).groups()
    if int(errors):
        raise RuntimeError(f"{errors} requests failed")
    return {"requests_s": float(rate), "keys_s": float(rate) * keys, "p99_ms": float(p99)}


def ask_redis(rows, keys, requests):
    key = "__rand_int__"
    command = ["GET", key] if keys == 1 else ["MGET", *[key] * keys]
    done = subprocess.run(["redis-benchmark", "-p", "18491", "-c", str(CLIENTS), "-n", str(requests), "-r",
                           str(2 * rows), "--csv", *command], check=True, capture_output=True, text=True)
    line = list(csv.reader(done.stdout.splitlines()))[-1]
    return {"requests_s": float(line[1]), "keys_s": float(line[1]) * keys, "p99_ms": float(line[6])}


def median(results):
    return {name: statistics.median(each[name] for each in results) for name in results[0]}


def page(rows, results, rounds, memory):
    def line(what, each):
        return f"| {what} | {each['requests_s']:,.0f} | {each['keys_s']:,.0f} | {each['p99_ms']:.2f} |"

    return "\n".join([
        "<!-- Written by bench/serve.py; do not edit. -->", "", "# The service beside Redis", "",
        f"{rows:,} keys in each, asked at random, half of them there; {CLIENTS} connections, no pipelining; {cores()}",
        f"for server and client together, so one thread answers in each (`serve: {{ threads: 1 }}`); median of",
        f"{rounds} alternating rounds. The service writes its access log, checks a token and counts metrics for each request;",
        "Redis does none of these.", "",
        "| | requests/s | keys/s | p99, ms |", "|---|---|---|---|",
        *[line(what, each) for what, each in results.items()], "",
        f"Resident memory: the service {memory['service'] >> 20:,} MiB, its mapped index included; Redis"
        f" {memory['redis'] >> 20:,} MiB.", ""])


def resident(pid):
    return next(int(line.split()[1]) * 1024 for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rows", type=int, default=10_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--folder", type=Path, help="where the table is kept for another time")
    arguments.add_argument("--write", type=Path, help="the page to write, such as docs/benchmark-serve.md")
    options = arguments.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        token = prepare(folder, options.rows)
        ours = stack.enter_context(service(folder))
        theirs = stack.enter_context(redis(folder, options.rows))
        found = {}
        for _ in range(options.rounds):
            for keys in [1, 100, 1_000, 10_000]:
                what = "service, one id" if keys == 1 else f"service, {keys:,} ids in lines"
                found.setdefault(what, []).append(ask_service(folder, options.rows, token, keys, options.seconds))
                if keys <= 100:
                    what = "Redis GET" if keys == 1 else "Redis MGET of 100"
                    requests = (60_000 if keys == 1 else 10_000) * options.seconds
                    found.setdefault(what, []).append(ask_redis(options.rows, keys, requests))
        results = {what: median(each) for what, each in found.items()}
        text = page(options.rows, results, options.rounds, {"service": resident(ours.pid), "redis": resident(theirs.pid)})
        print(text)
        print(json.dumps(results))
        if options.write:
            options.write.write_text(text)


main()
