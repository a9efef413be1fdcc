"""How long a GIF of the 16-step example takes, beside matplotlib's own animation of the same figure.

Run ``python tests/benchmarks/gif.py``. They take turns, so that a busy machine slows all alike; medians are compared.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / folder) for folder in (".", "tests", "tests/helpers")]

import boards
from matplotlib.animation import FuncAnimation, PillowWriter

import convviz
from convviz.render import animation
from convviz.render.figure import Drawing
from convviz.render.pdf import save_pdf
from convviz.stage.forward import board as layout

SIZE = (800, 400)
RUNS = 7


def matplotlibs(board, path):
    """The same figure, updated by the same code, but drawn and written by matplotlib."""
    drawing = Drawing(board.stage, SIZE)
    drawing.show(board.scene(0))

    def update(index):
        drawing.show(board.scene(index))
        return ()

    film = FuncAnimation(drawing.figure, update, frames=board.indices, init_func=lambda: (), cache_frame_data=False)
    film.save(path, writer=PillowWriter(fps=1.25))


def seconds(write, *arguments):
    start = time.perf_counter()
    write(*arguments)
    return time.perf_counter() - start


def writers():
    yield "FuncAnimation + PillowWriter, .gif", matplotlibs, ".gif"
    for ending in (".gif", ".apng", ".webp", ".pdf", ".mp4"):
        write = save_pdf if ending == ".pdf" else getattr(animation, f"save_{ending[1:]}")
        yield f"convviz {ending}", lambda board, path, write=write: write(board, path, size=SIZE), ending


def main():
    board = layout(convviz.Convolution(boards.KERNEL).trace(boards.IMAGE))
    times, sizes = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(RUNS + 1):
            for name, write, ending in writers():
                path = Path(folder, "a" + ending)
                try:
                    times.setdefault(name, []).append(seconds(write, board, path))
                except ImportError as error:
                    times.pop(name)
                    print(f"{name}: left out: {error}")
                    continue
                sizes[name] = path.stat().st_size
    # The first run of each loads fonts and modules.
    medians = {name: statistics.median(values[1:]) for name, values in times.items() if len(values) > 1}
    theirs = next(iter(medians.values()))
    print(f"{'16 steps, 800×400':<36}{'seconds':>9}{'bytes':>10}{'times faster':>14}")
    for name, median in medians.items():
        print(f"{name:<36}{median:>9.3f}{sizes[name]:>10,}{theirs / median:>14.1f}")


if __name__ == "__main__":
    main()
