"""Headless Chromium for the tests of what runs in a browser. Without it, or without playwright, they skip."""

import os
import shutil

import pytest

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium():
    """Where Chromium is: what CONVVIZ_CHROMIUM says, or the first of its usual names on the path; None without one."""
    named = os.environ.get("CONVVIZ_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser():
    # where the variable says that browser tests must run, their absence is a failure
    leave = pytest.fail if os.environ.get("CONVVIZ_REQUIRE_BROWSER") else pytest.skip
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


@pytest.fixture
def visit(browser, tmp_path):
    """A function that opens a document from a file, offline; in the end, no page may have met an error."""
    contexts, problems = [], []

    def go(source, **options):
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(source, encoding="utf-8")
        context = browser.new_context(**options)
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(file.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []
