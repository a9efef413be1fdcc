"""Windows of many cells, as global pooling of a photograph has: what is written of them is what each cell would give."""

from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_traces import traces

import convviz as cv
from convviz.stage import frames
from convviz.stage.view import view_of
from convviz.steps.arithmetic import add_up, largest, plus
from convviz.steps.notation import relation, shorten

KINDS = {
    "uint8": lambda rng, shape: rng.integers(0, 256, shape).astype(np.uint8),
    "signed": lambda rng, shape: rng.integers(-9, 10, shape),
    "float32": lambda rng, shape: rng.random(shape).astype(np.float32),
    "float64": lambda rng, shape: np.round(rng.normal(size=shape), 1),
    "thirds": lambda rng, shape: [[Fraction(int(top), 3) for top in row] for row in rng.integers(-9, 10, shape)],
    "infinite": lambda rng, shape: np.where(rng.random(shape) < 0.02, np.inf, rng.random(shape)),
    "not a number": lambda rng, shape: np.where(rng.random(shape) < 0.02, np.nan, rng.random(shape)),
}


@pytest.mark.parametrize("lang", ["en", "ja"])
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.sampled_from(list(KINDS)), st.integers(0, 40))
@settings(max_examples=40)
def test_a_mean_is_written_as_its_cells_are(lang, seed, rows, columns, kind, limit):
    trace = cv.GlobalAveragePooling().trace(KINDS[kind](np.random.default_rng(seed), (rows, columns)))
    step = trace[0]
    cells = [shorten(value) for value in step.values[step.counted].ravel()]
    words = [f"({cell.text})" if cell.text[0] == "−" or "/" in cell.text else cell.text for cell in cells]
    if len(words) > limit:
        words = [*words[: limit // 2], "…", words[-1]]
    sign = relation(add_up(cell.number for cell in cells), shorten(step.total).number)
    left = " + ".join(words) if words == [f"({cells[0].text})"] else f"({' + '.join(words)})"
    assert step.write(shorten, limit).startswith(f"{left}/{step.count} {sign} ")
    sums = list(accumulate((cell.number for cell in cells), plus))
    ends = step.ends_written(shorten, 5)
    assert repr(ends) == repr([*sums[:5], sums[-1]])
    assert len(frames.running(view_of(trace, lang), step, 6).split(" → ")) == (len(cells) if len(cells) <= 6 else 5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.sampled_from(list(KINDS)), st.integers(0, 40))
@settings(max_examples=40)
def test_a_maximum_is_written_as_its_cells_are(seed, rows, columns, kind, limit):
    step = cv.GlobalMaxPooling().trace(KINDS[kind](np.random.default_rng(seed), (rows, columns)))[0]
    cells, result = [shorten(value) for value in step.values.ravel()], shorten(step.result)
    words = [cell.text for cell in cells]
    if len(words) > limit:
        first, last = words[: limit // 2], words[-1]
        words = [*first, "…", *([] if result.text in (*first, last) else [result.text, "…"]), last]
    sign = relation(largest([cell.number for cell in cells]), result.number)
    assert step.write(shorten, limit) == f"max({', '.join(words)}) {sign} {result.text}"


@given(traces(sizes=(3, 6)))
@settings(max_examples=40)
def test_kinds_of_a_window_are_those_of_its_cells(trace):
    geometry = trace.geometry
    rows, columns = range(geometry.rows.low, geometry.rows.high), range(geometry.columns.low, geometry.columns.high)
    assert geometry.kinds(rows, columns) == tuple(tuple(geometry.kind(y, x) for x in columns) for y in rows)


def test_terms_that_are_left_out_count():
    """The sum of a photograph's cells is exact; with one cell whose text is rounded it is not."""
    image = np.full((40, 40), 0.5)
    assert " ≈ " not in cv.GlobalAveragePooling().trace(image)[0].write(shorten, 10)
    image[20, 20] = 0.123456789
    assert " ≈ " in cv.GlobalAveragePooling().trace(image)[0].write(shorten, 10)
