"""Decks of slides, read back with python-pptx and compared with the scene."""

import io
import re
import subprocess
import sys
import zipfile
from types import SimpleNamespace
from xml.etree import ElementTree

import boards
import numpy as np
import pptx
import pytest
from decks import IMAGE, KERNEL, PICTURES, TRACES, A, assert_same_cells, board_of, colour, flat, named, theme_of
from PIL import Image
from pptx.enum.dml import MSO_FILL
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.util import Inches

import convviz as cv
from convviz.render import save
from convviz.render.slides import add_to_slide
from convviz.render.slides.arrangement import BOLD, INCH, Area, Sheet
from convviz.stage import theme as themes
from convviz.stage.scene import Frame, Grid, Link, Scene, Stage, Text
from convviz.stage.text_width import em_width


@pytest.fixture
def write(tmp_path):
    """A function that writes the deck of a board and opens it."""

    def write(board, **options):
        return pptx.Presentation(save(board, tmp_path / "deck.pptx", **options))

    return write


# ---- what is on the slides ----


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("name", [*TRACES, *PICTURES, "compared"])
def test_each_cell_is_as_the_scene_says(name, lang, write):
    board = board_of(name, lang)
    deck = write(board)
    assert len(deck.slides) == len(board.indices) == 3
    for slide, index in zip(deck.slides, board.indices, strict=True):
        assert_same_cells(slide, board.scene(index))


def test_a_custom_theme_colours_cells_slides_and_captions(write):
    board = board_of("same with bias")
    slide = write(board, theme="dark").slides[1]
    assert_same_cells(slide, board.scene(board.indices[1]), themes.DARK)
    master = slide.slide_layout.slide_master
    scheme = ElementTree.fromstring(theme_of(master)).find(f".//{A}clrScheme")
    colours = {place.tag.removeprefix(A): place[0].get("val") for place in scheme}
    assert f"#{colours['dk1']}".lower() == themes.DARK.text and f"#{colours['lt1']}".lower() == themes.DARK.background
    assert f"#{colours['dk2']}".lower() == themes.DARK.faint
    inks = [
        slide.shapes._spTree.xpath(f"//p:sp[p:nvSpPr/p:cNvPr/@name='convviz {name}']//a:schemeClr/@val")
        for name in ("formula", "running", "title of input")
    ]
    assert inks == [["tx1"], ["tx2"], ["tx1"]]


def test_captions_stand_on_every_slide(write):
    board = board_of("groups")
    for slide, index in zip(write(board).slides, board.indices, strict=True):
        scene, shapes = board.scene(index), named(slide)
        for text in scene.texts:
            if text.name in ("title", "place") or not text.text:
                assert text.name not in shapes
            else:
                assert flat(shapes[text.name]) == text.text.replace("\n", " ")
        for grid in scene.stage.grids:
            assert flat(shapes[f"title of {grid.name}"]) == grid.title


def test_titles_say_what_is_shown_and_which_step(write):
    board = board_of("lecture")
    titles = [slide.shapes.title.text_frame.text for slide in write(board).slides]
    assert titles[0] == ("Convolution: 3×3 kernel, strides 1, padding valid\vstep 1 of 16 · row 0, column 0 of the feature map")
    assert len(set(titles)) == 3


def test_notes_hold_the_working(write):
    board = board_of("same with bias")
    for slide, index in zip(write(board).slides, board.indices, strict=True):
        frame, notes = board.frame(index), slide.notes_slide.notes_text_frame.text
        spoken, running = notes.split("\n")
        assert spoken == frame.spoken
        assert frame.texts["formula"].replace("\n", " ") in spoken
        assert running == frame.texts["running"].replace("\n", " ")


def test_only_grids_of_pixels_are_pictures(write):
    for name in TRACES:
        kinds = {shape.shape_type for slide in write(board_of(name)).slides for shape in slide.shapes}
        assert MSO_SHAPE_TYPE.PICTURE not in kinds and MSO_SHAPE_TYPE.TABLE in kinds
    board = board_of("photograph")
    deck = write(board)
    for slide in deck.slides:
        pictures = [shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]
        assert [shape.name for shape in pictures] == ["convviz input", "convviz output"]
        for shape in pictures:
            with Image.open(io.BytesIO(shape.image.blob)) as image:
                assert np.array_equal(np.asarray(image), board.stage.grid(shape.name.removeprefix("convviz ")).pixels)
    parts = [str(part.partname) for part in deck.part.package.iter_parts()]
    assert len([name for name in parts if "/media/" in name]) == 2


def test_large_pixels_are_enlarged_without_blur(write):
    board = board_of("28×28")
    picture = named(write(board).slides[0])["input"]
    with Image.open(io.BytesIO(picture.image.blob)) as image:
        pixels = np.asarray(image)
    times = pixels.shape[0] // 28
    assert times > 20
    assert np.array_equal(pixels, np.kron(board.stage.grid("input").pixels, np.ones((times, times), np.uint8)))


@pytest.mark.parametrize("step", [0, 25, 30, 26 * 26 - 1])
def test_what_is_to_come_is_veiled(step, write):
    board = boards.picture().only(step)
    slide = write(board).slides[0]
    grid, shapes = board.stage.grid("output"), named(slide)
    if step == 26 * 26 - 1:
        assert "pending of output" not in shapes
        return
    picture, veil = shapes["output"], shapes["pending of output"]
    full, rest = divmod(step + 1, 26)
    side = picture.width / 26
    assert veil.left == picture.left and veil.width == picture.width
    assert veil.top == pytest.approx(picture.top + full * side, abs=2)
    assert veil.top + veil.height == pytest.approx(picture.top + picture.height, abs=2)
    points = [(int(point.get("x")), int(point.get("y"))) for point in veil._element.iter(f"{A}pt")]
    assert points[0] == (pytest.approx(rest * side, abs=2), 0)
    assert len(points) == (6 if rest else 4)
    assert colour(veil.fill) == themes.LIGHT.veil
    (alpha,) = veil._element.iter(f"{A}alpha")
    assert int(alpha.get("val")) == round(100_000 * themes.VEIL)
    assert grid.pixels is not None


def test_marks_are_outlines_around_their_cells(write):
    board = board_of("lecture")
    for slide, index in zip(write(board).slides, board.indices, strict=True):
        shapes, scene = named(slide), board.scene(index)
        for mark in scene.marks:
            outline, table = shapes[f"{mark.role} on {mark.grid}"], shapes[mark.grid]
            side = table.width / board.stage.grid(mark.grid).columns
            thick = outline.line.width
            assert outline.fill.type == MSO_FILL.BACKGROUND
            assert colour(outline.line.fill) == themes.LIGHT.mark[mark.role]
            assert outline.left + thick / 2 == pytest.approx(table.left + mark.column * side, abs=3)
            assert outline.top + thick / 2 == pytest.approx(table.top + mark.row * side, abs=3)
            assert outline.width - thick == pytest.approx(mark.columns * side, abs=3)
            assert outline.height - thick == pytest.approx(mark.rows * side, abs=3)


def test_a_mark_on_a_picture_runs_between_lines_of_paper(write):
    board = board_of("photograph")
    shapes = named(write(board).slides[1])
    paper, mark = shapes["paper around window on input"], shapes["window on input"]
    assert (paper.left, paper.top, paper.width, paper.height) == (mark.left, mark.top, mark.width, mark.height)
    assert paper.line.width > mark.line.width
    assert colour(paper.line.fill) == themes.LIGHT.background
    order = [shape.name for shape in shapes.values()]
    assert order.index("convviz input") < order.index(paper.name) < order.index(mark.name)


@pytest.mark.parametrize(
    ("ends", "flips"), [((1, 1, 3, 2), ""), ((3, 1, 1, 2), "H"), ((1, 2, 3, 1), "V"), ((3, 2, 1, 1), "HV")]
)
def test_links_are_connectors_from_end_to_end(ends, flips, write):
    grid = Grid("input", "", 5, 5, 1, 1, 1, (("1",),), (("cell",),))
    links = (Link(*ends, arrow=True), Link(*ends))
    stage = Stage(8, 8, (grid,), (Text("left", 0.6, 0.5, "x", anchor="middle"),), links, 1, "links")
    slide = write(
        SimpleNamespace(
            stage=stage, indices=(0,), frame=lambda index: Frame(index), scene=lambda index: Scene(stage, Frame(index))
        )
    ).slides[0]
    arrow, plain = (shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.LINE)
    assert [arrow._element.spPr.xfrm.get(f"flip{flip}") == "1" for flip in "HV"] == [flip in flips for flip in "HV"]
    unit = named(slide)["input"].width
    assert (arrow.width, arrow.height) == (pytest.approx(2 * unit, abs=2), pytest.approx(unit, abs=2))
    left = named(slide)["input"].left
    assert arrow.begin_x == pytest.approx(left + (ends[0] - 5) * unit, abs=3)
    assert arrow.end_x == pytest.approx(left + (ends[2] - 5) * unit, abs=3)
    assert [len(list(line._element.iter(f"{A}tailEnd"))) for line in (arrow, plain)] == [1, 0]


def test_edges_are_dashed_between_cells_of_padding_and_solid_beside_others(write):
    board = board_of("same with bias")
    table = named(write(board).slides[2])["input"].table

    def dashes(row, column):
        cell = table.cell(row, column)._tc.tcPr
        return [cell.find(f"{A}{tag}/{A}prstDash").get("val") for tag in ("lnL", "lnT", "lnR", "lnB")]

    assert dashes(0, 0) == ["dash"] * 4
    assert dashes(0, 1) == ["dash", "dash", "dash", "solid"]
    assert dashes(1, 1) == ["solid"] * 4
    for row in range(8):
        for column in range(7):
            assert dashes(row, column)[2] == dashes(row, column + 1)[0]
            assert dashes(column, row)[3] == dashes(column + 1, row)[1]
    edges = table.cell(1, 1)._tc.tcPr.findall(f"{A}lnL/{A}solidFill/{A}srgbClr")
    assert [edge.get("val").lower() for edge in edges] == [themes.LIGHT.edge[1:]]


# ---- geometry ----


def test_slides_are_16_to_9(write):
    deck = write(board_of("lecture"))
    assert (deck.slide_width, deck.slide_height) == (Inches(13.3333334), Inches(7.5))
    for layout in deck.slide_layouts:
        for shape in layout.placeholders:
            assert 0 <= shape.left and shape.left + shape.width <= deck.slide_width


@pytest.mark.parametrize("name", [*TRACES, *PICTURES, "compared"])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_leaves_the_slide_and_grids_keep_their_proportions(name, lang, write):
    board = board_of(name, lang)
    deck = write(board)
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width, shape.name
            assert shape.top >= 0 and shape.top + shape.height <= deck.slide_height, shape.name
        assert_proportions(named(slide), board.stage.grids)


@pytest.mark.parametrize("name", [*TRACES, *PICTURES, "compared"])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_box_of_a_caption_is_as_wide_as_its_words(name, lang, write):
    board = board_of(name, lang)
    for slide in write(board).slides:
        shapes = named(slide)
        for text in board.stage.texts:
            if text.name not in shapes or text.name.removeprefix("left.").removeprefix("right.").startswith("sign."):
                continue  # signs stand between grids, to scale
            shape = shapes[text.name]
            size = shape.text_frame.paragraphs[0].runs[0].font.size
            widest = max(map(em_width, shape.text_frame.text.split("\v"))) * (BOLD if text.role == "strong" else 1)
            assert shape.width == pytest.approx(widest * size, rel=0.01), text.name


def assert_proportions(shapes, grids):
    """All grids stand as on the stage, enlarged by one factor."""
    first = grids[0]
    unit = shapes[first.name].width / first.width
    for grid in grids:
        shape, near = shapes[grid.name], pytest.approx
        assert shape.left - shapes[first.name].left == near((grid.x - first.x) * unit, abs=30)
        assert shape.top - shapes[first.name].top == near((grid.y - first.y) * unit, abs=30)
        assert shape.width == near(grid.width * unit, abs=30) and shape.height == near(grid.height * unit, abs=30)
        if grid.texts is not None:
            assert {row.height for row in shape.table.rows} == {shape.height // grid.rows}
            assert {column.width for column in shape.table.columns} == {shape.width // grid.columns}


@pytest.mark.parametrize("name", [*TRACES, *PICTURES, "compared"])
def test_captions_lie_below_the_grids_and_not_on_each_other(name, write):
    board = board_of(name)
    for slide in write(board).slides:
        shapes = named(slide)
        bottom = max(shapes[grid.name].top + shapes[grid.name].height for grid in board.stage.grids)
        for column in {text.x for text in board.stage.texts if text.name.endswith("formula")}:
            stack = [shapes[text.name] for text in board.stage.texts if text.x == column and text.name in shapes]
            stack = [shape for shape in stack if shape.top > bottom]
            assert stack
            for upper, lower in zip(stack, stack[1:], strict=False):
                assert upper.top + upper.height <= lower.top


def test_text_of_a_cell_fits_in_height_and_width(write):
    """Rows grow in PowerPoint and LibreOffice when text does not fit: 1.25 sizes a line, 0.64 a letter, bold 0.7."""
    board = cv.Convolution(KERNEL - 3, padding="same").trace(np.tile(IMAGE, (3, 3))[:16, :16]).board(steps=2)
    for slide in write(board).slides:
        for shape in slide.shapes:
            if shape.has_table:
                assert_text_fits(shape.table)


def assert_text_fits(table):
    for row in table.rows:
        for cell, column in zip(row.cells, table.columns, strict=True):
            paragraphs = cell.text_frame.paragraphs
            sizes = [int(size) for size in cell._tc.xpath(".//@sz")]
            assert len(sizes) == len(paragraphs)
            assert sum(1.25 * size * 127 for size in sizes) <= row.height
            for run in (run for paragraph in paragraphs for run in paragraph.runs):
                letters = len(run.text) * (0.7 if run.font.bold else 0.64)
                assert letters * run.font.size <= column.width


def test_captions_of_a_large_stage_are_still_read_from_afar(write):
    board = TRACES["groups"]().board("en", 3, shape=16 / 9)
    shapes = named(write(board).slides[0])
    formula, remark = (shapes[name].text_frame.paragraphs[0].runs[0].font.size.pt for name in ("formula", "remark.0"))
    assert formula > remark >= 11


def test_a_sheet_is_the_same_for_all_steps(write):
    places = [
        {shape.name: (shape.left, shape.top) for shape in slide.shapes if " on " not in shape.name}
        for slide in write(board_of("same with bias")).slides
    ]
    assert places[0] == places[1] == places[2]


def test_a_long_title_gets_smaller_letters_or_two_lines(write):
    settings = {"strides": 2, "groups": 2, "output_padding": 1, "dilation_rate": 2}
    operation = cv.TransposedConvolution(np.ones((3, 3, 2, 4), int), **settings)
    board = operation.trace(np.ones((2, 2, 4), int)).board(steps=1)
    title = write(board).slides[0].shapes.title
    sizes = [run.font.size for run in title.text_frame.paragraphs[0].runs]
    assert board.stage.title in title.text_frame.text
    # two lines of the title and one below it, of 1.2 sizes each, within the placeholder
    assert sizes[0].pt < 28 and 1.2 * (2 * sizes[0] + sizes[1]) <= title.height


def test_too_little_room_is_said():
    stage = boards.lecture().stage
    with pytest.raises(ValueError, match=r"too little room for a step of this trace: 1\.00 × 0\.10 inches"):
        Sheet(stage, [], Area(0, 0, INCH, INCH // 10))


# ---- for those who listen, and for other languages ----


def test_grids_are_described_and_outlines_are_passed_over(write):
    board = board_of("photograph")
    slide = write(board).slides[1]
    described = {shape.name: shape._element.xpath(".//p:cNvPr/@descr") for shape in slide.shapes}
    assert described["convviz input"] == [f"input 600×512. {board.frame(board.indices[1]).spoken}"]
    assert described["convviz kernel"] == ["kernel 3×3"] and described["convviz output"] == ["feature map 598×510"]
    for shape in slide.shapes:
        decorative = "decorative" in ElementTree.tostring(shape._element.xpath(".//p:cNvPr")[0]).decode()
        has_words = shape.has_text_frame and bool(shape.text_frame.text)
        assert decorative == (not has_words and not described[shape.name])


@pytest.mark.parametrize(("lang", "code"), [("en", "en-US"), ("ja", "ja-JP")])
def test_runs_say_their_language_and_japanese_ones_their_font(lang, code, write):
    slide = write(board_of("lecture", lang)).slides[0]
    runs = slide.shapes._spTree.xpath("//a:rPr | //a:endParaRPr")
    assert {run.get("lang") for run in runs} == {code}
    fonts = {font.get("typeface") for run in runs for font in run.findall(f"{A}ea")}
    assert fonts == ({"+mn-ea"} if lang == "ja" else set())
    theme = ElementTree.fromstring(theme_of(slide.slide_layout.slide_master))
    assert theme.find(f".//{A}minorFont/{A}ea").get("typeface") == "Yu Gothic"


@pytest.mark.parametrize("nasty", ["</a:t><x/>", "a \"b\" 'c' & <d>", "nul \0 bell \a \ud800 \ufffe"])
def test_text_of_the_caller_is_escaped(nasty, write):
    grid = Grid("input", nasty, 1, 1, 1, 1, 1, ((nasty,),), (("cell",),))
    stage = Stage(4, 4, (grid,), (Text("title", 1, 0.5, nasty), Text("formula", 1, 3.5, "")), (), 1, nasty)
    frame = Frame(0, texts={"formula": nasty}, spoken=nasty)
    slide = write(
        SimpleNamespace(stage=stage, indices=(0,), frame=lambda index: frame, scene=lambda index: Scene(stage, frame))
    ).slides[0]
    shown, shapes = re.sub("[\0\a\ud800\ufffe]", "\ufffd", nasty), named(slide)
    assert shapes["input"].table.cell(0, 0).text == shapes["formula"].text_frame.text == shown
    assert slide.shapes.title.text_frame.text == shown == flat(shapes["title of input"])
    assert slide.notes_slide.notes_text_frame.text == shown


# ---- the file ----


@pytest.mark.parametrize("name", ["same with bias", "photograph", "groups"])
def test_the_package_is_in_order(name, tmp_path):
    path = save(board_of(name), tmp_path / "deck.pptx")
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        assert len(set(names)) == len(names)
        types = package.read("[Content_Types].xml").decode()
        for part in names[1:]:
            assert f'PartName="/{part}"' in types or f'Extension="{part.rsplit(".", 1)[1]}"' in types
            if part.endswith((".xml", ".rels")):
                ElementTree.fromstring(package.read(part))
        assert not [part for part in names if "thumbnail" in part]
    for slide in pptx.Presentation(path).slides:
        ids = [int(number) for number in slide.shapes._spTree.xpath("//p:cNvPr/@id")]
        assert len(set(ids)) == len(ids)
        assert set(slide.shapes._spTree.xpath("//@r:embed")) <= set(slide.part.rels)
        for table in (shape for shape in slide.shapes if shape.has_table):
            assert_in_order(table)


def assert_in_order(shape):
    """The elements of cells in the order that the schema wants, and sizes that add up."""
    table = shape.table
    assert sum(row.height for row in table.rows) == shape.height
    assert sum(column.width for column in table.columns) == shape.width
    for properties in shape._element.iter(f"{A}tcPr"):
        tags = [child.tag.removeprefix(A) for child in properties]
        assert tags[:4] == ["lnL", "lnR", "lnT", "lnB"] and tags[4:] in (["solidFill"], ["pattFill"])
    for row in shape._element.iter(f"{A}tr"):
        assert len(row.findall(f"{A}tc")) == len(table.columns)
    for cell in shape._element.iter(f"{A}tc"):  # an empty one has a paragraph too, and only then an empty paragraph
        written = ["".join(part.itertext()) for part in cell.findall(f"{A}txBody/{A}p")]
        assert written and (all(written) or written == [""])
    assert not (table.first_row or table.horz_banding)


def test_about_the_file(write):
    about = write(board_of("lecture")).core_properties
    assert about.title == "Convolution: 3×3 kernel, strides 1, padding valid"
    assert (about.author, about.last_modified_by) == ("", "")
    assert about.created.year >= 2024


def test_without_python_pptx_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pptx", None)
    words = r"python-pptx, which is the extra \[slides\] of convviz: pip install"
    with pytest.raises(ImportError, match=words):
        save(boards.lecture(), tmp_path / "a.pptx")
    with pytest.raises(ImportError, match=words):
        add_to_slide(TRACES["lecture"](), 0, None)
    assert list(tmp_path.iterdir()) == []


def test_slides_load_python_pptx_only_when_they_are_written():
    code = "import sys, convviz.render.slides; assert 'pptx' not in sys.modules and 'matplotlib' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_a_failure_leaves_the_older_deck(tmp_path, monkeypatch):
    (tmp_path / "a.pptx").write_bytes(b"older")
    board, calls = boards.lecture(), []

    def scene(index):
        calls.append(index)
        if index == 3:
            raise KeyboardInterrupt
        return Scene(board.stage, board.frame(index))

    failing = SimpleNamespace(stage=board.stage, indices=board.indices, frame=board.frame, scene=scene)
    with pytest.raises(KeyboardInterrupt):
        save(failing, tmp_path / "a.pptx")
    assert calls == [0, 1, 2, 3]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"older"]


def test_a_bar_shows_the_progress(tmp_path, capsys):
    save(boards.lecture(), tmp_path / "a.pptx", progress=True)
    assert "0/16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"size": (800, 400)}, TypeError, ".pptx has no option 'size'; it takes motion, progress, template, theme"),
        ({"theme": "pink"}, ValueError, "'light', 'dark'"),
        ({"template": 3}, TypeError, "template is 3; expected the path of a deck"),
        ({"template": "missing.pptx"}, FileNotFoundError, "there is no such template"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, error, words, tmp_path):
    with pytest.raises(error, match=re.escape(words)):
        save(boards.lecture(), tmp_path / "a.pptx", **options)
    assert list(tmp_path.iterdir()) == []
