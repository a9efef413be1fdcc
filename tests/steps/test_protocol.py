"""What the stage and the checker read from a step, every kind of step has."""

import pytest

import convviz as cv
from convviz.steps import BaseStep

IMAGE = [[3, 4], [1, 2]]
#: By kind of step: the step, the cells that were chosen, and the result as it grows.
STEPS = {
    "sum": (cv.Convolution([[2, 1]], bias=5).trace(IMAGE)[0], (), [6, 10, 15]),
    "maximum": (cv.MaxPooling(2).trace(IMAGE)[0], ((0, 1),), []),
    "average": (cv.AveragePooling(2).trace(IMAGE)[0], (), [3, 7, 8, 10]),
    "scatter": (cv.TransposedConvolution([[2, 1]]).trace(IMAGE, view="scatter")[0], (), []),
    "backward": (cv.MaxPooling(2).trace(IMAGE, view="backward", gradient=[[6]])[0], ((0, 1),), []),
}


@pytest.mark.parametrize("kind", STEPS)
def test_every_kind_of_step_answers(kind):
    step, chosen, running = STEPS[kind]
    assert isinstance(step, BaseStep)
    assert step.kind == kind
    assert (step.index, step.position, step.channel, step.batch) == (0, (0, 0), 0, 0)
    assert (step.chosen, list(step.running)) == (chosen, running)
    assert step.counted is None or step.counted.all()
    assert step.holds()
    assert isinstance(step.formula(12), str)


def test_cells_that_do_not_count():
    step = cv.AveragePooling(2, padding=((0, 0), (1, 0))).trace(IMAGE)[0]
    assert step.counted.tolist() == [[False, True], [False, True]]


def test_shares_of_a_gradient():
    assert STEPS["maximum"][0].shares(6) == (6, [(0, 1)])
    assert STEPS["average"][0].shares(6) == (1.5, [(0, 0), (0, 1), (1, 0), (1, 1)])
