"""A problem with fields in the cells of its feature map: a page, or a part of one, that judges what is filled in.

The script quiz.js, a part of player.js, does it in the reader's browser, with numbers.js, which reads numbers as
`convviz.inputs.numbers` does.
"""

import base64
import json
import zlib

from convviz.render.page.content import Content
from convviz.render.page.player import document, piece

__all__ = ["quiz_fragment", "quiz_page", "sealed"]


def quiz_page(board, quiz, theme="auto", title=None):
    """A whole page with a problem and its fields.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
        The problem, with a grid called "output".
    quiz : dict
        What `sealed` returns.
    theme : {"auto", "light", "dark"} or convviz.stage.theme.Theme
    title : str, optional

    Returns
    -------
    str
        An HTML document that needs no other file and no network.
    """
    return document(Content(board, theme, False, (), True, quiz=quiz), title)


def quiz_fragment(board, quiz, theme="auto"):
    """A problem and its fields as a part of a page: what a notebook shows. The parameters are those of `quiz_page`."""
    return piece(Content(board, theme, False, (), quiz=quiz))


def sealed(words, answers):
    """What quiz.js reads: words for messages and buttons, and the answers, compressed and therefore not legible.

    Parameters
    ----------
    words : dict of str to str
    answers : dict
        ``cells`` has the right number, the same as it is shown, and wrong numbers with sentences, for each cell in row order;
        ``answers`` wrong numbers for all cells, whether chance can be left out, and sentences; ``tolerance``, ``unit`` and
        ``rounding`` are those of `convviz.check.equality.Equality`. Numbers are texts.

    Returns
    -------
    dict

    Examples
    --------
    >>> sorted(sealed({}, {"cells": []}))
    ['key', 'say', 'sealed']
    """
    content = zlib.compress(json.dumps(answers, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return {"say": words, "key": f"{zlib.crc32(content):08x}", "sealed": base64.b64encode(content).decode()}
