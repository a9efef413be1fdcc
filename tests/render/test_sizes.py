"""Sizes: what is understood, what it comes to in pixels and inches, and what is said about nonsense."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convviz._support.values import brief
from convviz.render import sizes
from convviz.stage.scene import Stage


def stage(width=20, height=10):
    return Stage(width, height, (), (), (), 1, "")


@pytest.mark.parametrize(
    ("size", "checked"),
    [
        ((800, 400), (800, 400)),
        ([800, 400], (800, 400)),
        (np.array([800, 400]), (800, 400)),
        (("8in", "4.5in"), ("8in", "4.5in")),
        ((" 8 IN ", ".5in"), ("8in", ".5in")),
        (("20cm", "112.5mm"), ("20cm", "112.5mm")),
        (("576pt", 324), ("576pt", 324)),
        (("800px", "450.0px"), (800, 450)),
        (1280, (1280, None)),
        (np.int64(1280), (1280, None)),
        ("8in", ("8in", None)),
        ("1280px", (1280, None)),
        ("slide", (1280, 720)),
        (" Slide ", (1280, 720)),
        ((16, 10_000), (16, 10_000)),
        (("0.16in", "100in"), ("0.16in", "100in")),
    ],
)
def test_sizes_that_are_understood(size, checked):
    assert sizes.checked_size(size) == checked
    assert [type(side) for side in sizes.checked_size(size)] == [type(side) for side in checked]
    if checked[1] is not None:
        assert sizes.checked_size(sizes.checked_size(size)) == checked


@pytest.mark.parametrize(
    "size",
    [
        "8 inches",
        "8",
        "",
        "in",
        "8in4in",
        "8inx4in",
        "800x400",
        "-8in",
        "+8in",
        "nanin",
        "infin",
        "1e1in",
        "8,5in",
        "8.in",
        "800.5px",
        "8em",
        "slides",
        "８in",
        ("8in", "4 inches"),
        ("8", "4"),
        ("slide", 400),
        ("8in", "-4in"),
        ("", ""),
        "9" * 5000 + "px",
    ],
)
def test_texts_that_are_no_length_are_refused(size):
    with pytest.raises(ValueError, match="expected width and height, each in pixels or as a length") as caught:
        sizes.checked_size(size)
    assert brief(size) in str(caught.value) and "such as (800, 400) or ('8in', '4.5in')" in str(caught.value)


@pytest.mark.parametrize(
    "size",
    [
        ("8in",),
        (800,),
        (),
        ("8in", "4in", "2in"),
        800.0,
        (800.0, 400),
        float("nan"),
        (float("nan"), 400),
        True,
        (True, 400),
        None,
        (None, 400),
        (800, None),
        {},
        object(),
        [[800, 400]],
    ],
)
def test_what_is_no_size_is_refused(size):
    with pytest.raises(TypeError, match="expected width and height, each in pixels") as caught:
        sizes.checked_size(size)
    assert repr(size) in str(caught.value)


@pytest.mark.parametrize(
    "size",
    [
        0,
        -5,
        15,
        10_001,
        10**30,
        (800, 0),
        (-800, 400),
        (800, 15),
        (10**400, 400),
        "0in",
        "0.1in",
        "101in",
        "0px",
        "9" * 400 + "in",
        ("8in", "999999in"),
    ],
)
def test_sizes_too_small_or_too_large_are_refused(size):
    with pytest.raises(ValueError, match="expected width and height from 16 to 10000 pixels"):
        sizes.checked_size(size)


def test_how_large_a_length_may_be_depends_on_the_dpi():
    assert sizes.checked_size(("8in", "0.1in"), dpi=1200) == ("8in", "0.1in")
    with pytest.raises(ValueError, match=re.escape("('9in', '4in'); expected width and height from 16 to 10000")) as caught:
        sizes.checked_size(("9in", "4in"), dpi=1200)
    assert str(caught.value).endswith("pixels at 1200 pixels per inch")
    assert sizes.checked_size((9000, 9000), dpi=1200) == (9000, 9000)


def test_lengths_become_pixels_and_pages():
    for size, dpi, pixels, page in [
        (("8in", "4.5in"), 200, (1600, 900), (8, 4.5)),
        (("8in", "4.5in"), 100, (800, 450), (8, 4.5)),
        (("20.32cm", "114.3mm"), 100, (800, 450), (8, 4.5)),
        (("576pt", 333), 72, (576, 333), (8, 3.33)),
        (("210mm", "297mm"), 300, (2480, 3508), (210 / 25.4, 297 / 25.4)),
        ((800, "400px"), 200, (800, 400), (8, 4)),
        ("slide", 200, (1280, 720), (12.8, 7.2)),
    ]:
        assert sizes.pixel_size(size, stage(), dpi) == pixels
        assert sizes.page_size(size, stage()) == pytest.approx(page, rel=1e-12)


def test_a_height_that_is_not_given_is_the_one_that_the_scene_needs():
    for width, height, ratio in [(20, 10, 0.5), (20, 15, 0.75), (20, 1, 0.25), (20, 100, 1.25)]:
        shown = stage(width, height)
        assert sizes.full_size(None, shown) == sizes.natural_size(shown) == (800, 800 * ratio)
        assert sizes.full_size(1280, shown) == (1280, 1280 * ratio)
        assert sizes.page_size("20cm", shown) == pytest.approx((20 / 2.54, 20 / 2.54 * ratio))
        assert sizes.pixel_size("8in", shown, 200) == (1600, 1600 * ratio)


def test_a_height_that_is_not_given_is_even_in_pixels():
    assert sizes.natural_size(stage(7, 3), 501) == (501, 216)
    assert sizes.natural_size(stage(7, 3), 500) == (500, 214)


@given(st.integers(1, 400), st.integers(1, 100))
def test_wide_stages_get_wider_pictures_up_to_a_limit(width, height):
    wide, tall = sizes.natural_size(stage(width, height))
    assert wide == min(max(800, 26 * width), 1600)
    assert tall % 2 == 0 and tall - round(wide * min(max(height / width, 0.25), 1.25)) in (0, 1)


def test_a_height_that_comes_out_too_large_or_small_is_refused():
    with pytest.raises(ValueError, match=re.escape("(10000, 12500)")):
        sizes.full_size(10_000, stage(10, 20))
    with pytest.raises(ValueError, match=re.escape("(16, 4)")):
        sizes.full_size(16, stage(20, 1))


@pytest.mark.parametrize("dpi", [10, 72, 96.5, 1200, np.float64(300)])
def test_pixels_per_inch(dpi):
    assert sizes.checked_dpi(dpi) == dpi


@pytest.mark.parametrize("dpi", [0, -100, 9.9, 1201, float("nan"), float("inf"), 10**400])
def test_pixels_per_inch_out_of_range_are_refused(dpi):
    with pytest.raises(ValueError, match="expected from 10 to 1200 pixels per inch"):
        sizes.checked_dpi(dpi)


@pytest.mark.parametrize("dpi", ["200", None, True, (100, 100), 1j])
def test_pixels_per_inch_that_are_no_number_are_refused(dpi):
    with pytest.raises(TypeError, match="expected a number of pixels per inch"):
        sizes.checked_dpi(dpi)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("800x400", (800, 400)),
        ("800×400", (800, 400)),
        ("800,400", (800, 400)),
        (" 800 400 ", (800, 400)),
        ("８００×４００", (800, 400)),
        ("8inx4.5in", ("8in", "4.5in")),
        ("8 in x 4.5 in", ("8 in", "4.5 in")),
        ("20CM,300", ("20cm", 300)),
        ("800pxx400px", ("800px", "400px")),
        ("1280", 1280),
        ("8in", "8in"),
        ("Slide", "slide"),
    ],
)
def test_sizes_as_one_text(text, size):
    assert sizes.parsed_size(text) == size
    sizes.checked_size(size)


@pytest.mark.parametrize("text", ["", "x", "800x", "x400", "800x400x200", "8 inches", "big", "8.5", "-8in", "9" * 5000, "8inx"])
def test_a_text_that_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="is not a size such as 800x400, 8inx4.5in, 1280, 20cm or slide"):
        sizes.parsed_size(text)
