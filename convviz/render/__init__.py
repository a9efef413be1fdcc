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

from convviz._support.files import whole
from convviz.render.sizes import DPI, checked_dpi, checked_size
from convviz.stage.theme import theme as find_theme

__all__ = ["ENDINGS", "save", "watched"]

_WRITERS = {
    ".gif": ("animation", "save_gif"),
    ".webp": ("animation", "save_webp"),
    ".apng": ("animation", "save_apng"),
    ".mp4": ("animation", "save_mp4"),
    ".pdf": ("animation", "save_pdf"),
    ".pptx": ("slides", "save_pptx"),
    ".png": ("animation", "save_png"),
    ".svg": (None, "_save_svg"),
    ".html": (None, "_save_html"),
}
#: The endings that `save` knows.
ENDINGS = tuple(_WRITERS)

#: In the name of a file that holds one step: a file for each step, with the step's number in this place.
EACH = "{step}"
#: The longest a frame may stay, in seconds; a GIF cannot say much more.
LONGEST = 600
#: From how many steps on a person at a terminal is shown a progress bar.
MANY = 40


def save(board, path, **options):
    """Write the steps of a board to a file, in the format that its ending names.

    Parameters
    ----------
    board : convviz.stage.protocol.Board, or a function of no arguments that returns one
        A function is called when path and options are found to make sense.
    path : str or os.PathLike
        Ends in .gif, .webp, .apng, .mp4, .pdf (all steps), .pptx (a slide for each step), .html (a page that steps
        through them), .png or .svg (one step). With "{step}" in the name, .pdf, .png and .svg become a file for each
        step, with the step's number in the trace in that place.
    **options
        size : pair of int or str, or int or str
            Width and height, or the width alone, with the height that the scenes need: pixels such as 1280, or lengths
            such as "8in", "20cm", "200mm" or "576pt". "slide" is 1280 × 720 pixels, 16:9. 800 pixels wide unless
            given. A pixel is a hundredth of an inch on the pages of a .pdf. Not for .html and .pptx.
        dpi : float
            Pixels per inch, for lengths, and written into .png and .apng so that office programs show them at that
            size; 100 unless given. With 96, "slide" fills a slide of 13.33 × 7.5 inches. .gif, .webp, .apng, .mp4,
            .png.
        transparent : bool
            Whether no background is painted, so that what lies behind, as a slide, is seen around grids and letters;
            cells keep their colours. Letters are dark with the theme "light", which suits light slides, and light with
            "dark", for dark ones. In a .gif a pixel is either transparent or not, so that the edges of letters keep
            some of the theme's background, which may be the slide's colour in a theme of one's own; .webp and .apng
            have smooth edges. .gif, .webp, .apng, .pdf, .png, .svg.
        theme : {"light", "dark"} or convviz.stage.theme.Theme
            .html also knows "auto".
        title : str
            Heading of the page; .html.
        predict : bool
            Whether results are hidden until they are clicked; .html.
        notes : sequence of (str, str)
            Labels and texts to be copied, under the controls; .html.
        reveal : bool
            Whether the page is for a frame in a slide of reveal.js, to which it gives the keys at its ends; .html.
        template : str or os.PathLike
            A deck or template whose size, masters, fonts and background the slides take; .pptx.
        seconds : float
            How long each step is shown; .gif, .webp, .apng, .mp4.
        hold : float
            How long the last step is shown, in seconds; .gif, .webp, .apng, .mp4.
        loop : bool
            Whether the animation begins again; .gif, .webp, .apng.
        step : int
            Which step of the trace, counted from 0, or from the end if negative; unless given, the last shown one, in a
            .pdf all; .pdf, .png, .svg.
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

    Notes
    -----
    LaTeX's package animate takes the pages of one PDF, whatever steps they show. With ``save(board, "steps.pdf")``, a
    Beamer slide holds ``\\animategraphics[controls,step,height=0.7\\textheight]{1}{steps}{}{}``; with the option
    ``step`` each click is a step, without it the steps follow each other at one a second. Files for each step, from
    ``save(board, "step-{step}.pdf")``, must be numbered without gaps, so all steps have to be shown; their numbers
    begin with 0 and have as many digits as the last one, and the first and last stand in the command as they do in the
    names: ``\\animategraphics[controls]{1}{step-}{00}{15}``.

    Examples
    --------
    >>> save(None, "conv.jpg")
    Traceback (most recent call last):
        ...
    ValueError: path is 'conv.jpg'; expected the ending .gif, .webp, .apng, .mp4, .pdf, .pptx, .png, .svg or .html
    """
    path = _checked_path(path)
    writer = _writer(path.suffix.lower())
    options = _checked(options, writer, path)
    board = board() if callable(board) else board
    if not len(board.indices):
        raise ValueError("there are no steps to show; choose one at least")
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


def _save_svg(board, path, size=None, theme="light", step=None, transparent=False):
    from convviz.render.svg import svg

    scene = board.scene(board.indices[-1] if step is None else step)
    _write_text(path, svg(scene, theme=theme, size=size, transparent=transparent))


def _save_html(board, path, **options):
    from convviz.render.page import page

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
        from convviz.render.page import page as writer
    names = set(inspect.signature(writer).parameters) - {"board", "path"}
    return sorted(names | {"progress"} if "step" in names else names)


def _checked(options, writer, path):
    ending, known = path.suffix.lower(), _options(writer)
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}? It" if near else "it"
            if (ending, name) == (".mp4", "transparent"):
                hint = "MP4 has no transparency, so use .webp or .apng; it"
            raise TypeError(f"{ending} has no option {name!r}; {hint} takes {', '.join(known)}")
    if EACH in path.name and "step" not in known:
        raise ValueError(f"{path.name!r}: {EACH} in the name makes a file a step, which .pdf, .png and .svg can be")
    options = {name: _checked_value(name, value, ending) for name, value in options.items()}
    if options.get("size") is not None:
        checked_size(options["size"], options.get("dpi", DPI))
    return options


def _checked_value(name, value, ending):
    """The value of one option, if it makes sense; one that only a single writer knows is left to that writer."""
    if name == "dpi":
        return checked_dpi(value)
    if name == "theme" and ending != ".html":
        return find_theme(value)
    if name == "seconds" or (name == "hold" and value is not None):
        return _checked_seconds(name, value)
    if name in ("loop", "transparent") or (name == "progress" and value is not None):
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
