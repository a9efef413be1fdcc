"""Headless Chromium for the tests of what runs in a browser. Without it, or without playwright, they skip."""

import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Where a page is that is not opened from a file; no such place exists, the files of a test answer for it.
SITE = "http://slides.test/"


def chromium():
    """Where Chromium is: what CONVVIZ_CHROMIUM says, or the first of its usual names on the path; None without one."""
    named = os.environ.get("CONVVIZ_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def leave(reason):
    """Skip; where CONVVIZ_REQUIRE_BROWSER says that browser tests must run, fail."""
    (pytest.fail if os.environ.get("CONVVIZ_REQUIRE_BROWSER") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright import sync_api
    except ImportError:
        leave("playwright is not installed")
    path = chromium()
    if path is None:
        leave("no Chromium on the path; install one, or say in CONVVIZ_CHROMIUM where it is")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def npm():
    """A function that finds the folder of a package from npm, in CONVVIZ_NODE_MODULES or beside this file."""
    folder = Path(os.environ.get("CONVVIZ_NODE_MODULES") or Path(__file__).with_name("node_modules"))

    def find(name):
        if not (folder / name / "package.json").is_file():
            leave(f"{name} of npm is missing: npm install --prefix tests/browser")
        return folder / name

    return find


@pytest.fixture
def visit(browser, tmp_path):
    """A function that opens a document from a file, offline; in the end, no page may have met an error.

    With `site`, a dict of names and folders, the document comes by HTTP, from `SITE`, where the name is a path under
    which the files of the folder stand; the documents opened before stand beside it.
    """
    contexts, problems = [], []

    def go(source, site=None, name=None, **options):
        file = tmp_path / (name or f"{len(contexts)}.html")
        file.write_text(source, encoding="utf-8")
        context = browser.new_context(**options)
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        if site is not None:
            page.route(f"{SITE}**", lambda route: answer(route, {"": tmp_path, **site}))
        page.goto(f"{SITE}{file.name}" if site is not None else file.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []


def answer(route, site):
    """Answer a request to `SITE` from the folder whose name its path begins with."""
    path = unquote(urlparse(route.request.url).path).removeprefix("/")
    for name in sorted(site, key=len, reverse=True):
        if path.startswith(name):
            return route.fulfill(path=site[name] / path.removeprefix(name).removeprefix("/"))
