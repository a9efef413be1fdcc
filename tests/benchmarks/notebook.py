"""What a change of a parameter and a step take in JupyterLab, in headless Chromium.

    python tests/benchmarks/notebook.py

A change: from the choice in the list to the first frame with the new player. A step: from the key to the next frame,
with what the browser needs for an empty frame beside it. Nothing is a rival here: the wanted figures are 0.15 s and one
frame (16.7 ms of work at most).
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in (".", "helpers")]

from browser.conftest import FLAGS, chromium
from browser.jupyter import READY, Lab, write_notebook

CHANGES = 40
CELLS = {
    "6×6 example": "import convviz as cv\nexplorer = cv.explore('convolution')\nexplorer",
    "4 channels, 4 filters": (
        "import convviz as cv\nimport numpy as np\nimage, kernel = np.arange(144).reshape(6, 6, 4) % 7, np.ones((3, 3, 4, 4))\n"
        "explorer = cv.explore(cv.Convolution(kernel), image)\nexplorer"
    ),
    "photograph, 600×512": ("import convviz as cv\nexplorer = cv.explore('convolution', cv.examples.photograph())\nexplorer"),
}
#: Chooses a value in a list, and answers how long it took until a new player was drawn.
CHANGE = """([title, label]) => new Promise((done) => {
    const list = document.querySelector(`.jp-OutputArea [title="${title}"]`);
    const old = document.querySelector(".convviz.mounted");
    const start = performance.now();
    list.value = [...list.options].find((option) => option.text == label).value;
    list.dispatchEvent(new Event("change", { bubbles: true }));
    const look = () => {
        const now = document.querySelector(".convviz.mounted");
        if (now && now != old) requestAnimationFrame(() => done(performance.now() - start));
        else requestAnimationFrame(look);
    };
    look();
})"""
#: How long the work of a step takes: the script's, and then style and layout, which the browser would do in its frame.
STEP = """() => {
    const player = document.querySelector(".convviz.mounted"), slider = player.querySelector("input[type=range]");
    const times = [];
    for (let step = 0; step < 100; step++) {
        const start = performance.now();
        slider.value = step % +slider.max;
        slider.dispatchEvent(new Event("input"));
        player.getBoundingClientRect();
        times.push(performance.now() - start);
    }
    return times;
}"""


def measure(page):
    """Milliseconds of changes and of steps."""
    changes = []
    for number in range(CHANGES):
        page.wait_for_function(READY)
        changes.append(page.evaluate(CHANGE, ["strides", str(2 - number % 2)]))
    return changes[2:], page.evaluate(STEP)


def line(values):
    """Median and the slowest of twenty."""
    return f"{statistics.median(values):7.1f} {sorted(values)[int(0.95 * len(values))]:7.1f}"


def main():
    from playwright.sync_api import sync_playwright

    print(f"{'milliseconds':24}{'change: median, 95 %':>22}{'step: median, 95 %':>22}")
    with sync_playwright() as playwright, Lab(Path(tempfile.mkdtemp())) as lab:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, source in CELLS.items():
            write_notebook(lab.files / "book.ipynb", source)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            lab.open(page, "book.ipynb")
            page.wait_for_selector(".convviz.mounted")
            changes, steps = measure(page)
            print(f"{name:24}{line(changes):>22}{line(steps):>22}", flush=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
