"""Where grids and captions of a stage stand, and whether two of them overlap."""

import itertools

from convviz.stage.boxes import TITLE
from convviz.stage.text_width import bold_width, em_width


def grid_box(grid):
    """A grid with its title: left, top, right, bottom."""
    middle, half = grid.x + grid.width / 2, max(grid.width, em_width(grid.title) * TITLE) / 2
    return middle - half, grid.y - 1.2 * TITLE, middle + half, grid.y + grid.height


def text_box(text):
    """A caption: left, top, right, bottom."""
    lines = text.text.split("\n")
    measure = bold_width if text.role == "strong" else em_width
    width = max(map(measure, lines)) * text.size
    left = {"start": text.x, "middle": text.x - width / 2, "end": text.x - width}[text.anchor]
    return left, text.y - text.size / 2, left + width, text.y + (len(lines) - 1) * 1.35 * text.size + text.size / 2


def overlap(a, b):
    """Whether two boxes share more than a rounding error."""
    return min(a[2], b[2]) - max(a[0], b[0]) > 1e-6 and min(a[3], b[3]) - max(a[1], b[1]) > 1e-6


def overlap_complaints(scene):
    """What overlaps of a scene, or leaves the stage: grids and captions, by name."""
    stage = scene.stage
    boxes = [(grid.name, grid_box(grid)) for grid in stage.grids]
    boxes += [(text.name, text_box(text)) for text in scene.texts if text.text]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        if overlap(a, b):
            yield f"{one} overlaps {other}: {a}, {b}"
    for name, (left, top, right, bottom) in boxes:
        if not (0 <= left < right <= stage.width + 1e-6 and 0 <= top < bottom <= stage.height + 1e-6):
            yield f"{name} leaves the stage: {(left, top, right, bottom)} of {(stage.width, stage.height)}"


def require_apart(scene):
    """Grids and captions of a scene do not overlap, and all of them are on the stage."""
    assert list(overlap_complaints(scene)) == []
