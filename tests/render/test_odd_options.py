"""Options of files with values of any size and kind: the file is written, or one sentence says why not and nothing is left."""

from dataclasses import replace

import odd_settings
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import convviz as cv
from convviz.interactive.explorer import Explorer
from convviz.interactive.start import settings_of
from convviz.render.options import OPTIONS
from convviz.stage import theme as themes

#: An ending and each of its options.
PLACES = [(ending, name) for ending, names in OPTIONS.items() if ending != ".mp4" for name in (*names, "lang", "steps")]
TRACE = cv.MaxPooling(2).trace([[1, 2], [3, 4]])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), st.sampled_from(odd_settings.VALUES))
def test_a_file_is_written_or_a_sentence_says_why_not(tmp_path, place, value):
    ending, name = place
    path = tmp_path / f"steps{ending}"
    for each in tmp_path.iterdir():
        each.unlink()
    save = odd_settings.Named(TRACE.save, path, title=f"save {ending}", more=[name])
    _, sentence = odd_settings.outcome(save, name, value)
    assert [each.name for each in tmp_path.iterdir()] == ([path.name] if sentence is None else [])
    assert sentence is None or name in sentence or ending in sentence or name == "steps"


@pytest.mark.parametrize("ending", [".gif", ".webp", ".apng"])
@pytest.mark.parametrize("name", ["seconds", "hold"])
def test_times_beyond_all_files(tmp_path, ending, name):
    for value in (0, -1, 601, 10**400, float("nan"), float("inf"), True, "1", "2"):
        with pytest.raises((TypeError, ValueError), match=f"{name} is .*; expected (a number|more than 0 and at most 600)"):
            TRACE.save(tmp_path / f"a{ending}", **{name: value})
    assert not list(tmp_path.iterdir())


def test_lengths_on_a_slide_beyond_all_slides():
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for name in ("left", "top", "width", "height"):
        call = odd_settings.Named(cv.add_to_slide, TRACE, 0, slide)
        for value in (2**31, 2**64, 10**400, -(10**400), True, False, 1.5, "2in", float("nan"), (1,), {}):
            _, sentence = odd_settings.outcome(call, name, value)
            assert sentence.startswith(f"{name} is ") and "pptx.util.Inches(2)" in sentence
    assert not slide.shapes


@pytest.mark.parametrize("name", ["strides", "padding", "pool_size", "ceil_mode", "dilation_rate", "no_such"])
def test_settings_of_explore_that_make_no_sense_change_nothing(name):
    explorer = Explorer(settings_of("max_pooling"))
    for value in (2**64, 10**400, float("nan"), "2", "same ", None, {1: 2}, (1, 2, 3), object(), [2**63, 1]):
        before, state = explorer.trace.output.tolist(), explorer.state
        try:
            explorer.change(name, value)
        except Exception as error:
            odd_settings.sentence_of(error)
        if "alert" in explorer.message.value:
            assert explorer.state is state
            assert explorer.trace.output.tolist() == before


def test_sizes_of_pictures_that_were_taken_are_those_of_the_files(tmp_path):
    for value in (99, (99, 50), "2in", ("2in", 50), "slide"):
        TRACE.save(tmp_path / "a.png", size=value)
        with Image.open(tmp_path / "a.png") as picture:
            wanted = {"slide": (1280, 720), "2in": (200, None)}.get(value if isinstance(value, str) else "", None)
            width = wanted[0] if wanted else {99: 99, (99, 50): 99, ("2in", 50): 200}[value]
            assert picture.width == width


@pytest.mark.parametrize(
    "colour", ["red", "nocolour", "#12", "#fff", "#12345678", "", '"><script>', "#1a1a1ａ", 3, None, (1, 0, 0)]
)
def test_colours_that_some_files_do_not_know_are_refused_when_a_theme_is_made(colour):
    for name in ("background", "text", "faint", "edge"):
        with pytest.raises((TypeError, ValueError), match=f"^the colour {name} is .*; expected .*such as '#1a1a1a'"):
            replace(themes.LIGHT, **{name: colour})
    with pytest.raises((TypeError, ValueError), match="the colour of the mark 'lit' is"):
        replace(themes.DARK, mark=themes.DARK.mark | {"lit": colour})
    for name in ("fill", "text"):
        with pytest.raises((TypeError, ValueError), match=f"the colour {name} is"):
            replace(themes.LIGHT.cells["cell"], **{name: colour})


def test_themes_that_lack_a_role_are_refused():
    for role in themes.ROLES:
        cells = {name: style for name, style in themes.LIGHT.cells.items() if name != role}
        with pytest.raises(ValueError, match=f"cells of a theme is .*; expected a dict with .*{role}"):
            replace(themes.LIGHT, cells=cells)
    with pytest.raises(ValueError, match="mark of a theme is {}; expected a dict with window, current"):
        replace(themes.LIGHT, mark={})
    with pytest.raises(TypeError, match="the style of cells 'cell' is '#ffffff'; expected a convviz.stage.theme.Style"):
        replace(themes.LIGHT, cells=themes.LIGHT.cells | {"cell": "#ffffff"})


@pytest.mark.parametrize("ending", [".png", ".svg", ".html", ".gif", ".pptx"])
def test_a_theme_of_ones_own_is_taken_by_every_file(tmp_path, ending):
    look = replace(themes.LIGHT, background="#ABCDEF", text="#123456", mark=themes.LIGHT.mark | {"own": "#000000"})
    assert TRACE.save(tmp_path / f"a{ending}", theme=look).stat().st_size > 100
