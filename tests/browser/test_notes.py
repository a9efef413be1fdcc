"""Notes under the player's controls in a browser: shown whole, selected and copied."""

import boards
import pytest

from convviz.render.page import player
from convviz.stage import theme as themes

from .handles import step_of

KERAS = 'keras.layers.Conv2D(filters=1, kernel_size=(3, 3), strides=(1, 1), padding="valid", use_bias=False)'
NOTES = [("Output size", "⌊(6 + 0 + 0 − 3)/1⌋ + 1 = 4"), ("Keras", KERAS), ("Long", "x" * 400)]
NASTY = "</pre></dl><script>window.hacked = 1</script> & \"'"


def copied(page):
    """What is in the clipboard, as it is pasted."""
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' }))")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    return page.locator("#paste").input_value()


def test_notes_stand_in_their_order(visit):
    page = visit(player.page(boards.lecture(), notes=NOTES))
    assert page.locator(".cv-notes b").all_text_contents() == [label for label, _ in NOTES]
    assert page.locator(".cv-notes pre").all_text_contents() == [text for _, text in NOTES]


@pytest.mark.parametrize("clipboard", [True, False])
def test_a_note_is_copied(visit, clipboard):
    page = visit(player.page(boards.lecture(), notes=NOTES), permissions=["clipboard-read", "clipboard-write"])
    if not clipboard:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button = page.get_by_role("button", name="Copy: Keras")
    page.locator("[aria-live=polite]", has_text="Step 1").wait_for()  # what is said of the step comes first
    button.click()
    page.get_by_text("Copied", exact=True).first.wait_for()
    assert button.text_content() == "Copied"
    assert page.locator("[aria-live=polite]").text_content() == "Copied"
    assert copied(page) == KERAS


def test_where_the_clipboard_is_refused_the_text_is_copied_all_the_same(visit):
    page = visit(player.page(boards.lecture(), notes=NOTES))
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('refused')))")
    page.get_by_role("button", name="Copy: Output size").press("Enter")
    page.get_by_text("Copied", exact=True).first.wait_for()
    assert copied(page) == NOTES[0][1]


def test_where_nothing_may_be_copied_the_text_is_left_selected(visit):
    page = visit(player.page(boards.lecture(), notes=NOTES))
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("void (document.execCommand = () => false)")
    button = page.get_by_role("button", name="Copy: Keras")
    page.locator("[aria-live=polite]", has_text="Step 1").wait_for()  # what is said of the step comes first
    button.click()
    assert page.evaluate("getSelection().toString()") == KERAS
    assert button.text_content() == "Copy"


def test_the_button_says_copy_again_after_a_while(visit):
    page = visit("<!DOCTYPE html><meta charset='utf-8'>")
    page.clock.install(time=0)
    page.clock.pause_at(1)
    page.set_content(player.fragment(boards.lecture(), notes=NOTES))
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button = page.locator(".cv-notes button").first
    button.click()
    page.get_by_text("Copied", exact=True).first.wait_for()
    page.clock.run_for(1999)
    assert button.text_content() == "Copied"
    page.clock.run_for(2)
    assert button.text_content() == "Copy"


def test_a_text_is_selected_with_the_pointer(visit):
    page = visit(player.page(boards.lecture(), notes=NOTES))
    page.locator(".cv-notes pre").nth(1).click(click_count=3)
    assert page.evaluate("getSelection().toString().trim()") == KERAS
    assert step_of(page) == 0


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [400, 1000])
def test_long_notes_wrap(visit, width, scripts):
    source = player.page(boards.lecture(), notes=NOTES)
    page = visit(source, viewport={"width": width, "height": 700}, java_script_enabled=scripts)
    boxes = [element.bounding_box() for element in page.locator(".cv-notes pre, .cv-notes button").all()]
    assert len(boxes) == (6 if scripts else 3)
    for box in boxes:
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        inside = "all => all.every((pre) => pre.scrollWidth <= pre.clientWidth)"
        assert page.locator(".cv-notes pre").evaluate_all(inside)


def test_notes_follow_the_theme(visit):
    page = visit(player.page(boards.lecture(), notes=NOTES), color_scheme="light")
    look = "pre => ['color', 'backgroundColor', 'fontFamily'].map((name) => getComputedStyle(pre)[name])"
    for scheme, theme in (("light", themes.LIGHT), ("dark", themes.DARK)):
        page.emulate_media(color_scheme=scheme)
        page.locator(".convviz.cv-dark" if scheme == "dark" else ".convviz:not(.cv-dark)").wait_for()
        text, paper, font = page.locator(".cv-notes pre").first.evaluate(look)
        cell = theme.cells["cell"]
        assert [text, paper] == ["rgb({}, {}, {})".format(*bytes.fromhex(colour[1:])) for colour in (theme.text, cell.fill)]
        assert "monospace" in font


def test_text_of_the_caller_stays_text(visit):
    for make in (player.page, player.fragment):
        page = visit(make(boards.lecture(), notes=[(NASTY, NASTY)]))
        assert page.locator(".cv-notes b").text_content() == page.locator(".cv-notes pre").text_content() == NASTY
        assert page.evaluate("window.hacked") is None
        assert page.locator(".cv-notes button").get_attribute("aria-label") == f"Copy: {NASTY}"


def test_buttons_speak_the_language_of_the_stage(visit):
    page = visit(player.page(boards.lecture("ja"), notes=NOTES))
    assert page.locator(".cv-notes button").all_text_contents() == ["コピー"] * 3
