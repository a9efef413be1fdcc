"""The step-through player: a page, or the part of a notebook, in which a trace can be played and stepped.

The script player.js draws the steps in the reader's browser from the data that `page` and `fragment` put beside it.
Nothing is fetched, and where scripts do not run the last step is shown as a picture.
"""

import json
import re
from dataclasses import replace
from functools import lru_cache
from html import escape
from importlib.resources import files
from os.path import commonprefix

from convviz import theme as themes
from convviz.render.svg import SCALE, data_url, svg
from convviz.scene import Scene

__all__ = ["fragment", "page"]

# What keeps the fallback small beside the data: a picture holds at most this many cells, and photographs of this side;
# a table has at most this many rows and columns.
_PICTURE_CELLS = 700
_PHOTOGRAPH_SIDE = 64
_TABLE_SIDE = 20

# What must not stand as it is in an address within double quotes.
_IN_ADDRESS = {ord(letter): f"%{ord(letter):02X}" for letter in "%#<&\"\n"}

# Browsers find the other families of a language themselves.
_FONTS = "system-ui,Hiragino Sans,Yu Gothic UI,Noto Sans CJK JP,sans-serif"

# The captions of the controls.
_SAY = {
    "en": {
        "play": "Play",
        "pause": "Pause",
        "back": "Back one step",
        "next": "On one step",
        "step": "Step",
        "place": "Step {0} of {1}",
        "speed": "Speed",
        "keys": "← → one step · Space play, pause · Home, End first, last",
        "weight": "Weight [{0}, {1}] = {2}, meets {3} input cells",
    },
    "ja": {
        "play": "再生",
        "pause": "一時停止",
        "back": "1ステップ戻る",
        "next": "1ステップ進む",
        "step": "ステップ",
        "place": "ステップ {0} / {1}",
        "speed": "速さ",
        "keys": "← → 1ステップ · スペース 再生・一時停止 · Home, End 最初・最後",
        "weight": "重み [{0}, {1}] = {2}、入力のセル {3} 個と掛け合わされる",
    },
}

_POLICY = "default-src 'none';img-src data:;style-src 'unsafe-inline';script-src 'unsafe-inline'"


def page(board, theme="auto", title=None):
    """A whole page that shows the steps of a board, with the controls to play them.

    Parameters
    ----------
    board : convviz.layout.Board
    theme : {"auto", "light", "dark"} or convviz.theme.Theme
        "auto" follows the reader's preference.
    title : str, optional
        Heading of the page. Without it the page is called by the stage's title, which is not repeated above a picture
        that shows it.

    Returns
    -------
    str
        An HTML document, to be written as UTF-8, that needs no other file and no network.

    Raises
    ------
    ValueError
        For an unknown theme.

    Examples
    --------
    >>> from convviz import MaxPooling
    >>> from convviz.layout import board
    >>> page(board(MaxPooling(2).trace([[3, 4], [1, 2]])))[:32]
    '<!DOCTYPE html>\\n<html lang="en">'
    """
    heading = escape(board.stage.title if title is None else title)
    shown = title is not None or all(text.name != "title" for text in board.stage.texts)
    return _encodable(
        f'<!DOCTYPE html>\n<html lang="{escape(board.stage.lang)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<link rel="icon" href="data:,"><title>{heading}</title><style>{_page_style(theme)}</style></head>\n'
        f"<body>{f'<h1>{heading}</h1>' if shown else ''}\n{_mount(board, theme, whole=True)}\n</body></html>\n"
    )


def fragment(board, theme="auto"):
    """The player as a part of a page: what a notebook shows for a trace.

    Parameters
    ----------
    board : convviz.layout.Board
    theme : {"auto", "light", "dark"} or convviz.theme.Theme
        "auto" follows the page around it: Jupyter's theme, VS Code's, a dark slide.

    Returns
    -------
    str
        HTML with everything inside. Several fragments, or one several times, can stand in a page.

    Raises
    ------
    ValueError
        For an unknown theme.

    Examples
    --------
    >>> from convviz import MaxPooling
    >>> from convviz.layout import board
    >>> fragment(board(MaxPooling(2).trace([[3, 4], [1, 2]])))[:40]
    '<div class="convviz" data-theme="auto"><'
    """
    return _encodable(_mount(board, theme, whole=False))


def _encodable(source):
    # Halves of surrogate pairs have no UTF-8: a text of the caller that holds one must not spoil the file.
    return re.sub("[\ud800-\udfff]", "\ufffd", source)


def _mount(board, theme, whole):
    kind = "auto" if theme == "auto" else "fixed"
    data = json.dumps(_data(board, theme, whole), ensure_ascii=False, separators=(",", ":"), default=int)
    # "<" cannot end the script or begin a comment when it is written as JSON's escape.
    data = data.replace("<", "\\u003c")
    return (
        f'<div class="convviz" data-theme="{kind}">{_fallback(board, theme, whole)}'
        f'<script type="application/json">{data}</script></div>\n<script>{_script()}</script>'
    )


@lru_cache
def _script():
    """The player's script without comment lines and needless blanks; its first lines say what this relies on."""
    lines = map(str.strip, files("convviz.render").joinpath("player.js").read_text("utf-8").splitlines())
    code = "\n".join(line for line in lines if not line.startswith("//"))
    # Strings and templates are kept, but for the line breaks of the style sheet; elsewhere a symbol needs no blanks.
    parts = re.split(r'("[^"\n]*"|`[^`]*`)', code)
    parts[1::2] = (part.replace("\n", "") for part in parts[1::2])
    parts[::2] = (re.sub(r"\s*([^\w\s$])\s*", r"\1", part) for part in parts[::2])
    return "".join(parts)


# ---- colours ----


def _looks(theme):
    """The themes to send: light and dark where the page around the player decides, else the one."""
    return (themes.LIGHT, themes.DARK) if theme == "auto" else (_named(theme),)


def _named(theme):
    try:
        return themes.theme(theme)
    except ValueError:
        raise ValueError(f"theme is {theme!r}; expected 'auto', 'light', 'dark' or a convviz.theme.Theme") from None


def _page_style(theme):
    looks = _looks(theme)
    style = (
        f"body{{margin:0 auto;padding:8px 16px;max-width:1400px;{_paper(looks[0])}}}"
        f"h1{{font:600 20px/1.4 {_FONTS};margin:6px 0;text-align:center}}"
    )
    if len(looks) > 1:
        style += f":root{{color-scheme:light dark}}@media(prefers-color-scheme:dark){{body{{{_paper(looks[1])}}}}}"
    return style


def _paper(look):
    return f"background:{look.background};color:{look.text}"


def _colours(theme):
    """Colours as player.js unpacks them: per theme its scheme and all colours in a row, in the order of the names."""
    looks = _looks(theme)
    cells = looks[0].cells
    return {
        "fonts": _FONTS,
        "roles": tuple(cells),
        "marks": tuple(looks[0].mark),
        "looks": [("dark" if _luminance(look.background) < 128 else "light", _hex(look)) for look in looks],
        "bold": [role for role, style in cells.items() if style.bold],
        "dashed": [role for role, style in cells.items() if style.dashed],
        "hatched": [role for role, style in cells.items() if style.hatched],
    }


def _hex(look):
    colours = [look.background, look.text, look.faint, look.edge, *look.mark.values()]
    colours += [colour for style in look.cells.values() for colour in (style.fill, style.text)]
    return "".join(colours).replace("#", "")


def _luminance(colour):
    red, green, blue = bytes.fromhex(colour[1:])
    return 0.3 * red + 0.59 * green + 0.11 * blue


# ---- data ----


def _data(board, theme, whole):
    """All that player.js reads: lengths in drawing units, cells numbered in row order, roles and captions by place."""
    stage = board.stage
    names = {grid.name: place for place, grid in enumerate(stage.grids)}
    moments = [_moment(board.moment(step), stage, names) for step in board.indices]
    return {
        "page": whole,
        "lang": stage.lang,
        "title": stage.title,
        "width": _units(stage.width),
        "height": _units(stage.height),
        "say": _SAY.get(stage.lang, _SAY["en"]),
        **_colours(theme),
        "grids": [_grid(grid) for grid in stage.grids],
        "links": [_link(link) for link in stage.links],
        "texts": [
            [_units(text.x), _units(text.y), text.text, _units(text.size), text.anchor, text.role]
            for text in stage.texts
        ],
        "count": stage.steps,
        "steps": [int(step) for step in board.indices],
        "affixes": _affixes(moments),
        "moments": moments,
    }


def _grid(grid):
    data = {
        "name": grid.name,
        "title": grid.title,
        "x": _units(grid.x),
        "y": _units(grid.y),
        "pitch": _units(grid.pitch, 5),
        "rows": grid.rows,
        "columns": grid.columns,
        "font": _units(grid.font),
        "note": _units(grid.note_font),
        "first": grid.first,
        "reveals": grid.reveals,
        "texts": None if grid.texts is None else _joined([text for row in grid.texts for text in row]),
        "roles": None if grid.roles is None else "".join(_letter(role) for row in grid.roles for role in row),
        "history": {row * grid.columns + column: past for (row, column), past in grid.history.items()},
    }
    if grid.pixels is not None:
        data["image"] = data_url(grid.pixels)
        data["crisp"] = grid.pixels.shape[0] < 16 * grid.height
    if grid.meets is not None:
        name, rows, columns = grid.meets
        data["meets"] = [name, list(map(_progression, rows)), list(map(_progression, columns))]
    return data


def _progression(places):
    """Equally spaced rows or columns as ``[first, step, count]``: of a photograph they are too many to be listed."""
    return [places[0], places[1] - places[0] if len(places) > 1 else 1, len(places)]


def _rectangle(indices, columns):
    """``[[row, column, rows, columns]]`` where `indices` are all cells of a rectangle in row order, else None."""
    row, column = divmod(indices[0], columns)
    across = indices[-1] % columns - column + 1
    down = len(indices) // max(across, 1)
    whole = [(row + i) * columns + column + j for i in range(down) for j in range(across)]
    return [[row, column, down, across]] if whole == indices and len(indices) > 3 else None


def _joined(texts):
    """`texts` in one string where that is possible, which is shorter."""
    return texts if any("|" in text for text in texts) else "|".join(texts)


def _letter(role):
    return chr(ord("a") + themes.ROLES.index(role))


def _moment(moment, stage, names):
    texts = {
        place: _plain(moment.texts[text.name]) for place, text in enumerate(stage.texts) if text.name in moment.texts
    }
    data = {"s": _sentence(moment.spoken, texts)}
    changes = [
        change for name, cells in moment.cells.items() for change in _changes(names[name], stage.grid(name), cells)
    ]
    # A formula is mostly the notes of the products, joined: it refers to them.
    terms = next((" + ".join(notes) for *_, notes in changes if notes), None)
    data["t"] = {place: text.replace(terms, "\x02") if terms else text for place, text in texts.items()}
    if changes:
        data["c"] = [_trimmed(change) for change in changes]
    if moment.marks:
        data["m"] = [
            [names[mark.grid], mark.row, mark.column, mark.rows, mark.columns, mark.role] for mark in moment.marks
        ]
    if moment.links:
        data["l"] = [_link(link) for link in moment.links]
    return data


def _trimmed(change):
    """A change without the empty places at its end, its texts and notes in strings."""
    change = [*change[:3], *(_joined(texts) if texts else 0 for texts in change[3:])]
    while change[-1] == 0:
        change.pop()
    return change


def _plain(text):
    """`text` without the two characters that stand for something in the data."""
    return text.replace("\x01", "\ufffd").replace("\x02", "\ufffd")


def _sentence(spoken, texts):
    """A sentence in which a caption that it contains is replaced by a reference to that caption."""
    spoken = _plain(spoken)
    for place, text in texts.items():
        words = text.replace("\n", " ")
        if len(words) > 12 and words in spoken:
            return spoken.replace(words, f"\x01{place}", 1)
    return spoken


def _affixes(moments):
    """Take out of the captions and sentences what is the same in all of them; returns [before, after] by caption."""
    affixes = {}
    for place in sorted({name for moment in moments for name in moment["t"]}):
        affixes[place] = _shorten([moment["t"] for moment in moments if place in moment["t"]], place)
    affixes["s"] = _shorten(moments, "s")
    return affixes


def _shorten(holders, key):
    """Cut what the strings under `key` have in common at both ends off them, and return the two ends."""
    before = len(commonprefix([holder[key] for holder in holders]))
    after = len(commonprefix([holder[key][before:][::-1] for holder in holders]))
    whole = holders[0][key]
    for holder in holders:
        holder[key] = holder[key][before : len(holder[key]) - after]
    return [whole[:before], whole[len(whole) - after :]]


def _changes(place, grid, cells):
    """The replacements in one grid, those of one kind together: [grid, role, cells, texts, notes]; role -1 is none."""
    kinds = {}
    for (row, column), (text, role, note) in cells.items():
        kinds.setdefault((role, text is None, not note), []).append((row * grid.columns + column, text, note))
    for (role, no_text, no_note), changes in kinds.items():
        indices, texts, notes = (list(column) for column in zip(*changes, strict=True))
        number = -1 if role is None else themes.ROLES.index(role)
        where = _rectangle(indices, grid.columns) or indices
        yield [place, number, where, None if no_text else texts, None if no_note else notes]


def _link(link):
    return [*(_units(side) for side in (link.x1, link.y1, link.x2, link.y2)), link.role, int(link.arrow)]


def _units(value, decimals=2):
    """`value` in the units of the drawing, as an integer where it is one."""
    value = round(float(value) * SCALE, decimals)
    return int(value) if value.is_integer() else value


# ---- where scripts do not run ----


def _fallback(board, theme, whole):
    """The last step: a picture in a notebook, which may refuse scripts; words and numbers in a page of its own."""
    scene = board.scene(board.indices[-1])
    numbers = [grid for grid in scene.stage.grids if grid.texts is not None]
    cells = sum(grid.rows * grid.columns for grid in numbers)
    results = [grid for grid in numbers if grid.reveals or grid.history]
    if results and (whole or cells > _PICTURE_CELLS):
        return f"<p>{escape(scene.moment.spoken)}</p>{''.join(_table(scene, grid) for grid in results)}"
    stage = replace(scene.stage, grids=tuple(map(_coarse, scene.stage.grids)))
    picture = svg(Scene(stage, scene.moment), themes.LIGHT if theme == "auto" else _named(theme))
    # Texts hold no plain double quote, only the markup does: single ones need no escape in the attribute.
    address = "data:image/svg+xml," + picture.replace('"', "'").translate(_IN_ADDRESS)
    return f'<img alt="{escape(scene.moment.spoken)}" style="max-width:100%;height:auto" src="{address}">'


def _coarse(grid):
    if grid.pixels is None:
        return grid
    step = -(-max(grid.pixels.shape[:2]) // _PHOTOGRAPH_SIDE)
    return replace(grid, pixels=grid.pixels[::step, ::step])


def _table(scene, grid):
    """The numbers of a grid, or of its top left corner."""
    rows = range(min(grid.rows, _TABLE_SIDE))
    columns = range(min(grid.columns, _TABLE_SIDE))
    more = "<td>…" if grid.columns > _TABLE_SIDE else ""
    lines = ["<tr>" + "".join(f"<td>{escape(scene.cell(grid, i, j).text)}" for j in columns) + more for i in rows]
    if grid.rows > _TABLE_SIDE:
        lines.append("<tr><td>…")
    return f"<table><caption>{escape(grid.title)}</caption>{''.join(lines)}</table>"
