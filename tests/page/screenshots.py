"""The pictures of docs/guides/dashboard.md. Not among the tests: made when it is asked for by its name,
QUARENTENA_SCREENSHOTS=docs/images pytest tests/page/screenshots.py"""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ["QUARENTENA_SCREENSHOTS"])
SHOTS = {
    "page-today": ("today", dict(width=1280, height=1000)),
    "page-today-dark": ("today", dict(width=1280, height=1000, dark=True)),
    "page-today-phone": ("today", dict(width=360, height=780)),
    "page-sources": ("sources", dict(width=1280, height=760)),
    "page-sources-phone": ("sources", dict(width=360, height=780)),
    "page-trends": ("trends", dict(width=1280, height=700)),
    "page-trends-dark": ("trends", dict(width=1280, height=700, dark=True)),
    "page-releases": ("releases", dict(width=1280, height=760)),
    "page-overlap": ("overlap", dict(width=1280, height=900)),
    "page-runs": ("runs", dict(width=1280, height=900)),
    "page-analytics": ("analytics", dict(width=1280, height=900)),
    "page-lookup": ("lookup", dict(width=1280, height=900)),
}


@pytest.mark.parametrize("name", SHOTS)
def test_pictures(browse, all_scopes, month, name):
    view, window = SHOTS[name]
    page = browse(**window).enter(all_scopes, view)
    page.wait_for_load_state("networkidle")
    if view == "lookup":
        client = open(month.history.inputs / "fraude.csv").read().splitlines()[1].split(",")[0]
        page.get_by_label("Valor").fill(client)
        page.get_by_role("button", name="Consultar").click()
        page.locator(".why").wait_for()
    if view == "sources":
        page.locator(".square.carried").first.click()
    if view == "runs":
        page.locator(".runs summary").first.click()
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png")
