"""Slides on the masters of other decks: whole decks, and one step on a slide that is there already."""

import re
import zipfile
from xml.etree import ElementTree

import boards
import pptx
import pytest
from decks import (
    CREAM,
    NAVY,
    PICTURES,
    TRACES,
    assert_same_cells,
    board_of,
    colour,
    flat,
    named,
    template,
    theme_of,
)
from pptx.util import Emu, Inches

import convviz as cv
from convviz.render import save
from convviz.render.slides import add_to_slide, templates
from convviz.stage import theme as themes


@pytest.fixture
def write(tmp_path):
    """A function that writes the deck of a board and opens it."""

    def write(board, **options):
        return pptx.Presentation(save(board, tmp_path / "deck.pptx", **options))

    return write


def retyped(path, old, new, target):
    """The same file with another content type."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            copy.writestr(name, data.replace(old, new) if name == "[Content_Types].xml" else data)
    return target


def test_a_template_s_master_is_respected(write, tmp_path):
    board = board_of("same with bias")
    deck = write(board, template=template(tmp_path / "lecture.pptx"))
    original = pptx.Presentation(tmp_path / "lecture.pptx")
    assert (deck.slide_width, deck.slide_height) == (Inches(10), Inches(7.5))
    assert len(deck.slides) == 3
    assert theme_of(deck.slide_master) == theme_of(original.slide_master)
    assert theme_of(deck.slide_master).count(b"Georgia") == 2
    assert deck.slide_master._element.xpath("p:cSld/p:bg//@val") == [NAVY]
    for slide, index in zip(deck.slides, board.indices, strict=True):
        assert slide.slide_layout.name == "Title Only"
        assert slide._element.xpath("p:cSld/p:bg") == []
        assert_same_cells(slide, board.scene(index))
        assert [shape.placeholder_format.type.name for shape in slide.placeholders] == ["TITLE"]
        # the title's colour is the master's; captions have that of the master's text
        assert slide.shapes.title._element.xpath(".//a:solidFill") == []
        shapes = named(slide)
        for name in ("formula", "title of input"):
            assert shapes[name]._element.xpath(".//a:srgbClr/@val") == [CREAM]
        assert shapes["running"]._element.xpath(".//a:srgbClr/a:alpha/@val") == ["72000"]
        for shape in slide.shapes:
            assert 0 <= shape.left and shape.left + shape.width <= deck.slide_width
            assert 0 <= shape.top and shape.top + shape.height <= deck.slide_height


def test_what_a_template_shows_is_left_out_with_all_that_points_to_it(tmp_path):
    path = save(board_of("lecture"), tmp_path / "deck.pptx", template=template(tmp_path / "lecture.pptx"))
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        slides = [name for name in names if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
        assert len(slides) == 3 and len(set(names)) == len(names)
        everything = b"".join(package.read(name) for name in names if name.endswith((".xml", ".rels")))
        master = package.read("ppt/slideMasters/slideMaster1.xml")
    assert b"example" not in everything and b"sectionLst" not in everything and b"hlinkClick" not in master


def test_the_letters_of_a_template_s_title_shrink_only_as_far_as_they_must(write, tmp_path):
    deck = write(board_of("lecture"), template=template(tmp_path / "lecture.pptx"))
    title = deck.slides[0].shapes.title
    sizes = [run.font.size.pt for run in title.text_frame.paragraphs[0].runs]
    assert 20 <= sizes[0] < 44 and 12 <= sizes[1] < sizes[0]
    assert 1.2 * 12700 * sum(sizes) <= title.height


def test_a_layout_with_a_body_does_where_there_is_none_with_a_title_only(write, tmp_path):
    deck = write(board_of("lecture"), template=template(tmp_path / "lecture.pptx", title_only=False))
    slide = deck.slides[0]
    assert slide.slide_layout.name == "Title and Content"
    assert [shape.placeholder_format.type.name for shape in slide.placeholders] == ["TITLE"]


def test_without_any_title_it_is_a_text_box(write, tmp_path):
    deck = pptx.Presentation()
    for layout in list(deck.slide_layouts):
        if layout.name != "Blank":
            deck.slide_layouts.remove(layout)
    deck.save(tmp_path / "blank.pptx")
    board = board_of("lecture")
    slide = write(board, template=tmp_path / "blank.pptx").slides[0]
    shapes = named(slide)
    assert flat(shapes["title"]) == board.stage.title and flat(shapes["place"]).startswith("step 1 of 16")
    assert shapes["title"].top + shapes["title"].height <= shapes["place"].top < shapes["input"].top


@pytest.mark.parametrize(
    "kind",
    [
        "openxmlformats-officedocument.presentationml.template.main",
        "openxmlformats-officedocument.presentationml.slideshow.main",
        "ms-powerpoint.presentation.macroEnabled.main",
        "ms-powerpoint.template.macroEnabled.main",
    ],
)
def test_templates_of_other_kinds_are_read(kind, write, tmp_path):
    ordinary = b"openxmlformats-officedocument.presentationml.presentation.main"
    path = retyped(template(tmp_path / "a.pptx"), ordinary, kind.encode(), tmp_path / "a.potx")
    with zipfile.ZipFile(path) as package:
        assert kind.encode() in package.read("[Content_Types].xml")
    deck = write(board_of("lecture"), template=path)
    assert len(deck.slides) == 3
    assert deck.part.content_type == f"application/vnd.{ordinary.decode()}+xml"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "the old format .ppt, or a password; save it as .pptx"),
        (b"words", "expected a .pptx or .potx file"),
        (b"", "expected a .pptx or .potx file"),
        ("odp", "expected a .pptx or .potx file"),
        ("docx", "expected a .pptx or .potx file"),
    ],
)
def test_what_is_no_template_is_refused(content, words, tmp_path):
    path = tmp_path / "a.ppt"
    if content == "odp":
        with zipfile.ZipFile(path, "w") as package:
            package.writestr("content.xml", "<x/>")
    elif content == "docx":
        deck = template(tmp_path / "b.pptx")
        retyped(deck, b"presentationml.presentation.main", b"wordprocessingml.document.main", path)
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(words)):
        save(boards.lecture(), tmp_path / "deck.pptx", template=path)
    assert not (tmp_path / "deck.pptx").exists()


def test_a_deck_may_be_its_own_template(tmp_path):
    path = template(tmp_path / "deck.pptx")
    save(board_of("lecture"), path, template=path)
    assert len(pptx.Presentation(path).slides) == 3


# ---- one step on a slide of one's own ----


def own_slide(tmp_path, layout=5):
    deck = pptx.Presentation(template(tmp_path / "own.pptx"))
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    slide.shapes.title.text = "What I say"
    slide.shapes.add_textbox(Inches(0.1), Inches(0.1), Inches(1), Inches(0.3)).text_frame.text = "mine"
    return deck, slide


def test_a_step_on_a_slide_of_one_s_own(tmp_path):
    deck, slide = own_slide(tmp_path)
    before = [ElementTree.tostring(shape._element) for shape in slide.shapes]
    trace = TRACES["same with bias"]()
    added = add_to_slide(trace, 7, slide)
    assert [ElementTree.tostring(shape._element) for shape in slide.shapes][: len(before)] == before
    assert [shape.shape_id for shape in slide.shapes][len(before) :] == [shape.shape_id for shape in added]
    deck.save(tmp_path / "b.pptx")
    slide = pptx.Presentation(tmp_path / "b.pptx").slides[-1]
    assert slide.shapes.title.text_frame.text == "What I say"
    assert_same_cells(slide, trace.board("en", [7], True, shape=2).scene(7))
    shapes, title = named(slide), slide.shapes.title
    assert flat(shapes["title"]) == "Convolution: 3×3 kernel, strides 1, padding same"
    assert flat(shapes["place"]) == "step 8 of 36 · row 1, column 1 of the feature map"
    assert len(deck.slides) == 3 and not slide.has_notes_slide
    for shape in added:
        assert shape.top >= title.top + title.height and shape.top + shape.height <= deck.slide_height
        assert 0 <= shape.left and shape.left + shape.width <= deck.slide_width


def test_a_step_keeps_below_a_title_that_reaches_far_down(tmp_path):
    _, slide = own_slide(tmp_path)
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = Inches(1), Inches(1), Inches(8), Inches(2.5)
    added = add_to_slide(TRACES["lecture"](), 0, slide)
    assert min(shape.top for shape in added) >= Inches(3.5)


def test_a_step_stands_where_the_master_has_its_text(tmp_path):
    _, slide = own_slide(tmp_path)
    master = slide.slide_layout.slide_master.placeholders
    body = next(shape for shape in master if shape.placeholder_format.type == pptx.enum.shapes.PP_PLACEHOLDER.BODY)
    body.left, body.width = Inches(3), Inches(5)
    added = add_to_slide(TRACES["lecture"](), 0, slide)
    assert min(shape.left for shape in added) >= Inches(3)
    assert max(shape.left + shape.width for shape in added) <= Inches(8)
    area = templates.free_area(slide)
    assert (area.left, area.right) == (Inches(3) + templates.INSET, Inches(8) - templates.INSET)


def test_where_the_master_has_no_text_all_sides_of_a_slide_have_the_same_margins():
    deck = pptx.Presentation()
    body = next(shape for shape in deck.slide_master.placeholders if shape._element.ph.get("type") == "body")
    body._element.getparent().remove(body._element)
    area = templates.free_area(deck.slides.add_slide(deck.slide_layouts.get_by_name("Blank")))
    assert (area.left, area.top) == (round(templates.MARGIN * deck.slide_width), round(templates.MARGIN * deck.slide_height))
    assert area.left + area.right == deck.slide_width
    assert area.top + area.bottom == deck.slide_height


def test_two_steps_share_a_slide(tmp_path):
    deck, slide = own_slide(tmp_path)
    trace, room = PICTURES["28×28"](), {"top": Inches(2), "width": Inches(4.5), "height": Inches(4)}
    left = add_to_slide(trace, 0, slide, left=Inches(0.3), **room)
    right = add_to_slide(trace, -1, slide, left=Inches(5.2), **room, theme="dark", lang="ja")
    deck.save(tmp_path / "b.pptx")
    assert max(shape.left + shape.width for shape in left) <= Inches(4.8)
    assert min(shape.left for shape in right) >= Inches(5.2)
    for shape in left + right:
        assert Inches(2) <= shape.top and shape.top + shape.height <= Inches(6)
    ids = [shape.shape_id for shape in slide.shapes]
    assert len(set(ids)) == len(ids)
    names = {shape.name: shape for shape in right}
    assert flat(names["convviz place"]).startswith("ステップ 676 / 676")
    kernel = names["convviz kernel"].table.cell(0, 0)
    assert colour(kernel.fill) == themes.DARK.cells["weight"].fill
    # left and right show the same input, which the file holds once
    assert len({str(slide.part.related_part(name).partname) for name in slide.shapes._spTree.xpath("//@r:embed")}) == 2


def test_room_is_filled_from_where_it_is_given(tmp_path):
    _, slide = own_slide(tmp_path)
    added = add_to_slide(TRACES["lecture"](), 0, slide, top=Inches(4), left=Emu(0), height=Inches(3))
    assert min(shape.top for shape in added) >= Inches(4)
    assert max(shape.top + shape.height for shape in added) <= Inches(7)


def test_a_comparison_on_a_slide(tmp_path):
    _, slide = own_slide(tmp_path)
    compared = cv.compare(cv.MaxPooling(2), cv.AveragePooling(2))
    add_to_slide(compared, 4, slide)
    assert_same_cells(slide, compared.board("en", [4], True).scene(4))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"step": 16}, ValueError, "16 steps"),
        ({"step": -17}, ValueError, "-17"),
        ({"step": 1.5}, TypeError, "1.5"),
        ({"step": True}, TypeError, "True"),
        ({"slide": None}, TypeError, "slide is None; expected one of python-pptx"),
        ({"width": 5}, ValueError, "width is 5; expected a length such as pptx.util.Inches(2)"),
        ({"left": 2}, ValueError, "left is 2; expected a length"),
        ({"top": 1.5}, TypeError, "top is 1.5; expected a length"),
        ({"height": 100_000}, ValueError, "half an inch at least"),
        ({"height": -914_400}, ValueError, "height is -914400"),
        ({"top": 6_858_000}, ValueError, "too little room"),
        ({"lang": "de"}, ValueError, "'en' or 'ja'"),
        ({"theme": "pink"}, ValueError, "'light', 'dark'"),
    ],
)
def test_what_makes_no_sense_leaves_the_slide_alone(options, error, words, tmp_path):
    _, slide = own_slide(tmp_path)
    before = len(slide.shapes)
    arguments = {"step": 0, "slide": slide} | options
    with pytest.raises(error, match=re.escape(words)):
        add_to_slide(TRACES["lecture"](), **arguments)
    assert len(slide.shapes) == before
