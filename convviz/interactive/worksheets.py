"""Worksheets: a problem with blanks, and its answer key with every step."""

import html
import os
from dataclasses import replace
from pathlib import Path

from convviz._support.files import atomic_file
from convviz._support.values import brief, choice
from convviz.stage.captions import captions
from convviz.stage.forward import board
from convviz.stage.problem import problem
from convviz.stage.scene import Frame, Scene, Stage, Text
from convviz.stage.text_width import em_width

__all__ = ["blank_scene", "checked_path", "problem_board", "worksheet"]

ENGLISH = {
    "task": "Work out the feature map.",
    "name": "Name: ____________________",
    "date": "Date: ____________",
    "sheet": "Worksheet",
    "key": "Answer key",
}
JAPANESE = {
    "task": "特徴マップを求めなさい。",
    "name": "名前: ____________________",
    "date": "日付: ____________",
    "sheet": "演習問題",
    "key": "解答",
}
PHRASES = {"en": ENGLISH, "ja": JAPANESE}

#: Lines on a page of steps.
PAGE_LINES = 24
STYLE = (
    "body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}"
    "header{display:flex;justify-content:space-between;align-items:baseline;flex-wrap:wrap;gap:1em}"
    "svg{max-width:100%;height:auto}li{list-style:none;margin:.2em 0}"
)
#: A4 on its side in hundredths of an inch, which is how the size of a page is given to the figures.
PAGE = (1169, 827)
#: Width of the problem on a page, without margins, in units: heading, name and date stand beside each other above it.
PAGE_WIDTH = 19.2


def blank_scene(exercise, lang="en"):
    """The problem as a scene: input and kernel, the feature map empty.

    Parameters
    ----------
    exercise : convviz.interactive.exercises.Exercise
    lang : {"en", "ja"}

    Returns
    -------
    convviz.stage.scene.Scene
    """
    return problem_board(exercise, lang, PAGE_WIDTH).scene(0)


def problem_board(exercise, lang, *width):
    """The problem as a `convviz.stage.problem.ProblemBoard`; `width` is the least one of its stage."""
    captions(lang)
    return problem(exercise.trace(), lang, PHRASES[lang]["task"], *width)


def worksheet(exercise, path, lang="en"):
    """Write the sheet and the key; see `convviz.interactive.exercises.Exercise.worksheet`."""
    writers = {".pdf": (sheet_pdf, key_pdf), ".html": (sheet_html, key_html)}
    path = checked_path(path, writers)
    choice(lang, "lang", PHRASES)
    key = path.with_name(f"{path.stem}-key{path.suffix}")
    for writer, target in zip(writers[path.suffix.lower()], (path, key), strict=True):
        writer(exercise, target, lang)
    return path, key


def checked_path(path, endings):
    """A path as a `pathlib.Path`; TypeError for what is none, ValueError unless it has one of these endings."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is {brief(path)}; expected a str or a pathlib.Path")
    path = Path(path)
    if path.suffix.lower() not in endings:
        raise ValueError(f"path is {brief(str(path))}; expected the ending {' or '.join(endings)}")
    return path


def sheet_pdf(exercise, path, lang):
    """One page with the problem."""
    title = PHRASES[lang]["sheet"]
    write_pdf(path, title, [headed(blank_scene(exercise, lang), title, exercise, lang)])


def key_pdf(exercise, path, lang):
    """A page with the answer, then pages with every step written out."""
    title = PHRASES[lang]["key"]
    steps = board(exercise.trace(), lang)
    answer = headed(steps.scene(steps.indices[-1]), title, exercise, lang)
    lines = step_lines(exercise)
    pages = [lines[start : start + PAGE_LINES] for start in range(0, len(lines), PAGE_LINES)]
    write_pdf(path, title, [answer, *(lines_scene(page, title, lang) for page in pages)])


def write_pdf(path, title, scenes):
    """A PDF with a page for each scene."""
    from convviz.render.figure import figure
    from convviz.render.pdf import pages_of

    with atomic_file(path) as temporary, pages_of(temporary, {"Title": title, "CreationDate": None}) as pages:
        for scene in scenes:
            pages.savefig(figure(scene, PAGE))


def step_lines(exercise):
    """Every step written out, with its row and column."""
    return [f"({step.position[0]}, {step.position[1]})   {step.formula(None)}" for step in exercise.trace()]


def lines_scene(lines, title, lang):
    """A page of text."""
    texts = [Text("heading", 0.6, 0.8, title, 0.7, "start", "strong")]
    texts += [Text(f"line.{n}", 0.6, 2.0 + 0.75 * n, line, 0.42) for n, line in enumerate(lines)]
    width = max(26.0, 1.2 + 0.42 * max(em_width(line) for line in lines))
    return Scene(Stage(width, 2.0 + 0.75 * PAGE_LINES, (), tuple(texts), (), 1, title, lang), Frame(0))


def headed(scene, title, exercise, lang):
    """A scene with a heading, lines for name and date, and what is needed to make the problem again."""
    down, stage = 1.6, scene.stage
    grids = tuple(replace(grid, y=grid.y + down) for grid in stage.grids)
    texts = [replace(text, y=text.y + down) for text in stage.texts]
    blanks = "" if title == PHRASES[lang]["key"] else f"{PHRASES[lang]['name']}  {PHRASES[lang]['date']}"
    texts += [
        Text("heading", 0.6, 0.8, title, 0.7, "start", "strong"),
        Text("name", stage.width - 0.6, 0.8, blanks, 0.42, "end", "text"),
        Text("number", stage.width - 0.6, stage.height + down + 0.2, number_of(exercise), 0.3, "end", "faint"),
    ]
    lines, moved = (
        tuple(replace(link, y1=link.y1 + down, y2=link.y2 + down) for link in links)
        for links in (stage.links, scene.frame.links)
    )
    taller = replace(stage, grids=grids, texts=tuple(texts), links=lines, height=stage.height + down + 0.6)
    return Scene(taller, replace(scene.frame, links=moved))


def number_of(exercise):
    """Kind, difficulty and seed, which make the problem again."""
    return f"{exercise.kind} · {exercise.difficulty} · seed {exercise.seed}"


def sheet_html(exercise, path, lang):
    """A page with the problem, for printing."""
    from convviz.render.svg import svg

    names = PHRASES[lang]
    header = f"<header><h1>{names['sheet']}</h1><p>{names['name']} &nbsp; {names['date']}</p></header>"
    body = f"{header}\n{svg(blank_scene(exercise, lang))}\n<p>{number_of(exercise)}</p>"
    write_page(path, names["sheet"], body, lang)


def key_html(exercise, path, lang):
    """The player, and every step written out, so that the page can be printed."""
    from convviz.render.page import fragment

    names = PHRASES[lang]
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in step_lines(exercise))
    body = f"<h1>{names['key']}</h1>{fragment(board(exercise.trace(), lang))}<ul>{lines}</ul>"
    write_page(path, names["key"], body + f"<p>{number_of(exercise)}</p>", lang)


def write_page(path, title, body, lang):
    """Write a page that needs no other file."""
    page = (
        f'<!doctype html>\n<html lang="{lang}"><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n{body}\n</html>\n"
    )
    with atomic_file(path) as temporary:
        Path(temporary).write_text(page, encoding="utf-8", newline="\n")
