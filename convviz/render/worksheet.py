"""Worksheets: a problem with blanks, and its answer key with every step."""

import html
from dataclasses import replace
from pathlib import Path

from ..layout import board
from ..scene import Moment, Scene, Text
from ..words import words
from .files import whole

__all__ = ["blank_scene", "worksheet"]

ENGLISH = {
    "task": "Work out the feature map.", "name": "Name: ____________________",
    "date": "Date: ____________", "sheet": "Worksheet", "key": "Answer key",
}  # fmt: skip
JAPANESE = {
    "task": "特徴マップを求めなさい。", "name": "名前: ____________________",
    "date": "日付: ____________", "sheet": "演習問題", "key": "解答",
}  # fmt: skip
PHRASES = {"en": ENGLISH, "ja": JAPANESE}

#: A4 upright in hundredths of an inch, which is how the size of a page is given to the figures.
PAGE = (1169, 827)


def blank_scene(exercise, lang="en"):
    """The problem as a scene: input and kernel, the feature map empty.

    Parameters
    ----------
    exercise : convviz.exercises.Exercise
    lang : {"en", "ja"}

    Returns
    -------
    convviz.scene.Scene
    """
    words(lang)
    steps = board(exercise.trace(), lang)
    shown = steps.stage
    grids = tuple(blank(grid) for grid in shown.grids if grid.name not in ("products", "window", "stamp"))
    texts = [text for text in shown.texts if text.name == "title" or text.name.startswith("arrow")]
    first = next(text for text in shown.texts if text.name == "formula")
    texts.append(Text("formula", first.x, first.y, PHRASES[lang]["task"], first.size, "start", "strong"))
    stage = replace(shown, grids=grids, texts=tuple(texts), height=first.y + 1.0)
    bias = {name: cells for name, cells in steps.moment(0).cells.items() if name == "sums"}
    return Scene(stage, Moment(0, bias, spoken=PHRASES[lang]["task"]))


def blank(grid):
    """A feature map without its numbers; any other grid as it is."""
    if not grid.name.startswith("output"):
        return replace(grid, first=None)
    empty = (("",) * grid.columns,) * grid.rows
    roles = (("cell",) * grid.columns,) * grid.rows
    return replace(grid, texts=empty, roles=roles, first=None, reveals=False, history={})


def worksheet(exercise, path, lang="en"):
    """Write the sheet and the key; see `convviz.exercises.Exercise.worksheet`."""
    path = Path(path)
    writers = {".pdf": (sheet_pdf, key_pdf), ".html": (sheet_html, key_html)}
    if path.suffix.lower() not in writers:
        raise ValueError(f"path is {str(path)!r}; expected the ending .pdf or .html")
    key = path.with_name(f"{path.stem}-key{path.suffix}")
    for writer, target in zip(writers[path.suffix.lower()], (path, key), strict=True):
        writer(exercise, target, lang)
    return path, key


def sheet_pdf(exercise, path, lang):
    """One page with the problem."""
    from matplotlib.backends.backend_pdf import PdfPages

    from .figure import figure

    scene = titled(blank_scene(exercise, lang), PHRASES[lang]["sheet"], lang)
    about = {"Title": PHRASES[lang]["sheet"], "CreationDate": None}
    with whole(path) as temporary, PdfPages(temporary, metadata=about) as pages:
        pages.savefig(figure(scene, PAGE))


def titled(scene, title, lang):
    """A scene with a heading, and lines for a name and a date."""
    down = 1.6
    stage = scene.stage
    grids = tuple(replace(grid, y=grid.y + down) for grid in stage.grids)
    texts = [replace(text, y=text.y + down) for text in stage.texts]
    texts += [
        Text("heading", 0.6, 0.8, title, 0.7, "start", "strong"),
        Text("name", stage.width - 0.6, 0.8, f"{PHRASES[lang]['name']}  {PHRASES[lang]['date']}", 0.42, "end", "text"),
    ]
    return Scene(replace(stage, grids=grids, texts=tuple(texts), height=stage.height + down), scene.moment)


def key_pdf(exercise, path, lang):
    """A page for every step; the last one shows the whole answer."""
    from .animation import save_pdf

    save_pdf(board(exercise.trace(), lang), path, PAGE)


def sheet_html(exercise, path, lang):
    """A page with the problem, fit to be printed."""
    from .svg import svg

    names = PHRASES[lang]
    picture = svg(blank_scene(exercise, lang))
    page = (
        f'<!doctype html>\n<html lang="{lang}"><meta charset="utf-8"><title>{html.escape(names["sheet"])}</title>\n'
        "<style>body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}"
        "header{display:flex;justify-content:space-between;align-items:baseline;flex-wrap:wrap;gap:1em}"
        "svg{width:100%;height:auto}</style>\n"
        f"<header><h1>{names['sheet']}</h1><p>{names['name']} &nbsp; {names['date']}</p></header>\n{picture}\n</html>\n"
    )
    with whole(path) as temporary:
        Path(temporary).write_text(page, encoding="utf-8", newline="\n")


def key_html(exercise, path, lang):
    """The player with every step."""
    from . import save

    save(board(exercise.trace(), lang), path)
