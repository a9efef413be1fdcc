"""Figures: the artists' properties, and the pixels at chosen places."""

import dataclasses
import io
import subprocess
import sys
import warnings

import boards
import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image
from veils import veiled

import convviz as cv
from convviz.render.figure import Drawing, figure, fonts
from convviz.stage import theme as themes
from convviz.stage.scene import Frame, Grid, Link, Mark, Scene, Stage
from convviz.stage.scene import Text as Caption
from convviz.stage.text_width import bold_width

LECTURE = boards.lecture()


def rgb(colour):
    return tuple(bytes.fromhex(colour[1:]))


def pixels(drawn, **options):
    file = io.BytesIO()
    drawn.savefig(file, format="png", **options)
    return np.asarray(Image.open(file).convert("RGB"))


def scene(*grids, texts=(), links=(), width=10, height=5, step=0, **changes):
    """A scene of 10 × 5 units, drawn at 500 × 250 pixels with 50 pixels per unit."""
    return Scene(Stage(width, height, grids, texts, links, 16, "test"), Frame(step, **changes))


def draw(shown, **options):
    return figure(shown, size=(500, 250), **options)


def row_of(*roles, text="", **options):
    return Grid("row", "", 1, 1, 1, 1, len(roles), ((text,) * len(roles),), (roles,), **options)


def texts(drawn):
    return {artist.get_text(): artist for artist in drawn.findobj(Text) if artist.get_text()}


def extent(artist):
    """Left, top, right, bottom in pixels from the top left corner."""
    drawn = artist.get_figure()
    box = artist.get_window_extent(drawn.canvas.get_renderer())
    return box.x0, drawn.bbox.height - box.y1, box.x1, drawn.bbox.height - box.y0


@pytest.mark.parametrize("size", [(800, 400), (333, 57), (57, 333), (16, 16), (641, 359)])
@pytest.mark.parametrize("dpi", [72, 100, 96.5])
def test_the_figure_has_the_asked_number_of_pixels(size, dpi):
    drawn = figure(LECTURE.scene(3), size=size, dpi=dpi)
    assert pixels(drawn).shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    ("size", "dpi", "inches"),
    [
        (None, 100, (8, 4)),
        (("8in", "4.5in"), 200, (8, 4.5)),
        (("8in", 300), 50, (8, 6)),
        ("20.32cm", 100, (8, 4)),
        (1280, 100, (12.8, 6.4)),
        ("slide", 100, (12.8, 7.2)),
    ],
)
def test_a_size_may_be_a_length(size, dpi, inches):
    drawn = figure(LECTURE.scene(3), size=size, dpi=dpi)
    assert drawn.get_size_inches() == pytest.approx(inches)
    assert pixels(drawn).shape == (round(inches[1] * dpi), round(inches[0] * dpi), 3)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_transparent_figure_paints_no_background(name):
    drawn = draw(scene(row_of("cell", "padding")), theme=name, transparent=True)
    file = io.BytesIO()
    drawn.savefig(file, format="png")
    alpha = np.asarray(Image.open(file))[..., 3]
    assert (alpha[:49] == 0).all() and (alpha[102:] == 0).all() and (alpha[52:99, 52:99] == 255).all()
    assert np.array_equal(alpha, np.asarray(Image.open(io.BytesIO(drawn._repr_png_())))[..., 3])
    dashes = alpha[52:99, 150]
    assert set(np.unique(dashes)) == {0, 255}, "between dashes the slide is seen, not the theme's paper"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_role_has_the_fill_of_the_theme(name):
    look = themes.theme(name)
    width = len(themes.ROLES) + 2
    drawn = figure(scene(row_of(*themes.ROLES), width=width, height=3), size=(50 * width, 150), theme=name)
    image = pixels(drawn)
    for column, role in enumerate(themes.ROLES):
        cell = image[54:96, 54 + 50 * column : 96 + 50 * column].reshape(-1, 3)
        colours, counts = np.unique(cell, axis=0, return_counts=True)
        assert tuple(colours[counts.argmax()]) == rgb(look.cells[role].fill), role
        assert (len(colours) > 1) == look.cells[role].hatched, role


def test_light_and_dark_differ_in_colours_only():
    looks = [
        {role: dataclasses.replace(style, fill="#000000", text="#000000") for role, style in look.cells.items()}
        for look in (themes.LIGHT, themes.DARK)
    ]
    assert looks[0] == looks[1]


def test_a_scene_is_centred_in_a_figure_of_another_shape():
    shown = scene(row_of("winner"), width=3, height=3)
    image = pixels(figure(shown, size=(300, 150)))
    # 50 pixels a unit, 75 pixels of paper on the left: the cell covers 125 to 175.
    where = np.flatnonzero((image[75] == rgb(themes.LIGHT.cells["winner"].fill)).all(axis=1))
    assert (where[0], where[-1]) == (126, 174)
    assert (image[:, :75] == rgb(themes.LIGHT.background)).all()


@pytest.mark.parametrize("size", [(500, 250), (487, 243), (733, 400)])
def test_lines_between_cells_are_sharp(size):
    roles = (("cell",) * 4,) * 3
    drawn = figure(scene(Grid("a", "", 1, 1, 0.9, 3, 4, (("",) * 4,) * 3, roles)), size=size)
    colours = {tuple(colour) for colour in pixels(drawn).reshape(-1, 3)}
    assert colours == {rgb(themes.LIGHT.background), rgb(themes.LIGHT.edge)}


def test_a_line_is_dashed_where_no_cell_beside_it_is_solid():
    image = pixels(draw(scene(row_of("padding", "padding", "cell", "cell"))))

    def line_at(column):
        return {tuple(colour) for colour in image[54:96, 50 * column]}

    edge, paper = rgb(themes.LIGHT.edge), rgb(themes.LIGHT.background)
    assert line_at(1) == line_at(2) == {edge, paper}
    assert line_at(3) == line_at(4) == {edge}


def test_cells_that_become_solid_get_solid_lines():
    grid = row_of("padding", "padding")
    drawing = Drawing(scene(grid).stage, (500, 250))
    drawing.show(scene(grid))
    solid = scene(grid, cells={"row": {(0, 0): (None, "window", None)}})
    solid = Scene(drawing.stage, solid.frame)
    drawing.show(solid)
    image = pixels(drawing.figure)
    assert {tuple(colour) for colour in image[54:96, 50]} == {rgb(themes.LIGHT.edge)}
    assert len({tuple(colour) for colour in image[54:96, 150]}) == 2


def test_bold_roles_and_strong_captions_are_bold():
    captions = (Caption("a", 1, 3, "strong", role="strong"), Caption("b", 1, 4, "plain"))
    shown = scene(Grid("g", "", 1, 1, 1, 1, 2, (("1", "2"),), (("cell", "winner"),)), texts=captions)
    weights = {words: artist.get_fontweight() for words, artist in texts(draw(shown)).items()}
    assert weights == {"1": "normal", "2": "bold", "strong": "bold", "plain": "normal"}


def test_colours_of_letters_follow_the_theme():
    captions = (Caption("a", 1, 3, "plain"), Caption("b", 1, 4, "faint", role="faint"))
    shown = scene(Grid("g", "title", 1, 1, 1, 1, 1, (("1",),), (("current",),)), texts=captions)
    look = themes.DARK
    colours = {words: artist.get_color() for words, artist in texts(draw(shown, theme="dark")).items()}
    assert colours == {"1": look.cells["current"].text, "title": look.text, "plain": look.text, "faint": look.faint}


@pytest.mark.parametrize("words", ["$x_1$", "a_b^c", "100 %", r"\alpha", "$", "<b>&amp;"])
def test_words_are_shown_as_they_are(words):
    shown = scene(Grid("g", words, 1, 1, 4, 1, 1, ((words,),), (("cell",),)), texts=(Caption("c", 1, 4.8, words),))
    found = [artist for artist in draw(shown).findobj(Text) if artist.get_text() == words]
    assert len(found) == 3
    assert not any(artist.get_parse_math() or artist.get_usetex() for artist in found)


@pytest.mark.parametrize("words", ["7", "-128", "1234567890123", "−0.33333333333333", "W" * 40])
def test_a_text_stays_within_its_cell(words):
    drawn = draw(scene(row_of("cell", "winner", text=words)))
    found = [artist for artist in drawn.findobj(Text) if artist.get_text()]
    assert len(found) == 2 and {artist.get_text() for artist in found} <= ({words, "…"} if len(words) == 40 else {words})
    for column, artist in enumerate(found):
        left, top, right, bottom = extent(artist)
        assert 51 + 50 * column <= left and right <= 99 + 50 * column
        assert 51 <= top and bottom <= 99


@pytest.mark.parametrize("dpi", [72, 100, 300, 600, 1200])
def test_words_that_do_not_fit_in_the_smallest_letters_are_left_out_whole(dpi):
    # at 600 dots per inch the smallest letters, of 1 point, are 8 pixels high: clipped, "-123456789" would show as "3456"
    for words in ["1", "-12", "-123456789", "12345678901234567890", "W" * 40]:
        drawn = draw(scene(row_of(*["cell", "winner"] * 4, text=words), texts=(Caption("c", 9, 4, words),)), dpi=dpi)
        shown = [artist for artist in drawn.findobj(Text) if artist.get_text()]
        assert {artist.get_text() for artist in shown} <= {words, "…"}
        for artist in shown:
            left, _, right, _ = extent(artist)
            column = (left + right) // 100 - 1
            assert (51 + 50 * column <= left and right <= 99 + 50 * column) or (450 <= left and right <= 500)


def test_letters_have_the_size_that_the_grid_says():
    artist = texts(draw(scene(row_of("cell", text="5", font=0.5)), dpi=100))["5"]
    assert artist.get_fontsize() * 100 / 72 == pytest.approx(0.5 * 50)


def test_the_same_words_have_the_same_size_in_every_column():
    # 27.7 pixels a cell: some columns are drawn a pixel wider than others
    shown = scene(row_of(*["window"] * 9, text="177", font=0.448))
    drawn = figure(shown, size=(277, 139)).findobj(Text)
    assert len({artist.get_fontsize() for artist in drawn if artist.get_text() == "177"}) == 1


@pytest.mark.parametrize(
    "trace",
    [
        cv.examples.lecture_6x6.trace(),
        cv.MaxPooling(2).trace([[-1, -12], [0, 305]]),
        cv.TransposedConvolution([[1, 2]]).trace([[-1, 2]], view="scatter"),
        cv.AveragePooling(2).trace([[0.25, -3], [1e9, 2]]),
    ],
)
def test_bold_captions_are_no_wider_than_they_are_taken_for(trace):
    board = trace.board()
    drawing = Drawing(board.stage)
    for line in [board.stage.title, *board.frame(0).texts["formula"].split("\n")]:
        assert 0.8 * bold_width(line) < drawing._width(line, 100, bold=True) / 100 <= bold_width(line)


def test_a_note_stands_small_above_the_text():
    grid = row_of("product", text="6")
    both = texts(draw(scene(grid, cells={"row": {(0, 0): (None, None, "2×3")}})))
    assert extent(both["2×3"])[3] <= extent(both["6"])[1]
    assert both["2×3"].get_fontsize() * 2 == both["6"].get_fontsize()


def test_titles_stand_centred_above_their_grids():
    for size in [(500, 250), (800, 400)]:
        drawn = figure(LECTURE.scene(0), size=size)
        unit = size[0] / 19.2 if size[0] / 19.2 < size[1] / 9.6 else size[1] / 9.6
        for grid in LECTURE.stage.grids:
            left, top, right, bottom = extent(texts(drawn)[grid.title])
            spare = (size[0] - 19.2 * unit) / 2, (size[1] - 9.6 * unit) / 2
            assert (left + right) / 2 == pytest.approx(spare[0] + unit * (grid.x + grid.width / 2), abs=1)
            assert bottom < spare[1] + unit * grid.y


@pytest.mark.parametrize(("anchor", "edge"), [("start", 0), ("end", 2)])
def test_captions_are_anchored_and_broken_into_lines(anchor, edge):
    drawn = draw(scene(texts=(Caption("c", 5, 2, "first\nsecond line", 0.4, anchor),)))
    first, second = extent(texts(drawn)["first"]), extent(texts(drawn)["second line"])
    assert first[edge] == pytest.approx(250, abs=2) and second[edge] == pytest.approx(250, abs=2)
    assert texts(drawn)["second line"].get_position()[1] - texts(drawn)["first"].get_position()[1] == pytest.approx(
        1.35 * 0.4 * 50
    )
    digits = draw(scene(texts=(Caption("c", 5, 2, "000", 0.4),)))
    rows = np.flatnonzero((pixels(digits) != 255).any(axis=(1, 2)))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(100, abs=1)


def test_a_caption_too_long_for_the_figure_is_made_smaller():
    drawn = draw(scene(texts=(Caption("c", 1, 2, "1×1 + " * 40),)))
    assert extent(next(iter(texts(drawn).values())))[2] <= 500


def test_a_frame_replaces_captions():
    stage = scene(texts=(Caption("c", 1, 2, "before"), Caption("d", 1, 3, "kept"))).stage
    assert set(texts(draw(Scene(stage, Frame(0, texts={"c": "now"}))))) == {"now", "kept"}


def test_a_mark_surrounds_its_cells_and_leaves_their_middle():
    grid = Grid("g", "", 1, 1, 1, 3, 3, (("",) * 3,) * 3, (("cell",) * 3,) * 3)
    image = pixels(draw(scene(grid, marks=(Mark("g", 1, 1, 2, 2),))))
    colour = rgb(themes.LIGHT.mark["window"])
    marked = np.argwhere((image == colour).all(axis=2))
    assert marked.min(axis=0).tolist() == [98, 98] and marked.max(axis=0).tolist() == [201, 201]
    assert (image[102:198, 102:198] != colour).any(axis=2).all()


def test_links_have_the_colour_of_their_role_and_a_head_if_asked():
    plain = pixels(draw(scene(links=(Link(1, 1, 5, 1),))))
    arrow = pixels(draw(scene(links=(Link(1, 1, 5, 1, "window", True),))))
    assert tuple(plain[50, 120]) == rgb(themes.LIGHT.mark["link"])
    assert tuple(arrow[50, 120]) == rgb(themes.LIGHT.mark["window"])
    thick = [(image[:, 238] != 255).any(axis=1).sum() for image in (plain, arrow)]
    assert thick[0] <= 4 and thick[1] >= 7
    assert (arrow[:, 251:] == 255).all(), "the head ends where the link ends"


@pytest.mark.parametrize("side", [8, 28])
def test_a_picture_shows_its_pixels_and_hides_what_is_to_come(side):
    board = boards.picture(side)
    step = (side - 2) * 3 + 2
    bare = dataclasses.replace(board.frame(step), marks=())
    image = pixels(figure(Scene(board.stage, bare)))
    unit = 400 / 9.6
    for grid in board.stage.grids:
        values = grid.pixels if grid.pixels.ndim == 3 else np.stack([grid.pixels] * 3, 2)
        for row in range(grid.rows):
            for column in range(grid.columns):
                shown = image[
                    int(unit * (grid.y + (row + 0.5) * grid.pitch)), int(unit * (grid.x + (column + 0.5) * grid.pitch))
                ]
                hidden = grid.reveals and row * grid.columns + column > step
                expected = veiled(values[row, column]) if hidden else tuple(values[row, column])
                assert tuple(shown) == pytest.approx(expected, abs=1.5 if hidden else 0), (grid.name, row, column)


def test_a_picture_of_fewer_pixels_than_cells_is_stretched_over_them():
    grid = Grid("g", "", 1, 1, 0.5, 4, 4, None, None, pixels=np.array([[0, 90], [180, 250]], np.uint8))
    image = pixels(draw(scene(grid)))
    assert [image[60, 60, 0], image[60, 140, 0], image[140, 60, 0], image[140, 140, 0]] == [0, 90, 180, 250]
    assert image[98, 98, 0] == 0 and image[101, 101, 0] == 250


@pytest.mark.parametrize("scale", [3, 0.4])
@pytest.mark.parametrize(("rows", "columns"), [(40, 8), (8, 40), (20, 20)])
def test_enlarged_pictures_are_sharp_and_reduced_ones_are_averaged(rows, columns, scale):
    # of rows or columns that are black and white in turn, every second pixel alone would be all black
    stripes = 255 * (np.add.outer(np.arange(rows), np.arange(columns)) % 2).astype(np.uint8)
    grid = Grid("g", "", 1, 0.2, scale / 50, rows, columns, None, None, pixels=stripes)
    image = pixels(draw(scene(grid)))[:, :, 0]
    left, top = 50, 10
    inside = image[top + 3 : top + int(rows * scale) - 2, left + 3 : left + int(columns * scale) - 2]
    if scale > 1:
        assert set(np.unique(inside)) == {0, 255}
    elif inside.size:
        assert 60 < inside.min() and inside.max() < 200


def test_a_mark_on_tiny_cells_of_a_picture_is_seen_and_does_not_cover_them():
    grid = Grid("g", "", 1, 1, 0.06, 50, 50, None, None, pixels=np.full((50, 50), 77, np.uint8))
    image = pixels(draw(scene(grid, marks=(Mark("g", 20, 20, 1, 1),))))
    assert ((image == rgb(themes.LIGHT.mark["window"])).all(axis=2)).sum() > 50
    assert tuple(image[111, 111]) == (77, 77, 77)


def test_another_dpi_scales_the_picture():
    drawn = draw(scene(row_of("winner", "cell", text="8")), dpi=100)
    large = pixels(drawn, dpi=200)
    assert large.shape == (500, 1000, 3)
    assert tuple(large[110, 110]) == rgb(themes.LIGHT.cells["winner"].fill)


def test_notebooks_can_show_the_figure():
    shown = Image.open(io.BytesIO(draw(LECTURE.scene(0))._repr_png_()))
    assert shown.size == (500, 250)


@pytest.mark.parametrize("family", [None, "IPAexGothic"])
def test_japanese_captions_use_a_font_that_has_the_letters_or_say_what_to_install(family, monkeypatch):
    if family is None:
        monkeypatch.setattr(fonts, "japanese_family", lambda: None)
    elif fonts.japanese_family() is None:
        pytest.skip("no font with Japanese letters is installed")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        drawn = draw(boards.lecture("ja").scene(0))
        pixels(drawn)
    if family is None:
        assert [warning.category for warning in caught] == [UserWarning]
        assert "fonts-ipaexfont" in str(caught[0].message)
        assert "□□" in texts(drawn)
    else:
        assert not caught
        assert fonts.japanese_family() in texts(drawn)["入力"].get_fontfamily()
    assert texts(drawn)["18"].get_fontfamily() == ["DejaVu Sans"]


def test_the_first_font_of_the_list_that_is_installed_and_has_the_letters_is_taken(monkeypatch):
    serif, sans = fonts.letters_of("DejaVu Serif"), fonts.letters_of("DejaVu Sans")
    monkeypatch.setattr(fonts, "JAPANESE", ("No such font", "DejaVu Serif", "DejaVu Sans"))
    for sample, family in (("ab", "DejaVu Serif"), (min(sans - serif), "DejaVu Sans")):
        monkeypatch.setattr(fonts, "_SAMPLE", frozenset(sample))
        assert fonts.japanese_family.__wrapped__() == family


def test_bold_japanese_words_cause_no_complaint(caplog):
    if fonts.japanese_family() is None:
        pytest.skip("no font with Japanese letters is installed")
    pixels(draw(scene(texts=(Caption("c", 4, 2, "畳み込み 3×3", role="strong"),))))
    assert not caplog.records


def test_japanese_letters_are_not_boxes():
    if fonts.japanese_family() is None:
        pytest.skip("no font with Japanese letters is installed")
    shapes = {pixels(draw(scene(texts=(Caption("c", 4, 2, letter, 1),)))).tobytes() for letter in "畳み込入力"}
    assert len(shapes) == 5


def test_letters_that_no_font_has_become_boxes_with_one_warning():
    shown = scene(row_of("cell", "cell", text="\U0001f9e0\ud800"), texts=(Caption("c", 1, 3, "\x00\x07"),))
    with pytest.warns(UserWarning, match="no installed font has U\\+") as caught:
        drawn = draw(shown)
        pixels(drawn)
    assert len(caught) == 1
    assert set(texts(drawn)) == {"□□"}


def test_nothing_global_is_changed():
    before = dict(matplotlib.rcParams)
    pixels(draw(boards.lecture("ja").scene(4)))
    assert dict(matplotlib.rcParams) == before
    code = "import sys, convviz.render.animation; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("name", ["lecture", "lines that turn solid and dashed"])
def test_a_drawing_can_go_to_any_step(name):
    board = LECTURE
    if name != "lecture":
        board = boards.padded()
        solid = {"input": {(0, 3): (None, "window", None), (5, 0): (None, "cell", None)}}
        board = dataclasses.replace(board, frames=(dataclasses.replace(board.frames[0], cells=solid), *board.frames[1:]))
    drawing = Drawing(board.stage)
    for step in (5, 0, 15, 5):
        drawing.show(board.scene(step))
        assert (pixels(drawing.figure) == pixels(figure(board.scene(step)))).all()


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        ((800,), TypeError, r"size is \(800,\); expected width and height"),
        ("800x400", ValueError, "such as"),
        ((800.0, 400), TypeError, "expected width and height"),
        ((True, 400), TypeError, "expected width and height"),
        (15, ValueError, "from 16 to 10000"),
        ((15, 400), ValueError, "from 16 to 10000"),
        ((800, 10**6), ValueError, "from 16 to 10000"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(size, error, words):
    with pytest.raises(error, match=words):
        figure(LECTURE.scene(0), size=size)


@pytest.mark.parametrize(("dpi", "error"), [(0, ValueError), (float("nan"), ValueError), ("100", TypeError)])
def test_pixels_per_inch_that_make_no_sense_are_refused(dpi, error):
    with pytest.raises(error, match="dpi is"):
        figure(LECTURE.scene(0), dpi=dpi)


def test_an_unknown_theme_is_refused():
    with pytest.raises(ValueError, match="'light', 'dark'"):
        figure(LECTURE.scene(0), theme="pink")
