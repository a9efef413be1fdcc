"""Contact sheets of animations: first, middle and last frame of each, to be looked at.

    python tests/contact_sheet.py SHEETS [FOLDER ...] [--only NAME ...] [--theme dark] [--lang ja] [--rows 12]

Without a FOLDER all that ``convviz gallery`` writes is written anew, and the numbers in the last frame are compared with
plain loops first. With folders, the animations in them (GIF, WebP, APNG) are shown as they are.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
import reference
from PIL import Image, ImageDraw, ImageFont

from convviz import gallery, processes
from convviz.notation import shorten
from convviz.operations import AveragePooling, MaxPooling, TransposedConvolution

ENDINGS = (".gif", ".webp", ".apng")
#: Width of a frame on a sheet, the space around it, and the height of the line that names it, in pixels.
WIDTH, GAP, LABEL = 760, 12, 26
PAPER, INK = "#d8d8d8", "#101010"


def judged(trace):
    """The feature map in plain loops, as texts: channel by channel, rows of cells."""
    operation = trace.operation
    settings = {name: getattr(operation, name) for name in operation.settings if name not in ("kernel", "bias")}
    image = trace.source.tolist()
    if isinstance(operation, MaxPooling):
        found, _ = reference.max_pool(image, **settings)
    elif isinstance(operation, AveragePooling):
        found = reference.avg_pool(image, **settings)
    else:
        kernel = operation.kernel.reshape(operation.kernel.shape + (1,) * (4 - operation.kernel.ndim)).tolist()
        judge = reference.transposed if isinstance(operation, TransposedConvolution) else reference.convolve
        bias = None if operation.bias is None else operation.bias.tolist()
        found = judge(image, kernel, bias, **settings)
    planes = np.moveaxis(np.array(found[0]), 2, 0)
    return [[[shorten(value).text for value in row] for row in plane.tolist()] for plane in planes]


def ended(scene, prefix=""):
    """The feature map that a scene shows, as texts: channel by channel, rows of cells."""
    grids = [grid for grid in scene.stage.grids if grid.name.split(".")[: 1 + bool(prefix)] == [*prefix.split(), "output"]]
    return [
        [[scene.cell(grid, row, column).text for column in range(grid.columns)] for row in range(grid.rows)] for grid in grids
    ]


def wrong(name):
    """What is wrong with the numbers in the last frame of an animation; nothing if they are right, or it has none."""
    if name.startswith(gallery.PHOTOGRAPH):
        return ""
    shown = gallery.animation(name)
    board = shown.board()
    scene = board.scene(board.indices[-1])
    sides = {"left": shown.left, "right": shown.right} if name in gallery.PAIRS else {"": shown}
    found = [f"{side} shows {ended(scene, side)}, not {judged(trace)}" for side, trace in sides.items()
             if ended(scene, side) != judged(trace)]  # fmt: skip
    return "; ".join(found)


def frames(path):
    """First, middle and last frame of an animation, and how many there are."""
    with Image.open(path) as animation:
        count = getattr(animation, "n_frames", 1)
        kept = []
        for index in sorted({0, count // 2, count - 1}):
            animation.seek(index)
            frame = animation.convert("RGBA")
            paper = Image.new("RGBA", frame.size, "white")
            paper.alpha_composite(frame)
            kept.append(paper.convert("RGB"))
    return kept, count


def sheet(paths):
    """One picture of several animations, a row for each."""
    font = ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), 17)
    rows = []
    for path in paths:
        kept, count = frames(path)
        scaled = [frame.resize((WIDTH, round(frame.height * WIDTH / frame.width)), Image.LANCZOS) for frame in kept]
        rows.append((f"{path.name}   {count} frames, {path.stat().st_size / 1000:.0f} kB", scaled))
    height = sum(LABEL + GAP + max(frame.height for frame in scaled) for _, scaled in rows) + GAP
    page = Image.new("RGB", (3 * (WIDTH + GAP) + GAP, height), PAPER)
    draw, y = ImageDraw.Draw(page), GAP
    for label, scaled in rows:
        draw.text((GAP, y), label, INK, font)
        for number, frame in enumerate(scaled):
            page.paste(frame, (GAP + number * (WIDTH + GAP), y + LABEL))
        y += LABEL + GAP + max(frame.height for frame in scaled)
    return page


def written(folder, names, theme, lang):
    """Every animation of the gallery as a GIF, in the order of the gallery."""
    files = [(name, ".gif") for name in names]
    for file, _, error in gallery.write(folder, files, processes.cores(), lang, {".gif": {"theme": theme}}):
        if error is not None:
            sys.exit(f"{file}: {error}")
    return [Path(folder, name + ".gif") for name in names]


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Contact sheets of animations: first, middle and last frame of each.")
    parser.add_argument("sheets", type=Path, help="folder for the sheets")
    parser.add_argument("folders", nargs="*", type=Path, help="folders of animations; those of the gallery if not given")
    parser.add_argument("--only", nargs="+", default=gallery.names(), metavar="NAME")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--lang", choices=("en", "ja"), default="en")
    parser.add_argument("--rows", type=int, default=12, help="how many animations stand on a sheet")
    given = parser.parse_args(arguments)
    given.sheets.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        if given.folders:
            paths = sorted(path for folder in given.folders for path in folder.rglob("*") if path.suffix in ENDINGS)
        else:
            complaints = [f"{name}: {wrong(name)}" for name in given.only if wrong(name)]
            if complaints:
                sys.exit("\n".join(complaints))
            paths = written(temporary, given.only, given.theme, given.lang)
        for number, start in enumerate(range(0, len(paths), given.rows), 1):
            sheet(paths[start : start + given.rows]).save(given.sheets / f"sheet-{number}.png")
        total = sum(path.stat().st_size for path in paths)
        print(f"{len(paths)} animations, {total / 1e6:.2f} MB, on {number} sheets in {given.sheets}")


if __name__ == "__main__":
    main()
