"""Outlines: around exactly the cells that a step reads or adds to, also where these lie apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from random_traces import traces

import convviz as cv


def box_around(cells):
    """Row, column, rows and columns of the smallest rectangle that holds all cells."""
    rows, columns = zip(*cells, strict=True)
    return min(rows), min(columns), max(rows) - min(rows) + 1, max(columns) - min(columns) + 1


def box_of(mark):
    return mark.row, mark.column, mark.rows, mark.columns


@given(traces(kinds=("convolution", "transposed", "max", "average"), sizes=(3, 7)))
@settings(max_examples=80)
def test_the_outline_in_the_input_is_around_the_cells_that_are_read(trace):
    board = trace.board(steps=range(trace.shape[2] * trace.shape[3]))
    for index in {board.indices[0], board.indices[len(board.indices) // 2], board.indices[-1]}:
        step, frame = trace[index], board.frame(index)
        marks = [mark for mark in frame.marks if mark.grid.startswith("input")]
        assert {mark.grid for mark in marks} == {board.view.input_name(c) for c in step.channels} - {None}
        for mark in marks:
            origin = board.stage.grid(mark.grid).origin
            read = [(y - origin[0], x - origin[1]) for y in step.rows for x in step.columns]
            assert box_of(mark) == box_around(read)
            if mark.grid in frame.cells:
                assert set(frame.cells[mark.grid]) == set(read)
        (current,) = [mark for mark in frame.marks if mark.grid.startswith("output")]
        assert box_of(current) == (*step.position, 1, 1) and current.role == "current"


@given(traces(kinds=("scatter",), sizes=(3, 5)))
@settings(max_examples=60)
def test_the_outline_in_the_feature_map_is_around_the_cells_under_a_stamp(trace):
    board = trace.board(steps=range(trace.shape[2] * trace.shape[3]))
    down, across = trace.result.shape[1:3]
    for index in {board.indices[0], board.indices[len(board.indices) // 2], board.indices[-1]}:
        step, frame = trace[index], board.frame(index)
        assert {box_of(mark) for mark in frame.marks if mark.grid.startswith("input")} <= {(*step.position, 1, 1)}
        stamped = [(y, x) for y in step.rows for x in step.columns if 0 <= y < down and 0 <= x < across]
        marks = [box_of(mark) for mark in frame.marks if mark.grid.startswith("output")]
        assert marks == ([box_around(stamped)] if stamped else [])


@pytest.mark.parametrize("dilation", [(1, 1), (2, 1), (1, 3), (2, 2)])
def test_a_dilated_window_is_outlined_with_its_gaps(dilation):
    trace = cv.Convolution(np.ones((3, 2), int), strides=(1, 2), dilation_rate=dilation).trace(np.ones((7, 8), int))
    for index, step in enumerate(trace):
        (mark,) = [mark for mark in trace.board().frame(index).marks if mark.grid == "input"]
        row, column = step.position
        assert box_of(mark) == (row, 2 * column, 2 * dilation[0] + 1, dilation[1] + 1)


@pytest.mark.parametrize("dilation", [1, 2])
def test_a_gradient_outlines_the_cells_that_get_it(dilation):
    gradient = np.ones((4 - dilation, 4 - dilation), int)
    pooling = cv.AveragePooling(2, 1, dilation_rate=dilation)
    trace = pooling.trace(np.arange(16).reshape(4, 4), view="backward", gradient=gradient)
    for index in range(len(trace)):
        row, column = divmod(index, 4 - dilation)
        marks = [box_of(mark) for mark in trace.board().frame(index).marks if mark.grid == "output"]
        cells = [(row + i, column + j, 1, 1) for i in (0, dilation) for j in (0, dilation)]
        assert sorted(marks) == ([(row, column, 2, 2)] if dilation == 1 else sorted(cells))
