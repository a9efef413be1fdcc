"""The live view of training: what a terminal, a file and a notebook get to see."""

import io
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from convviz.nn import Conv2D, Dense, Flatten, Sequential, live
from convviz.nn.live import LivePlot, shortened, sparkline

ROOT = Path(__file__).resolve().parents[2]
STEPS = 5


class Screen(io.StringIO):
    """A terminal that keeps what stands on it."""

    def __init__(self):
        super().__init__()
        self.rows, self.row = [""], 0
        self.moments = []

    def isatty(self):
        return True

    def write(self, text):
        for part in re.findall(r"\033\[\d*[AK]|\033\[[\d;]*m|\n|[^\033\n]+", text):
            if part == "\n":
                self.row += 1
                self.rows += [""] * (self.row + 1 - len(self.rows))
            elif part.endswith("A") and part.startswith("\033"):
                self.row -= int(part[2:-1])
                assert self.row >= 0
            elif part == "\033[2K":
                self.rows[self.row] = ""
            elif not part.startswith("\033"):
                self.rows[self.row] += part
        self.moments.append("\n".join(self.rows))
        return len(text)


def trained(live, epochs=3, verbose=0, **options):
    model = Sequential([Conv2D(4, 3, input_shape=(6, 6, 1)), Flatten(), Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(0).random((10 * STEPS, 6, 6, 1))
    y = np.arange(10 * STEPS) % 2
    options = {"validation_data": (x, y)} | options
    return model.fit(x, y, batch_size=10, epochs=epochs, verbose=verbose, callbacks=[live], **options)


def test_values_are_kept_by_epoch():
    live = LivePlot(stream=io.StringIO())
    history = trained(live)
    assert live.epochs == [1, 2, 3] and live.history == history.history
    trained(live, epochs=1)
    assert live.epochs == [1] and len(live.history["loss"]) == 1


def test_validation_every_second_epoch_leaves_gaps():
    live = LivePlot(stream=io.StringIO())
    history = trained(live, epochs=5, validation_freq=2)
    gaps = [math.isnan(value) for value in live.history["val_loss"]]
    assert gaps == [True, False, True, False, True]
    assert [value for value in live.history["val_loss"] if not math.isnan(value)] == history.history["val_loss"]


def test_a_file_gets_a_line_an_epoch():
    stream = io.StringIO()
    history = trained(LivePlot(stream=stream, interval=0))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3 and "\033" not in stream.getvalue()
    for number, line in enumerate(lines):
        assert line.startswith(f"Epoch {number + 1}/3 · loss {history.history['loss'][number]:.4f} · accuracy ")


@pytest.mark.parametrize("verbose", [1, 2])
def test_below_the_bar_or_line_of_an_epoch_stand_the_curves(verbose, monkeypatch):
    stream = io.StringIO()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream)
    history = trained(LivePlot(stream=stream, interval=0), verbose=verbose).history
    lines = [line.split("\r")[-1].strip() for line in stream.getvalue().strip("\n").split("\n")]
    *lines, loss, accuracy, val_loss, val_accuracy = lines
    for epoch in range(3):
        bar, curves = lines[2 * epoch : 2 * epoch + 2]
        assert bar.startswith(f"Epoch {epoch + 1}/3") and "loss" in bar
        assert curves == "  ".join(f"{name} {sparkline(values[: epoch + 1])}" for name, values in history.items())
    assert len(lines) == 6
    assert [line.split()[0] for line in (loss, accuracy, val_loss, val_accuracy)] == list(history)


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_the_curves_below_a_bar_fit_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Screen()
    trained(LivePlot(stream=stream, interval=0), epochs=30, verbose=2)
    lines = [row for row in stream.rows if row.startswith("loss ")][:-1]
    assert len(lines) == 30 and max(map(len, lines)) < columns
    assert columns < 60 or all("val_accuracy " in line for line in lines)


def test_a_terminal_shows_the_curves_in_one_place():
    screen = Screen()
    history = trained(LivePlot(stream=screen, interval=0))
    rows = [row for row in screen.rows if row]
    assert len(rows) == 5 and rows[0].startswith("Epoch 3/3 · loss ")
    for row, (name, values) in zip(rows[1:], history.history.items(), strict=True):
        shown, last, bars = row.split(maxsplit=2)
        assert (shown, last, bars) == (name, f"{values[-1]:.4f}", sparkline(values))
    assert sum("Epoch" in row for row in rows) == 1


def test_a_terminal_shows_how_far_an_epoch_is():
    screen = Screen()
    trained(LivePlot(stream=screen, interval=0), epochs=2)
    steps = re.findall(r"(\d)/5 · loss", "\n".join(moment.split("\n")[0] for moment in screen.moments))
    assert steps == ["1", "2", "3", "4", "5"] * 2


def test_updates_within_an_epoch_are_rare():
    screen = Screen()
    trained(LivePlot(stream=screen, interval=1e9), epochs=2)
    assert len(screen.moments) == 1 + 2  # the first step, and the end of each epoch


def test_filters_are_painted_below_the_curves():
    screen = Screen()
    live = LivePlot(filters=True, stream=screen, interval=1e9)
    trained(live, epochs=1)
    assert [row for row in screen.rows if row.strip()][-1] == "filters of conv2d"
    assert screen.rows[-4:-1] == [" " * (4 * 6 + 3 * 2)] * 3


@pytest.mark.parametrize("size", [(1, 7), (7, 1), (3, 2)])
@pytest.mark.parametrize("columns", [20, 40, 80])
def test_as_many_filters_are_painted_as_fit_side_by_side(size, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    layer = Sequential([Conv2D(20, size, input_shape=(9, 9, 4))]).layers[0]
    lines = [re.sub("\033\\[[0-9;]*m", "", line) for line in live.painted(layer)]
    across = 2 * size[1] + 2
    count = max(1, min(live.FILTERS, (columns - 1) // across))
    assert lines == [" " * (count * across - 2)] * size[0]


def test_without_filters_there_is_none_to_paint():
    live = LivePlot(filters=True, stream=io.StringIO())
    live.model = Sequential([Flatten(input_shape=(2, 2)), Dense(2)])
    assert live._first_filters() is None


def test_lines_are_no_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    screen = Screen()
    trained(LivePlot(stream=screen, interval=0))
    assert max(map(len, screen.rows)) <= 39
    assert shortened("畳み込み", 5) == "畳み…" and shortened("short", 5) == "short"


def test_bars_rise_with_their_values_and_long_lists_keep_their_ends():
    assert sparkline(range(8)) == "▁▂▃▄▅▆▇█"
    long = sparkline([100, *range(50), 200])
    assert len(long) == 40 and long[-1] == "█" and long[0] == "▅"
    assert sparkline([]) == "" and sparkline([2.0]) == "▁" and sparkline([math.nan]) == " "


def test_ctrl_c_leaves_what_there_is():
    class Pressed(LivePlot):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            if self.epochs:
                raise KeyboardInterrupt

    live = Pressed(stream=io.StringIO())
    assert trained(live, epochs=3).interrupted
    assert live.stream.getvalue().count("Epoch") == 1 and live.epochs == [1]


@pytest.mark.parametrize("interval", [-1, "1", True, math.nan])
def test_intervals_that_make_no_sense_are_refused(interval):
    with pytest.raises(ValueError, match="interval is a number of seconds"):
        LivePlot(interval=interval)


def test_outputs_in_a_notebook_are_replaced_by_data_in_the_same_form(monkeypatch):
    calls = []
    handle = SimpleNamespace(update=lambda *data, **options: calls.append(("update", *data, options)))
    monkeypatch.setattr("IPython.display.display", lambda *data, **options: calls.append(("display", *data, options)) or handle)
    notebook = live.Notebook(None)
    for text in ("first", "second", "third"):
        notebook.put("curves", {"text/plain": text})
    assert calls[0] == ("display", {"text/plain": "first"}, {"raw": True, "display_id": True})
    assert calls[1:] == [("update", {"text/plain": text}, {"raw": True}) for text in ("second", "third")]


def test_loading_and_using_it_in_a_terminal_loads_nothing_that_draws():
    code = (
        "import io, sys; from convviz.nn.live import LivePlot\n"
        "from convviz.nn import Conv2D, Dense, Flatten, Sequential\n"
        "class Tty(io.StringIO):\n    isatty = lambda self: True\n"
        "model = Sequential([Conv2D(2, 3, input_shape=(4, 4, 1)), Flatten(), Dense(2)])\n"
        "model.compile('sgd', 'mean_squared_error')\n"
        "import numpy as np\n"
        "model.fit(np.ones((4, 4, 4, 1)), np.ones((4, 2)), verbose=0, callbacks=[LivePlot(filters=True, stream=Tty())])\n"
        "assert not {'matplotlib', 'IPython', 'ipywidgets'} & set(sys.modules), sorted(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


NOTEBOOK = """
import numpy as np
from convviz.nn import Conv2D, Dense, Flatten, Sequential, live
from convviz.nn.live import LivePlot
model = Sequential([Conv2D(4, 3, input_shape=(6, 6, 1)), Flatten(), Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = np.random.default_rng(0).random((50, 6, 6, 1)), np.arange(50) % 2
history = model.fit(x, y, epochs=3, verbose=0, callbacks=[LivePlot(filters=True, interval=0)])
"""


def test_a_notebook_shows_curves_and_filters_in_place(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute(env=environment)
    line, curves, filters = notebook.cells[0].outputs
    assert line.data["text/plain"].startswith("Epoch 3/3 · loss ") and set(line.data) == {"text/plain"}
    for output in (curves, filters):
        assert output.output_type == "display_data" and output.data["image/png"].startswith("iVBOR")
    assert curves.data["text/plain"] == line.data["text/plain"] and filters.data["text/plain"] == "filters of conv2d"
