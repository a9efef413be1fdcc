"""Training watched while it runs: learning curves that are drawn again after every epoch."""

import base64
import math
import shutil
import sys
import time
from typing import Any, Never, TextIO

import numpy as np

from convviz._support.keywords import explained
from convviz._support.values import brief, flag, real_number
from convviz.nn.callbacks import Callback
from convviz.nn.inspection import kernels_of
from convviz.nn.lookup import refuse_settings
from convviz.nn.summary import width_of
from convviz.nn.training.progress import texts
from convviz.nn.types import Logs
from convviz.stage.theme import theme as find_theme

__all__ = ["LivePlot", "sparkline"]

#: Heights of a bar in a line of text, from least to greatest.
BARS = "▁▂▃▄▅▆▇█"
#: Most values in a line of text, and letters of the bar that shows how far the epoch is.
COLUMNS, LENGTH = 40, 24
#: Filters of the first layer that a terminal shows, and colours of its palette of 256 from negative to positive.
FILTERS, SHADES = 12, (18, 25, 32, 74, 153, 255, 223, 215, 208, 166, 94)


class LivePlot(Callback):
    """A callback that draws the learning curves while a model is trained.

    In a notebook the curves are in the output of the cell and are replaced after every epoch; a line above them shows
    how far the epoch is. In a terminal a line with all curves so far is written after every epoch, below `fit`'s own bar or
    line, and the chart of them at the end. With ``fit(verbose=0)`` a terminal has the whole chart from the first epoch on,
    which is drawn again in its place, with a bar for the epoch; where output goes to a file, a line an epoch.

    Parameters
    ----------
    filters : bool, default False
        Show the filters of the first layer that has some, too.
    interval : float, default 1.0
        Seconds between two updates within an epoch, at least.
    theme : {"light", "dark"} or convviz.stage.theme.Theme
        Colours in a notebook.
    stream : file, optional
        Where text goes: ``sys.stdout`` if not given. With a stream there is no notebook.

    Raises
    ------
    TypeError, ValueError
        For an unknown setting, and an interval that is not a number from 0 on.

    Attributes
    ----------
    epochs : list of int
        The epochs that were finished, counted from 1.
    history : dict of list
        Losses and metrics of these by name.

    Examples
    --------
    >>> from convviz.nn import Dense, Flatten, Sequential, datasets, set_random_seed
    >>> set_random_seed(1)
    >>> x, y = datasets.shapes(200, seed=1)
    >>> model = Sequential([Flatten(input_shape=x.shape[1:]), Dense(4, activation="softmax")])
    >>> model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    >>> live = LivePlot()
    >>> history = model.fit(x, y, epochs=2, verbose=0, callbacks=[live])  # doctest: +ELLIPSIS
    Epoch 1/2 · loss ...
    Epoch 2/2 · loss ...
    >>> live.epochs
    [1, 2]
    """

    _settings = ("filters", "interval", "theme", "stream")
    every_batch = False

    @explained
    def __init__(
        self,
        filters: bool = False,
        interval: float = 1.0,
        theme: Any = "light",
        stream: TextIO | None = None,
        **unknown: Never,
    ) -> None:
        refuse_settings(self, unknown, self._settings)
        seconds = real_number(interval)
        if seconds is None or not seconds >= 0:
            raise ValueError(f"interval is a number of seconds from 0 on, not {brief(interval)}")
        if stream is not None and not callable(getattr(stream, "write", None)):
            raise TypeError(f"stream is a file that is open for writing text, not {brief(stream)}")
        self.filters, self.interval, self.stream = flag(filters, "filters"), seconds, stream
        self.theme = find_theme(theme)
        self.epochs: list[int] = []
        self.history: dict[str, list[float]] = {}
        self._view: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epochs, self.history, self._now, self._batch, self._updated = [], {}, 0, 0, -math.inf
        self._view = Notebook(self) if self.stream is None and in_notebook() else Terminal(self, self.stream or sys.stdout)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._view.end_epoch()
        self._now, self._batch = epoch + 1, 0

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batch = batch + 1
        if time.monotonic() - self._updated >= self.interval:
            self._view.show_progress(logs or {})
            self._updated = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epochs.append(epoch + 1)
        for name, value in (logs or {}).items():
            # where nothing was validated, curves have gaps
            self.history.setdefault(name, [math.nan] * (len(self.epochs) - 1)).append(value)
        for values in self.history.values():
            values.extend([math.nan] * (len(self.epochs) - len(values)))
        self._view.show_epoch(logs or {})

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._view is not None:
            self._view.end_epoch()
            self._view.finish()

    def _where(self):
        """The current epoch of how many, in words."""
        return f"Epoch {self._now}/{self.params['epochs']}" if self.params.get("epochs") else f"Epoch {self._now}"

    def _first_filters(self):
        """The first layer of the model that convolves, or None."""
        if not self.filters:
            return None
        kinds = ("convolution", "depthwise", "transposed")
        return next((layer for layer in self.model.layers if layer.kind in kinds and layer.kernel is not None), None)


def in_notebook():
    """Whether output goes to a notebook. IPython is not loaded for the question: a notebook has loaded it."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return shell is not None and type(shell).__name__ != "TerminalInteractiveShell"


def said(logs):
    """Values of logs as one line."""
    return " · ".join(f"{name} {text}" for name, text in texts(logs).items())


# ------------------------------------------------------------ in a notebook


class Notebook:
    """The outputs of a cell: a line of text, the curves, and the filters; each is replaced in place."""

    def __init__(self, live):
        self.live, self.handles = live, {}

    def put(self, name, data):
        """Show something for the first time, or in place of what is shown there."""
        from IPython.display import display

        if name in self.handles:
            self.handles[name].update(data, raw=True)
        else:
            self.handles[name] = display(data, raw=True, display_id=True)

    def show_progress(self, logs):
        """How far the epoch is."""
        steps = self.live.params.get("steps")
        step = f"step {self.live._batch}" + (f" of {steps}" if steps else "")
        self.put("line", {"text/plain": f"{self.live._where()}, {step} · {said(logs)}"})

    def show_epoch(self, logs):
        """The curves after an epoch."""
        from convviz.nn.plots import plot_filters, plot_history

        live = self.live
        line = f"{live._where()} · {said(logs)}"
        self.put("line", {"text/plain": line})
        run = Run(live.epochs, live.history)
        self.put("curves", image(plot_history(run, theme=live.theme), line))
        layer = live._first_filters()
        if layer is not None:
            self.put("filters", image(plot_filters(layer, theme=live.theme), f"filters of {layer.name}"))

    def end_epoch(self):
        """Nothing is left to do: what is shown stays."""

    def finish(self):
        """Nothing is left to do here either."""


class Run:
    """The curves so far, as `plot_history` takes them: epochs are counted from 0 there."""

    def __init__(self, epochs, history):
        self.epoch, self.history = [epoch - 1 for epoch in epochs], history


def image(figure, words):
    """A figure as data that a notebook shows."""
    return {"image/png": base64.b64encode(figure._repr_png_()).decode(), "text/plain": words}


# ------------------------------------------------------------ in a terminal


class Terminal:
    """Lines of text, which are replaced where the terminal can do so."""

    def __init__(self, live, stream):
        self.live, self.stream, self.lines, self.waiting = live, stream, 0, False
        self.verbose = live.params.get("verbose", 0)
        self.replaces = bool(getattr(stream, "isatty", bool)()) and not self.verbose

    def show_progress(self, logs):
        """How far the epoch is, above the curves."""
        if self.replaces:
            steps, batch = self.live.params.get("steps"), self.live._batch
            done = f"  {gauge(batch / steps)} {batch}/{steps}" if steps else f"  step {batch}"
            self.draw([f"{self.live._where()}{done} · {said(logs)}", *self.chart()])

    def show_epoch(self, logs):
        """The curves after an epoch, or a line about it."""
        line = f"{self.live._where()} · {said(logs)}"
        if self.replaces:
            self.draw([line, *self.chart()])
        elif not self.verbose:
            self.write(f"{line}  {sparkline(self.live.history.get('loss', []), 12)}\n")
        self.waiting = bool(self.verbose)

    def end_epoch(self):
        """All curves in a line, once `fit` has ended its bar or written its line of the epoch."""
        if self.waiting:
            self.write(f"{self.curves()}\n")
        self.waiting = False

    def curves(self):
        """A short curve for every value, in one line."""
        history, columns = self.live.history, shutil.get_terminal_size().columns - 1
        free = columns - sum(width_of(name) + 3 for name in history)
        long = max(4, min(LENGTH, free // max(1, len(history))))
        return shortened("  ".join(f"{name} {sparkline(values, long)}" for name, values in history.items()), columns)

    def finish(self):
        """Below a bar of `fit`, or lines of its own, the curves as a whole."""
        if not self.replaces and self.verbose and self.live.epochs:
            self.write("".join(f"{line}\n" for line in self.chart()))
        self.lines = 0

    def chart(self):
        """A line for every curve, then the filters, if they are wanted."""
        history = self.live.history
        wide = max(map(width_of, history), default=0)
        for name, values in history.items():
            last = next((value for value in reversed(values) if math.isfinite(value)), math.nan)
            gap = " " * (wide - width_of(name))
            yield f"{name}{gap}  {texts({name: last})[name]:>9}  {sparkline(values)}"
        layer = self.live._first_filters()
        if layer is not None and self.replaces:
            yield f"filters of {layer.name}"
            yield from painted(layer)

    def draw(self, lines):
        """Put lines in the place of those before, no longer than the terminal is wide."""
        columns = shutil.get_terminal_size().columns - 1
        lines = [shortened(line, columns) for line in lines]
        up = f"\033[{self.lines}A" if self.lines else ""
        gone = max(0, self.lines - len(lines))
        self.write(up + "".join(f"\033[2K{line}\n" for line in lines) + "\033[2K\n" * gone + (f"\033[{gone}A" if gone else ""))
        self.lines = len(lines)

    def write(self, text):
        """Write at once."""
        self.stream.write(text)
        self.stream.flush()


def sparkline(values: Any, columns: int = COLUMNS) -> str:
    """Values as a line of bars, the least the lowest; a longer list is thinned out, its last value stays.

    Examples
    --------
    >>> sparkline([4, 3, 2, 1.5, 1.2, 1.1, 1.0])
    '█▆▃▂▁▁▁'
    >>> sparkline([1, float("nan"), 1])
    '▁ ▁'
    """
    values = list(values)
    if len(values) > columns:
        last = len(values) - 1
        values = [values[round(last * place / (columns - 1))] for place in range(columns)]
    finite = [value for value in values if math.isfinite(value)]
    low, span = min(finite, default=0), max(finite, default=0) - min(finite, default=0)
    top = len(BARS) - 1
    return "".join(BARS[round((value - low) / span * top) if span else 0] if math.isfinite(value) else " " for value in values)


def gauge(share):
    """A bar that is filled to a share."""
    full = round(max(0.0, min(1.0, share)) * LENGTH)
    return "█" * full + "░" * (LENGTH - full)


def shortened(line, columns):
    """A line that is no wider than a number of columns; codes of colours count as none."""
    if "\033" in line or width_of(line) <= columns:
        return line
    while width_of(line) > columns - 1:
        line = line[:-1]
    return f"{line}…"


def painted(layer):
    """The first filters of a layer, of their first channel, as lines of coloured blanks."""
    room = (shutil.get_terminal_size().columns - 1) // (2 * layer.kernel.shape[1] + 2)
    kernels = np.nan_to_num(kernels_of(layer)[0, : max(1, min(FILTERS, room))])
    most = float(abs(kernels).max()) or 1.0
    middle = len(SHADES) // 2
    for row in range(kernels.shape[1]):
        shades = [[SHADES[middle + round(float(value) / most * middle)] for value in kernel[row]] for kernel in kernels]
        parts = ["".join(f"\033[48;5;{shade}m  " for shade in line) for line in shades]
        yield "\033[0m  ".join(parts) + "\033[0m"
