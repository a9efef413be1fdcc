"""On the master of another deck, fonts and colours are those of its text, and lines and titles can be seen on its ground."""

import numpy as np
import pptx
import pytest
from decks import A_P, named
from hypothesis import given
from hypothesis import strategies as st
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.util import Inches

import convviz as cv
from convviz.render.slides import add_to_slide
from convviz.render.slides.ground import LETTERS, LINES, contrast, ground_of, visible
from convviz.stage.theme import LIGHT

P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
CHANNELS = cv.Convolution(np.arange(12).reshape(2, 2, 3, 1), bias=[1]).trace(np.arange(48).reshape(4, 4, 3))
PLAIN = cv.Convolution([[1, 2], [3, 4]]).trace(np.arange(12).reshape(3, 4))


def light(deck):
    """White, with the accents of the theme."""


def dark(deck):
    """Dark by its theme: the background and the text are other colours of the theme than usual."""
    (names,) = deck.slide_master._element.xpath("p:clrMap")
    for name, colour in {"bg1": "dk2", "tx1": "lt1", "bg2": "dk1", "tx2": "lt2"}.items():
        names.set(name, colour)


def odd(deck):
    """Fonts that the master names itself, and white letters on a gradient of greens."""
    dark(deck)
    for style in deck.slide_master._element.xpath("p:txStyles/p:bodyStyle/a:lvl1pPr/a:defRPr"):
        for kind, name in (("latin", "Comic Sans MS"), ("ea", "HG行書体")):
            for old in style.xpath(f"a:{kind}"):
                old.set("typeface", name)
    stops = "".join(
        f'<a:gs pos="{pos}"><a:srgbClr val="{colour}"/></a:gs>' for pos, colour in ((0, "003300"), (100000, "115511"))
    )
    (place,) = deck.slide_master._element.xpath("p:cSld/p:bg")
    place.clear()
    place.append(parse_xml(f"<p:bgPr {P} {A_P}><a:gradFill><a:gsLst>{stops}</a:gsLst></a:gradFill><a:effectLst/></p:bgPr>"))


TEMPLATES = {"light": (light, "#ffffff"), "dark": (dark, "#1f497d"), "odd": (odd, "#084408")}


@pytest.fixture(params=TEMPLATES)
def made(request, tmp_path):
    """The path of a template, and the colour of its ground."""
    change, ground = TEMPLATES[request.param]
    deck = pptx.Presentation()
    change(deck)
    deck.save(tmp_path / "template.pptx")
    return tmp_path / "template.pptx", ground, request.param


def letters_of(shape):
    """The colours of the letters of a text box."""
    return {f"#{value.lower()}" for value in shape._element.xpath(".//a:r/a:rPr/a:solidFill/a:srgbClr/@val")}


def near(one, other):
    """Whether two colours differ by rounding only."""
    return all(abs(a - b) <= 1 for a, b in zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_titles_of_channels_and_lines_are_seen_on_every_ground(made, lang, tmp_path):
    template, ground, _ = made
    for trace in (CHANNELS, PLAIN):
        slide = pptx.Presentation(trace.save(tmp_path / "a.pptx", template=template, steps=[0], lang=lang)).slides[0]
        assert near(ground_of(slide), ground)
        shapes = named(slide)
        titles = [shape for name, shape in shapes.items() if name.startswith("title of ")]
        assert all(contrast(ink, ground) >= LETTERS - 0.01 for shape in titles for ink in letters_of(shape))
        lines = [shape for shape in slide.shapes if shape.name == "convviz link"]
        inks = {f"#{value.lower()}" for shape in lines for value in shape._element.xpath(".//a:ln/a:solidFill/a:srgbClr/@val")}
        assert all(contrast(ink, ground) >= LINES - 0.01 for ink in inks), inks
        # outlines stand on cells, whose colours are the theme's
        outlines = [shapes[name] for name in shapes if name.startswith("window on")]
        marks = {value for shape in outlines for value in shape._element.xpath(".//a:ln/a:solidFill/a:srgbClr/@val")}
        assert marks <= {value[1:].upper() for value in LIGHT.mark.values()}
    assert lines
    assert len({ink for shape in titles for ink in letters_of(shape)}) in (0, 3)


def test_what_separates_two_traces_has_an_accent_of_the_template(made, tmp_path):
    template, ground, _ = made
    deck = pptx.Presentation(template)
    theme = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shapes = add_to_slide(cv.compare(cv.MaxPooling(2), cv.MaxPooling(2), [[3, 4], [1, 2]]), 0, slide, height=Inches(2))
    first = next(shape for shape in shapes if shape.name == "convviz link")
    (ink,) = first._element.xpath(".//a:srgbClr/@val")
    assert f'<a:srgbClr val="{ink}"/>'.encode() in theme
    assert contrast(f"#{ink}", ground) >= LINES


def test_letters_have_the_fonts_of_the_template(made, tmp_path):
    template, _, name = made
    for lang in ("en", "ja"):
        slide = pptx.Presentation(PLAIN.save(tmp_path / "a.pptx", template=template, steps=[0], lang=lang)).slides[0]
        runs = [run for shape in slide.shapes if not shape.is_placeholder for run in shape._element.xpath(".//a:r/a:rPr")]
        fonts = {kind: {tuple(run.xpath(f"a:{kind}/@typeface")) for run in runs} for kind in ("latin", "ea")}
        if name == "odd":
            assert fonts == {"latin": {("Comic Sans MS",)}, "ea": {("HG行書体",)}}
        else:  # those of its theme, which shapes have by themselves
            assert fonts == {"latin": {()}, "ea": {("+mn-ea",)} if lang == "ja" else {()}}
        # what a title has comes from its layout
        assert slide.shapes.title._element.xpath(".//a:rPr/a:latin") == []


def test_text_that_would_not_be_seen_gets_another_colour():
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = pptx.dml.color.RGBColor(0x10, 0x10, 0x20)
    shapes = {shape.name.removeprefix("convviz "): shape for shape in add_to_slide(PLAIN, 0, slide)}
    (ink,) = letters_of(shapes["formula"])
    assert contrast(ink, "#101020") >= LETTERS


def test_a_picture_behind_the_slide_changes_no_colour(tmp_path):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    fill = f"<p:bgPr {P} {A_P}><a:pattFill prst='pct5'/><a:effectLst/></p:bgPr>"
    slide._element.cSld.insert(0, parse_xml(f"<p:bg {P}>{fill}</p:bg>"))
    assert ground_of(slide) is None
    add_to_slide(CHANNELS, 0, slide)


@given(COLOURS, COLOURS, st.sampled_from([LINES, LETTERS]))
def test_colours_move_only_as_far_as_they_must(colour, ground, least):
    found = visible(colour, ground, least)
    assert contrast(found, ground) >= least
    assert (found == colour) == (contrast(colour, ground) >= least)
