"""Contact sheets of animations: first, middle and last frame of each, to be looked at.

    python tests/contact_sheet.py SHEETS [FOLDER ...] [--only NAME ...] [--theme dark] [--lang ja] [--rows 12]

Without a FOLDER all that ``convviz gallery`` writes is written anew: the numbers in every frame are compared with plain
loops first, and the frames are counted. With folders, the animations in them (GIF, WebP, APNG) are shown as they are.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
import reference
from PIL import Image, ImageDraw, ImageFont

from convviz._support import processes
from convviz.examples import gallery
from convviz.operations import AveragePooling, MaxPooling, TransposedConvolution
from convviz.steps.notation import shorten, show

ENDINGS = (".gif", ".webp", ".apng")
#: Width of a frame on a sheet, the space around it, and the height of the line that names it, in pixels.
WIDTH, GAP, LABEL = 760, 12, 26
PAPER, INK = "#d8d8d8", "#101010"


def judged(trace):
    """What an animation computes, in plain loops: the feature map, or the gradient that is handed back, in row order."""
    operation = trace.operation
    settings = {name: getattr(operation, name) for name in operation.settings if name not in ("kernel", "bias")}
    if trace.view == "backward":
        return handed_back(trace.forward.source[0, :, :, 0].tolist(), trace.gradient.tolist(), operation, settings)
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
    return np.moveaxis(np.array(found[0]), 2, 0).ravel().tolist()


def handed_back(image, gradient, operation, settings):
    """The gradient of an image that was pooled without padding, in row order; None where nothing is handed to a cell."""
    (rows, columns), (down, right) = settings["pool_size"], settings["strides"]
    found = [[None] * len(line) for line in image]
    for y, line in enumerate(gradient):
        for x, value in enumerate(line):
            window = [(y * down + i, x * right + j) for i in range(rows) for j in range(columns)]
            if isinstance(operation, MaxPooling):
                window = [max(window, key=lambda cell: image[cell[0]][cell[1]])]
            for row, column in window:
                found[row][column] = (found[row][column] or 0) + value / len(window)
    return [value for line in found for value in line]


def number(text):
    """The number that a text shows."""
    return float(text.replace("−", "-").strip("()"))


def cells_of(scene, side):
    """The cells of the feature map that a scene shows, channel by channel in row order; none of one that is a picture."""
    start = [side, "output"] if side else ["output"]
    return [cell for grid in scene.stage.grids if grid.name.split(".")[: len(start)] == start for cell in scene.cells(grid)]


def complaints(trace, scenes, steps, side):
    """What is wrong with the numbers on one side of frames, each of which shows a step, or None where it waits."""
    right, totals, latest = judged(trace), {}, -1
    expected = ["" if value is None else shorten(value).text for value in right]
    for frame, (scene, step) in enumerate(zip(scenes, steps, strict=True), 1):
        shown = [cell.text for cell in cells_of(scene, side)]
        if trace.view == "gather":
            latest = latest if step is None else step
            due = [text if place <= latest else "" for place, text in enumerate(expected)]
            if shown and shown != due:
                yield f"frame {frame} shows {shown}, not {due}"
            formula = next(text.text for text in scene.texts if text.name == f"{side}.formula".lstrip("."))
            if step is not None and formula.split()[-1] != show(right[step]).text:
                yield f"frame {frame} says {formula}, not {show(right[step]).text}"
        else:  # what is handed to a cell stands above its number
            for place, cell in enumerate(cells_of(scene, side)):
                if cell.note:
                    totals[place] = totals.get(place, 0) + number(cell.note)
            due = [shorten(totals[place]).text if place in totals else "" for place in range(len(shown))]
            if shown != due:
                yield f"frame {frame} shows {shown}, not {due}"
    if shown and shown != expected:
        yield f"the last frame shows {shown}, not {expected}"


def shown_steps(name):
    """How many steps are shown of an animation; None for all."""
    return gallery.PHOTOGRAPH_STEPS if name.startswith(gallery.PHOTOGRAPH) else None


def wrong(name):
    """The first thing that is wrong with the numbers in the frames of an animation; nothing if they are right."""
    animation = gallery.animation(name)
    board = animation.board(steps=shown_steps(name))
    scenes = [board.scene(index) for index in board.indices]
    sides = [("", animation, board.indices)]
    if name in gallery.PAIRS:
        left, right = zip(*(animation.steps_at(index) for index in board.indices), strict=True)
        sides = [("left", animation.left, left), ("right", animation.right, right)]
    every = (f"{side} {found}".strip() for side, trace, steps in sides for found in complaints(trace, scenes, steps, side))
    return next(every, "")


def miscounted(path, name):
    """What is wrong with the frames of a file: each step has one, and the last one is held."""
    wanted = len(gallery.animation(name).board(steps=shown_steps(name)).indices)
    with Image.open(path) as file:
        times = []
        for index in range(getattr(file, "n_frames", 1)):
            file.seek(index)
            times.append(file.info.get("duration", 0))
    if len(times) != wanted:
        return f"{len(times)} frames for {wanted} steps"
    return "" if times[-1] > max(times[:-1], default=0) else f"the last frame stands {times[-1]} ms, others {max(times)} ms"


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
    paths = [Path(folder, name + ".gif") for name in names]
    check(lambda name: miscounted(Path(folder, name + ".gif"), name), names)
    return paths


def check(judge, names):
    """End the program with what is wrong with the animations, a line for each, if anything is."""
    found = [f"{name}: {said}" for name in names if (said := judge(name))]
    if found:
        sys.exit("\n".join(found))


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
            if not paths:
                sys.exit(f"no file in {', '.join(map(str, given.folders))} ends in {', '.join(ENDINGS)}")
        else:
            check(wrong, given.only)
            paths = written(temporary, given.only, given.theme, given.lang)
        pages = [paths[start : start + given.rows] for start in range(0, len(paths), given.rows)]
        for page, shown in enumerate(pages, 1):
            sheet(shown).save(given.sheets / f"sheet-{page}.png")
        total = sum(path.stat().st_size for path in paths)
        print(f"{len(paths)} animations, {total / 1e6:.2f} MB, on {len(pages)} sheets in {given.sheets}")


if __name__ == "__main__":
    main()
