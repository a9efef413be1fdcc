"""Decks of slides as LibreOffice shows them.

Skipped without LibreOffice and poppler; where the variable CONVVIZ_REQUIRE_OFFICE is set, their absence is a failure.
"""

import os
import re
import shutil
import subprocess
from xml.etree import ElementTree

import numpy as np
import pptx
import pytest
from decks import NAVY, board_of, named, template
from PIL import Image
from veils import veiled

from convviz.render import save
from convviz.render.slides.arrangement import INCH
from convviz.stage import theme as themes

DPI = 144
#: Places within a cell, in its sides, where neither letters nor marks are; above, there may be a note.
LOWER, UPPER = ((0.14, 0.88), (0.86, 0.88)), ((0.14, 0.12), (0.86, 0.12))


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Decks as LibreOffice shows them, by name: for each slide its picture and its words with their boxes in inches."""
    leave = pytest.fail if os.environ.get("CONVVIZ_REQUIRE_OFFICE") else pytest.skip
    for program in ("soffice", "pdftoppm", "pdftotext"):
        if shutil.which(program) is None:
            leave(f"there is no {program}; install LibreOffice and poppler (Debian: libreoffice-impress poppler-utils)")
    folder = tmp_path_factory.mktemp("office")
    decks = {
        "padded": (board_of("same with bias"), {}),
        "dark": (board_of("max pooling", "ja"), {"theme": "dark"}),
        "wide": (board_of("groups"), {"template": template(folder / "master.pptx")}),
        "picture": (board_of("28×28"), {}),
    }
    paths = [save(board, folder / f"{name}.pptx", **options) for name, (board, options) in decks.items()]
    alone = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", alone, "--headless", "--convert-to", "pdf", "--outdir", folder, *paths]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return {
        name: (board, pptx.Presentation(path), rendered(path.with_suffix(".pdf")))
        for (name, (board, _)), path in zip(decks.items(), paths, strict=True)
    }


def rendered(path):
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", str(path), str(path.with_suffix(""))], check=True)
    pictures = [np.asarray(Image.open(file).convert("RGB")) for file in sorted(path.parent.glob(f"{path.stem}-*.png"))]
    layout = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=True, capture_output=True).stdout
    pages = ElementTree.fromstring(layout).iter("{http://www.w3.org/1999/xhtml}page")
    return list(zip(pictures, map(list, map(words_of, pages)), strict=True))


def words_of(page):
    for word in page.iter("{http://www.w3.org/1999/xhtml}word"):
        yield [float(word.get(side)) / 72 for side in ("xMin", "yMin", "xMax", "yMax")], word.text


def rgb(name):
    return tuple(bytes.fromhex(name.removeprefix("#")))


def pixel(picture, left, top):
    return tuple(int(part) for part in picture[int(top / INCH * DPI), int(left / INCH * DPI)])


@pytest.mark.parametrize("name", ["padded", "dark", "wide", "picture"])
def test_office_shows_a_page_for_each_step(name, shown):
    board, deck, pages = shown[name]
    assert len(pages) == len(board.indices)
    for picture, _ in pages:
        assert picture.shape[1] == pytest.approx(deck.slide_width / INCH * DPI, abs=1)
        assert picture.shape[0] == pytest.approx(deck.slide_height / INCH * DPI, abs=1)


@pytest.mark.parametrize(("name", "look"), [("padded", themes.LIGHT), ("dark", themes.DARK), ("wide", themes.LIGHT)])
def test_office_shows_each_cell_where_it_belongs_in_its_colour(name, look, shown):
    """Near its corners, where no letters and no marks are: rows that grew would shift the colours."""
    board, deck, pages = shown[name]
    for slide, index, (picture, _) in zip(deck.slides, board.indices, pages, strict=True):
        scene, shapes = board.scene(index), named(slide)
        for grid in board.stage.grids:
            table = shapes[grid.name]
            side = table.width / grid.columns
            for cell in scene.cells(grid):
                if look.cells[cell.role].hatched:
                    continue
                for across, down in LOWER if cell.note else LOWER + UPPER:
                    x, y = table.left + (cell.column + across) * side, table.top + (cell.row + down) * side
                    found = pixel(picture, x, y)
                    assert found == rgb(look.cells[cell.role].fill), (grid.name, cell)
            below = pixel(picture, table.left + side / 2, table.top + table.height + 0.2 * side)
            assert below == rgb(NAVY if name == "wide" else look.background), grid.name


@pytest.mark.parametrize("name", ["padded", "dark", "wide"])
def test_office_breaks_no_number_and_keeps_each_in_its_cell(name, shown):
    board, deck, pages = shown[name]
    for slide, index, (_, words) in zip(deck.slides, board.indices, pages, strict=True):
        scene, shapes = board.scene(index), named(slide)
        for grid in board.stage.grids:
            table = shapes[grid.name]
            side = table.width / grid.columns / INCH
            for cell in scene.cells(grid):
                left, top = table.left / INCH + cell.column * side, table.top / INCH + cell.row * side
                place = left, top, left + side, top + side
                found = sorted((round(box[1], 2), box[0], word) for box, word in words if within(box, place))
                assert [word for _, _, word in found] == f"{cell.note} {cell.text}".split(), (grid.name, cell)


def within(box, cell):
    """Whether the middle of a word lies in a cell, and then the word does not leave it sideways."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if not (cell[0] < x < cell[2] and cell[1] < y < cell[3]):
        return False
    assert cell[0] - 0.01 <= box[0] and box[2] <= cell[2] + 0.01
    return True


def test_office_keeps_captions_apart_and_on_the_slide(shown):
    for _, deck, pages in shown.values():
        for slide, (_, words) in zip(deck.slides, pages, strict=True):
            width, height = deck.slide_width / INCH, deck.slide_height / INCH
            assert all(0 < box[0] and box[2] < width and 0 < box[1] and box[3] < height for box, _ in words)
            said = "".join(word for _, word in words)
            for name in ("formula", "title of input", "remark.0"):
                shape = named(slide).get(name)
                if shape is not None:
                    assert re.sub(r"\s", "", shape.text_frame.text) in said
            title = re.sub(r"\s", "", slide.shapes.title.text_frame.text)
            assert title in said


def test_office_shows_pixels_and_what_is_to_come(shown):
    board, deck, pages = shown["picture"]
    grid, (picture, _) = board.stage.grid("output"), pages[1]
    shape, index = named(deck.slides[1])["output"], board.indices[1]
    side = shape.width / grid.columns
    for cell in (0, index, index + 1, grid.columns * grid.rows - 1):
        row, column = divmod(cell, grid.columns)
        found = pixel(picture, shape.left + (column + 0.5) * side, shape.top + (row + 0.5) * side)
        clear = (int(grid.pixels[row, column]),) * 3
        expected = clear if cell <= index else veiled(clear)
        assert found == pytest.approx(expected, abs=2)
