import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from examples.dashboard.history import History
from product import BINARY, Workspace
from serving import Service, today

# Without these Chromium looks for its maker's hosts at every start.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
# How long is bench/page.py's to say; here a busy machine may take its time.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def month(tmp_path_factory):
    """The example's month of history up to today, served."""
    history = History(tmp_path_factory.mktemp("month"), BINARY)
    history.fill(today())
    workspace = Workspace(history.folder)
    with Service(workspace) as service:
        service.history = history
        service.token = lambda *scopes: service.knows(history.token(*scopes))
        yield service


@pytest.fixture(scope="session")
def all_scopes(month):
    return month.token("read", "check", "explain")


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


class Watched:
    """A page of the browser, and everything it asked for or complained about."""

    def __init__(self, context, url):
        self.context, self.url = context, url
        self.requests, self.complaints = [], []
        self.page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        # A violation of the policy is told to the page; it is passed on to us.
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))")

    def enter(self, token, view="today"):
        self.page.goto(f"{self.url}/#/{view}")
        self.page.get_by_label("Token de acesso").fill(token)
        self.page.get_by_role("button", name="Entrar").click()
        self.page.locator("h1").wait_for()
        self.page.locator("header.top").wait_for()
        return self.page

    def go(self, view):
        self.page.goto(f"{self.url}/#/{view}")


@pytest.fixture
def browse(chromium, month):
    """browse(width, dark): a fresh browser over the served month."""
    contexts = []

    def open_one(width=1280, height=900, dark=False, locale="pt-BR"):
        context = chromium.new_context(viewport={"width": width, "height": height}, locale=locale,
                                       color_scheme="dark" if dark else "light", reduced_motion="reduce")
        contexts.append(context)
        return Watched(context, month.url)

    yield open_one
    for context in contexts:
        context.close()
