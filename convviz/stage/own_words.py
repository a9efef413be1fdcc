"""Custom captions: their names, the fields they may contain, and their maximum lengths."""

import string
from typing import NamedTuple

from convviz._support.suggestions import spelled
from convviz._support.values import brief
from convviz.stage.text_width import LATIN, em_width

__all__ = ["WORDS", "check_known", "check_usable", "filled_in"]

#: Maximum numbers of Latin letters: of captions above or in a grid, of those that fill a line, and of those that may be broken
#: into several. Japanese letters are wider, so fewer of them fit.
LONGEST_NAME, LONGEST_LINE, LONGEST_TEXT = 40, 80, 200


class Word(NamedTuple):
    """A caption that can be customized.

    Attributes
    ----------
    captions : tuple of str
        Its names in the tables of `convviz.stage.captions`.
    fields : tuple of str
        The fields that its text may contain in braces.
    longest : int
        The maximum number of Latin letters.
    after : str
        Appended to a text that does not contain the only field.
    """

    captions: tuple
    fields: tuple = ()
    longest: int = LONGEST_NAME
    after: str = ""


#: The captions that can be customized, besides the names of the grids.
WORDS = {
    "title": Word(("title",), longest=LONGEST_TEXT),
    "step": Word(("step_line",), ("step", "steps", "position"), LONGEST_LINE),
    "position": Word(("place", "source"), ("row", "column")),
    "filter": Word(("filter",), ("filter",)),
    "channel": Word(("channel", "of_channel"), ("channel",)),
    "batch": Word(("image",), ("batch",)),
    "window": Word(("window",)),
    "products": Word(("products",)),
    "stamp": Word(("stamp",)),
    "sums": Word(("sums",)),
    "bias": Word(("bias",)),
    "total": Word(("total",)),
    "others": Word(("others",), ("channels",)),
    "max": Word(("sign_maximum",)),
    "mean": Word(("sign_average",)),
    "formula": Word(("formula_line",), ("formula",), LONGEST_LINE, ": {0}"),
    "running": Word(("running_line",), ("sums",), LONGEST_LINE, "{1}: {0}"),
    "size": Word(("size_line",), ("size",), LONGEST_TEXT, ": {0}"),
    "remarks": Word(("remarks_line",), ("remarks",), LONGEST_TEXT),
    "slide": Word(("act_slide", "act_take")),
    "multiply": Word(("act_multiply",)),
    "compare": Word(("act_compare",)),
    "add": Word(("act_add", "act_add_numbers")),
    "find": Word(("act_find", "act_window")),
    "write": Word(("act_write", "act_stamp", "act_hand")),
}


def filled_in(key, text):
    """A caption with its fields replaced by numbered ones, as in the tables of captions.

    Examples
    --------
    >>> filled_in("step", "Step {step} of {steps}"), filled_in("formula", "In all"), filled_in("title", "{}")
    ('Step {0} of {1}', 'In all: {0}', '{}')
    """
    word = WORDS[key]
    if not word.fields:
        return text
    parts = list(string.Formatter().parse(text))
    found = "".join(
        literal.replace("{", "{{").replace("}", "}}") + ("" if name is None else f"{{{word.fields.index(name)}}}")
        for literal, name, _, _ in parts
    )
    return found if any(name for _, name, _, _ in parts) else found + word.after


def check_known(key, grids):
    """Raise ValueError for an unknown caption."""
    known = (*grids, *WORDS)
    if not isinstance(key, str) or key not in known:
        near = spelled(key, known) if isinstance(key, str) else None
        hint = f"did you mean {near!r}? " if near else ""
        raise ValueError(f"captions has {brief(key)}; {hint}expected some of {', '.join(map(repr, known))}")


def check_usable(key, text):
    """Raise ValueError for a text of more than one line, one that is too long, or one with unknown fields."""
    word = WORDS.get(key, Word(()))
    usable = isinstance(text, str) and text.strip() and text.isprintable()
    if not usable or em_width(text) > (word.longest + 0.5) * LATIN:  # half a letter more: widths are rounded
        example = {"title": "Edges", "step": "Step {step} of {steps}"}.get(key, "gradient")
        raise ValueError(
            f"the caption of {key!r} is {brief(text)}; expected a text of one line, such as {example!r}, with at most "
            f"{word.longest} Latin or {int(word.longest * LATIN)} Japanese letters"
        )
    if word.fields and not has_known_fields(text, word.fields):
        names = " and ".join(", ".join(f"{{{name}}}" for name in word.fields).rsplit(", ", 1))
        raise ValueError(f"the caption of {key!r} is {brief(text)}; expected no other braces than {names}, or {{{{ and }}}}")


def has_known_fields(text, fields):
    """Whether a text contains no fields other than these."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return False
    return all(name is None or (name in fields and not form and not conversion) for _, name, form, conversion in parts)
