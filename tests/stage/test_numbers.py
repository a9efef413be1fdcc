"""One value has one text on a picture, and what is written adds up."""

import itertools
import re
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from random_traces import traces

import convviz as cv
from convviz.steps.notation import shorten

NUMBER = r"\(?−?[0-9./e−]+\)?"


def number_texts(text):
    """The numbers of a formula as they stand in it, without parentheses."""
    return [found.strip("()") for found in re.findall(NUMBER, text)]


def operations(rng):
    """Operations with numbers of every kind on one image."""
    decimals = rng.integers(-999, 1000, (3, 3)) / 10 ** rng.integers(0, 5)
    yield cv.Convolution(decimals), rng.integers(0, 256, (5, 5))
    yield cv.Convolution(rng.normal(size=(2, 2)), bias=[rng.normal()]), rng.normal(size=(4, 4))
    yield cv.Convolution(rng.normal(size=(2, 2)).astype(np.float32)), rng.normal(size=(4, 4)).astype(np.float32)
    yield cv.Convolution([[Fraction(1, 3), 2], [10**15, -1]]), rng.integers(-9, 10**9, (4, 4))
    yield cv.AveragePooling(2), rng.normal(size=(4, 4)) * 10.0 ** rng.integers(-6, 7)
    yield cv.MaxPooling(2), rng.integers(-(10**11), 10**11, (4, 4))


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_a_cell_and_the_formula_write_a_number_alike(seed):
    rng = np.random.default_rng(seed)
    for operation, image in operations(rng):
        board = operation.trace(image).board()
        index = int(rng.integers(len(board.indices)))
        scene, step = board.scene(index), operation.trace(image)[index]
        grid, result = board.stage.grid("input"), board.stage.grid("output")
        read = [scene.cell(grid, y, x).text for y in step.rows for x in step.columns]
        written = scene.frame.texts["formula"].replace("\n", " ")
        if "…" in written:
            continue
        left, right = re.split(" [=≈] ", written)[0], re.split(" [=≈] ", written)[-1]
        assert right == scene.cell(result, *step.position).text
        if operation.kind == "convolution":
            weights = [scene.cell(board.stage.grid("kernel"), *place).text for place in np.ndindex(step.weights.shape[:2])]
            terms = list(itertools.chain.from_iterable(zip(read, weights, strict=True)))
            bias = [shorten(step.bias).text] if step.bias is not None else []
            assert number_texts(left.replace("×", " ")) == [*terms, *bias]
            running = scene.frame.texts["running"].replace("\n", " ")
            assert "…" in running or running.split(" → ")[-1] == right
        elif operation.kind == "max_pooling":
            assert number_texts(left.removeprefix("max").replace(",", " ")) == read


@given(st.integers(0, 2**32), st.sampled_from([np.uint8, np.int64, float]), st.integers(1, 2))
@settings(max_examples=25)
def test_bytes_times_weights_of_two_decimals_are_never_rounded(seed, dtype, places):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (6, 6)).astype(dtype)
    size = tuple(rng.integers(1, 6, 2))
    kernel = rng.integers(-(10**places) + 1, 10**places, size) / 10**places
    trace = cv.Convolution(kernel, bias=[0.25] if rng.integers(2) else None).trace(image)
    board = trace.board()
    for index in {0, int(rng.integers(len(trace))), len(trace) - 1}:
        scene = board.scene(index)
        texts = [text.text for text in scene.texts]
        texts += [cell.text + cell.note for grid in board.stage.grids for cell in scene.cells(grid)]
        assert not any("≈" in text for text in texts), texts
        for grid in board.stage.grids:
            for cell in scene.cells(grid):
                assert "e" not in cell.text


@given(traces(kinds=("convolution",)))
@settings(max_examples=40)
def test_sums_of_channels_are_those_of_the_products_beside_them(trace):
    board = trace.board()
    scene = board.scene(board.indices[-1])
    if not any(grid.name == "sums" for grid in board.stage.grids):
        return
    step = trace[board.indices[-1]]
    lines = [scene.cell(board.stage.grid("sums"), row, 0) for row in range(board.stage.grid("sums").rows)]
    said = [Fraction(line.text.removeprefix("≈ ").replace("−", "-")) for line in lines]
    if len(step.channels) == 1:
        assert said == [step.bias]
        return
    for slot in range(board.view.slots):
        products = [cell.text for cell in scene.cells(board.stage.grid(f"products.{slot}"))]
        assert sum(Fraction(text.replace("−", "-")) for text in products) == said[slot]
    assert said[-1] == sum(said[:-1]) == step.result
    assert lines[-1].note == "total" and {line.note[0] for line in lines[1:-1]} == {"+"}


def test_a_sum_that_its_rounded_terms_do_not_come_to_says_so():
    image = np.array([[[1 / 3, 1.0]]] * 2)
    kernel = np.ones((2, 1, 2, 1))
    board = cv.Convolution(kernel).trace(image).board()
    scene = board.scene(0)
    cells = [scene.cell(board.stage.grid("sums"), row, 0) for row in range(3)]
    assert [cell.text for cell in cells] == ["≈ 0.6667", "2", "≈ 2.667"]
    assert [cell.note for cell in cells] == ["ch 0", "+ ch 1", "total"]
    assert scene.frame.texts["formula"] == "ch 0: 0.6667 + ch 1: 2 ≈ 2.667"
