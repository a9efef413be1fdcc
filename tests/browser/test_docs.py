"""The pages of the documentation in a browser, opened from their files without a network."""

import pytest
from documents import build, players

from .handles import step_of

#: One page of each kind.
KINDS = (
    "index.html",
    "howto/checking.html",
    "course/index.html",
    "course/convolution/plot_lecture_valid.html",
    "course/uses/plot_checking.html",
    "reference/checking.html",
    "benchmarks.html",
    "ja/notebooks.html",
)
IN_SIGHT = """() => {
    const { left, right, width } = document.activeElement.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return width > 0 && left >= 0 && right <= innerWidth && outlineStyle != "none" && parseFloat(outlineWidth) > 0;
}"""
#: The steps that a player shows when Home is pressed, then ArrowRight until the last one, then Home, then End.
STEPS = """player => {
    const slider = player.querySelector("input[type=range]"), step = () => +player.dataset.step;
    const press = (key) => slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    press("Home");  // a player begins with the strongest step where the maps are large
    const seen = [step()];
    for (let presses = 0; presses < slider.max; presses++) {
        press("ArrowRight");
        seen.push(step());
    }
    press("Home");
    seen.push(step());
    press("End");
    seen.push(step());
    return seen;
}"""
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
        context.set_default_timeout(120_000)  # the first page is opened while another process builds or compiles
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


def test_every_built_player_steps_from_its_first_step_to_its_last(built, turn_to):
    page = turn_to("index.html")
    names = [path for path in built.rglob("*.html") if "_downloads" not in path.parts and players(path)]
    assert len(names) > 20
    for name in names:
        page.goto(name.as_uri())
        assert page.locator(".convviz.mounted").count() == players(name), name
        for player in page.locator(".convviz").all():
            *seen, first, last = player.evaluate(STEPS)
            assert seen[0] == 0 and seen == sorted(set(seen)), name
            assert (first, last) == (0, seen[-1]), name


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


def test_no_built_page_is_wider_than_the_window(built, turn_to):
    page = turn_to("index.html")
    for path in built.rglob("*.html"):
        # source code and what is downloaded has no width of its own
        if path.relative_to(built).parts[0] not in ("_modules", "_downloads"):
            page.set_viewport_size({"width": 360, "height": 800})
            page.goto(path.as_uri())
            for width in (360, 1400):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [390, 1400])
def test_what_has_the_focus_in_a_built_page_can_be_seen(turn_to, width):
    page = turn_to("howto/slides.html", viewport={"width": width, "height": 800}, reduced_motion="reduce")
    for selector in (".sidebar-search", ".sidebar-tree a", ".toc-tree a", ".convviz input"):
        page.locator(selector).first.focus()
        page.wait_for_function(IN_SIGHT)


@pytest.mark.parametrize("width, scheme", [(1400, "light"), (1400, "dark"), (390, "light")])
def test_axe_finds_nothing_in_built_pages(built, turn_to, npm, width, scheme):
    axe = (npm("axe-core") / "axe.min.js").read_text("utf-8")
    page = turn_to("index.html", viewport={"width": width, "height": 800}, color_scheme=scheme)
    for name in KINDS:
        page.goto((built / name).as_uri())
        page.evaluate(axe)
        found = page.evaluate("axe.run({ preload: false })")["violations"]
        assert [(rule["impact"], rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == [], name


@pytest.mark.parametrize("words, page_found", [("depthwise", "plot_arithmetic_depthwise"), ("プーリング", "ja/index")])
def test_built_pages_are_found_without_a_server(turn_to, words, page_found):
    page = turn_to("howto/slides.html")
    page.locator(".sidebar-search").fill(words)
    page.keyboard.press("Enter")
    page.locator(f'#search-results a[href*="{page_found}.html"]').wait_for()
    page.get_by_text("Search finished").wait_for()


def test_words_that_were_searched_for_are_not_covered_in_built_players(built, turn_to):
    page = turn_to("index.html")
    # what Sphinx does with the words of a search, as they come from the page of its results
    page.evaluate("localStorage.setItem('sphinx_highlight_terms', 'kernel')")
    page.goto((built / "index.html").as_uri())
    page.locator("span.highlighted").first.wait_for(state="attached")
    assert page.locator(".convviz rect.highlighted").count()
    assert not any(mark.is_visible() for mark in page.locator(".convviz rect.highlighted").all())


@pytest.mark.parametrize("name, words, lang", [("index.html", "日本語", "ja"), ("ja/index.html", "English", "en")])
def test_links_of_built_pages_to_the_other_language_say_so(turn_to, name, words, lang):
    page = turn_to(name)
    assert page.locator("article a", has_text=words).first.get_attribute("lang") == lang
    assert page.locator("html").get_attribute("lang") != lang


def test_what_is_underlined_in_code_of_built_pages_is_a_link(turn_to):
    page = turn_to("howto/notebooks.html", color_scheme="dark")
    names = page.locator(".highlight .nn")
    assert names.count() > 1
    assert {name.evaluate("name => getComputedStyle(name).textDecorationLine") for name in names.all()} == {"none"}
