"""The pages of the documentation in a browser, opened from their files without a network."""

import pytest
from documents import build, players

from .handles import step_of

DARK = "() => document.querySelector('.convviz').classList.contains('cv-dark')"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the pages."""
    return build(tmp_path_factory.getbasetemp())


@pytest.fixture
def turn_to(built, browser):
    """A function that opens a page; in the end, none may have met an error or asked for what is not in a file."""
    contexts, problems = [], []

    def go(name, **options):
        context = browser.new_context(**options)
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or problems.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto((built / name).as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.parametrize("name", ["index.html", "ja/notebooks.html", "course/convolution/plot_lecture_valid.html"])
def test_a_built_player_steps_by_the_arrow_keys(built, turn_to, name):
    page = turn_to(name)
    assert page.locator(".convviz.mounted").count() == players(built / name) > 0
    page.locator(".convviz input[type=range]").first.focus()
    for step in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        assert step_of(page) == step
    page.keyboard.press("ArrowLeft")
    assert step_of(page) == 2


def test_players_of_a_built_page_step_by_themselves(turn_to):
    page = turn_to("howto/notebooks.html")
    page.locator(".convviz input[type=range]").nth(1).focus()
    page.keyboard.press("ArrowRight")
    assert [player.get_attribute("data-step") for player in page.locator(".convviz").all()] == ["0", "1"]


def test_built_players_follow_the_theme_that_the_reader_chooses(turn_to):
    page = turn_to("index.html", color_scheme="light")
    assert not page.evaluate(DARK)
    page.locator(".theme-toggle:visible").first.click()
    page.wait_for_function(DARK)


@pytest.mark.parametrize("width", [360, 1400])
def test_no_built_page_is_wider_than_the_window(built, turn_to, width):
    for name in ("index.html", "howto/slides.html", "ja/checking.html", "benchmarks.html", "course/index.html"):
        page = turn_to(name, viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
