"""The page of volumes shows at each step the faces of its scene."""

import numpy as np
import pytest

import convviz as cv
from convviz.render.page import page
from convviz.render.page.script import part
from convviz.stage.theme import DARK, LIGHT
from convviz.stage.volumes import volume_board

RNG = np.random.default_rng(5)
TRACES = {
    "two filters": lambda: cv.Convolution(RNG.integers(-2, 3, (2, 2, 3, 2)), bias=[1, -3]).trace(RNG.integers(0, 9, (3, 3, 3))),
    "pooling": lambda: cv.MaxPooling(2).trace(RNG.integers(0, 9, (4, 4, 2))),
    "large": lambda: cv.Convolution(RNG.integers(-2, 3, (3, 3, 3, 2)), padding="same").trace(RNG.integers(0, 9, (14, 14, 3))),
}
#: The corners, the text and the colours of each face, as the browser has them.
FACES = """() => [...document.querySelectorAll("[class^=cv-face]")].map((group) => [
    group.querySelector("polygon").getAttribute("points").split(/[ ,]/).map(Number),
    group.querySelector("text")?.textContent ?? "",
    getComputedStyle(group.querySelector("polygon")).fill,
])"""


def seen(colour):
    """A colour as browsers write it."""
    return "none" if colour is None else f"rgb({', '.join(str(part) for part in bytes.fromhex(colour[1:]))})"


@pytest.mark.parametrize(("scheme", "look"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize("name", TRACES)
def test_each_step_has_the_faces_of_its_scene(name, scheme, look, visit):
    board = volume_board(TRACES[name](), steps=4)
    opened = visit(page(board), color_scheme=scheme)
    for index in board.indices:
        faces, drawn = board.frame(index).faces, opened.evaluate(FACES)
        assert [text for _, text, _ in drawn] == [face.text for face in faces]
        assert [colour for _, _, colour in drawn] == [seen(look.face(face).fill) for face in faces]
        for (corners, _, _), face in zip(drawn, faces, strict=True):
            assert corners == pytest.approx([40 * side for point in face.points for side in point], abs=0.06)
        opened.keyboard.press("ArrowRight")


def test_faces_stand_over_the_lines_and_under_the_captions(visit):
    opened = visit(page(volume_board(TRACES["two filters"]())))
    kinds = opened.evaluate("""() => [...document.querySelector(".cv-body>svg").children].map((part) =>
        part.querySelector("[class^=cv-face]") ? "faces" : part.querySelector("line") ? "lines" : part.localName)""")
    assert kinds[:2] == ["lines", "faces"] and set(kinds[2:]) == {"text"}


@pytest.mark.parametrize("name", TRACES)
def test_on_a_telephone_blocks_fit_and_labels_are_read(name, visit):
    board = volume_board(TRACES[name](), steps=4)
    opened = visit(page(board), viewport={"width": 390, "height": 844})
    boxes = opened.evaluate("""() => [...document.querySelectorAll("[class^=cv-face]")].map((group) => {
        const { left, right } = group.getBoundingClientRect();
        return [left, right];
    })""")
    assert len(boxes) == len(board.frame(board.indices[0]).faces)
    assert all(0 <= left < right <= 390 for left, right in boxes)
    letters = opened.evaluate("""() => [...document.querySelectorAll(".cv-body>svg>text")]
        .filter((text) => text.textContent).map((text) => text.getBoundingClientRect().height)""")
    assert letters and min(letters) >= 11


def test_other_pages_do_not_carry_what_draws_faces():
    trace = TRACES["two filters"]()
    script = part("volume")
    assert script in page(volume_board(trace)) and script not in page(trace.board())
