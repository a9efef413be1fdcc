"""From scenes to media: `save` picks the writer by the ending of the file's name, and loads only that one."""

import difflib
import importlib
import inspect
import math
import numbers
import operator
import os
import sys
from pathlib import Path

from convviz.render.files import whole
from convviz.theme import theme as find_theme

__all__ = ["ENDINGS", "checked_size", "natural_size", "save", "watched"]

_WRITERS = {
    ".gif": ("animation", "save_gif"),
    ".webp": ("animation", "save_webp"),
    ".apng": ("animation", "save_apng"),
    ".mp4": ("animation", "save_mp4"),
    ".pdf": ("animation", "save_pdf"),
    ".png": ("animation", "save_png"),
    ".svg": (None, "_save_svg"),
    ".html": (None, "_save_html"),
}
#: The endings that `save` knows.
ENDINGS = tuple(_WRITERS)

#: In the name of a file that holds one step: a file for each step, with the step's number in this place.
EACH = "{step}"
#: Smallest and largest width and height, in pixels.
SIDES = (16, 10_000)
#: Width of a picture whose size is not given, and its smallest and largest height, in pixels.
WIDTH, HEIGHTS = 800, (200, 1000)
#: The longest a frame may stay, in seconds; a GIF cannot say much more.
LONGEST = 600
#: From how many steps on a person at a terminal is shown a progress bar.
MANY = 40


def save(board, path, **options):
    """Write the steps of a board to a file, in the format that its ending names.

    Parameters
    ----------
    board : convviz.layout.Board, or a function of no arguments that returns one
        A function is called when path and options are found to make sense.
    path : str or os.PathLike
        Ends in .gif, .webp, .apng, .mp4, .pdf (all steps), .html (a page that steps through them), .png or .svg (one
        step; with "{step}" in the name a file for each step).
    **options
        size : tuple of int
            Width and height in pixels; 800 wide and as high as the scenes need unless given. Not for .html.
        theme : {"light", "dark"} or convviz.theme.Theme
            .html also knows "auto".
        seconds : float
            How long each step is shown; .gif, .webp, .apng, .mp4.
        hold : float
            How long the last step is shown, in seconds; .gif, .webp, .apng, .mp4.
        loop : bool
            Whether the animation begins again; .gif, .webp, .apng.
        step : int
            Which step of the trace, counted from 0, or from the end if negative; the last shown one unless given; .png,
            .svg.
        progress : bool
            Whether to show a progress bar; by itself it appears for many steps at a terminal. Not for .html.

    Returns
    -------
    pathlib.Path, or list of them
        The file that was written; a list when the name holds "{step}".

    Raises
    ------
    ValueError
        For an ending that has no writer, and an option whose value makes no sense.
    TypeError
        For an option that the ending does not have, and a value of the wrong type.
    OSError
        When the file cannot be written; then what stood under that name is unchanged.
    ImportError
        When a format needs a package that is not installed.

    Examples
    --------
    >>> save(None, "conv.jpg")
    Traceback (most recent call last):
        ...
    ValueError: path is 'conv.jpg'; expected the ending .gif, .webp, .apng, .mp4, .pdf, .png, .svg or .html
    """
    path = _checked_path(path)
    writer = _writer(path.suffix.lower())
    options = _checked(options, writer, path)
    board = board() if callable(board) else board
    if not len(board.indices):
        raise ValueError("there are no steps to show; choose one at least")
    if path.suffix.lower() not in (".html", ".svg"):
        options.setdefault("size", natural_size(board.stage))
    if "step" in options:
        options["step"] = _checked_step(options["step"], board.stage.steps)
    if EACH in path.name:
        return _save_each(writer, board, path, options)
    if writer.__name__ in ("save_png", "_save_svg"):
        options.pop("progress", None)
    writer(board, path, **options)
    return path


def _save_each(writer, board, path, options):
    """One file for each step; the numbers have as many digits as the largest, so that the files sort."""
    progress = options.pop("progress", None)
    digits = len(str(board.stage.steps - 1))
    steps = [options.pop("step")] if options.get("step") is not None else board.indices
    options.pop("step", None)
    paths = []
    for step in watched(steps, progress):
        paths.append(path.with_name(path.name.replace(EACH, f"{step:0{digits}}")))
        writer(board, paths[-1], step=step, **options)
    return paths


def _save_svg(board, path, size=None, theme="light", step=None):
    from convviz.render.svg import svg

    scene = board.scene(board.indices[-1] if step is None else step)
    _write_text(path, svg(scene, theme=theme, size=size))


def _save_html(board, path, **options):
    from convviz.render.player import page

    _write_text(path, page(board, **options))


def _write_text(path, text):
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def watched(steps, progress=None):
    """The steps, with a progress bar on the way where one is wanted.

    Parameters
    ----------
    steps : sequence
    progress : bool or None
        None for a bar when there are many steps and a person is at the terminal.

    Examples
    --------
    >>> list(watched(range(3), progress=False))
    [0, 1, 2]
    """
    if progress is None:
        progress = len(steps) > MANY and sys.stderr is not None and sys.stderr.isatty()
    if not progress:
        return steps
    from tqdm import tqdm

    return tqdm(steps, unit="step", leave=False)


def natural_size(stage):
    """Width and height of a picture of a stage, in pixels: `WIDTH` wide, and as high as that asks for.

    Parameters
    ----------
    stage : convviz.scene.Stage

    Examples
    --------
    >>> from convviz.scene import Stage
    >>> natural_size(Stage(20, 15, (), (), (), 1, ""))
    (800, 600)
    """
    height = round(WIDTH * stage.height / stage.width)
    # even, which is what a video needs
    return WIDTH, min(max(height + height % 2, HEIGHTS[0]), HEIGHTS[1])


def checked_size(size):
    """Width and height as two ints.

    Parameters
    ----------
    size : sequence of two whole numbers
        In pixels.

    Raises
    ------
    TypeError
        When it is not two whole numbers.
    ValueError
        When one is smaller than 16 or larger than 10,000.

    Examples
    --------
    >>> checked_size([800, 400])
    (800, 400)
    """
    try:
        if isinstance(size, str) or any(isinstance(side, bool) for side in size):
            raise TypeError
        width, height = (operator.index(side) for side in size)
    except (TypeError, ValueError):
        raise TypeError(f"size is {size!r}; expected width and height in pixels, such as (800, 400)") from None
    low, high = SIDES
    if not (low <= width <= high and low <= height <= high):
        raise ValueError(f"size is {size!r}; expected width and height from {low} to {high} pixels")
    return width, height


def _checked_path(path):
    path = os.fspath(path) if hasattr(path, "__fspath__") else path
    if not isinstance(path, str):
        raise TypeError(f"path is {path!r}; expected a str or a pathlib.Path")
    if Path(path).suffix.lower() not in _WRITERS:
        raise ValueError(f"path is {path!r}; expected the ending {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    return Path(path)


def _writer(ending):
    module, name = _WRITERS[ending]
    return getattr(importlib.import_module(f".{module}", __name__), name) if module else globals()[name]


def _options(writer):
    """The names of the options that a writer takes."""
    if writer is _save_html:
        from convviz.render.player import page as writer
    names = set(inspect.signature(writer).parameters) - {"board", "path"}
    return sorted(names | {"progress"} if "step" in names else names)


def _checked(options, writer, path):
    ending, known = path.suffix.lower(), _options(writer)
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}? It" if near else "it"
            raise TypeError(f"{ending} has no option {name!r}; {hint} takes {', '.join(known)}")
    if EACH in path.name and "step" not in known:
        raise ValueError(f"{path.name!r}: {EACH} in the name makes a file for each step, which .png and .svg can be")
    return {name: _checked_value(name, value, ending) for name, value in options.items()}


def _checked_value(name, value, ending):
    """The value of one option, if it makes sense; one that only a single writer knows is left to that writer."""
    if name == "size":
        return checked_size(value)
    if name == "theme" and ending != ".html":
        return find_theme(value)
    if name == "seconds" or (name == "hold" and value is not None):
        return _checked_seconds(name, value)
    if name == "loop" or (name == "progress" and value is not None):
        return _checked_flag(name, value)
    return value


def _checked_flag(name, value):
    if not isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}; expected True or False")
    return value


def _checked_seconds(name, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} is {value!r}; expected a number of seconds")
    if not (math.isfinite(value) and 0 < value <= LONGEST):
        raise ValueError(f"{name} is {value!r}; expected more than 0 and at most {LONGEST} seconds")
    return float(value)


def _checked_step(step, steps):
    if step is None:
        return None
    try:
        number = operator.index(step)
    except TypeError:
        raise TypeError(f"step is {step!r}; expected a whole number") from None
    if not -steps <= number < steps:
        raise ValueError(f"step is {step!r}; the trace has {steps} steps, 0 to {steps - 1}")
    return number % steps
