"""A contact sheet of pictures: kinds of operations on slides, in pages and in files of all shapes, to be looked at whole.

    python tests/picture_sheet.py SHEETS [--only WORD ...]

Each picture is judged as data: nothing overlaps or leaves it, letters are not below the limits of its case and medium, the
grids use its width or its height, and no third of it is empty. Pages are judged by what Chromium makes of them. What is wrong
is printed, and the program then ends with status 1. Slides need LibreOffice and poppler, pages Chromium with playwright;
pictures of what is absent are left out, and named.
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

#: Pictures in a row of a sheet, rows, the width of one, space around it and height of the line that names it, in pixels.
COLUMNS, ROWS, WIDTH, GAP, LABEL = 4, 3, 640, 10, 24
PAPER, INK = "#d8d8d8", "#101010"
#: Cells of the raster on which empty areas are looked for, a side; and the largest part of a picture that may be empty.
RASTER, EMPTY = 48, 1 / 3


def integers(*shape, low=-2, high=4):
    """Random whole numbers, the same for the same shape."""
    return np.random.default_rng(shape).integers(low, high, shape)


def decimals(*shape):
    """Random numbers of many digits, the same for the same shape."""
    return np.random.default_rng(shape).normal(size=shape)


SOBEL = cv.examples.kernel("sobel_x")
#: What is shown, by name, and the least letters of its numbers on a slide of 13.33 × 7.5 inches, in points.
CASES = {
    "6×6": (lambda: cv.examples.lecture_6x6.trace(), 18),
    "same padding": (lambda: cv.Convolution(integers(3, 3), padding="same").trace(integers(5, 5)), 18),
    "bias and strides": (lambda: cv.Convolution(integers(3, 3), bias=[-2], strides=2).trace(integers(7, 7)), 18),
    "grey values": (lambda: cv.Convolution(SOBEL).trace(integers(6, 6, low=0, high=256)), 18),
    "decimals": (
        lambda: cv.Convolution([[0.25, -0.5, 0.1], [0.05, 1, -1], [0, 2.5, 0.75]]).trace(integers(6, 6, low=0, high=256)),
        14,
    ),
    "many digits": (lambda: cv.Convolution(decimals(3, 3)).trace(decimals(6, 6)), 8.5),
    "a row": (lambda: cv.Convolution(integers(1, 3)).trace(integers(1, 12)), 18),
    "dilation": (lambda: cv.Convolution(integers(3, 3), dilation_rate=2).trace(integers(7, 7)), 18),
    "three channels": (lambda: cv.Convolution(integers(3, 3, 3, 1), bias=[-2]).trace(integers(5, 5, 3, low=0)), 14),
    "three filters": (lambda: cv.Convolution(integers(3, 3, 1, 3)).trace(integers(6, 6)), 14),
    "three of each": (lambda: cv.Convolution(integers(3, 3, 3, 3), bias=[1, 2, -2]).trace(integers(5, 5, 3)), 14),
    "depthwise": (lambda: cv.Convolution(integers(3, 3, 1, 3), groups=3).trace(integers(5, 5, 3)), 14),
    "groups": (lambda: cv.Convolution(integers(3, 3, 2, 2), groups=2, bias=[1, -2]).trace(integers(5, 5, 4)), 14),
    "5×5 kernel": (lambda: cv.Convolution(integers(5, 5)).trace(integers(7, 7)), 18),
    "7×7 kernel": (lambda: cv.Convolution(integers(7, 7)).trace(integers(10, 10)), 12),
    "max pooling": (lambda: cv.MaxPooling(2).trace(integers(6, 6, low=0, high=100)), 18),
    "average pooling": (lambda: cv.AveragePooling(2, padding="same").trace(integers(5, 5, low=0, high=10)), 18),
    "pooling backward": (lambda: cv.MaxPooling(2).trace(integers(4, 4), view="backward", gradient=integers(2, 2)), 18),
    "transposed": (lambda: cv.TransposedConvolution(integers(3, 3), strides=2).trace(integers(3, 3)), 18),
    "stamps": (lambda: cv.TransposedConvolution(integers(3, 3), strides=2).trace(integers(3, 3), view="scatter"), 17),
    "photograph": (lambda: cv.Convolution(SOBEL).trace(cv.examples.photograph()), 14),
    "strides 1 and 2": (lambda: cv.compare(cv.Convolution(ONES), cv.Convolution(ONES, strides=2), SMALL), 13),
    "valid and same": (lambda: cv.compare(cv.MaxPooling(3, 1), cv.MaxPooling(3, 1, padding="same"), SMALL), 13),
}
SMALL, ONES = integers(5, 5, low=0, high=5), np.ones((3, 3))
#: Files by medium: their size for `save`, and their least letters in pixels for each point that a slide's have.
FILES = {
    "slide": (("13.333in", "7.5in"), 100 / 72),
    "1280×720": ((1280, 720), 4 / 3),
    "square": ((800, 800), 1),
    "half a slide": ((620, 500), 0.64),
    "400 wide": (400, 0.6),
}
#: Pages: the window of the browser, the least letters of captions and numbers, and the least cells, in pixels.
PAGES = {"page 1280": (1280, 720, 9, 14), "page 390": (390, 844, 11, 24)}
#: The least part of the width or of the height that grids and captions take.
USED = 0.8
#: Which media, theme and language each case has, in turn.
LOOKS = [("light", "en"), ("dark", "en"), ("light", "ja"), ("dark", "ja")]


def pictures():
    """What stands on the sheet: ``(case, medium, theme, lang)``, a slide of each case and two other media or more."""
    others = [*list(FILES)[1:], *PAGES]
    for number, case in enumerate(CASES):
        yield case, "slide", *LOOKS[number % 2 * 2]
        for turn in range(3 if number % 3 == 0 else 2):
            medium = others[(number + 2 * turn + number // 6) % len(others)]
            yield case, medium, *LOOKS[(number + turn) % len(LOOKS)]


def complaints(board, medium, points):
    """What is wrong with the middle step of a board on a file, as data; `points` are the least letters on a slide."""
    size, factor = FILES[medium]
    scene = board.scene(board.indices[len(board.indices) // 2])
    stage, least = scene.stage, points * factor
    yield from overlap_complaints(scene)
    width, height = pixel_size(size, stage)
    unit = min(width / stage.width, height / stage.height)
    fonts = {grid.name: grid.font * unit for grid in stage.grids if grid.texts is not None}
    small = {name: round(font, 1) for name, font in fonts.items() if font < least}
    if small:
        yield f"letters below {least:.0f} pixels: {small}"
    across = max(grid.x + grid.width for grid in stage.grids) - min(grid.x for grid in stage.grids)
    used = across * unit / width, stage.height * unit / height
    if max(used) < USED:
        yield f"only {used[0]:.0%} of the width and {used[1]:.0%} of the height are used"
    share = empty_share(scene, width / unit, height / unit)
    if share > EMPTY:
        yield f"{share:.0%} of the picture are one empty rectangle"


#: What a page shows: its width, whether it is wider than the window, the letters, boxes of texts, and cells with numbers.
SHOWN = """() => {
    const svg = document.querySelector(".convviz svg");
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const box = (part) => { const r = part.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const lines = texts.flatMap((text) => text.children.length ? [...text.children] : [text]);
    return {
        wider: document.documentElement.scrollWidth > innerWidth,
        letters: texts.map((text) => [text.textContent, scale * parseFloat(text.getAttribute("font-size"))]),
        texts: lines.map((text) => [text.textContent, box(text)]),
        grids: [...svg.querySelectorAll("[data-grid]")].map((grid) => [grid.dataset.grid, box(grid)]),
        right: innerWidth,
    };
}"""


def page_complaints(shown, stage, least, cell):
    """What is wrong with a page: what `SHOWN` returned, its letters and its cells with numbers in pixels."""
    if shown["wider"]:
        yield "the page is wider than the window"
    small = {text: round(size, 1) for text, size in shown["letters"] if size < least - 0.05}
    if small:
        yield f"letters below {least} pixels: {small}"
    numeric = {grid.name: grid.columns for grid in stage.grids if grid.texts is not None}
    cells = {name: (box[2] - box[0]) / numeric[name] for name, box in shown["grids"] if name in numeric}
    if min(cells.values(), default=cell) < cell - 0.05:
        yield f"cells below {cell} pixels: {cells}"
    for at, (text, box) in enumerate(shown["texts"]):
        if box[0] < 0 or box[2] > shown["right"]:
            yield f"{text!r} leaves the page"
        for other, second in shown["texts"][at + 1 :]:
            across, down = min(box[2], second[2]) - max(box[0], second[0]), min(box[3], second[3]) - max(box[1], second[1])
            # boxes of lines are higher than their letters
            if across > 1 and down > 0.35 * min(box[3] - box[1], second[3] - second[1]):
                yield f"{text!r} and {other!r} overlap"


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
    """Every picture as a file, by what it shows, and what is wrong with the pages; slides and pages are drawn together."""
    found, slides, pages = {}, [], []
    for number, (key, trace) in enumerate(wanted.items()):
        case, medium, theme, lang = key
        middle = middle_step(trace)
        if medium in FILES and medium != "slide":
            size, _ = FILES[medium]
            found[key] = trace.save(folder / f"{number}.png", size=size, steps=middle, theme=theme, lang=lang)
        elif medium == "slide":
            slides.append((key, trace.save(folder / f"{number}.pptx", steps=middle, theme=theme, lang=lang)))
        else:
            pages.append((key, trace.save(folder / f"{number}.html", steps=middle, theme=theme, lang=lang)))
    shown, wrong = from_chromium(pages, wanted)
    return found | from_office(folder, slides) | shown, wrong


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


def from_chromium(pages, traces):
    """Pages as Chromium shows them, and what is wrong with them."""
    chromium, found, wrong = shutil.which("chromium"), {}, []
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return report_absent(["playwright"], pages), wrong
    if chromium is None or not pages:
        return report_absent(["chromium"] if pages else [], pages), wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for key, path in pages:
            _, medium, theme, lang = key
            width, height, *limits = PAGES[medium]
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            page.goto(path.as_uri())
            page.screenshot(path=path.with_suffix(".png"), full_page=medium == "page 390")
            said = page_complaints(page.evaluate(SHOWN), traces[key].board(lang).stage, *limits)
            wrong += [(key, complaint) for complaint in said]
            page.close()
            found[key] = path.with_suffix(".png")
        browser.close()
    return found, wrong


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
    traces = {case: make() for case, (make, _) in CASES.items()}
    wanted = {key: traces[key[0]] for key in pictures() if any(word in " · ".join(key) for word in given.only)}
    wrong = []
    for key, trace in wanted.items():
        case, medium, _, lang = key
        if medium in FILES:
            board = trace.board(lang, shape=shape_of(FILES[medium][0]))
            wrong += [(key, said) for said in complaints(board, medium, CASES[case][1])]
    with tempfile.TemporaryDirectory() as temporary:
        found, wrong_pages = drawn(Path(temporary), wanted)
        count = sheets(given.sheets, {key: found[key] for key in wanted if key in found})
    wrong += wrong_pages
    for key, said in wrong:
        print(f"{' · '.join(key)}: {said}")
    print(f"{len(found)} pictures on {count} sheets in {given.sheets}, {len(wrong)} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
