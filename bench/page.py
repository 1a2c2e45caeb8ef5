#!/usr/bin/env python3
"""How fast the page of `serve` is on a large table: page.py [--rows 10000000] [--days 365] [--write docs/benchmark-page.md]

A year of days (the example's, small: what they cost is their number, not their rows) and two newest days of `--rows`
rows each. Chromium opens the page and goes through its views. Needs the environment of the tests
(scripts/setup --tests)."""

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
from machine import cores
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


# What is done, and what is there when it is done; both in the page itself, whose policy allows no eval().
GO = "document.querySelector('nav a[href=\"#/{0}\"]').click()".format
VIEWS = {"sources": ".ledger", "trends": ".chart svg path", "releases": ".calendar button", "overlap": ".matrix", "runs": ".runs",
         "today": "li.canal"}
ARROW = "new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true })"


class Visit:
    """Somebody's first visit, with an empty cache, and what each step of it took in seconds."""

    def __init__(self, browser, url, token):
        self.url, self.took, self.sent = url, {}, []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="pt-BR")
        self.context.add_init_script(f"sessionStorage.setItem('quarentena.token', '{token}')")
        self.page = self.context.new_page()
        self.page.on("requestfinished", lambda request: self.sent.append(request.sizes()["responseBodySize"]))

    def first_view(self):
        begun = time.perf_counter()
        self.page.goto(self.url, wait_until="commit")
        self.page.locator(".totals .big").first.wait_for()
        self.page.locator("li.canal .count").last.wait_for()
        self.took["first view, with all its numbers"] = time.perf_counter() - begun
        self.page.wait_for_load_state("networkidle")

    def do(self, name, act, there):
        """From the act to the frame after what it changes is there."""
        self.took[name] = self.page.evaluate(f"""() => new Promise(done => {{
            const begun = performance.now();
            const look = () => ({there}) ? requestAnimationFrame(() => done((performance.now() - begun) / 1000))
                                         : requestAnimationFrame(look);
            {act};
            look(); }})""")

    def go_round(self, client):
        for view, there in VIEWS.items():
            self.do(f"to the view {view}", GO(view), f"document.querySelector('{there}')")
        self.go("sources", ".ledger")
        self.do("sources: the whole year", "document.querySelectorAll('.choice input')[2].click()",
                "document.querySelectorAll('.ledger tbody tr:first-child td').length > 300")
        self.page.locator(".ledger button[tabindex='0']").focus()
        self.do("sources: a day to the left", f"const from = document.activeElement; from.dispatchEvent({ARROW})",
                "document.activeElement !== from")
        self.go("trends", ".chart svg")
        self.do("trends: the whole year", "document.querySelectorAll('.choice input')[4].click()",
                "document.querySelectorAll('.choice input')[4].checked")
        self.go("runs", ".runs")
        self.do("runs: one opened", "document.querySelector('.runs summary').click()", "document.querySelector('.story')")
        self.go("lookup", "form")
        self.page.get_by_label("Valor").fill(client)
        self.do("lookup: whether a client is free", "document.querySelector('form button').click()",
                "document.querySelector('.standing')")
        self.do("the other language", "document.querySelector('.tools button').click()", "document.documentElement.lang === 'en'")

    def go(self, view, there):
        self.page.goto(f"{self.url}/#/{view}")
        self.page.locator(there).first.wait_for()


def visit(browser, url, token, client):
    it = Visit(browser, url, token)
    it.first_view()
    it.took["bytes"] = sum(it.sent)
    it.go_round(client)
    it.context.close()
    return it.took


def first_times(service, token):
    """Seconds each document takes when nobody has asked for it; the newest day's the service makes unasked."""
    took = {}
    for path in ("days", "ledger", "runs", "newest-day"):
        at = time.perf_counter()
        answer = service.send("GET", f"/v1/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=300)
        assert answer.status == 200, answer
        took[path] = time.perf_counter() - at
    return took


def report(options, rounds, made, memory, load):
    def line(name):
        values = [each[name] * 1000 for each in rounds]
        return f"| {name} | {statistics.median(values):,.0f} | {max(values):,.0f} |"

    return "\n".join([
        "<!-- Written by bench/page.py; do not edit. -->", "", "# The page on a large table", "",
        f"{options.days} days of history, six sources, the two newest days of {options.rows:,} rows each; Chromium and the service on",
        f"{cores()}, whose load was {load[0]:.1f} before and {load[1]:.1f} after; {len(rounds)} visits, each with an empty",
        "cache. An act is measured in the page, until the frame after what it changes is there.", "",
        "| | median, ms | longest, ms |", "|---|---|---|",
        *[line(name) for name in rounds[0] if name != "bytes"], "",
        f"Sent for the first view, the page itself included: {max(each['bytes'] for each in rounds):,} bytes. Resident memory of the service,",
        f"its mapped index included: {memory >> 20:,} MiB.", "",
        "The documents behind it, when the service has just started and nobody has asked before:", "",
        "| | s |", "|---|---|", *[f"| `/v1/{name}` | {took:.2f} |" for name, took in made.items()], "",
        "`newest-day` (who entered and left, releases, overlap) reads the rows of both days. The service begins with it when it",
        "sees a new version and a token may `read`; until it is there the page shows the rest, which needs no rows, and says",
        "that it is computing.", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "build/bench/page")
    parser.add_argument("--write", type=Path, help="the page to write, such as docs/benchmark-page.md")
    options = parser.parse_args()
    history = make(options.folder, options.rows, options.days)
    token = history.token("read", "check", "explain")
    client = duckdb.execute(f"""SELECT min(id_cliente) FROM
        read_parquet('{options.folder}/data/quarentena_global/data_carga=*/canal=CRM/*.parquet')""").fetchone()[0]
    before = os.getloadavg()[0]
    with Service(Workspace(history.folder)) as service, sync_playwright() as playwright:
        made = first_times(service, token)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        rounds = [visit(browser, service.url, token, client) for _ in range(options.rounds)]
        browser.close()
        text = report(options, rounds, made, service.memory_bytes(), (before, os.getloadavg()[0]))
    print(text)
    if options.write:
        options.write.write_text(text)


if __name__ == "__main__":
    main()
