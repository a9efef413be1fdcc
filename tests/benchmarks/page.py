"""The page of the 6×6 example: how large it is and how long it takes to make, beside matplotlib's `to_jshtml`.

Run as ``python tests/benchmarks/page.py``. Both show the same 16 steps; they are timed in turn, and the median counts.
"""

import statistics
import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import convviz as cv
from convviz.render.page import player
from convviz.stage import theme as themes
from convviz.stage.forward import board as board_of

IMAGE = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]
REPEATS = 5


def draw(axes, scene):
    """A scene on matplotlib's axes, as one would draw it by hand: a rectangle and a text for each cell."""
    look, stage = themes.LIGHT, scene.stage
    axes.clear()
    axes.set(xlim=(0, stage.width), ylim=(stage.height, 0), aspect="equal")
    axes.axis("off")
    for grid in stage.grids:
        axes.text(grid.x + grid.width / 2, grid.y - 0.4, grid.title, ha="center", va="center", fontsize=8)
        for cell in scene.cells(grid):
            x, y, style = grid.x + cell.column * grid.pitch, grid.y + cell.row * grid.pitch, look.cells[cell.role]
            axes.add_patch(Rectangle((x, y), grid.pitch, grid.pitch, facecolor=style.fill, edgecolor=look.edge))
            axes.text(x + grid.pitch / 2, y + grid.pitch / 2, cell.text, ha="center", va="center", fontsize=8)
    for mark in scene.marks:
        grid = stage.grid(mark.grid)
        corner = grid.x + mark.column * grid.pitch, grid.y + mark.row * grid.pitch
        size = mark.columns * grid.pitch, mark.rows * grid.pitch
        axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=look.mark[mark.role], linewidth=2))
    for text in scene.texts:
        side = {"middle": "center", "start": "left", "end": "right"}[text.anchor]
        axes.text(text.x, text.y, text.text, ha=side, va="center", fontsize=8)


def jshtml(board):
    """The same steps by `to_jshtml`, 800×400 pixels."""
    figure = Figure(figsize=(8, 4), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    animation = FuncAnimation(figure, lambda i: draw(axes, board.scene(i)), frames=list(board.indices), init_func=list)
    return animation.to_jshtml()


def timed(function, *arguments):
    """What `function` returns, and how many seconds it took."""
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def main():
    trace = cv.Convolution(KERNEL).trace(IMAGE)
    large = cv.Convolution(KERNEL).trace(np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8))
    photo = np.random.default_rng(0).integers(0, 256, (512, 512)).astype(np.uint8)
    compared = cv.compare(cv.Convolution([[1, 0, -1]] * 3), cv.GlobalAveragePooling(), photo)
    ways = {
        "page of the example": lambda: player.page(board_of(trace)),
        "output in a notebook": lambda: player.fragment(board_of(trace)),
        "to_jshtml, same steps": lambda: jshtml(board_of(trace)),
        "page of 28×28, 676 steps": lambda: player.page(board_of(large, steps=range(676))),
        "compared, 512×512, global": lambda: player.page(compared.board()),
    }
    seconds, sizes = {name: [] for name in ways}, {}
    for way in ways.values():
        way()
    for _ in range(REPEATS):
        for name, way in ways.items():
            source, took = timed(way)
            seconds[name].append(took)
            sizes[name] = len(source.encode("utf-8"))
    median = {name: statistics.median(some) for name, some in seconds.items()}
    base = "page of the example"
    print(f"{'':26}{'bytes':>10}{'ms':>10}{'× bytes':>10}{'× time':>10}")
    for name in ways:
        print(
            f"{name:26}{sizes[name]:>10,}{1000 * median[name]:>10.1f}{sizes[name] / sizes[base]:>10.1f}"
            f"{median[name] / median[base]:>10.1f}"
        )
    print("to keep: the page 30,000 bytes, to_jshtml 100 times as long as the page, 676 steps 400,000 bytes")


if __name__ == "__main__":
    main()
