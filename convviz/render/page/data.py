"""What is sent with the player: steps, colours and captions as data, written shorter than Python would write them.

player.js unpacks them. What several steps have in common is sent once, and what a caption or sentence contains of
another text is sent as a reference to it.
"""

from os.path import commonprefix

from convviz.render.page.colours import colours
from convviz.render.page.faces import Faces
from convviz.render.png import data_url
from convviz.render.svg import SCALE
from convviz.stage import theme as themes
from convviz.stage.tints import LEVELS, STRENGTHS
from convviz.stage.view import LETTERS, TELEPHONE

__all__ = ["data"]

#: The largest scale of tints that JavaScript can hold.
MOST = 10**300
# The width in pixels of a screen that is narrow, and the least one of a cell that is filled in.
_NARROW, _TOUCHED = 480, 26

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
        "weight": "Weight [{0}, {1}]: {2}, meets {3} cells",
        "predict": {"show": "Show result", "hide": "Hide result", "enter": " · Enter shows the result"},
        "notes": {"copy": "Copy", "copied": "Copied"},
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
        "weight": "重み [{0}, {1}]: {2}、セル {3} 個と重なる",
        "predict": {"show": "結果を表示", "hide": "結果を隠す", "enter": " · Enter 結果を表示"},
        "notes": {"copy": "コピー", "copied": "コピーしました"},
    },
}


def data(content):
    """All that player.js reads: lengths in drawing units, cells numbered in row order, roles and captions by place."""
    stage = content.stage
    names = {grid.name: place for place, grid in enumerate(stage.grids)}
    frames = [_frame(frame, stage, names) for frame in content.frames]
    questions = [_frame(question, stage, names, content.hidden) for question in content.questions]
    faces = Faces(content.theme, stage)
    for moment, frame in zip(frames, content.frames, strict=True):
        if frame.faces:
            moment["f"] = faces.of(frame)
    lines = _numbered(frames + questions)
    affixes = _affixes(frames + questions)
    frames, questions = ([_shortened(frame, affixes) for frame in each] for each in (frames, questions))
    data = {
        "page": content.standalone,
        "lang": stage.lang,
        "title": stage.title,
        "width": _units(stage.width),
        "height": _units(stage.height),
        "say": _said(stage.lang, content.parts),
        **colours(content.theme, "tints" in content.parts),
        "grids": [_grid(grid) for grid in stage.grids],
        "links": [_link(link) for link in stage.links],
        "lines": lines,
        "texts": [
            [_units(text.x), _units(text.y), text.text, _units(text.size), text.anchor, text.role] for text in stage.texts
        ],
        "count": stage.steps,
        "steps": [int(step) for step in content.board.indices],
        "affixes": affixes,
        "moments": frames,
    }
    if "tints" in content.parts:
        data["tints"] = {"levels": LEVELS, "strengths": STRENGTHS}
    if "volume" in content.parts:
        data["faces"] = faces.data()
    if content.start:
        data["start"] = content.start
    if stage.narrow:
        data["narrow"] = _narrow(stage)
    if content.quiz is not None:
        data["quiz"] = content.quiz
        data["least"] = max(_NARROW, int(_TOUCHED * stage.width))
    if content.predict:
        data["questions"] = [_difference(*pair) for pair in zip(questions, frames, strict=True)]
        for name in content.veiled:
            data["grids"][names[name]]["veiled"] = True
    return data


def _numbered(frames):
    """The lines of all frames, each once; in the frames there are their numbers instead."""
    numbers = {}
    for frame in frames:
        if "l" in frame:
            frame["l"] = [numbers.setdefault(tuple(line), len(numbers)) for line in frame["l"]]
    return list(map(list, numbers))


def _narrow(stage):
    """Width, height, and the places of grids and of texts on a narrow screen; null for a text that is not shown there.

    The place of a text is followed by its lines, if these differ there. The place of a grid is followed by the scale of its
    cells, if that is not 1; by 0 if the notes above its numbers would be too small, else 1; and by the scale of its letters, if
    that is another.
    """
    narrow, wide = stage.narrow, {text.name: text.text for text in stage.texts}
    places = {
        text.name: [_units(text.x), _units(text.y), *([] if text.text == wide.get(text.name) else [text.text])]
        for text in narrow.texts
    }
    pairs = [(grid, narrow.grid(grid.name)) for grid in stage.grids]
    grids = [[_units(there.x), _units(there.y), *_scaled(grid, there, narrow)] for grid, there in pairs]
    return [_units(narrow.width), _units(narrow.height), grids, [places.get(text.name) for text in stage.texts]]


def _scaled(grid, there, narrow):
    """The scale of a grid on a narrow screen, whether its notes can be read, the scale of its letters; as far as to be said."""
    cells, letters = (round(one / other, 3) for one, other in ((there.pitch, grid.pitch), (there.font, grid.font)))
    readable = there.note_font * TELEPHONE / narrow.width >= LETTERS
    if letters != cells:
        return [cells, int(readable), letters]
    return [] if readable and cells == 1 else [cells] if readable else [cells, 0]


def _said(lang, parts):
    """The captions of the controls, for these parts of the script."""
    said = _SAY.get(lang, _SAY["en"])
    words = {name: text for name, text in said.items() if isinstance(text, str)}
    for part in parts:
        words.update(said.get(part, {}))
    return words


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
    if grid.scale:
        data["scale"] = float(min(grid.scale, MOST))
    if grid.least:
        data["least"] = float(min(grid.least, MOST))
    if grid.scale and grid.greys:
        data["greys"] = [float(max(-MOST, min(end, MOST))) for end in grid.greys]
    if grid.colour:
        data["hue"] = grid.colour
    if grid.when is not None:
        data["when"] = [list(map(int, places)) for places in grid.when]
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
    filled = [(row + i) * columns + column + j for i in range(down) for j in range(across)]
    return [[row, column, down, across]] if filled == indices and len(indices) > 3 else None


def _joined(texts):
    """`texts` joined to one string, which is shorter, if none contains the separator."""
    return texts if any("|" in text for text in texts) else "|".join(texts)


def _letter(role):
    return chr(ord("a") + themes.ROLES.index(role))


def _frame(frame, stage, names, hidden=()):
    texts = {
        place: _unreserved(frame.texts[text.name])
        for place, text in enumerate(stage.texts)
        if text.name in frame.texts and text.name not in hidden
    }
    data = {"s": _sentence(frame.spoken, texts)}
    changes = [change for name, cells in frame.cells.items() for change in _changes(names[name], stage.grid(name), cells)]
    # A formula is mostly the notes of the products, joined: it refers to them.
    terms = next((" + ".join(filter(None, notes)) for *_, notes in changes if notes), None)
    data["t"] = {place: text.replace(terms, "\x02") if terms else text for place, text in texts.items()}
    if changes:
        data["c"] = [_trimmed(change) for change in changes]
    if frame.marks:
        data["m"] = [[names[mark.grid], mark.row, mark.column, mark.rows, mark.columns, mark.role] for mark in frame.marks]
    if frame.links:
        data["l"] = [_link(link) for link in frame.links]
    return data


def _trimmed(change):
    """A change without the empty places at its end, its texts and notes in strings."""
    change = [*change[:3], *(_joined(texts) if texts else 0 for texts in change[3:])]
    while change[-1] == 0:
        change.pop()
    return change


def _unreserved(text):
    """`text` without the two characters that have a meaning in the data."""
    return text.replace("\x01", "\ufffd").replace("\x02", "\ufffd")


def _sentence(spoken, texts):
    """A sentence in which a caption that it contains is replaced by a reference to that caption."""
    spoken = _unreserved(spoken)
    for place, text in texts.items():
        words = text.replace("\n", " ")
        if len(words) > 12 and words in spoken:
            return spoken.replace(words, f"\x01{place}", 1)
    return spoken


def _affixes(frames):
    """What all captions of a place, and all sentences, have in common at both ends: [before, after] by place."""
    places = sorted({place for frame in frames for place in frame["t"]})
    affixes = {place: _ends([frame["t"][place] for frame in frames if place in frame["t"]]) for place in places}
    return {**affixes, "s": _ends([frame["s"] for frame in frames])}


def _ends(texts):
    """What texts have in common at their beginning, and at the end of what is left."""
    before = len(commonprefix(texts))
    after = len(commonprefix([text[before:][::-1] for text in texts]))
    return [texts[0][:before], texts[0][len(texts[0]) - after :]]


def _shortened(frame, affixes):
    """A frame without what its captions and its sentence have in common with those of the others."""
    texts = {place: _between(text, *affixes[place]) for place, text in frame["t"].items()}
    return {**frame, "s": _between(frame["s"], *affixes["s"]), "t": texts}


def _between(text, before, after):
    return text[len(before) : len(text) - len(after)]


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
    ends, arrow = [_units(side) for side in (link.x1, link.y1, link.x2, link.y2)], [1] if link.arrow else []
    return [*ends, link.role, *arrow] if arrow or link.role != "window" else ends  # most lines are of the window


def _units(value, decimals=2):
    """`value` in the units of the drawing, as an integer where it is one."""
    value = round(float(value) * SCALE, decimals)
    return int(value) if value.is_integer() else value


def _difference(question, frame):
    """What differs between a question and its frame; changes of cells that do not are given by their number in the frame."""
    captions = {place: text for place, text in question["t"].items() if frame["t"].get(place) != text}
    changes = frame.get("c", [])
    cells = [changes.index(change) if change in changes else change for change in question.get("c", [])]
    data = {key: question.get(key, []) for key in "sml" if question.get(key) != frame.get(key)}
    return {**data, "t": captions, **({} if cells == list(range(len(changes))) else {"c": cells})}
