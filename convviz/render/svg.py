"""A scene as a standalone SVG picture.

Everything is drawn with plain attributes, without style sheets, ids or markers, so that the picture looks the same in a
browser, in Inkscape and on a slide, and several pictures can stand in one document.
"""

import re
from html import escape

from convviz._support.files import write_text
from convviz.render.options import single_step
from convviz.render.png import data_url
from convviz.render.sizes import full_size, page_size
from convviz.stage.theme import theme as named_theme

__all__ = ["FONTS", "SCALE", "number", "save_svg", "svg"]

#: User units of the picture to one unit of the scene; without `size`, pixels too.
SCALE = 40

#: Font families, the Japanese ones after the Latin ones of each system.
FONTS = (
    "system-ui,Segoe UI,Helvetica Neue,Arial,Noto Sans,Hiragino Sans,Yu Gothic UI,Noto Sans CJK JP,Noto Sans JP,"
    "IPAexGothic,sans-serif"
)

# Of the side of a cell: where hatching runs, as lines from (x1, y1) to (x2, y2).
_HATCH = ((0, 0.33, 0.33, 0), (0, 0.67, 0.67, 0), (0, 1, 1, 0), (0.33, 1, 1, 0.33), (0.67, 1, 1, 0.67))

# Around a window in a picture: the width of the paper along its outline, and how far the outline is open at least.
_CASING, _LEAST_RING = 0.03 * SCALE, 0.3 * SCALE

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(scene, theme="light", size=None, transparent=False):
    """The picture of one step as SVG.

    Parameters
    ----------
    scene : convviz.stage.scene.Scene
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    size : as `convviz.render.sizes.checked_size` takes it, optional
        Width and height in pixels, or as lengths such as "8in", which the picture then states. The scene is centred in
        it, undistorted. Without it, 40 pixels stand for one unit of the scene.
    transparent : bool
        Whether no background is painted.

    Returns
    -------
    str
        A standalone document: well-formed XML, with the title and the spoken form of the step as description.

    Raises
    ------
    ValueError
        For an unknown theme, or a size that makes no sense.
    TypeError
        For a size that is not of whole numbers and lengths.

    Examples
    --------
    >>> from convviz.stage.scene import Frame, Grid, Scene, Stage
    >>> grid = Grid("input", "input", 0.5, 1, 1.0, 1, 2, (("3", "4"),), (("cell", "window"),))
    >>> picture = svg(Scene(Stage(3, 2.5, (grid,), (), (), 1, "two cells"), Frame(0, spoken="Three and four.")))
    >>> picture[:61]
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 100"'
    >>> "<desc>Three and four.</desc>" in picture
    True
    """
    look, stage = named_theme(theme), scene.stage
    box, sides = _frame(stage, size)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{" ".join(map(number, box))}"'
        f' width="{sides[0]}" height="{sides[1]}" role="img" lang="{_text(stage.lang)}"'
        f' font-family="{FONTS}">',
        f"<title>{_text(stage.title)}</title><desc>{_text(scene.frame.spoken)}</desc>",
        "" if transparent else _paper(box, look),
    ]
    for grid in stage.grids:
        parts += _grid(scene, grid, look)
    parts += [_link(link, look) for link in scene.links]
    parts += [_mark(mark, stage.grid(mark.grid), look) for mark in scene.marks]
    parts += [_face(face, look) for face in scene.faces]
    parts += [_title(grid, look) for grid in stage.grids if grid.title]
    parts += [_caption(text, look) for text in scene.texts if text.text]
    return "".join([*parts, "</svg>"])


def save_svg(board, path, size=None, theme="light", step=None, transparent=False):
    """Write one step as an SVG picture.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    size, theme, transparent
        As in `svg`.
    step : int or None
        Which step of the trace; None for the last that the board shows, of a feature map that is a picture the strongest.
    """
    scene = board.scene(single_step(board) if step is None else step)
    write_text(path, svg(scene, theme=theme, size=size, transparent=transparent))


def number(value, decimals=1):
    """`value` with so many decimals at most, as short as it can be written.

    Examples
    --------
    >>> number(2.0), number(-0.25), number(1 / 3), number(-0.01)
    ('2', '-0.2', '0.3', '0')
    """
    words = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if words == "-0" else words


def _text(words):
    # Characters that XML cannot hold, such as a null character, become the replacement character.
    return escape(_NOT_XML.sub("\ufffd", words))


def _frame(stage, size):
    """The part of the scene that the picture shows, ``(left, top, width, height)``, and its sides as attributes."""
    width, height = stage.width * SCALE, stage.height * SCALE
    if size is None:
        return (0, 0, width, height), (number(width), number(height))
    across, down = page_size(size, stage)
    scale = max(width / across, height / down)
    extra = across * scale - width, down * scale - height
    return (-extra[0] / 2, -extra[1] / 2, width + extra[0], height + extra[1]), full_size(size, stage)


def _paper(box, look):
    left, top, width, height = map(number, box)
    return f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="{look.background}"/>'


def _grid(scene, grid, look):
    if grid.pixels is not None:
        yield _picture(grid)
        yield _veil(scene, grid, look)
    if grid.texts is None:
        return
    looks = {}
    for cell in scene.cells(grid):
        looks.setdefault((cell.role, cell.tint, cell.grey), []).append(cell)
    # Dashed cells first: an edge that they share with an ordinary cell is then solid.
    for key in sorted(looks, key=lambda each: not look.cells[each[0]].dashed):
        yield _cells(grid, key[0], looks[key], look)


def _cells(grid, role, cells, look):
    style = look.style(cells[0])
    side = number(grid.pitch * SCALE)
    dashes = f' stroke-dasharray="{_dashes(grid)}" stroke-dashoffset="{_dash_offset(grid)}"' if style.dashed else ""
    squares = "".join(
        f"M{number((grid.x + cell.column * grid.pitch) * SCALE)} {number((grid.y + cell.row * grid.pitch) * SCALE)}"
        f"h{side}v{side}h-{side}z"
        for cell in cells
    )
    parts = [f'<path class="{_text(role)}" fill="{style.fill}" stroke="{look.edge}"{dashes} d="{squares}"/>']
    if style.hatched:
        lines = "".join(_hatching(grid, cell) for cell in cells)
        parts.append(f'<path stroke="{look.edge}" opacity=".6" d="{lines}"/>')
    parts += _words(grid, cells, style)
    return "".join(parts)


def _dashes(grid):
    return f"{number(0.12 * grid.pitch * SCALE, 3)} {number(0.08 * grid.pitch * SCALE, 3)}"


def _dash_offset(grid):
    # Half a dash at each corner and whole periods along a side, so that the edges of neighbours coincide.
    return number(0.06 * grid.pitch * SCALE, 3)


def _hatching(grid, cell):
    left, top, side = grid.x + cell.column * grid.pitch, grid.y + cell.row * grid.pitch, grid.pitch * SCALE
    return "".join(
        f"M{number(left * SCALE + x1 * side)} {number(top * SCALE + y1 * side)}"
        f"L{number(left * SCALE + x2 * side)} {number(top * SCALE + y2 * side)}"
        for x1, y1, x2, y2 in _HATCH
    )


def _words(grid, cells, style):
    bold = ' font-weight="700"' if style.bold else ""
    # A border in the colour of the cell keeps hatching away from the digits.
    halo = f' stroke="{style.fill}" stroke-width="5" paint-order="stroke"' if style.hatched else ""
    for size, field in ((grid.font, "text"), (grid.note_font, "note")):
        shown = [_letters(grid, cell, size, field) for cell in cells if getattr(cell, field)]
        if shown:
            yield f'<g fill="{style.text}" font-size="{number(size * SCALE)}" text-anchor="middle"{bold}{halo}>'
            yield from shown
            yield "</g>"


def _letters(grid, cell, size, field):
    # A note stands at the top, and the text below it is moved down.
    middle = 0.21 if field == "note" else 0.62 if cell.note else 0.5
    x, y = grid.x + (cell.column + 0.5) * grid.pitch, grid.y + (cell.row + middle) * grid.pitch + 0.35 * size
    return f'<text x="{number(x * SCALE)}" y="{number(y * SCALE)}">{_text(getattr(cell, field))}</text>'


def _picture(grid):
    # Large pixels are drawn as squares, small ones are smoothed.
    crisp = ' style="image-rendering:pixelated"' if grid.pixels.shape[0] < 16 * grid.height else ""
    return (
        f'<image x="{number(grid.x * SCALE)}" y="{number(grid.y * SCALE)}" width="{number(grid.width * SCALE)}"'
        f' height="{number(grid.height * SCALE)}" preserveAspectRatio="none"{crisp} href="{data_url(grid.pixels)}"/>'
    )


def _veil(scene, grid, look):
    full, rest = divmod(scene.revealed(grid), grid.columns)
    left, top, side = grid.x * SCALE, grid.y * SCALE, grid.pitch * SCALE
    right, bottom = left + grid.width * SCALE, top + grid.height * SCALE
    parts = []
    if full < grid.rows:
        # From the rest of the row that is being filled downwards.
        path = (
            f"M{number(left + rest * side)} {number(top + full * side)}H{number(right)}V{number(bottom)}"
            f"H{number(left)}V{number(top + (full + 1) * side)}H{number(left + rest * side)}z"
        )
        opacity = f' fill-opacity="{number(scene.veil, 2)}"' if scene.veil < 1 else ""
        parts.append(f'<path class="pending" fill="{look.veil}"{opacity} d="{path}"/>')
    parts.append(
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(right - left)}" height="{number(bottom - top)}"'
        f' fill="none" stroke="{look.edge}"/>'
    )
    return "".join(parts)


def _link(link, look):
    colour = look.mark.get(link.role, look.mark["link"])
    x1, y1, x2, y2 = (side * SCALE for side in (link.x1, link.y1, link.x2, link.y2))
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    head = ""
    if link.arrow and length:
        across, down = (x2 - x1) / length, (y2 - y1) / length
        back, half = min(0.26 * SCALE, length), 0.11 * SCALE
        baseline = x2 - back * across, y2 - back * down
        corners = (
            (x2, y2),
            (baseline[0] - half * down, baseline[1] + half * across),
            (baseline[0] + half * down, baseline[1] - half * across),
        )
        head = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
        head = f'<polygon fill="{colour}" points="{head}"/>'
        x2, y2 = baseline
    return (
        f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" stroke="{colour}"'
        f' stroke-width="{number(0.05 * SCALE)}"/>{head}'
    )


def _mark(mark, grid, look):
    side, colour = grid.pitch * SCALE, look.outline_colour(mark, grid)
    left, top = grid.x * SCALE + mark.column * side, grid.y * SCALE + mark.row * side
    width, height = mark.columns * side, mark.rows * side
    # Outside the cells, so that small ones are not covered.
    if grid.texts is not None:
        thick = 2 if side < 24 else 3.2
        return _ring("mark", left, top, width, height, thick / 2, thick, colour)
    # The line is drawn around the pixels, and between two lines of the background's colour, since a picture may have any.
    left, top = left + min(width - _LEAST_RING, 0) / 2, top + min(height - _LEAST_RING, 0) / 2
    box = left, top, max(width, _LEAST_RING), max(height, _LEAST_RING)
    gap = _CASING + 1.6
    return _ring("casing", *box, gap, 2 * gap, look.background) + _ring("mark", *box, gap, 3.2, colour)


def _face(face, look):
    style = look.face(face)
    points = " ".join(f"{number(x * SCALE, 2)},{number(y * SCALE, 2)}" for x, y in face.points)
    # the edge of a face without a line of its own closes the gap between it and its neighbours
    line, width = (style.line, style.width * SCALE) if style.line else (style.fill, 0.6)
    dashes = f' stroke-dasharray="{number(0.12 * SCALE)} {number(0.08 * SCALE)}"' if style.dashed and style.line else ""
    drawn = (
        f'<polygon class="{_text(face.role)}" fill="{style.fill or "none"}" stroke="{line}" stroke-width="{number(width, 2)}"'
        f' stroke-linejoin="round"{dashes} points="{points}"/>'
    )
    if not face.text:
        return drawn
    x, y = face.middle
    weight = ' font-weight="700"' if style.bold else ""
    return (
        f'{drawn}<text x="{number(x * SCALE)}" y="{number((y + 0.35 * face.size) * SCALE)}" fill="{style.text}"'
        f' font-size="{number(face.size * SCALE)}" text-anchor="middle"{weight}>{_text(face.text)}</text>'
    )


def _ring(name, left, top, width, height, gap, thick, colour):
    """A line of this thickness whose middle runs around a rectangle, at this distance."""
    return (
        f'<rect class="{name}" x="{number(left - gap)}" y="{number(top - gap)}" width="{number(width + 2 * gap)}"'
        f' height="{number(height + 2 * gap)}" fill="none" stroke-width="{number(thick)}" stroke-linejoin="round"'
        f' stroke="{colour}"/>'
    )


def _title(grid, look):
    lines = grid.title.split("\n")
    # The last line stands above the grid, earlier ones above it.
    first = grid.y - 0.4 - 1.35 * 0.42 * (len(lines) - 1)
    return _lines(lines, grid.x + grid.width / 2, first, 0.42, "middle", look.title_colour(grid), "")


def _caption(text, look):
    colour = look.faint if text.role == "faint" else look.text
    weight = ' font-weight="700"' if text.role == "strong" else ""
    return _lines(text.text.split("\n"), text.x, text.y, text.size, text.anchor, colour, weight)


def _lines(lines, x, y, size, anchor, colour, weight):
    x, baseline = number(x * SCALE), number((y + 0.35 * size) * SCALE)
    step = number(1.35 * size * SCALE)
    spans = "".join(f'<tspan x="{x}" dy="{step}">{_text(line) or " "}</tspan>' for line in lines[1:])
    return (
        f'<text x="{x}" y="{baseline}" font-size="{number(size * SCALE)}" text-anchor="{anchor}" fill="{colour}"'
        f"{weight}>{_text(lines[0])}{spans}</text>"
    )
