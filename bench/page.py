#!/usr/bin/env python3
"""How fast the page of `serve` is on a large table: page.py [--rows 10000000] [--days 365]

A year of days (the example's, small: what they cost is their number, not their rows) and two newest days of `--rows`
rows each. Chromium opens the page and goes through its views; what it took and what was sent is printed. Needs the
environment of the tests (scripts/setup --tests)."""

import argparse
import os
import shutil
import statistics
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

import duckdb
from deltalake import write_deltalake
from playwright.sync_api import sync_playwright

from examples.dashboard.history import History
from product import BINARY, Workspace
from serving import Service

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
CANAIS = ["CRM", "Marketing", "Recomendacao", "Restritos", "Ofertas"]


def add_large_day(table, day, rows, shift):
    """Nine in ten are those of the day before; one in five ids is in a second canal."""
    reader = duckdb.execute(f"""
        SELECT lpad((((i + {shift}) % {rows * 5 // 6}) * 7919 % {10 * rows})::VARCHAR, 12, '0') AS id_cliente,
               ['{"', '".join(CANAIS)}'][1 + i * {len(CANAIS)} // {rows}] AS canal, 'pessoa' || i || '@exemplo.com.br' AS email,
               '119' || lpad((i % 100000000)::VARCHAR, 8, '0') AS telefone, NULL::VARCHAR AS assunto,
               DATE '{day}' - (i % 30)::INTEGER AS data_envio, (i % 30)::INTEGER AS qtd_dias,
               DATE '{day}' - (i % 30)::INTEGER + 30 AS saida_prevista, DATE '{day}' AS data_carga
        FROM range({rows}) t(i)""").to_arrow_reader(100_000)
    write_deltalake(str(table), reader, mode="append", partition_by=["data_carga", "canal"])


def make(folder, rows, days):
    history = History(folder, BINARY)
    if (folder / "made").exists():
        return history
    today = datetime.now(ZoneInfo("America/Sao_Paulo")).date()
    history.fill(today - timedelta(days=2), days - 2)
    for ago in (1, 0):
        add_large_day(folder / "data/quarentena_global", today - timedelta(days=ago), rows, (1 - ago) * rows // 10)
    (folder / "made").touch()
    return history


def measure(browser, url, token):
    """Seconds: the first view with the table's numbers, then each interaction; and the bytes of the first view."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})  # with an empty cache
    context.add_init_script(f"sessionStorage.setItem('quarentena.token', '{token}')")
    page = context.new_page()
    sent = []
    page.on("requestfinished", lambda request: sent.append(request.sizes()["responseBodySize"]))
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator("li.canal .count").last.wait_for()
    took = {"first view": time.perf_counter() - begun}
    page.wait_for_load_state("networkidle")
    took["bytes"] = sum(sent)

    # In the page itself: from the click to the frame after the change. Its policy allows no eval().
    def interact(name, click, ready):
        took[name] = page.evaluate(f"""() => new Promise(done => {{
            const begun = performance.now();
            const look = () => ({ready}) ? requestAnimationFrame(() => done((performance.now() - begun) / 1000))
                                         : requestAnimationFrame(look);
            {click};
            look(); }})""")

    go = "document.querySelector('nav a[href=\"#/{0}\"]').click()".format
    for view in ("sources", "trends", "releases", "overlap", "runs", "today"):
        ready = {"sources": "document.querySelector('.ledger')", "trends": "document.querySelector('.chart svg path')",
                 "releases": "document.querySelector('.calendar button')", "overlap": "document.querySelector('.matrix')",
                 "runs": "document.querySelector('.runs')", "today": "document.querySelector('li.canal')"}[view]
        interact(f"to {view}", go(view), ready)
    page.goto(f"{url}/#/sources")
    page.locator(".ledger").wait_for()
    interact("sources: 365 days", "document.querySelectorAll('.choice input')[2].click()",
             "document.querySelectorAll('.ledger tbody tr:first-child td').length > 300")
    page.goto(f"{url}/#/trends")
    page.locator(".chart svg").wait_for()
    interact("trends: 365 days", "document.querySelectorAll('.choice input')[4].click()",
             "document.querySelectorAll('.choice input')[4].checked")
    context.close()
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "build/bench/page")
    options = parser.parse_args()
    history = make(options.folder, options.rows, options.days)
    token = history.token("read")
    with Service(Workspace(history.folder)) as service, sync_playwright() as playwright:
        for path in ("days", "ledger", "runs", "newest-day"):
            at = time.perf_counter()
            answer = service.send("GET", f"/v1/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=300)
            assert answer.status == 200, answer
            print(f"GET /v1/{path}, the first time: {time.perf_counter() - at:.2f} s, {len(answer.body):,} bytes")
        print(f"memory then: {service.memory_bytes() >> 20} MiB; load of the machine: {os.getloadavg()[0]:.1f}")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        rounds = [measure(browser, service.url, token) for _ in range(options.rounds)]
        browser.close()
    for name in rounds[0]:
        values = [each[name] for each in rounds]
        if name == "bytes":
            print(f"bytes of the first view: {max(values):,}")
        else:
            print(f"{name}: {min(values) * 1000:.0f} to {max(values) * 1000:.0f} ms, median {statistics.median(values) * 1000:.0f}")


if __name__ == "__main__":
    main()
