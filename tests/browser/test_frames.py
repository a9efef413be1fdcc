"""Outputs in sandboxed frames of their own, as Google Colab shows the output of each cell."""

from html import escape

import pytest

import convviz as cv
from convviz.interactive.explorer import Explorer
from convviz.interactive.start import settings_of

TRACE = cv.examples.lecture_6x6.trace()


@pytest.fixture
def framed(browser, tmp_path):
    """A page whose outputs are in frames that may run scripts, and share nothing with the page or with one another."""
    outputs = [TRACE._repr_html_(), cv.MaxPooling(2).trace([[3, 4], [1, 2]])._repr_html_(), TRACE._repr_html_()]
    frames = [f'<iframe sandbox="allow-scripts" width="900" height="640" srcdoc="{escape(each)}"></iframe>' for each in outputs]
    path = tmp_path / "colab.html"
    path.write_text("<!DOCTYPE html><meta charset=utf-8>" + "\n".join(frames), "utf-8")
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: errors.append(request.url) if request.url.startswith("http") else None)
    page.goto(path.as_uri())
    yield page
    page.close()
    assert not errors


def test_each_output_steps_in_its_own_frame(framed):
    first, second, third = (framed.frame_locator("iframe >> nth=" + str(place)) for place in range(3))
    for frame in (first, second, third):
        frame.locator(".convviz.mounted").wait_for()
    first.get_by_role("slider").press("ArrowRight")
    first.locator('.convviz[data-step="1"]').wait_for()
    assert third.locator(".convviz").get_attribute("data-step") == "0"
    third.locator('[data-grid="output"] [data-row="3"][data-column="3"]').click()
    third.locator('.convviz[data-step="15"]').wait_for()
    assert first.locator(".convviz").get_attribute("data-step") == "1"
    formula = third.locator("svg text", has_text="= 16")
    assert formula.count() >= 1
    # a single step needs no controls
    assert second.get_by_role("slider").count() == 0


def test_the_script_of_explore_does_nothing_where_there_is_no_jupyterlab(browser, tmp_path):
    html = Explorer(settings_of("convolution"))._html
    path = tmp_path / "output.html"
    frame = f'<iframe sandbox="allow-scripts" width="900" height="640" srcdoc="{escape(html)}"></iframe>'
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{frame}", "utf-8")
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator(".convviz.mounted").wait_for()
    inside.get_by_role("slider").press("ArrowRight")
    inside.locator('.convviz[data-step="1"]').wait_for()
    page.close()
    assert not errors
