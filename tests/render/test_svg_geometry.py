"""Where everything of an SVG picture stands: read back from its paths, and compared with the places that the scene names."""

import re
from xml.etree import ElementTree

import boards
import numpy as np
import pytest
from hypothesis import given, settings
from random_traces import traces

import convviz as cv
from convviz.render.svg import SCALE, svg
from convviz.stage import theme as themes
from convviz.stage.scene import Frame, Link, Scene, Stage

SVG = "{http://www.w3.org/2000/svg}"
LOOK = themes.theme("light")
#: Coordinates are written with one decimal.
NEAR = 0.1
SCENES = {
    "lecture": boards.lecture().scene(5),
    "padded": boards.padded().scene(6),
    "picture": boards.picture(28).scene(400),
    "stamp": cv.TransposedConvolution([[1, 2, 3], [4, 5, 6]], strides=2).trace([[1, 2], [3, 4]], view="scatter").scene(2),
    "unreached": cv.Convolution([[1, 1], [1, 1]], strides=3).trace(np.arange(24).reshape(4, 6)).scene(1),
    "noted": cv.Convolution([[1, 2], [3, 4]]).trace(np.arange(12).reshape(3, 4)).scene(3),
}


def elements(scene, name):
    return list(ElementTree.fromstring(svg(scene)).iter(SVG + name))


def side_of(grid):
    return grid.pitch * SCALE


def corner(grid, row, column):
    """The top left corner of a cell: x and y."""
    return grid.x * SCALE + column * side_of(grid), grid.y * SCALE + row * side_of(grid)


def points(path):
    """The pieces of a path, each as a list of points; in its capital and small commands M, L, H, V, h, v and z."""
    pieces = []
    for command, numbers in re.findall(r"([MLHVhvz])([^MLHVhvz]*)", path):
        values = [float(value) for value in numbers.split()]
        if command == "M":
            pieces.append([tuple(values)])
            continue
        x, y = pieces[-1][-1]
        if command == "z":
            continue
        if command in "Hh":
            pieces[-1].append((values[0] + x * (command == "h"), y))
        elif command in "Vv":
            pieces[-1].append((x, values[0] + y * (command == "v")))
        else:
            pieces[-1].append(tuple(values))
    return pieces


def box_of(piece):
    xs, ys = zip(*piece, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def cells_of(scene):
    return [(grid, cell) for grid in scene.stage.grids if grid.texts is not None for cell in scene.cells(grid)]


def require_cells(scene):
    """Every cell is a square in its place, and so is its hatching, which crosses it from edge to edge."""
    squares, lines = [], []
    for path in elements(scene, "path"):
        if path.get("class") not in (None, "pending"):
            squares += [(path.get("class"), *box_of(piece)) for piece in points(path.get("d"))]
        elif path.get("class") is None:
            lines += [box_of(piece) for piece in points(path.get("d"))]
    expected, hatched = [], []
    for grid, cell in cells_of(scene):
        x, y = corner(grid, cell.row, cell.column)
        box = x, y, x + side_of(grid), y + side_of(grid)
        expected.append((cell.role, *box))
        hatched += [box] * bool(LOOK.cells[cell.role].hatched)
    squares = [square for square in squares if square[0] != "pending"]
    expected = [square for square in expected if square[0] != "pending"]
    for found, wanted in zip(sorted(squares), sorted(expected), strict=True):
        assert found[0] == wanted[0] and np.allclose(found[1:], wanted[1:], atol=NEAR)
    for box in hatched:
        inside = [line for line in lines if box_within(line, box)]
        assert len(inside) == 5
        assert np.allclose(box_of([line[:2] for line in inside] + [line[2:] for line in inside]), box, atol=NEAR)
        assert all(abs((line[2] - line[0]) - (line[3] - line[1])) <= 2 * NEAR for line in inside)
    assert len(lines) == 5 * len(hatched)


def box_within(inner, outer):
    return all(inner[k] >= outer[k] - NEAR for k in (0, 1)) and all(inner[k] <= outer[k] + NEAR for k in (2, 3))


def require_letters(scene):
    """The text of a cell stands in its middle, or below its note; the note is near the top."""
    found = [(text.text, float(text.get("x")), float(text.get("y"))) for text in elements(scene, "text")]
    for grid, cell in cells_of(scene):
        left, top = corner(grid, cell.row, cell.column)
        for words, size, low, high in (
            (cell.text, grid.font, 0.5, 0.65) if cell.note else (cell.text, grid.font, 0.49, 0.51),
            (cell.note, grid.note_font, 0.15, 0.3),
        ):
            if words:
                middles = [
                    (y - 0.35 * size * SCALE - top) / side_of(grid)
                    for text, x, y in found
                    if text == words and abs(x - left - side_of(grid) / 2) <= NEAR
                ]
                assert any(low - 0.01 <= middle <= high + 0.01 for middle in middles), (cell, middles)


def require_marks(scene):
    """A mark runs around its cells, all the way and close to them."""
    rings = [element for element in elements(scene, "rect") if element.get("class") == "mark"]
    assert len(rings) == len(list(scene.marks))
    for ring, mark in zip(rings, scene.marks, strict=True):
        grid = scene.stage.grid(mark.grid)
        x, y, width, height = (float(ring.get(name)) for name in ("x", "y", "width", "height"))
        left, top = corner(grid, mark.row, mark.column)
        wide, high = mark.columns * side_of(grid), mark.rows * side_of(grid)
        assert x + width / 2 == pytest.approx(left + wide / 2, abs=NEAR)
        assert y + height / 2 == pytest.approx(top + high / 2, abs=NEAR)
        around = [max(wide, 12), max(high, 12)] if grid.texts is None else [wide, high]
        gaps = (width - around[0]) / 2, (height - around[1]) / 2
        assert gaps[0] == pytest.approx(gaps[1], abs=NEAR)
        assert 0.9 <= gaps[0] <= 3.2


def require_veils(scene):
    """What of a picture is not there yet is covered, cell by cell, and nothing else."""
    veils = [element for element in elements(scene, "path") if element.get("class") == "pending"]
    drawn = [points(veil.get("d"))[0] for veil in veils if "H" in veil.get("d")]
    growing = [
        grid for grid in scene.stage.grids if grid.pixels is not None and scene.revealed(grid) < grid.rows * grid.columns
    ]
    for grid, outline in zip(growing, drawn, strict=True):
        for row in range(grid.rows):
            for column in range(grid.columns):
                x, y = corner(grid, row + 0.5, column + 0.5)
                covered = row * grid.columns + column >= scene.revealed(grid)
                assert inside(x, y, outline) == covered, (row, column)


def inside(x, y, outline):
    """Whether a point lies in a polygon: a line to the right crosses its sides an odd number of times."""
    crossed = 0
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossed += 1
    return crossed % 2 == 1


@pytest.mark.parametrize("name", SCENES)
def test_everything_stands_in_its_place(name):
    scene = SCENES[name]
    for require in (require_cells, require_letters, require_marks, require_veils):
        require(scene)


@given(traces(sizes=(3, 6)))
@settings(max_examples=25)
def test_everything_of_a_random_step_stands_in_its_place(trace):
    board = trace.board(steps=range(trace.shape[2] * trace.shape[3]))
    scene = board.scene(board.indices[len(board.indices) // 2])
    for require in (require_cells, require_letters, require_marks):
        require(scene)


@pytest.mark.parametrize("end", [(9, 3), (3, 9), (9, 9), (1, 2), (3, 3.2)])
def test_an_arrow_ends_in_a_head_that_points_where_it_goes(end):
    stage = Stage(12, 12, (), (), (Link(3, 3, *end, "link", True),), 1, "an arrow")
    root = ElementTree.fromstring(svg(Scene(stage, Frame(0))))
    (line,), (head,) = list(root.iter(SVG + "line")), list(root.iter(SVG + "polygon"))
    tip, one, other = (np.array([float(value) for value in point.split(",")]) for point in head.get("points").split())
    start, base = (np.array([float(line.get(f"x{n}")), float(line.get(f"y{n}"))]) for n in (1, 2))
    assert np.allclose(start, (3 * SCALE, 3 * SCALE), atol=NEAR) and np.allclose(tip, np.multiply(end, SCALE), atol=NEAR)
    assert np.allclose((one + other) / 2, base, atol=NEAR)
    way = (tip - start) / np.linalg.norm(tip - start)
    assert abs(way @ (one - other)) <= 3 * NEAR, "the base of the head is square to the line"
    assert np.linalg.norm(one - other) == pytest.approx(0.22 * SCALE, abs=3 * NEAR)
    assert way @ (tip - base) == pytest.approx(min(0.26 * SCALE, np.linalg.norm(tip - start)), abs=3 * NEAR)
