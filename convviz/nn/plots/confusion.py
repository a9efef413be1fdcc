"""Where a classifier is wrong: which classes it takes for which, and the images of which it is wrongly sure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from convviz._support.keywords import explained
from convviz.nn.inspection import most_confused
from convviz.nn.plots.maps import draw_image
from convviz.nn.plots.paper import MARGIN, NORMAL, SMALL, TOP, WIDTH, Paper, contrasting, cut, shares, text_width
from convviz.nn.types import ArrayLike
from convviz.stage.theme import Theme

__all__ = ["plot_confused", "plot_confusion_matrix"]

#: Largest cells of the matrix, smallest ones with numbers, and pixels for all cells.
LARGEST, WRITTEN, ROOM = 72, 26, 500
#: Widest class name beside the matrix, in pixels.
NAMED = 220
#: Images side by side, and their largest side, in pixels.
ACROSS, SIDE = 5, 200


@explained
def plot_confusion_matrix(
    matrix: ArrayLike,
    class_names: Sequence[str] | None = None,
    title: str = "Confusion matrix",
    theme: str | Theme = "light",
) -> Figure:
    """Draw how many samples of each class a model takes for which.

    Parameters
    ----------
    matrix : array_like of int, (classes, classes)
        As `convviz.nn.inspection.confusion_matrix` gives it: rows are the right classes.
    class_names : sequence of str, optional
        Numbers if not given. Data sets have theirs: ``datasets.shapes.class_names``, ``datasets.fashion_mnist.class_names``.
    title : str
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Returns
    -------
    matplotlib.figure.Figure
        Cells are the darker (in the dark theme: brighter), the larger the share of the samples of their row is.

    Raises
    ------
    ValueError
        For what is not square, and names that are not as many.

    Examples
    --------
    >>> figure = plot_confusion_matrix([[48, 2], [5, 45]], ["bar", "cross"])
    >>> figure.axes[0].texts[1].get_text()
    '93 of 100 right: accuracy 0.930'
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"a confusion matrix is (classes, classes); this is {matrix.shape}")
    names = checked_names(class_names, len(matrix))
    cell = int(min(LARGEST, ROOM / len(matrix)))
    legible = cell >= 18
    beside = min(NAMED, max(text_width(name) for name in names) if legible else 40) + 12
    turned = legible and any(text_width(name) > cell - 6 for name in names)
    above = (beside if turned else 26) + 26
    left, top = MARGIN + 30 + beside, TOP + above
    side = cell * len(matrix)
    total, right = int(matrix.sum()), int(np.trace(matrix))
    note = f"{right:,} of {total:,} right: accuracy {right / max(total, 1):.3f}"
    wide = max(left + side + 110, 2 * MARGIN + max(text_width(title, 22, True), text_width(note, SMALL)))
    paper = Paper(wide, top + side + MARGIN, theme)
    paper.title(title, note)
    draw_cells(paper, matrix, left, top, cell)
    draw_names(paper, names, (left, top, cell), legible, turned, beside - 12)
    if legible:
        draw_rates(paper, matrix, left + side + 16, top, cell)
    return paper.figure


def checked_names(names, count):
    """Names of classes as texts: their numbers if none are given."""
    if names is None:
        return [str(number) for number in range(count)]
    names = [str(name) for name in names]
    if len(names) != count:
        raise ValueError(f"there are {count} classes, but {len(names)} class names")
    return names


def draw_cells(paper, matrix, left, top, cell):
    """The cells, with their counts where there is room."""
    part = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    colours = shares(paper.theme)
    side = cell * len(matrix)
    paper.picture(part, (left, top, side, side), colours, 0, 1)
    size = size_for([f"{count:,}" for count in matrix.flat], cell)
    if not size:
        return
    for (row, column), count in np.ndenumerate(matrix):
        x, y = left + (column + 0.5) * cell, top + (row + 0.5) * cell
        bold = row == column
        paper.write(x, y, f"{count:,}", size, contrasting(colours(part[row, column])), anchor="center", bold=bold)
    for number in range(1, len(matrix)):
        for ends in (
            ((left + number * cell, top), (left + number * cell, top + side)),
            ((left, top + number * cell), (left + side, top + number * cell)),
        ):
            paper.path(ends, paper.theme.cells["padding"].fill, 1, zorder=2.5)


def size_for(texts, cell):
    """The size of letters at which all texts fit into a cell; None where they would be too small to read."""
    longest = max(texts, key=len)
    for size in (NORMAL, SMALL, 12, 11, 10):
        if text_width(longest, size, True) <= cell - 4 and cell >= WRITTEN:
            return size
    return None


def draw_names(paper, names, place, legible, turned, room):
    """The names of the classes, at the left and above, and what rows and columns are."""
    left, top, cell = place
    side = cell * len(names)
    for number, name in enumerate(names):
        if not legible and number % 10:
            continue
        middle = (number + 0.5) * cell
        paper.write(left - 10, top + middle, name, NORMAL, anchor="right", room=room)
        if turned:
            text = paper.write_upwards(left + middle, top - 10, name, NORMAL, room=room)
            text.set_verticalalignment("bottom")
        else:
            paper.write(left + middle, top - 16, name, NORMAL, anchor="center")
    x = left - room - 26
    paper.write_upwards(x, top + side / 2, "true class", SMALL, paper.theme.faint)
    paper.write(left + side / 2, TOP + 10, "predicted class", SMALL, paper.theme.faint, anchor="center")


def draw_rates(paper, matrix, left, top, cell):
    """Which share of each class is right, at the end of its row."""
    sums = matrix.sum(axis=1)
    paper.write(left, top - 16, "right", SMALL, paper.theme.faint)
    for row, count in enumerate(sums):
        words = f"{100 * matrix[row, row] / count:.1f} %" if count else "–"
        paper.write(left, top + (row + 0.5) * cell, words, SMALL)


@explained
def plot_confused(
    model: Any,
    x: Any,
    y: ArrayLike,
    class_names: Sequence[str] | None = None,
    n: int = 10,
    theme: str | Theme = "light",
) -> Figure:
    """Draw the images of which a model is surest while it is wrong.

    Parameters
    ----------
    model : convviz.nn.Model
    x : array_like
        ``(m, rows, columns)`` or ``(m, rows, columns, channels)``.
    y : array_like
        The right classes, as `convviz.nn.inspection.confusion_matrix` takes them.
    class_names : sequence of str, optional
        Numbers if not given. Data sets have theirs: ``datasets.shapes.class_names``, ``datasets.fashion_mnist.class_names``.
    n : int, default 10
        The most images.
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        For what are no images, labels and names that do not fit, and a model that is not built or gives no classes.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Activation, Flatten, Sequential
    >>> model = Sequential([Flatten(input_shape=(1, 2)), Activation("softmax")])
    >>> figure = plot_confused(model, np.array([[[0.0, 3.0]]]), [0], ["left", "right"])
    >>> [text.get_text() for text in figure.axes[0].texts][-2:]
    ['predicted right, 95 %', 'is left']
    """
    x = np.asarray(x)
    if x.ndim not in (3, 4):
        raise ValueError(f"x must be images, (n, rows, columns) or (n, rows, columns, channels); it is {x.shape}")
    found = most_confused(model, x, y, None)
    classes = max(2, model.output_shape[-1])
    names = checked_names(class_names, classes)
    shown = len(found.indices[:n])
    pitch = (WIDTH - 2 * MARGIN) / ACROSS
    tall = SIDE + 64
    paper = Paper(WIDTH, TOP + max(1, -(-shown // ACROSS)) * tall + MARGIN / 2, theme)
    paper.title("Surest mistakes", f"{len(found.indices):,} of {len(x):,} images are predicted wrongly")
    for number, (index, predicted, true, share) in enumerate(zip(*(part[:n] for part in found), strict=True)):
        left, top = MARGIN + number % ACROSS * pitch, TOP + number // ACROSS * tall
        draw_image(paper, x[index], left, top, SIDE)
        room = pitch - 12
        sure = f", {percent(share)}"
        name = f"predicted {names[predicted]}"
        paper.write(left, top + SIDE + 14, fitted(name, sure, room), SMALL)
        paper.write(left, top + SIDE + 34, f"is {names[true]}", SMALL, paper.theme.faint, room=room)
    return paper.figure


def percent(share):
    """A probability as words: never 100 % where it is less."""
    text = f"{100 * share:.0f}"
    return f"{100 * share:.1f} %" if text == "100" and share < 0.9995 else f"{text} %"


def fitted(words, end, room):
    """Words and their end in `room` pixels; the words are cut, not the end."""
    return cut(words, SMALL, False, room - text_width(end, SMALL)) + end
