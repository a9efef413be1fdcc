"""Numbers of the input and the kernel that are typed or pasted into the picture of `explore`."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz.interactive import Explorer
from convviz.interactive.start import settings_of


class Page:
    """What the script of the picture does: it reads what was sent with the player, and writes into the hidden field."""

    def __init__(self, explorer):
        self.explorer, self.sent = explorer, []

    @property
    def data(self):
        part = self.explorer._html.split('class="convviz-cells">')[1].split("</script>")[0]
        return json.loads(part)

    def texts(self, grid, step=0):
        """The exact numbers of a grid as the page has them, None for what cannot be edited."""
        each = self.data["grids"][grid]
        return each[sum(step >= start for start in self.data["starts"][1:]) if len(each) > 1 else 0]

    def write(self, *edits):
        """Edits (grid, row, column, text, step) in one message, after those that were sent before."""
        for grid, row, column, text, step in edits:
            shape = [len(self.texts(grid, step)), len(self.texts(grid, step)[0])]
            number = len(self.sent) + 1
            self.sent.append(
                {"n": number, "grid": grid, "step": step, "row": row, "column": column, "shape": shape, "text": text}
            )
        self.explorer._panels.typed.value = json.dumps(self.sent)

    def type(self, grid, row, column, text, step=0):
        self.write((grid, row, column, text, step))


@pytest.fixture
def page():
    return Page(Explorer(settings_of("convolution")))


def shown(explorer, grid, step):
    """The texts of a grid of the picture at a step."""
    scene = explorer.trace.board(shape=1.7).scene(step)
    of = scene.stage.grid(grid)
    return [[scene.cell(of, row, column).text for column in range(of.columns)] for row in range(of.rows)]


def test_a_number_and_a_weight_are_typed_into_the_picture(page):
    page.type("input", 2, 3, "-7.5")
    page.type("kernel", 1, 2, "1/3")
    assert page.explorer.image[2, 3] == -7.5
    assert page.explorer.state.kernel[1, 2, 0, 0] == Fraction(1, 3)
    assert page.texts("input")[2][3] == "-7.5"
    assert page.explorer.trace.at(0, 1).values[2, 2, 0] == -7.5
    assert page.explorer.message.value.startswith("<details")


@pytest.mark.parametrize(
    ("text", "words"), [("abc", "“abc” is not a number"), ("", "nothing stands there"), ("1 2", "“1 2” is not a number")]
)
def test_what_is_no_number_is_refused_with_a_sentence(page, text, words):
    explorer, html = page.explorer, page.explorer._html
    page.type("kernel", 1, 2, text)
    assert "kernel, row 1, column 2: " in explorer.message.value and words in explorer.message.value
    assert explorer._html == html
    page.type("kernel", 1, 2, "8")
    assert explorer.operation.kernel[1, 2] == 8
    assert "alert" not in explorer.message.value


def test_messages_that_were_merged_are_all_read_once(page):
    page.write(("input", 0, 0, "5", 0), ("input", 0, 1, "6", 0))
    page.explorer.change("pixel", 9, (0, 0, 0))
    page.type("input", 0, 2, "7")  # the message holds the earlier ones again
    assert page.explorer.image[0, :3].tolist() == [9, 6, 7]


def test_of_several_numbers_the_right_ones_are_taken_and_the_wrong_ones_named(page):
    page.write(("input", 0, 0, "5", 0), ("input", 0, 1, "five", 0), ("input", 0, 2, "7", 0))
    assert page.explorer.image[0, :3].tolist() == [5, 2, 7]
    assert "input, row 0, column 1: “five” is not a number" in page.explorer.message.value


def test_a_block_of_a_spreadsheet_fills_cells(page):
    page.type("input", 4, 3, "1\t2\t3\n4\t5\t6\n")
    assert page.explorer.image[4:, 3:].tolist() == [[1, 2, 3], [4, 5, 6]]
    page.type("kernel", 0, 0, "-1\n0\n1")
    assert page.explorer.operation.kernel[:, 0].tolist() == [-1, 0, 1]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_block_that_does_not_fit_is_refused(lang):
    page = Page(Explorer(settings_of("convolution"), lang))
    before = page.explorer.state
    page.type("kernel", 1, 1, "1\t2\t3\n4\t5\t6")
    words = {"en": "from row 1, column 1 there are 2 × 2 cells", "ja": "行 1、列 1 から先のセルは 2 × 2 個です"}[lang]
    assert words in page.explorer.message.value and "2 × 3" in page.explorer.message.value
    assert page.explorer.state is before


def test_a_number_typed_into_a_picture_that_has_changed_since_is_refused(page):
    page.type("kernel", 2, 2, "5")
    page.sent.append({**page.sent[-1], "n": 9, "text": "6"})
    page.explorer.change("kernel_size", (5, 5))
    before = page.explorer.state
    page.explorer._panels.typed.value = json.dumps(page.sent)
    assert "the picture has changed since" in page.explorer.message.value
    assert page.explorer.state is before


def test_photographs_have_no_cells_but_their_kernel_has(page):
    page.explorer.change("image", cv.examples.photograph())
    assert list(page.data["grids"]) == ["kernel"]
    page.type("kernel", 0, 0, "-4")
    assert page.explorer.operation.kernel[0, 0] == -4


@st.composite
def explorers(draw):
    """Explorers of random operations on images of distinct numbers."""
    kind = draw(st.sampled_from(["convolution", "transposed_convolution", "max_pooling"]))
    size, groups = draw(st.tuples(st.integers(3, 6), st.integers(3, 6))), draw(st.sampled_from([1, 1, 2]))
    channels, filters = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    image = 1 + np.arange(np.prod(size) * channels).reshape(*size, channels)
    state = settings_of(kind, image)
    changes = [("strides", draw(st.sampled_from([(1, 1), (2, 2), (1, 2)])))]
    if kind != "max_pooling":
        last = (filters // groups, channels) if kind == "transposed_convolution" else (channels // groups, filters)
        kernel = -1 - np.arange(draw(st.integers(1, 3)) * 3 * np.prod(last)).reshape(-1, 3, *last)
        changes += [("filters", filters), ("groups", groups), ("kernel", kernel)]
        changes += [("padding", draw(st.sampled_from(["valid", "same", "full"])))]
    changes += {
        "convolution": [("flip_kernel", draw(st.booleans()))],
        "transposed_convolution": [("view", draw(st.sampled_from(["gather", "scatter"])))],
    }.get(kind, [])
    for name, value in changes:
        state = state.change(name, value)
    return Explorer(state)


@given(explorers(), st.data())
@settings(max_examples=8, deadline=None)
def test_every_cell_that_can_be_edited_shows_the_number_that_it_changes(explorer, data):
    page = Page(explorer)
    step = data.draw(st.sampled_from(explorer.trace.board().indices))
    for new, grid in enumerate(page.data["grids"], 500):
        texts, seen = page.texts(grid, step), shown(explorer, grid, step)
        assert [len(row) for row in texts] == [len(row) for row in seen]
        for exact, text in zip(sum(texts, []), sum(seen, []), strict=True):
            assert exact is None or exact == text.replace("−", "-")
        own = [place for place in np.ndindex(len(texts), len(texts[0])) if texts[place[0]][place[1]] is not None]
        row, column = data.draw(st.sampled_from(own))
        values = explorer.state.image if grid.startswith("input") else explorer.state.kernel
        changed = np.where(values == int(texts[row][column]), new, values)
        assert (changed == new).sum() == 1
        page.type(grid, row, column, str(new), step)
        after = explorer.state.image if grid.startswith("input") else explorer.state.kernel
        np.testing.assert_array_equal(after, changed)
        assert page.texts(grid, step)[row][column] == str(new) == shown(explorer, grid, step)[row][column]
