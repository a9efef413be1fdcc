"""The player in slides of reveal.js: in the slide itself, and in an iframe."""

import os
import re
import subprocess
import sys
from urllib.parse import quote

import boards
import pytest

import convviz as cv
from convviz.render.page import player
from convviz.stage import theme as themes
from convviz.stage.forward import board as board_of

from .conftest import SITE

IMAGE, KERNEL = [list(row) for row in boards.IMAGE], [list(row) for row in boards.KERNEL]
NOTES = [("Output size", "⌊(6 + 0 + 0 − 3)/1⌋ + 1 = 4"), ("Keras", "keras.layers.Conv2D(1, kernel_size=(3, 3))")]

BEGIN = "Reveal.initialize({ transition: 'none', hash: true });"


@pytest.fixture
def reveal(npm):
    return npm("reveal.js") / "dist"


@pytest.fixture
def lecture():
    return board_of(cv.Convolution(KERNEL).trace(IMAGE))


@pytest.fixture
def few():
    """Four steps."""
    return board_of(cv.Convolution([[1, 0], [0, 2]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))


def deck(base, *slides, theme="black", begin=BEGIN, script=None):
    """A document of slides; what is no slide yet becomes one."""
    slides = "".join(slide if slide.startswith("<section") else f"<section>{slide}</section>" for slide in slides)
    script = script or f'<script src="{base}/reveal.js"></script><script>{begin}</script>'
    styles = "".join(f'<link rel="stylesheet" href="{base}/{name}.css">' for name in ("reset", "reveal", f"theme/{theme}"))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Slides</title>{styles}</head><body>'
        f'<div class="reveal"><div class="slides">{slides}</div></div>{script}</body></html>'
    )


@pytest.fixture
def show(visit, reveal):
    """A function that opens slides of the given contents."""

    def go(*slides, viewport=(1280, 800), **options):
        document = deck(reveal.as_uri(), *slides, **options)
        page = visit(document, viewport={"width": viewport[0], "height": viewport[1]})
        page.locator(".reveal.ready").wait_for()
        return page

    return go


def at(page):
    """Which slide is shown, and which step each player shows."""
    return page.evaluate("Reveal.getIndices().h"), steps(page)


def steps(page):
    # A task later than the one in which reveal changed the slide: the players have followed.
    page.evaluate("new Promise((done) => setTimeout(done))")
    return [int(mount.get_attribute("data-step")) for mount in page.locator(".convviz").all()]


def press(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


def cell(page, row, column, index=0):
    place = f'[data-grid="output"] [data-row="{row}"][data-column="{column}"]'
    return page.locator(".convviz").nth(index).locator(place)


# ---- in the slide: forward and back ----


def test_keys_step_inside_and_then_go_on(show, few):
    page = show("<h2>First</h2>", player.fragment(few), "<h2>Last</h2>")
    walk = [(0, [0])] + [(1, [step]) for step in range(4)] + [(2, [3])]
    for forward, back in (("ArrowRight", "ArrowLeft"), ("PageDown", "PageUp"), (" ", "Shift+ ")):
        for key, places in ((forward, walk[1:]), (back, walk[-2::-1])):
            for place in places:
                press(page, key)
                assert at(page) == place


def test_only_the_player_of_the_shown_slide_reacts(show, few):
    page = show(player.fragment(few), player.fragment(few), player.fragment(few))
    press(page, "ArrowRight", 2)
    assert at(page) == (0, [2, 0, 0])
    press(page, "ArrowRight", 3)
    assert at(page) == (1, [3, 1, 0])
    # Of slides that are passed over, reveal shows all fragments, and none of those to come.
    page.evaluate("Reveal.slide(2)")
    assert at(page) == (2, [3, 3, 0])
    page.evaluate("Reveal.slide(0)")
    assert at(page) == (0, [3, 0, 0])


def test_the_arrows_on_the_screen_and_a_swipe_step_as_keys_do(show, few):
    page = show(player.fragment(few), "<h2>Last</h2>")
    page.locator(".navigate-right").click()
    assert at(page) == (0, [1])
    swipe = """(target, from, to) => { for (const [type, clientX] of [["down", from], ["move", to], ["up", to]])
        target.dispatchEvent(new PointerEvent(`pointer${type}`,
            { clientX, clientY: 300, pointerId: 7, pointerType: "touch", bubbles: true })); }"""
    page.evaluate(f"({swipe})(document.querySelector('.convviz svg'), 600, 300)")
    assert at(page) == (0, [2])
    page.evaluate(f"({swipe})(document.querySelector('.convviz svg'), 300, 600)")
    assert at(page) == (0, [1])
    # A finger that draws the slider along is no swipe.
    page.evaluate(f"({swipe})(document.querySelector('.convviz input'), 600, 300)")
    assert at(page) == (0, [1])


def test_fragments_of_the_author_keep_their_turn(show, few):
    page = show(f'<p class="fragment">before</p>{player.fragment(few)}<p class="fragment">after</p>', "<h2>Last</h2>")
    seen = []
    for _ in range(6):
        press(page, "ArrowRight")
        seen.append((page.locator("p.fragment.visible").all_text_contents(), *at(page)))
    assert seen == [
        (["before"], 0, [0]),
        (["before"], 0, [1]),
        (["before"], 0, [2]),
        (["before"], 0, [3]),
        (["before", "after"], 0, [3]),
        (["before", "after"], 1, [3]),
    ]


def test_two_players_in_a_slide_step_one_after_the_other(show, few):
    page = show(player.fragment(few) + player.fragment(few), "<h2>Last</h2>")
    press(page, "ArrowRight", 4)
    assert at(page) == (0, [3, 1])
    press(page, "ArrowLeft", 2)
    assert at(page) == (0, [2, 0])
    # Whoever takes hold of the second has seen all of the first, as reveal counts.
    cell(page, 1, 0, index=1).click()
    assert at(page) == (0, [3, 2])
    press(page, "ArrowRight", 2)
    assert at(page) == (1, [3, 3])


def test_in_a_stack_keys_go_down_the_stack(show, few):
    source = player.fragment(few)
    page = show(f"<section><section>{source}</section><section>{source}</section></section>")
    press(page, " ", 5)
    assert (page.evaluate("Reveal.getIndices().v"), steps(page)) == (1, [3, 1])


def test_a_single_step_is_no_obstacle(show, lecture):
    alone = board_of(cv.Convolution(KERNEL).trace(IMAGE), steps=[5])
    page = show(player.fragment(alone), "<h2>Last</h2>")
    press(page, "ArrowRight")
    assert at(page) == (1, [5])


def test_in_the_overview_a_click_chooses_a_slide_and_no_step(show, few):
    page = show(player.fragment(few), "<h2>Last</h2>")
    press(page, "Escape")
    for step in (0, 1):
        page.get_by_role("button", name="On one step").click()
        assert (at(page), page.evaluate("Reveal.isOverview()")) == ((0, [step]), False)


def test_a_player_of_another_slide_leaves_reveal_alone(show, few):
    page = show(player.fragment(few), player.fragment(few))
    press(page, "ArrowRight", 2)
    move = "slider => { slider.value = 1; slider.dispatchEvent(new Event('input')); }"
    page.locator("[type=range]").nth(1).evaluate(move)
    assert (at(page), fragment_of(page)) == ((0, [2, 1]), 1)


def test_where_fragments_are_turned_off_the_last_step_is_shown(show, few):
    begin = "Reveal.initialize({ fragments: false, transition: 'none' });"
    page = show(player.fragment(few), "<h2>Last</h2>", begin=begin)
    assert at(page) == (0, [3])
    cell(page, 0, 0).click()
    assert at(page) == (0, [0])
    press(page, "ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 1


def test_sections_elsewhere_are_no_slides(visit, few):
    page = visit(f"<!DOCTYPE html><meta charset='utf-8'><body><section>{player.fragment(few)}</section>")
    assert page.locator(".fragment").count() == 0


# ---- in the slide: reveal is kept in step ----


def fragment_of(page):
    return page.evaluate("Reveal.getIndices().f")


def test_a_click_on_a_cell_moves_reveal_along(show, few):
    page = show("<h2>First</h2>", player.fragment(few), "<h2>Last</h2>")
    press(page, "ArrowRight")
    for row, column, step in [(1, 0, 2), (0, 0, 0), (1, 1, 3)]:
        cell(page, row, column).click()
        assert (at(page), fragment_of(page)) == ((1, [step]), step - 1)
    press(page, "ArrowRight")
    assert at(page) == (2, [3])
    press(page, "ArrowLeft", 2)
    assert at(page) == (1, [2])


def test_the_slider_and_its_keys_move_reveal_along(show, few):
    page = show("<h2>First</h2>", player.fragment(few), "<h2>Last</h2>")
    press(page, "ArrowRight")
    slider = page.get_by_role("slider")
    slider.fill("2")
    assert (at(page), fragment_of(page)) == ((1, [2]), 1)
    slider.focus()
    press(page, "ArrowRight")
    assert (at(page), fragment_of(page)) == ((1, [3]), 2)
    press(page, "ArrowRight")
    assert at(page) == (2, [3])
    press(page, "ArrowLeft", 2)
    assert at(page) == (1, [2])
    # The focus is not left behind, where reveal would take it for somebody who writes.
    leave = """slider => {
        slider.focus();
        for (const key of ["End", "ArrowRight"]) slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        return document.activeElement.localName;
    }"""
    assert slider.evaluate(leave) == "body"
    assert at(page) == (2, [3])
    press(page, "ArrowLeft")
    slider.focus()
    press(page, "Home")
    assert (at(page), fragment_of(page)) == ((1, [0]), -1)
    press(page, "PageUp")
    assert at(page) == (0, [0])


def test_after_the_pointer_the_keys_are_reveals(show, few):
    page = show(player.fragment(few), "<h2>Last</h2>")
    box = page.get_by_role("slider").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    assert (at(page), page.evaluate("document.activeElement.localName")) == ((0, [3]), "body")
    page.get_by_role("button", name="Back one step").click()
    assert (at(page), page.evaluate("document.activeElement.localName")) == ((0, [2]), "body")
    press(page, " ", 2)
    assert at(page) == (1, [3])


def test_play_moves_reveal_along_and_ends_with_the_slide(show, few):
    page = show(player.fragment(few), "<h2>Last</h2>")
    page.get_by_label("Speed").select_option("16")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("Reveal.getIndices().f == 2")
    assert at(page) == (0, [3])
    page.get_by_label("Speed").select_option("0.5")
    page.get_by_role("button", name="Play").click()
    assert at(page) == (0, [0])
    page.evaluate("Reveal.slide(1)")
    assert at(page) == (1, [3])
    assert page.get_by_role("button", name="Play", include_hidden=True).count() == 1


def test_a_speaker_view_hears_of_steps_and_sets_them(show, few):
    page = show(player.fragment(few), "<h2>Last</h2>")
    page.evaluate("window.heard = []")
    for name in ("fragmentshown", "fragmenthidden"):
        page.evaluate("name => Reveal.on(name, () => heard.push(name))", name)
    cell(page, 1, 0).click()
    cell(page, 0, 1).click()
    assert page.evaluate("heard") == ["fragmentshown", "fragmenthidden"]
    page.evaluate("Reveal.setState({ indexh: 0, indexv: 0, indexf: 2 })")
    assert at(page) == (0, [3])


def test_the_address_brings_a_step_back(show, few):
    page = show("<h2>First</h2>", player.fragment(few), begin="location.hash = '/1/0/1'; " + BEGIN)
    assert at(page) == (1, [2])


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (800, 1200)])
def test_cells_are_hit_at_every_scale(show, lecture, size):
    page = show(player.fragment(lecture), viewport=size)
    for row, column in [(0, 0), (3, 3), (2, 1)]:
        cell(page, row, column).click()
        assert at(page) == (0, [4 * row + column])
    cell(page, 1, 2).hover()
    assert steps(page) == [6]
    kernel = page.locator('[data-grid="kernel"] [data-row="2"][data-column="0"]')
    kernel.hover()
    assert steps(page) == [9]
    assert page.locator('[data-grid="input"] [data-role="lit"]').count() == 16


def test_predict_mode_shows_the_result_before_it_goes_on(show, few):
    page = show("<h2>First</h2>", player.fragment(few, predict=True), "<h2>Last</h2>")
    output = page.locator('[data-grid="output"] text')
    press(page, "ArrowRight")
    seen = []
    for _ in range(8):
        seen.append("".join(output.all_text_contents()))
        press(page, "ArrowRight")
        steps(page)
    assert seen == ["?", "11", "11?", "1114", "1114?", "111420", "111420?", "11142023"]
    assert at(page) == (2, [3])
    press(page, "ArrowLeft", 2)
    assert at(page) == (1, [3])
    assert "".join(output.all_text_contents()) == "111420?"
    cell(page, 1, 1).click()
    assert (at(page), fragment_of(page)) == ((1, [3]), 6)
    page.locator(".cv-show").click()
    assert (at(page), fragment_of(page)) == ((1, [3]), 5)
    page.evaluate("Reveal.slide(0)")
    assert at(page) == (0, [0])
    page.evaluate("Reveal.slide(1)")
    assert "".join(output.all_text_contents()) == "?"


# ---- in the slide: when reveal comes, and from where ----


def test_a_player_may_come_after_reveal(show, few):
    page = show("<h2>First</h2>", "<h2>Last</h2>")
    add = """(source) => { const slide = document.createElement("section");
        slide.append(document.createRange().createContextualFragment(source));
        document.querySelector(".slides").children[0].after(slide); Reveal.sync(); }"""
    page.evaluate(add, player.fragment(few))
    press(page, "ArrowRight", 3)
    assert at(page) == (1, [2])
    cell(page, 0, 1).click()
    assert (at(page), fragment_of(page)) == ((1, [1]), 0)
    press(page, "ArrowRight", 3)
    assert at(page) == (2, [3])


def test_a_player_may_come_into_the_slide_that_is_shown(show, few):
    page = show("<h2>First</h2>", "<h2>Last</h2>")
    add = """(source) =>
        document.querySelector("section").append(document.createRange().createContextualFragment(source))"""
    page.evaluate(add, player.fragment(few))
    cell(page, 1, 0).click()
    assert (at(page), fragment_of(page)) == ((0, [2]), 1)
    press(page, "ArrowRight", 2)
    assert at(page) == (1, [3])


def test_a_slide_may_be_made_around_a_player(visit, reveal, few):
    # As RISE does: the cells of a notebook are there before they become slides.
    around = """const [part] = document.querySelectorAll("main"), slides = document.createElement("div");
        slides.className = "slides"; const slide = document.createElement("section"); slide.append(...part.childNodes);
        slides.append(slide, document.createElement("section")); part.append(slides); part.className = "reveal";"""
    document = (
        deck(reveal.as_uri(), script=f"<main>{player.fragment(few)}</main>")
        .replace('<div class="reveal"><div class="slides"></div></div>', "")
        .replace("</body>", f'<script src="{reveal.as_uri()}/reveal.js"></script><script>{around}{BEGIN}</script></body>')
    )
    page = visit(document)
    page.locator(".reveal.ready").wait_for()
    press(page, "ArrowRight", 2)
    assert at(page) == (0, [2])
    press(page, "ArrowRight", 2)
    assert at(page) == (1, [3])


def test_reveal_need_not_be_a_global_name(visit, reveal, few):
    script = f"import Reveal from '{SITE}reveal/reveal.mjs'; Reveal.initialize({{ transition: 'none' }});"
    script = f"<script type='module'>{script}</script>"
    source = deck(f"{SITE}reveal", player.fragment(few), "<h2>Last</h2>", script=script)
    page = visit(source, site={"reveal/": reveal})
    page.locator(".reveal.ready").wait_for()
    assert page.evaluate("typeof Reveal") == "undefined"
    fragments = page.locator(".cv-rail .visible")
    cell(page, 1, 0).click()
    page.locator("section.present[data-fragment='1']").wait_for()
    assert (steps(page), fragments.count()) == ([2], 2)
    press(page, "ArrowRight")
    assert (steps(page), fragments.count()) == ([3], 3)
    page.get_by_role("slider").press("ArrowRight")
    page.locator("section.past .convviz").wait_for(state="attached")


def test_printed_slides_are_a_page_for_each_step(show, few):
    page = show(player.fragment(few), player.fragment(few, predict=True), begin="Reveal.initialize({ view: 'print' });")
    page.locator(".pdf-page").nth(11).wait_for(state="attached")
    assert steps(page) == [0, 1, 2, 3, 0, 0, 1, 1, 2, 2, 3, 3]
    asked = [
        row.all_text_contents()
        for row in [page.locator(".convviz").nth(i).locator('[data-grid="output"] text') for i in range(4, 8)]
    ]
    assert ["".join(texts) for texts in asked] == ["?", "11", "11?", "1114"]


# ---- in the slide: how it looks ----


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("options", [{}, {"notes": NOTES}, {"predict": True}])
@pytest.mark.parametrize("theme", ["black", "white"])
def test_a_heading_and_the_player_fit_into_the_slide(show, theme, options, lang):
    board = board_of(cv.Convolution(KERNEL, bias=1, padding="same").trace(IMAGE), lang)
    page = show(f"<h2>Convolution</h2>{player.fragment(board, **options)}", theme=theme)
    assert page.evaluate("document.querySelector('section').scrollHeight") <= 700
    for control in page.locator(".cv-controls > *, .cv-notes button").all():
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1280 and box["y"] + box["height"] <= 800


# What reveal's themes set for everything in a slide, and the player must not take over.
PARTS = [".cv-body", ".cv-controls button", ".cv-count", ".cv-notes b", ".cv-notes>div>div", ".cv-notes pre"]
PROPERTIES = [
    "textAlign",
    "fontSize",
    "lineHeight",
    "textTransform",
    "letterSpacing",
    "textShadow",
    "marginLeft",
    "fontWeight",
    "fontFamily",
    "boxShadow",
    "display",
    "whiteSpace",
]
LOOK = """([parts, properties]) => parts.map((part) => {
    const style = getComputedStyle(document.querySelector(part));
    return [part, ...properties.map((property) => style[property])];
})"""


@pytest.mark.parametrize("theme", ["black", "white", "serif", "dracula"])
def test_reveals_styles_do_not_reach_into_the_player(visit, show, lecture, theme):
    source = player.fragment(lecture, theme="light", notes=NOTES)
    inside = show(source, theme=theme).evaluate(LOOK, [PARTS, PROPERTIES])
    outside = visit(f"<!DOCTYPE html><meta charset='utf-8'>{source}").evaluate(LOOK, [PARTS, PROPERTIES])
    assert inside == outside


def paper(page, index=0):
    return page.locator(".cv-body").nth(index).evaluate("body => getComputedStyle(body).backgroundColor")


def rgb(look):
    return "rgb({}, {}, {})".format(*bytes.fromhex(look.background[1:]))


def test_colours_follow_the_theme_and_the_background_of_the_slide(show, few):
    source = player.fragment(few)
    slides = [f'<section data-background-color="{colour}">{source}</section>' for colour in ("#fff", "#102030")]
    slides.insert(0, source)
    page = show(*slides, theme="black")
    assert [paper(page, i) for i in range(3)] == [rgb(themes.DARK), rgb(themes.LIGHT), rgb(themes.DARK)]
    page = show(*slides, theme="white")
    assert [paper(page, i) for i in range(3)] == [rgb(themes.LIGHT), rgb(themes.LIGHT), rgb(themes.DARK)]
    page.evaluate("document.querySelectorAll('section')[2].dataset.backgroundColor = '#eee'; Reveal.sync()")
    page.wait_for_function("!document.querySelectorAll('.convviz')[2].classList.contains('cv-dark')")
    assert paper(page, 2) == rgb(themes.LIGHT)


def test_slides_request_nothing_but_their_own_files(show, reveal, few):
    page = show(player.fragment(few, predict=True, notes=NOTES), "<h2>Last</h2>")
    press(page, "ArrowRight", 9)
    others = [address for address in page.requested if not address.startswith(("data:", reveal.as_uri()))]
    assert others == [page.url.split("#")[0]]


# ---- in an iframe ----

FRAME = '<iframe data-src="conv.html" data-preload width="960" height="560"></iframe>'


@pytest.fixture(params=["file", "http"])
def framed(request, visit, reveal, tmp_path):
    """A function that opens three slides, of which the second shows a saved page, from files or by HTTP."""

    def go(trace, frame=FRAME, **options):
        trace.save(tmp_path / "conv.html", reveal=True, **options)
        by_http = request.param == "http"
        base = f"{SITE}reveal" if by_http else reveal.as_uri()
        document = deck(base, "<h2>First</h2>", frame, "<h2>Last</h2>")
        page = visit(document, site={"reveal/": reveal} if by_http else None)
        page.locator(".reveal.ready").wait_for()
        return page

    return go


@pytest.fixture
def trace():
    return cv.Convolution([[1, 0], [0, 2]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])


def in_frame(page, slide, step=None, frames=1):
    """Wait until a slide is shown, and a step in the iframe, which then has the focus."""
    page.wait_for_function(f"Reveal.getIndices().h == {slide}")
    focus = "document.activeElement.localName == 'iframe'"
    page.wait_for_function(focus if step is not None else f"!({focus})")
    if step is not None:
        page.frame_locator("iframe").locator(f".convviz[data-step='{step}']").wait_for()
    return True


def test_keys_step_in_the_iframe_and_then_go_on(framed, trace):
    page = framed(trace)
    in_frame(page, 0)
    for forward, back in (("ArrowRight", "ArrowLeft"), ("PageDown", "PageUp")):
        press(page, forward)
        for step in range(4):
            assert in_frame(page, 1, step)
            press(page, forward)
        assert in_frame(page, 2)
        press(page, back)
        for step in (3, 2, 1, 0):
            assert in_frame(page, 1, step)
            press(page, back)
        assert in_frame(page, 0)


def test_without_preload_the_iframe_begins_anew(framed, trace):
    page = framed(trace, frame=FRAME.replace("data-preload ", ""))
    press(page, "ArrowRight")
    for step in range(4):
        assert in_frame(page, 1, step)
        press(page, "ArrowRight")
    assert in_frame(page, 2)
    press(page, "ArrowLeft")
    assert in_frame(page, 1, 0)


def test_escape_gives_the_keys_back(framed, trace):
    page = framed(trace)
    press(page, "ArrowRight")
    in_frame(page, 1, 0)
    press(page, "Escape")
    assert in_frame(page, 1)
    press(page, "ArrowRight")
    assert in_frame(page, 2)


def test_the_pointer_works_in_the_iframe_and_keys_go_on_from_there(framed, trace):
    page = framed(trace)
    press(page, "ArrowRight")
    in_frame(page, 1, 0)
    inside = page.frame_locator("iframe")
    inside.locator('[data-grid="output"] [data-row="1"][data-column="1"]').click()
    assert in_frame(page, 1, 3)
    press(page, "ArrowRight")
    assert in_frame(page, 2)


def test_predict_mode_in_the_iframe_shows_the_result_first(framed, trace):
    page = framed(trace, predict=True)
    press(page, "ArrowRight")
    in_frame(page, 1, 0)
    cells = page.frame_locator("iframe").locator('[data-grid="output"] text')
    for step in range(4):
        assert in_frame(page, 1, step)
        press(page, "ArrowRight")
        page.frame_locator("iframe").get_by_role("button", name="Hide result").first.wait_for()
        assert "?" not in "".join(cells.all_text_contents())
        press(page, "ArrowRight")
    assert in_frame(page, 2)


def test_leaving_the_slide_ends_the_play(framed):
    # Of so many steps that the play does not come to an end by itself.
    page = framed(cv.MaxPooling(1).trace([[0] * 14] * 14))
    press(page, "ArrowRight")
    in_frame(page, 1, 0)
    press(page, " ")
    inside = page.frame_locator("iframe")
    inside.get_by_role("button", name="Pause").wait_for()
    page.evaluate("Reveal.slide(2)")
    assert in_frame(page, 2)
    inside.get_by_label("Play").wait_for(state="attached")


def test_on_its_own_the_page_is_an_ordinary_one(visit, trace, tmp_path):
    page = visit(trace.save(tmp_path / "conv.html", reveal=True).read_text("utf-8"))
    press(page, "ArrowRight", 9)
    assert steps(page) == [3]
    press(page, "Home")
    press(page, "ArrowLeft")
    assert steps(page) == [0]


# ---- notebooks as slides ----

# nbconvert's template loads these from elsewhere; what stands in for them does as much as the template asks for. As
# with require.js itself, reveal is then no global name.
STAND_INS = {
    "require.min.js": """window.require = (options, [address], then) => {
        const script = Object.assign(document.createElement("script"), { src: address });
        script.onload = () => { const deck = window.Reveal; delete window.Reveal; window.deck = deck;
            then(deck, { id: "notes", init() {} }); };
        document.head.append(script); };""",
    "jquery.min.js": "",
    "mermaid.esm.min.mjs": "export default { initialize() {} };",
    "latest.js": "window.MathJax = { Hub: { Config() {}, Queue() {}, getAllJax() {} } };",
}


def stand_in(address):
    name = address.group().split("?")[0].rpartition("/")[2]
    return f"data:text/javascript,{quote(STAND_INS[name])}"


@pytest.fixture
def book(npm, tmp_path, few):
    """A notebook of two slides and a slide under the first, as nbconvert makes slides of it."""
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    data = {"text/html": player.fragment(few), "text/plain": "trace"}
    output = nbformat.v4.new_output("execute_result", data, execution_count=1)
    cells = [
        nbformat.v4.new_code_cell("trace", outputs=[output], metadata={"slideshow": {"slide_type": kind}})
        for kind in ("slide", "subslide", "slide")
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "book.ipynb")
    names = "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"
    around = {**os.environ, **{name: str(tmp_path / name.lower()) for name in names}}
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "slides",
        "book.ipynb",
        "--SlidesExporter.reveal_theme=serif",
        f"--reveal-prefix={npm('reveal.js').as_uri()}",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    source = (tmp_path / "book.slides.html").read_text("utf-8")
    return re.sub(r"https://cdnjs\.cloudflare\.com/[^\"' ]*", stand_in, source)


def test_slides_of_a_notebook_step_inside(visit, book):
    page = visit(book, viewport={"width": 1280, "height": 800})
    page.locator(".reveal.ready").wait_for()
    seen = []
    for _ in range(12):
        seen.append((page.evaluate("[deck.getIndices().h, deck.getIndices().v]"), steps(page)))
        press(page, " ")
    assert [step for slide, (step, _, _) in seen if slide == [0, 0]] == [0, 1, 2, 3]
    assert [step for slide, (_, step, _) in seen if slide == [0, 1]] == [0, 1, 2, 3]
    assert [step for slide, (_, _, step) in seen if slide == [1, 0]] == [0, 1, 2, 3]
    cell(page, 0, 1, index=2).click()
    page.locator("section.present[data-fragment='0']").wait_for()
    assert steps(page) == [3, 3, 1]
    assert page.evaluate("typeof Reveal") == "undefined"
