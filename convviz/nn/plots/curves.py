"""Learning curves: the loss and the metrics of every epoch, of training and of validation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from convviz._support.keywords import explained
from convviz._support.values import brief
from convviz.nn.plots.paper import CURVES, MARGIN, NORMAL, SMALL, WIDTH, Paper, decimals, text_width
from convviz.stage.theme import Theme

__all__ = ["plot_history"]

#: Height of a panel's curves, and of what stands above and below them, in pixels.
TALL, ABOVE, BELOW = 400, 44, 62
#: Room for the numbers beside the curves, in pixels.
BESIDE = 76
#: Height of a line of the legend, and length of the samples in it, in pixels.
LINE, SAMPLE = 26, 44
#: More epochs than this are drawn without a dot each.
DOTS = 30


@explained
def plot_history(
    history: Any,
    labels: Sequence[str] | None = None,
    title: str = "Learning curves",
    theme: str | Theme = "light",
) -> Figure:
    """Draw learning curves: a panel for the loss and one for each metric, training beside validation.

    Parameters
    ----------
    history : convviz.nn.callbacks.History or dict, a list of them, or a dict of them by label
        What `fit` returned, or its ``history`` (a dict of lists).
    labels : list of str, optional
        What the histories of a list are called; 1, 2, … if not given.
    title : str
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Returns
    -------
    matplotlib.figure.Figure
        One axes a panel, after the axes of the sheet. Epochs are counted from 1.

    Raises
    ------
    TypeError
        For what is no history.
    ValueError
        If no epoch was finished, and for labels that do not fit.

    Examples
    --------
    >>> figure = plot_history({"loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.7]})
    >>> [line.get_xdata().tolist() for line in figure.axes[1].lines]
    [[1, 2, 3], [1, 2, 3]]
    """
    runs = as_runs(history, labels)
    names = list(dict.fromkeys(name.removeprefix("val_") for run in runs.values() for name in run[1]))
    paper, tops = sheet(runs, names, title, theme)
    across = min(3, len(names))
    pitch = (paper.width - 2 * MARGIN) / across
    for number, name in enumerate(names):
        left = MARGIN + number % across * pitch
        panel(paper, runs, name, left, tops[number // across], pitch)
    return paper.figure


def as_runs(history, labels):
    """The histories by label, each as (epochs counted from 1, values by name)."""
    if isinstance(history, dict) and any(hasattr(value, "history") or isinstance(value, dict) for value in history.values()):
        given = history
    elif isinstance(history, (list, tuple)):
        names = [str(number + 1) for number in range(len(history))] if labels is None else list(map(str, labels))
        if len(set(names)) != len(history):
            raise ValueError(f"there are {len(history)} histories; labels must be as many, all different, not {labels!r}")
        given = dict(zip(names, history, strict=True))
    else:
        given = {"" if labels is None else str(labels): history}
    runs = {str(label): (epochs_of(one), values_of(one)) for label, one in given.items()}
    empty = [label for label, (epochs, _) in runs.items() if not epochs]
    if empty or not runs:
        raise ValueError(f"no epoch was finished{f' in {empty[0]!r}' if len(runs) > 1 else ''}, so there is nothing to draw")
    return runs


def values_of(history):
    """The lists of a history by name."""
    found = getattr(history, "history", history)
    if not isinstance(found, dict) or not all(isinstance(values, (list, tuple, np.ndarray)) for values in found.values()):
        expected = "expected what fit returned, or a dict of lists such as {'loss': [0.9, 0.5]}"
        raise TypeError(f"history is {brief(history)}; {expected}")
    return {name: list(values) for name, values in found.items()}


def epochs_of(history):
    """The numbers of a history's epochs, counted from 1."""
    longest = max(map(len, values_of(history).values()), default=0)
    return [epoch + 1 for epoch in getattr(history, "epoch", range(longest))]


def epochs_with(epochs, count):
    """Which epochs `count` values belong to: all, or every second, third, … as ``validation_freq`` has it."""
    for every in range(1, len(epochs) + 1):
        chosen = [epoch for epoch in epochs if epoch % every == 0]
        if len(chosen) == count:
            return chosen
    return epochs[-count:] if count else []


def sheet(runs, names, title, theme):
    """The paper with title and legend, and where rows of panels begin."""
    rows = -(-len(names) // 3)
    wide = WIDTH if len(names) > 1 else WIDTH / 1.6
    lines = [[]]
    for item in legend(runs):
        lines[-1].append(item)
        if sum(SAMPLE + 34 + text_width(words) for words, *_ in lines[-1]) > wide - 2 * MARGIN and len(lines[-1]) > 1:
            lines.append([lines[-1].pop()])
    first = 58 + LINE * len(lines)
    pitch = ABOVE + TALL + BELOW
    paper = Paper(wide, first + rows * pitch + MARGIN / 2, theme)
    paper.title(title)
    for row, line in enumerate(lines):
        x = MARGIN
        for words, colour, style, marker in line:
            y = 66 + row * LINE
            draw_sample(paper, x, y, colour, style, marker)
            paper.write(x + SAMPLE + 8, y, words)
            x += SAMPLE + 34 + text_width(words)
    return paper, [first + row * pitch for row in range(rows)]


def legend(runs):
    """What the legend says: (words, number of a colour or None, line style, marker)."""
    curves = [(name.startswith("val_"), len(values)) for _, run in runs.values() for name, values in run.items()]
    kinds = []
    for kind, number, style, marker in (("training", 0, "-", "o"), ("validation", 1, "--", "s")):
        lengths = [length for validation, length in curves if validation == (number == 1)]
        if lengths:
            kinds.append((kind, number, style, marker if min(lengths) <= DOTS else ""))
    if len(runs) == 1:
        label = next(iter(runs))
        return [(f"{label}: {kind}" if label else kind, *look) for kind, *look in kinds]
    items = [(label, number, "-", "") for number, label in enumerate(runs)]
    validated = any(validation for validation, _ in curves)
    return items + [(kind, None, *look) for kind, _, *look in kinds] * validated


def colour_of(paper, number):
    """The colour of a curve by its number; the colour of text for None."""
    cycle = CURVES["dark" if paper.theme.name == "dark" else "light"]
    return paper.theme.text if number is None else cycle[number % len(cycle)]


def draw_sample(paper, x, y, number, style, marker):
    """A piece of a curve for the legend."""
    line = paper.path([(x, y), (x + SAMPLE / 2, y), (x + SAMPLE, y)], colour_of(paper, number), 2.4)
    line.set(linestyle=style, marker=marker, markevery=[1], markersize=6)


def panel(paper, runs, name, left, top, pitch):
    """The curves of one name."""
    axes = paper.axes(left + BESIDE, top + ABOVE, pitch - BESIDE - 16, TALL)
    last = first = 1
    for number, (epochs, values) in enumerate(runs.values()):
        first, last = (min(first, *epochs), max(last, *epochs)) if number else (epochs[0], epochs[-1])
        for key, style, marker in ((name, "-", "o"), (f"val_{name}", "--", "s")):
            if key in values:
                which = 1 if style == "--" and len(runs) == 1 else number
                draw_curve(paper, axes, epochs_with(epochs, len(values[key])), values[key], which, style, marker)
    axes.set_xlim(first - 0.5 if first == last else first, last + 0.5 if first == last else last)
    axes.margins(y=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]))
    wide = pitch - BESIDE - 16
    shown = name.replace("_", " ")
    paper.write(left + BESIDE, top + 20, shown, NORMAL, bold=True, room=wide)
    room = wide - text_width(shown, NORMAL, True) - 16
    note = next((text for text in best(runs, name) if text_width(text, SMALL) <= room), "")
    paper.write(left + BESIDE + wide, top + 20, note, SMALL, paper.theme.faint, anchor="right")
    paper.write(left + BESIDE + wide / 2, top + ABOVE + TALL + 44, "epoch", SMALL, anchor="center")


def draw_curve(paper, axes, epochs, values, number, style, marker):
    """One curve; what is not finite is left out."""
    values = np.where(np.isfinite(values), values, np.nan)
    dots = {"marker": marker, "markersize": 5.5} if len(epochs) <= DOTS else {"marker": ""}
    line = {"color": colour_of(paper, number), "linestyle": style, "linewidth": 1.8}
    axes.plot(epochs, values, **line, **dots, clip_on=False, zorder=3)


def best(runs, name):
    """The best value of a single run's validation, or of its training where there is none, as words: longer and shorter."""
    if len(runs) > 1:
        return []
    epochs, values = next(iter(runs.values()))
    key, what = (f"val_{name}", "validation") if f"val_{name}" in values else (name, "training")
    found = np.array(values[key], float)
    if not np.isfinite(found).any():
        return ["not a number"]
    found[~np.isfinite(found)] = np.nan
    place = int(np.nanargmax(found) if "acc" in name else np.nanargmin(found))
    value, epoch = decimals(found[place]), epochs_with(epochs, len(found))[place]
    return [f"best {what}: {value} in epoch {epoch}", f"best: {value} in epoch {epoch}", f"best: {value}"]
