"""A contact sheet of pictures: kinds of operations on slides, in pages and in files of all shapes, to be looked at whole.

    python tests/picture_sheet.py SHEETS [--only WORD ...]

Each picture is first judged as data: nothing overlaps or leaves it, letters are not below the limits of its medium, and no
third of it is empty. What is wrong is printed, and the program then ends with status 1. Slides need LibreOffice and poppler,
pages Chromium with playwright; pictures of what is absent are left out, and named.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import convviz as cv

sys.path.insert(0, str(Path(__file__).parent / "helpers"))
from overlaps import overlap_complaints, text_box

from convviz.render.sizes import pixel_size, shape_of

RNG = np.random.default_rng(3)
#: Pictures in a row of a sheet, rows, the width of one, space around it and height of the line that names it, in pixels.
COLUMNS, ROWS, WIDTH, GAP, LABEL = 4, 3, 640, 10, 24
PAPER, INK = "#d8d8d8", "#101010"
#: Cells of the raster on which empty areas are looked for, a side; and the largest part of a picture that may be empty.
RASTER, EMPTY = 48, 1 / 3


def integers(*shape, low=-2, high=4):
    """Random whole numbers."""
    return RNG.integers(low, high, shape)


#: What is shown, by name.
CASES = {
    "6×6": lambda: cv.examples.lecture_6x6.trace(),
    "same padding": lambda: cv.Convolution(integers(3, 3), padding="same").trace(integers(5, 5)),
    "bias and strides": lambda: cv.Convolution(integers(3, 3), bias=[-2], strides=2).trace(integers(7, 7)),
    "decimals": lambda: cv.Convolution([[0.25, -0.5, 0.1], [0.05, 1, -1], [0, 2.5, 0.75]]).trace(
        integers(6, 6, low=0, high=256)
    ),
    "dilation": lambda: cv.Convolution(integers(3, 3), dilation_rate=2).trace(integers(7, 7)),
    "three channels": lambda: cv.Convolution(integers(3, 3, 3, 1), bias=[-2]).trace(integers(5, 5, 3, low=0)),
    "three filters": lambda: cv.Convolution(integers(3, 3, 1, 3)).trace(integers(6, 6)),
    "three of each": lambda: cv.Convolution(integers(3, 3, 3, 3), bias=[1, 2, -2]).trace(integers(5, 5, 3)),
    "depthwise": lambda: cv.Convolution(integers(3, 3, 1, 3), groups=3).trace(integers(5, 5, 3)),
    "7×7 kernel": lambda: cv.Convolution(integers(7, 7)).trace(integers(10, 10)),
    "max pooling": lambda: cv.MaxPooling(2).trace(integers(6, 6, low=0, high=100)),
    "average pooling": lambda: cv.AveragePooling(2, padding="same").trace(integers(5, 5, low=0, high=10)),
    "pooling backward": lambda: cv.MaxPooling(2).trace(integers(4, 4), view="backward", gradient=integers(2, 2)),
    "transposed": lambda: cv.TransposedConvolution(integers(3, 3), strides=2).trace(integers(3, 3)),
    "stamps": lambda: cv.TransposedConvolution(integers(3, 3), strides=2).trace(integers(3, 3), view="scatter"),
    "photograph": lambda: cv.Convolution(cv.examples.kernel("sobel_x")).trace(cv.examples.photograph()),
    "strides 1 and 2": lambda: cv.compare(cv.Convolution(np.ones((3, 3))), cv.Convolution(np.ones((3, 3)), strides=2), SMALL),
    "valid and same": lambda: cv.compare(cv.MaxPooling(3, 1), cv.MaxPooling(3, 1, padding="same"), SMALL),
}
SMALL = integers(5, 5, low=0, high=5)
#: Pictures by medium: their size for `save`, the least letters of numbers in pixels; for slides points, for pages in browsers.
FILES = {"1280×720": ((1280, 720), 12), "square": ((800, 800), 9), "half a slide": ((620, 500), 8), "400 wide": (400, 6)}
SLIDE, PAGES = ("slide", 11), {"page 1280": (1280, 720, 9), "page 390": (390, 844, 11)}
#: Which media, theme and language each case has, in turn.
LOOKS = [("light", "en"), ("dark", "en"), ("light", "ja"), ("dark", "ja")]


def pictures():
    """What stands on the sheet: ``(case, medium, theme, lang)``, a slide of each case and two other media or more."""
    others = [*FILES, *PAGES]
    for number, case in enumerate(CASES):
        yield case, SLIDE[0], *LOOKS[number % 2 * 2]
        for turn in range(3 if number % 3 == 0 else 2):
            medium = others[(number + 2 * turn + number // 6) % len(others)]
            yield case, medium, *LOOKS[(number + turn) % len(LOOKS)]


def complaints(board, medium):
    """What is wrong with the middle step of a board on a file, as data."""
    size, least = FILES.get(medium) or (("13.333in", "7.5in"), SLIDE[1] * 100 / 72)
    scene = board.scene(board.indices[len(board.indices) // 2])
    stage = scene.stage
    yield from overlap_complaints(scene)
    width, height = pixel_size(size, stage)
    unit = min(width / stage.width, height / stage.height)
    fonts = {grid.name: grid.font * unit for grid in stage.grids if grid.texts is not None}
    small = {name: round(font, 1) for name, font in fonts.items() if font < least}
    if small:
        yield f"letters below {least:.0f} pixels: {small}"
    share = empty_share(scene, width / unit, height / unit)
    if share > EMPTY:
        yield f"{share:.0%} of the picture are one empty rectangle"


def empty_share(scene, width, height):
    """The part of a picture, whose size is given in units, that is the largest rectangle with nothing in it."""
    stage, taken = scene.stage, np.zeros((RASTER, RASTER), bool)
    across, down = (width - stage.width) / 2, (height - stage.height) / 2
    boxes = [(grid.x, grid.y - 0.6 * bool(grid.title), grid.x + grid.width, grid.y + grid.height) for grid in stage.grids]
    for left, top, right, bottom in (*boxes, *(text_box(text) for text in scene.texts if text.text)):
        columns = slice(int((left + across) / width * RASTER), int(np.ceil((right + across) / width * RASTER)))
        taken[int((top + down) / height * RASTER) : int(np.ceil((bottom + down) / height * RASTER)), columns] = True
    free, largest = np.zeros(RASTER, int), 0
    for row in taken:
        free = np.where(row, 0, free + 1)
        for first in range(RASTER):
            high = np.minimum.accumulate(free[first:])
            largest = max(largest, int((high * np.arange(1, len(high) + 1)).max()))
    return largest / RASTER**2


def drawn(folder, wanted):
    """Every picture as a file, by what it shows; those of slides and pages are drawn together."""
    found, slides, pages = {}, [], []
    for number, (key, trace) in enumerate(wanted.items()):
        case, medium, theme, lang = key
        middle = middle_step(trace)
        if medium in FILES:
            size, _ = FILES[medium]
            found[key] = trace.save(folder / f"{number}.png", size=size, steps=middle, theme=theme, lang=lang)
        elif medium == SLIDE[0]:
            slides.append((key, trace.save(folder / f"{number}.pptx", steps=middle, theme=theme, lang=lang)))
        else:
            pages.append((key, trace.save(folder / f"{number}.html", steps=middle, theme=theme, lang=lang)))
    return found | from_office(folder, slides) | from_chromium(pages)


def middle_step(trace):
    """The step in the middle, as a list, as `save` takes it; for a photograph that with the strongest response."""
    indices = trace.board(steps=3).indices
    return [indices[len(indices) // 2]]


def from_office(folder, decks):
    """Slides as LibreOffice shows them."""
    missing = [program for program in ("soffice", "pdftoppm") if shutil.which(program) is None]
    if missing or not decks:
        return report_absent(missing, decks)
    alone = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", alone, "--headless", "--convert-to", "pdf", "--outdir", folder, *(path for _, path in decks)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    for _, path in decks:
        subprocess.run(
            ["pdftoppm", "-r", "96", "-png", "-singlefile", path.with_suffix(".pdf"), path.with_suffix("")], check=True
        )
    return {key: path.with_suffix(".png") for key, path in decks}


def from_chromium(pages):
    """Pages as Chromium shows them."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return report_absent(["playwright"], pages)
    if chromium is None or not pages:
        return report_absent(["chromium"] if pages else [], pages)
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for (case, medium, theme, lang), path in pages:
            width, height, _ = PAGES[medium]
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            page.goto(path.as_uri())
            page.screenshot(path=path.with_suffix(".png"), full_page=medium == "page 390")
            page.close()
            found[case, medium, theme, lang] = path.with_suffix(".png")
        browser.close()
    return found


def report_absent(programs, left_out):
    """Say which programs are missing and how many pictures are left out."""
    if programs and left_out:
        print(f"{len(left_out)} pictures are left out: there is no {', '.join(programs)}")
    return {}


def sheets(folder, found):
    """Write the pictures onto sheets; returns how many these are."""
    font = ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), 15)
    keys, count = list(found), COLUMNS * ROWS
    for number, start in enumerate(range(0, len(keys), count), 1):
        tiles = [(key, tile(found[key])) for key in keys[start : start + count]]
        rows = [tiles[at : at + COLUMNS] for at in range(0, len(tiles), COLUMNS)]
        heights = [max(picture.height for _, picture in row) + LABEL + GAP for row in rows]
        page = Image.new("RGB", (COLUMNS * (WIDTH + GAP) + GAP, sum(heights) + GAP), PAPER)
        draw, y = ImageDraw.Draw(page), GAP
        for row, height in zip(rows, heights, strict=True):
            for column, (key, picture) in enumerate(row):
                x = GAP + column * (WIDTH + GAP)
                draw.text((x, y), " · ".join(key), INK, font)
                page.paste(picture, (x, y + LABEL))
            y += height
        page.save(folder / f"pictures-{number}.png")
    return -(-len(keys) // count)


def tile(path):
    """A picture of the width of a tile; what is higher than wide becomes as high as a tile is wide."""
    picture = Image.open(path).convert("RGB")
    scale = min(WIDTH / picture.width, WIDTH / picture.height, 1)
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.LANCZOS)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="A contact sheet of pictures of all kinds, media, themes and languages.")
    parser.add_argument("sheets", type=Path, help="folder for the sheets")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="those with one of these words in their name")
    given = parser.parse_args(arguments)
    given.sheets.mkdir(parents=True, exist_ok=True)
    traces = {case: make() for case, make in CASES.items()}
    wanted = {key: traces[key[0]] for key in pictures() if any(word in " · ".join(key) for word in given.only)}
    wrong = 0
    for (case, medium, _, lang), trace in wanted.items():
        if medium not in PAGES:
            shape = shape_of(FILES[medium][0]) if medium in FILES else 16 / 9
            for said in complaints(trace.board(lang, shape=shape), medium):
                wrong += 1
                print(f"{case} · {medium} · {lang}: {said}")
    with tempfile.TemporaryDirectory() as temporary:
        found = drawn(Path(temporary), wanted)
        count = sheets(given.sheets, {key: found[key] for key in wanted if key in found})
    print(f"{len(found)} pictures on {count} sheets in {given.sheets}, {wrong} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
