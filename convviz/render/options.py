"""The options of each kind of file, and checks that they make sense."""

import numbers

import numpy as np

from convviz._support.keywords import ours_for, unknown
from convviz._support.suggestions import spelled
from convviz._support.values import brief, flag, index_number
from convviz.render.sizes import DPI, checked_dpi, checked_size
from convviz.stage.theme import theme as find_theme

__all__ = ["EACH", "LONGEST", "OPTIONS", "checked_flag", "checked_options", "checked_step", "require_options", "single_step"]

_VIDEO = ("dpi", "hold", "motion", "progress", "seconds", "size", "theme")
_ANIMATION = (*_VIDEO, "loop", "transparent")
_STILL = ("progress", "size", "step", "theme", "transparent")
#: The options of each ending.
OPTIONS = {
    ".gif": _ANIMATION,
    ".webp": _ANIMATION,
    ".apng": _ANIMATION,
    ".mp4": _VIDEO,
    ".pdf": (*_STILL, "motion"),
    ".pptx": ("motion", "progress", "template", "theme"),
    ".png": (*_STILL, "dpi"),
    ".svg": _STILL,
    ".html": ("notes", "predict", "reveal", "theme", "title"),
}
#: In a file's name, the place of the step's number: a file is then written for each step.
EACH = "{step}"
#: The longest time for which a frame may be shown, in seconds; a GIF cannot store much more.
LONGEST = 600


def checked_options(options, path):
    """The options of a file, checked and converted; raises an error for an option that it does not have."""
    ending = path.suffix.lower()
    known = sorted(OPTIONS[ending])
    for name in options:
        if name not in known:
            if (ending, name) == (".mp4", "transparent"):
                hint = "MP4 has no transparency, so use .webp or .apng; it"
                raise TypeError(f"{ending} has no option {name!r}; {hint} takes {', '.join(known)}")
            raise TypeError(unknown(ending, name, known, "option"))
    if EACH in path.name and "step" not in known:
        raise ValueError(f"{path.name!r}: {EACH} in the name makes a file a step, which .pdf, .png and .svg can be")
    options = {name: _checked_value(name, value, ending) for name, value in options.items()}
    if options.get("size") is not None:
        checked_size(options["size"], options.get("dpi", DPI))
    return options


def require_options(options, others):
    """Raise TypeError for a name that no file has as an option, and that is another name for one of these arguments."""
    for name in options:
        somewhere = any(name in known for known in OPTIONS.values())
        if not somewhere and (ours_for(name, others)[0] or spelled(name, others)):
            raise TypeError(unknown("save", name, others, "option"))


def _checked_value(name, value, ending):
    """The value of one option, checked; options of a single writer are checked by that writer."""
    if name == "dpi":
        return checked_dpi(value)
    if name == "theme" and ending != ".html":
        return find_theme(value)
    if name == "seconds" and (isinstance(value, list | tuple) or isinstance(value, np.ndarray) and value.ndim):
        return tuple(_checked_seconds(f"seconds[{place}]", each) for place, each in enumerate(value))
    if name in ("seconds", "hold") and value is not None:
        return _checked_seconds(name, value)
    if name == "title" and not isinstance(value, str | None):
        raise TypeError(f"title is {brief(value)}; expected a text")
    if name in ("loop", "motion", "transparent") or (name == "progress" and value is not None):
        return checked_flag(name, value)
    return value


def checked_flag(name, value):
    """`value`, after a check that it is True or False."""
    return flag(value, name)


def _checked_seconds(name, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} is {brief(value)}; expected a number of seconds")
    if not 0 < value <= LONGEST:
        raise ValueError(f"{name} is {brief(value)}; expected more than 0 and at most {LONGEST} seconds")
    return float(value)


def checked_step(step, steps):
    """A step of a trace of so many steps as a number from 0 on; None if none is given."""
    if step is None:
        return None
    number = index_number(step, "step")
    if not -steps <= number < steps:
        raise ValueError(f"step is {brief(step)}; the trace has {steps} steps, 0 to {steps - 1}")
    return number % steps


def single_step(board):
    """The step that a single picture shows: the one that shows most of a picture, else the last one."""
    return board.indices[-1] if board.stage.strongest is None else board.stage.strongest
