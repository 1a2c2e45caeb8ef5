"""The page on the real service, in a real browser."""

import csv
import io
import json
import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from product import ROOT

VIEWS = {"today": "Hoje", "sources": "Fontes, dia a dia", "trends": "Tendências", "releases": "Calendário de saídas",
         "overlap": "Sobreposição", "runs": "Execuções", "lookup": "Consulta", "analytics": "Análises"}


@pytest.fixture
def entered(browse, all_scopes):
    watched = browse()
    watched.enter(all_scopes)
    return watched


def clients_today(month, token):
    days = month.get("/v1/days", token).json()
    return dict(zip(days["canais"], (column[-1] for column in days["clients"])))


def test_nobody_sees_a_number_without_a_token(browse, month):
    page = browse().page
    page.goto(month.url)
    expect(page.get_by_role("heading", name="Quarentena")).to_be_visible()
    assert page.locator("nav").count() == 0
    page.get_by_label("Token de acesso").fill("qrt_0123456789ab_" + "A" * 43)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("alert")).to_contain_text("Este token não vale")


def test_a_token_without_the_scope_is_told_which_one_it_needs(browse, month):
    page = browse().page
    page.goto(month.url)
    page.get_by_label("Token de acesso").fill(month.token("check"))
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("alert")).to_contain_text("read")


def test_the_token_is_in_no_address_and_gone_when_one_leaves(entered, all_scopes):
    page = entered.page
    assert not [each.url for each in entered.requests if all_scopes in each.url]
    assert all_scopes not in page.url
    page.reload()
    expect(page.get_by_role("heading", name="Hoje")).to_be_visible()
    page.get_by_role("button", name="Sair").click()
    expect(page.get_by_label("Token de acesso")).to_be_visible()
    assert page.evaluate("JSON.stringify([sessionStorage, localStorage])").find("qrt_") == -1
    page.reload()
    expect(page.get_by_label("Token de acesso")).to_be_visible()


def test_every_view_shows_its_heading_and_breaks_no_rule(entered):
    for view, heading in VIEWS.items():
        entered.go(view)
        expect(entered.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        entered.page.wait_for_load_state("networkidle")
    assert entered.complaints == []
    assert {urlsplit(each.url).netloc for each in entered.requests} == {urlsplit(entered.url).netloc}


def test_today_tells_what_the_table_holds(entered, month, all_scopes):
    page = entered.page
    counts = clients_today(month, all_scopes)
    for canal, clients in counts.items():
        card = page.locator("li.canal", has=page.get_by_role("heading", name=canal, exact=True))
        expect(card.locator(".count")).to_have_text(f"{clients:,}".replace(",", "."))
    newest = month.get("/v1/newest-day", all_scopes).json()
    expect(page.locator(".totals .big").first).to_have_text(f"{newest['clients']:,}".replace(",", "."))
    marketing = next(each for each in newest["canais"] if each["canal"] == "Marketing")
    card = page.locator("li.canal", has=page.get_by_role("heading", name="Marketing", exact=True))
    expect(card).to_contain_text(f"+{marketing['entered']}")
    # Ofertas did not come today; the history says so, and the page with it.
    expect(page.get_by_role("status")).to_contain_text("Uma fonte não veio como combinado")
    expect(page.locator(".troubles")).to_contain_text("ofertas")


def test_the_ledger_is_read_with_the_arrow_keys(entered, month):
    page = entered.page
    entered.go("sources")
    grid = page.get_by_role("grid")
    grid.locator("button[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("marketing, ")
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("section[aria-live]")).to_contain_text("não veio, mantida a anterior")
    assert grid.locator("button[tabindex='0']").count() == 1
    page.keyboard.press("Home")
    assert "marketing, " in page.evaluate("document.activeElement.getAttribute('aria-label')")


# What the service says of a source, where it says it, and with what in its places.
REASONS = [
    ("src/sources/transport/local_files.cpp", "nothing at {}", ("/dados/crm.csv",)),
    ("src/trust/acceptance.cpp", "as on {}", ("2024-05-27",)),
    ("src/trust/acceptance.cpp", "the same delivery as on {}; none of its rows is of this day{}", ("2024-05-27", "")),
    ("src/trust/acceptance.cpp", "none of its {} rows is of this day (`where: {}`){}", (1200, "data_base = data_carga", "; it was due at 07:00")),
    ("src/trust/acceptance.cpp", "last changed {} hours ago, at most {} are allowed{}", (30, 26, "; it is due at 07:00")),
    ("src/trust/acceptance.cpp", "no row has a usable data_envio{}", ("",)),
    ("src/trust/acceptance.cpp", "its newest data_envio is {}, {} or later is expected{}", ("2024-05-20", "2024-05-27", "")),
    ("src/trust/acceptance.cpp", "{} rows, at least {} are expected", (3, 10)),
    ("src/trust/acceptance.cpp", "{} rows instead of the usual {}: {}% fewer, at most {}% are allowed", (60, 100, 40, 30)),
    ("src/trust/acceptance.cpp", "{} rows instead of the usual {}: more than {}% too many", (300, 100, 100)),
    ("src/trust/acceptance.cpp", "{} of {} rows were rejected, at most {}% are allowed", (20, 100, 5)),
    ("src/trust/acceptance.cpp", "the delivery holds no rows", ()),
    ("src/trust/acceptance.cpp", "`where` keeps none of its {} rows", (40,)),
    ("src/trust/acceptance.cpp", "it ends without a line end, which earlier deliveries had: its end is missing", ()),
    ("src/trust/acceptance.cpp", "its columns changed: {}", ("'a' is new, 'b' was DATE and is BIGINT, 'c' is gone",)),
    ("src/trust/acceptance.cpp", "it does not meet: {}", ("ids",)),
    ("src/trust/acceptance.cpp", "came {} minutes after {}", (12, "07:00")),
    ("src/run/source_day.cpp", "it was not asked in this run", ()),
    ("src/run/kept_day.cpp", "computed later, from what was kept", ()),
    ("src/run/run_brake.cpp", "the canal is no longer configured", ()),
    ("src/run/run_brake.cpp", "the release is approved, the day is not published", ()),
]


def test_reasons_are_said_in_portuguese_and_in_english(entered):
    reasons = []
    for file, words, values in REASONS:
        source = re.sub(r'"\n\s*"', "", (ROOT / file).read_text())
        assert f'{words}"' in source, f"{file} says it in other words than the page knows: {words}"
        reasons.append(words.format(*values))
    reasons[0] = f"source 'crm': {reasons[0]}"
    days = [f"2024-05-{n + 1:02}" for n in range(len(reasons))]
    entered.page.route("**/v1/ledger", lambda route: route.fulfill(json={
        "sources": [{"source": "crm", "canal": "CRM"}],
        "cells": [{"day": day, "source": "crm", "canal": "CRM", "status": "late", "decision": "carried", "reason": reason,
                   "decided_at": "2024-05-28T10:00:00.000Z", "run_id": "1"} for day, reason in zip(days, reasons)]}))

    def said():
        entered.go("sources")
        entered.page.reload()
        for n in range(len(reasons)):
            entered.page.locator(f'[data-at="0 {n}"]').click()
            shown = entered.page.locator("p.reason")
            yield shown.inner_text(), shown.get_attribute("lang")

    told = list(said())
    assert [text for text, lang in told if lang] == []
    assert told[14][0] == "as colunas mudaram: 'a' é nova, 'b' era DATE e é BIGINT, 'c' sumiu"
    assert told[3][0] == "nenhuma de suas 1.200 linhas é deste dia (`where: data_base = data_carga`); era para as 07:00"
    entered.page.get_by_role("button", name="English").click()
    assert [text for text, lang in said()] == reasons


def test_trends_have_their_numbers_as_a_table_and_as_csv(entered, month, all_scopes):
    page = entered.page
    entered.go("trends")
    page.get_by_text("Ver os números").click()
    counts = clients_today(month, all_scopes)
    first = page.locator("details table tbody tr").first
    expect(first).to_contain_text(f"{counts['Marketing']:,}".replace(",", "."))
    with page.expect_download() as download:
        page.get_by_role("button", name="Baixar CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["Dia", *counts]
    assert [int(value) for value in rows[-1][1:]] == list(counts.values())
    # A day chosen with the keys is told to who does not see it.
    page.get_by_role("img", name="Clientes em quarentena por dia").focus()
    page.keyboard.press("End")
    expect(page.locator("figure [aria-live]")).to_contain_text("Marketing")


def test_the_calendar_tells_who_leaves_on_a_day(entered, month, all_scopes):
    page = entered.page
    newest = month.get("/v1/newest-day", all_scopes).json()
    entered.go("releases")
    leaving = sum(each["clients"] for each in newest["releases"] if each["last_day"] == newest["data_carga"])
    expect(page.locator("section[aria-live]")).to_contain_text(f"{leaving:,}".replace(",", ".") + " ficam livres")
    page.locator(".calendar button").nth(3).click()
    expect(page.locator(".calendar button").nth(3)).to_have_attribute("aria-pressed", "true")


def test_overlap_counts_each_client_of_two_canais(entered, month, all_scopes):
    overlap = month.get("/v1/newest-day", all_scopes).json()["overlap"]
    entered.go("overlap")
    two = sum(each["clients"] for each in overlap if len(each["canais"]) == 2)
    expect(entered.page.get_by_label("Em quantos canais").get_by_role("listitem").nth(1)).to_contain_text(
        f"{two:,}".replace(",", "."))


def test_a_run_tells_its_story(entered):
    page = entered.page
    entered.go("runs")
    held = page.locator(".runs li.card", has_text="retida").first
    held.locator("summary").click()
    expect(held).to_contain_text("Nada foi publicado")
    expect(held).to_contain_text("sairiam antes do prazo")
    published = page.locator(".runs li.card", has_text="publicada").first
    published.locator("summary").click()
    expect(published.locator(".steps > li")).to_have_count(6)


def test_an_analysis_is_drawn_asked_again_with_other_values_and_downloaded(entered, month, all_scopes):
    page = entered.page
    entered.go("analytics")
    names = {each["title"]["pt"]: each["name"] for each in month.get("/v1/analytics", all_scopes).json()}
    page.get_by_label("Análise", exact=True).get_by_role("button", name="Em quarentena por canal e dia").click()
    chart = page.get_by_role("img", name="Em quarentena por canal e dia")
    expect(chart.locator("path.line")).to_have_count(6)
    with page.expect_download() as download:
        page.get_by_role("button", name="Baixar CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    answer = month.post("/v1/analytics/run", all_scopes, {"name": names["Em quarentena por canal e dia"]}).json()
    assert [(row["canal"], int(row["clientes"])) for row in rows] == [(row["canal"], row["clientes"]) for row in answer["rows"]]
    page.get_by_label("Primeiro dia").fill(month.get("/v1/days", all_scopes).json()["days"][-2])
    page.get_by_role("button", name="Executar").click()
    expect(page.get_by_role("heading", name="12 linhas")).to_be_visible()


def test_a_lookup_explains_and_leaves_no_trace_in_any_address(entered, month):
    page = entered.page
    client = next(iter(open(month.history.inputs / "fraude.csv").read().splitlines()[1:])).split(",")[0]
    entered.go("lookup")
    page.get_by_label("Valor").fill(client)
    page.get_by_role("button", name="Consultar").click()
    expect(page.locator(".standing")).to_contain_text("Em quarentena")
    expect(page.locator(".why")).to_contain_text("fraude.csv")
    asked = [each for each in entered.requests if each.url.endswith(("/v1/check", "/v1/explain"))]
    assert [each.method for each in asked] == ["POST", "POST"]
    assert json.loads(asked[0].post_data)["keys"] == [client]
    assert not [each.url for each in entered.requests if client in each.url]
    assert client not in page.url and client not in page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    assert client not in "".join(month.said)
    page.get_by_label("Valor").fill("9999999999")
    page.get_by_role("button", name="Consultar").click()
    expect(page.locator(".standing")).to_contain_text("Livre")


def test_a_lookup_by_a_token_that_may_not_says_which_scopes_it_needs(browse, month):
    page = browse().enter(month.token("read"), "lookup")
    page.get_by_label("Valor").fill("1")
    page.get_by_role("button", name="Consultar").click()
    expect(page.get_by_text("faltam os escopos check e explain")).to_be_visible()


def test_the_language_is_switched_and_remembered(entered):
    page = entered.page
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("button", name="Português").click()
    expect(page.get_by_role("heading", name="Hoje")).to_be_visible()


def test_the_views_are_reached_with_the_keyboard_alone(browse, all_scopes, month):
    page = browse().page
    page.goto(month.url)
    page.get_by_label("Token de acesso").wait_for()
    page.keyboard.type(all_scopes)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Hoje").wait_for()
    page.reload()
    page.get_by_role("heading", name="Hoje").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ir para o conteúdo"
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Fontes"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Fontes, dia a dia")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_wrong(browse, all_scopes, dark):
    watched = browse(dark=dark)
    page = watched.enter(all_scopes)
    found = {}
    for view, heading in VIEWS.items():
        watched.go(view)
        page.get_by_role("heading", level=1, name=heading).wait_for()
        page.wait_for_load_state("networkidle")
        for each in Axe().run(page).response["violations"]:
            found[view, each["id"]] = [node["target"] for node in each["nodes"]][:3]
    assert not found


def test_nothing_is_cut_off_on_a_phone(browse, all_scopes):
    watched = browse(width=360, height=740)
    page = watched.enter(all_scopes)
    widths = {}
    for view, heading in VIEWS.items():
        watched.go(view)
        page.get_by_role("heading", level=1, name=heading).wait_for()
        page.wait_for_load_state("networkidle")
        widths[view] = page.evaluate("document.documentElement.scrollWidth")
    assert {view: width for view, width in widths.items() if width > 360} == {}


def test_the_first_view_is_small(browse, all_scopes):
    watched = browse()
    sizes = []
    watched.page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    watched.enter(all_scopes).wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= 300_000
