"""The step-through player: a page, or the part of a notebook, in which a trace can be played and stepped.

The script player.js, with those of its parts (predict.js, notes.js, reveal_inline.js, reveal_frame.js) that a page
needs, draws the steps in the reader's browser from the data that `page` and `fragment` put beside it. Nothing is
fetched, and where scripts do not run the last step is shown as a picture.
"""

import json
import re
from dataclasses import replace
from html import escape

from convviz._support.files import write_text
from convviz._support.values import brief
from convviz.render.options import checked_flag
from convviz.render.page.colours import page_style
from convviz.render.page.content import Content
from convviz.render.page.data import data
from convviz.render.page.fallback import fallback
from convviz.render.page.script import script

__all__ = ["document", "fragment", "page", "piece", "save_page"]

_POLICY = "default-src 'none';img-src data:;style-src 'unsafe-inline';script-src 'unsafe-inline'"


def page(board, theme="auto", title=None, predict=False, notes=(), reveal=False):
    """A whole page that shows the steps of a board, with the controls to play them.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    theme : {"auto", "light", "dark"} or convviz.stage.theme.Theme
        "auto" follows the reader's preference.
    title : str, optional
        Heading of the page. Without it the page is called by the stage's title, which is not repeated above a picture
        that shows it.
    predict : bool, default False
        Hides what is to be found at each step until the reader asks for it: by a click on the cell in question, by the
        Enter key or by a button. A feature map that is shown as a picture appears up to the first step not asked for.
    notes : sequence of (str, str)
        Labels and texts, such as a call of a framework, to stand under the controls, each with a button that copies it.
    reveal : bool, default False
        The page is to be shown in a slide of reveal.js, where the arrow keys step through it and then go on to the
        next slide; Escape gives the keys back to the slides. Beside the slides, in the same folder, it is put into
        them by ::

            <section>
              <iframe data-src="conv.html" data-preload title="Convolution" width="960" height="600"></iframe>
            </section>

        Its colours do not follow the slides: `theme` says them. A speaker view does not follow its steps; it does
        those of a `fragment`.

    Returns
    -------
    str
        An HTML document, to be written as UTF-8, that needs no other file and no network.

    Raises
    ------
    ValueError
        For an unknown theme.
    TypeError
        For `predict` and `reveal` that are not bool, and `notes` that are not pairs of str.

    Examples
    --------
    >>> from convviz import MaxPooling
    >>> from convviz.stage.forward import board
    >>> page(board(MaxPooling(2).trace([[3, 4], [1, 2]])))[:32]
    '<!DOCTYPE html>\\n<html lang="en">'
    """
    hides = checked_flag("predict", predict)
    if hides and board.stage.box:
        raise ValueError("predict=True is for style='grid'; the cells of volumes cannot be clicked")
    content = Content(board, theme, hides, _pairs(notes), True, checked_flag("reveal", reveal))
    return document(content, title)


def document(content, title=None):
    """A whole page with some content; the stage's title becomes a heading where the picture does not show it."""
    stage = content.board.stage
    heading = escape(stage.title if title is None else title)
    shown = title is not None or all(text.name != "title" for text in stage.texts)
    content = replace(content, heading="" if shown else heading)
    return _encodable(
        f'<!DOCTYPE html>\n<html lang="{escape(stage.lang)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<link rel="icon" href="data:,"><title>{heading}</title><style>{page_style(content.theme)}</style></head>\n'
        f"<body><main>{f'<h1>{heading}</h1>' if shown else ''}\n{mount(content)}\n</main></body></html>\n"
    )


def fragment(board, theme="auto", predict=False, notes=()):
    """The player as a part of a page: what a notebook shows for a trace.

    Put into a ``<section>`` of reveal.js, each of its steps is one of reveal's fragments: the arrow keys, a clicker, a
    swipe step through the player and then go on to the next slide, and a speaker view follows. Two players in one slide
    step one after the other, in the order in which they stand there. With ``html`` for what is returned, the slide is
    ``f"<section><h2>Convolution</h2>{html}</section>"``. The same happens to the output of a notebook's cell that
    ``jupyter nbconvert --to slides`` or RISE makes a slide of (in RISE the keys are Space and Shift+Space).

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    theme : {"auto", "light", "dark"} or convviz.stage.theme.Theme
        "auto" follows the page around it: Jupyter's theme, VS Code's, a dark slide.
    predict, notes
        See `page`. In a slide, a key shows the result first and goes on to the next step then.

    Returns
    -------
    str
        HTML with everything inside. Several fragments, or one several times, can stand in a page.

    Raises
    ------
    ValueError
        For an unknown theme.
    TypeError
        For `predict` that is not bool, and `notes` that are not pairs of str.

    Examples
    --------
    >>> from convviz import MaxPooling
    >>> from convviz.stage.forward import board
    >>> fragment(board(MaxPooling(2).trace([[3, 4], [1, 2]])))[:40]
    '<div class="convviz" data-theme="auto" d'
    """
    return piece(Content(board, theme, checked_flag("predict", predict), _pairs(notes)))


def piece(content):
    """A part of a page with some content."""
    return _encodable(mount(content))


def save_page(board, path, **options):
    """Write the page of a board; the options are those of `page`."""
    write_text(path, page(board, **options))


def _pairs(notes):
    """The notes as a tuple of pairs of str."""
    try:
        pairs = tuple(() if isinstance(note, str) else tuple(note) for note in notes)
    except TypeError:
        pairs = ((),)
    if any(len(pair) != 2 or not all(isinstance(text, str) for text in pair) for pair in pairs):
        raise TypeError(f"notes is {brief(notes)}; expected pairs of a label and a text, as in [('Keras', 'Conv2D(8, 3)')]")
    return pairs


def _encodable(source):
    # Halves of surrogate pairs cannot be encoded as UTF-8; the caller's texts may hold some.
    return re.sub("[\ud800-\udfff]", "\ufffd", source)


def mount(content):
    """The element that the script fills, the data beside it and the script."""
    theme = "auto" if content.theme == "auto" else "fixed"
    sent = json.dumps(data(content), ensure_ascii=False, separators=(",", ":"), default=int)
    # Written as an escape of JSON, "<" can neither end the script nor begin a comment.
    sent = sent.replace("<", "\\u003c")
    heading = f"<h1>{content.heading}</h1>" if content.heading else ""
    return (
        f'<div class="convviz" data-theme="{theme}" data-parts="{" ".join(content.parts)}">'
        f"{heading}{fallback(content)}{_listed(content.notes)}"
        f'<script type="application/json">{sent}</script></div>\n<script>{script(content.parts)}</script>'
    )


def _listed(notes):
    """The notes as a list, which the script takes from here and adds buttons to."""
    terms = "".join(f"<div><b>{escape(label)}</b><div>{_copied(text)}</div></div>" for label, text in notes)
    return f'<div class="cv-notes">{terms}</div>' if terms else ""


def _copied(text):
    return f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(text)}</pre>'
