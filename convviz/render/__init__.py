"""From scenes to media: `save` picks the writer by the ending of the file's name, and loads only that one."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from convviz._support import lazy_names
from convviz._support.values import brief
from convviz.render.options import EACH, checked_options, checked_step
from convviz.render.progress import watched

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from convviz._support.annotations import FilePath
    from convviz.stage.protocol import Board

__all__ = ["ENDINGS", "save", "watched"]


def __dir__():
    return lazy_names.listed(globals())


#: The module and the function that write each kind of file.
_WRITERS = {
    ".gif": ("animation.gif", "save_gif"),
    ".webp": ("animation.webp", "save_webp"),
    ".apng": ("animation.apng", "save_apng"),
    ".mp4": ("animation.mp4", "save_mp4"),
    ".pdf": ("pdf", "save_pdf"),
    ".pptx": ("slides", "save_pptx"),
    ".png": ("png", "save_png"),
    ".svg": ("svg", "save_svg"),
    ".html": ("page", "save_page"),
}
#: The endings that `save` knows.
ENDINGS = tuple(_WRITERS)


def save(board: Board | Callable[[], Board], path: FilePath, **options: Any) -> Path | list[Path]:
    """Write the steps of a board to a file, in the format that its ending names.

    Parameters
    ----------
    board : convviz.stage.protocol.Board, or a function of no arguments that returns one
        A function is called once path and options have been checked.
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
        seconds : float or sequence of float
            How long each step is shown, or a time for each of the steps that are shown; by itself 0.8 seconds, more for long
            formulas. .gif, .webp, .apng, .mp4.
        motion : bool
            Whether what is between steps is shown: the window slides, the products appear, and their sum grows. .gif, .webp,
            .apng, .mp4; a .pdf then has a page for each act of a step, and a .pptx moves the window by the transition Morph.
        hold : float
            How long the last step is shown, in seconds; .gif, .webp, .apng, .mp4.
        loop : bool
            Whether the animation begins again; .gif, .webp, .apng.
        step : int
            Which step of the trace, counted from 0, or from the end if negative. Unless given, the last shown one; where the
            feature map is a picture and steps are not chosen, the one whose result is farthest from 0, of a mean or a
            pooling one whose window varies; in a .pdf all.
            .pdf, .png, .svg.
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
    options = checked_options(options, path)
    board = board() if callable(board) else board
    if not len(board.indices):
        raise ValueError("there are no steps to show; choose one at least")
    if "step" in options:
        options["step"] = checked_step(options["step"], board.stage.steps)
    if options.pop("motion", False):
        board, options = _moving(board, path, options)
    write = _writer(path.suffix.lower())
    if EACH in path.name:
        return _save_each(write, board, path, options)
    if path.suffix.lower() in (".png", ".svg"):
        options.pop("progress", None)  # they hold one step
    write(board, path, **options)
    return path


def _moving(board, path, options):
    """The board with frames in between, and the options with a time for each of them; slides move by themselves."""
    ending = path.suffix.lower()
    if ending == ".pptx":
        return board, {**options, "motion": True}
    from convviz.render.animation.options import VIDEO_RATE, delays
    from convviz.stage.motion import film, finished_acts

    if ending == ".pdf":
        if EACH in path.name:
            raise ValueError(
                f"{path.name!r}: with motion=True a file holds the acts of all steps; leave {EACH} out of the name"
            )
        return finished_acts(board, options.pop("step", None)), options
    times = iter(delays(board, options.get("seconds"), options.get("hold")))
    played = film(board, VIDEO_RATE) if ending == ".mp4" else film(board)
    seconds = tuple(next(times) if each is None else each for each in played.seconds)
    return played, {**options, "seconds": seconds, "hold": None}


def _save_each(write, board, path, options):
    """Write a file for each step; the numbers in the names have equally many digits, so that the files sort."""
    progress = options.pop("progress", None)
    digits = len(str(board.stage.steps - 1))
    steps = [options.pop("step")] if options.get("step") is not None else board.indices
    options.pop("step", None)
    paths = []
    for step in watched(steps, progress):
        paths.append(path.with_name(path.name.replace(EACH, f"{step:0{digits}}")))
        write(board, paths[-1], step=step, **options)
    return paths


def _checked_path(path):
    path = os.fspath(path) if hasattr(path, "__fspath__") else path
    if not isinstance(path, str):
        raise TypeError(f"path is {brief(path)}; expected a str or a pathlib.Path")
    if "\0" in path:
        raise ValueError(f"path is {brief(path)}; expected a name without zero bytes")
    if Path(path).suffix.lower() not in _WRITERS:
        raise ValueError(f"path is {brief(path)}; expected the ending {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    return Path(path)


def _writer(ending):
    """The function that writes files with this ending; only its module is loaded."""
    module, name = _WRITERS[ending]
    return getattr(importlib.import_module(f"convviz.render.{module}"), name)
