"""What texts of steps state is so: "=" where what is written comes to what is written, "≈" where it does not."""

import math
import re
import secrets
from fractions import Fraction

import arithmetic
import numpy as np
import pytest
import random_formulas
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv

#: Another one in each run; a failure says it.
SEED = secrets.randbits(32)


@pytest.mark.parametrize("kind", random_formulas.KINDS)
def test_texts_of_random_operations_hold(kind):
    with np.errstate(all="ignore"):
        found, wrong = random_formulas.count(40, SEED, [kind])
    assert not wrong, f"seed {SEED}: {wrong[:3]}"
    assert found[kind]["formulas"] >= 40


def test_all_formulas_of_decimals_that_come_out_say_so():
    rng = np.random.default_rng(5)
    for image in (rng.integers(0, 6, (8, 8)), rng.integers(0, 50, (8, 8)) / 10):
        for step in cv.Convolution(rng.integers(0, 11, (3, 3)) / 10, bias=0.1).trace(image):
            left, right = step.formula().split(" = ")
            assert arithmetic.value_of(left) == arithmetic.value_of(right)


@pytest.mark.parametrize(
    "formula, step",
    [
        ("1×0.1 + 1×0.2 = 0.3", lambda: cv.Convolution([[0.1, 0.2]]).trace([[1, 1]])[0]),
        ("1×0.1 + 1×0.2 = 0.3", lambda: cv.Convolution(np.float32([[0.1, 0.2]])).trace([[1, 1]])[0]),
        (
            "1×(1/3) + 1×(1/6) + (1/2) = 1",
            lambda: cv.Convolution([[Fraction(1, 3), Fraction(1, 6)]], Fraction(1, 2)).trace([[1, 1]])[0],
        ),
        ("3×0.3333 ≈ 1", lambda: cv.Convolution([[1 / 3]]).trace([[3]])[0]),
        ("0.6667×0.3 ≈ 0.2", lambda: cv.Convolution([[0.3]]).trace([[2 / 3]])[0]),
        ("(0.1 + 0.2)/2 = 0.3/2 = 0.15", lambda: cv.AveragePooling((1, 2)).trace([[0.1, 0.2]])[0]),
        ("(1 + 1 + 0)/3 = 2/3 ≈ 0.6667", lambda: cv.AveragePooling((1, 3)).trace([[1, 1, 0]])[0]),
        ("(0.3333 + 0.6667)/2 = 1/2 = 0.5", lambda: cv.AveragePooling((1, 2)).trace([[1 / 3, 2 / 3]])[0]),
        ("max(0.3333, 0.25) = 0.3333", lambda: cv.MaxPooling((1, 2)).trace([[1 / 3, 0.25]])[0]),
        ("0.1 + 0.2 = 0.3", lambda: backward(cv.MaxPooling((1, 2), strides=1), [[1, 2, 1]], [[0.1, 0.2]])[1]),
        ("0.1/2 = 0.05", lambda: backward(cv.AveragePooling((1, 2)), [[1, 2]], [[0.1]])[0]),
        ("1e200×1e200 ≈ ∞", lambda: cv.Convolution([[1e200]]).trace([[1e200]])[0]),
        ("∞×1 + (−∞)×1 = NaN", lambda: cv.Convolution([[1.0, 1.0]]).trace([[math.inf, -math.inf]])[0]),
    ],
)
def test_formula(formula, step):
    assert step().formula() == formula


def backward(pool, image, gradient):
    """The trace of a pooling backward."""
    return pool.trace(image, view="backward", gradient=gradient)


def test_means_of_numbers_that_floats_cannot_hold():
    big = 3 * 10**400
    assert cv.AveragePooling((1, 2)).trace([[big, big]])[0].formula() == f"({big} + {big})/2 = {2 * big}/2 = {big}"


def test_a_sum_that_was_added_up_in_another_order_is_the_one_that_was_divided():
    step = cv.GlobalAveragePooling().trace(np.array([[3, 0.1, 1e20, 0.1], [12345.678, -1e20, 12345.678, 1]]))[0]
    assert step.formula().split(" ≈ ")[1] == f"{step.total:.0f}/8"
    assert step.total / step.count == pytest.approx(step.result, rel=1e-12)
    assert step.running[-1] == step.total


# Cells that are not multiplied


def test_cells_that_stamp_nothing_are_no_terms():
    trace = cv.TransposedConvolution([[1, math.inf], [2, 3]], strides=2).trace([[1, 2], [3, 4]])
    assert [step.formula() for step in trace[:6]] == ["1×1 = 1", "1×∞ = ∞", "2×1 = 2", "2×∞ = ∞", "1×2 = 2", "1×3 = 3"]
    assert trace[0].running == [1] and trace[1].running == [math.inf]
    assert trace[0].counted.tolist() == [[False, False], [False, True]]


def test_a_cell_onto_which_nothing_is_stamped():
    up = cv.TransposedConvolution([[5]], strides=2, bias=-2).trace([[1, 2]])
    assert [step.formula() for step in up] == ["1×5 + (−2) = 3", "0 + (−2) = −2", "2×5 + (−2) = 8"]
    assert cv.TransposedConvolution([[5]], strides=2).trace([[1, 2]])[1].formula() == "0 = 0"


@given(st.integers(0, 2**32))
def test_the_terms_of_a_transposed_convolution_are_its_stamps(seed):
    rng = np.random.default_rng(seed)
    operation, shape, _ = random_formulas.transposed(rng, "special")
    with np.errstate(all="ignore"):
        try:
            gather = operation.trace(random_formulas.special(rng, shape))
        except ValueError:
            return
        scatter = operation.trace(gather.source[0], view="scatter")
    step = gather[int(rng.integers(len(gather)))]
    stamped = [each for each in scatter if each.channel == step.channel and step.position in each.after]
    wanted = sorted(
        f"{value}×{each.weights[each.rows.index(step.position[0]), each.columns.index(step.position[1]), c]}"
        for each in stamped
        for c, value in enumerate(each.values)
    )
    assert sorted(f"{value}×{weight}" for value, weight in step.terms) == wanted
    notes = [
        cell[2] for name, cells in gather.scene(step.index).frame.cells.items() if "products" in name for cell in cells.values()
    ]
    assert sum(bool(note) for note in notes) in (0, min(len(wanted), 4 * len(step.kinds) * len(step.kinds[0])))


def test_zeros_of_padding_are_multiplied_and_zeros_in_gaps_are_not():
    padded = cv.Convolution([[1.0, math.inf]], padding=((0, 0), (0, 1))).trace([[1.0, 2.0]])
    assert padded[1].formula() == "2×1 + 0×∞ = NaN"
    assert cv.Convolution([[1.0, math.inf]], dilation_rate=2).trace([[1.0, 0.0, 2.0]])[0].formula() == "1×1 + 2×∞ = ∞"
    pool = cv.AveragePooling((1, 2), strides=1, padding=((0, 0), (0, 1)))
    assert pool.trace([[1.0, math.inf]])[1].formula() == "(∞)/1 = ∞/1 = ∞"


def test_products_that_are_not_made_are_not_shown():
    scene = cv.TransposedConvolution([[1, math.inf], [2, 3]], strides=2).trace([[1, 2], [3, 4]]).scene(0)
    products = scene.stage.grid("products")
    cells = [scene.cell(products, row, column) for row in range(2) for column in range(2)]
    assert [(cell.text, cell.note or "") for cell in cells] == [("", "")] * 3 + [("1", "1×1")]


# Terms that are left out


def test_terms_that_are_left_out_count():
    tenths = np.full((7, 7), 0.1)
    for image, sign in ((tenths, "="), (np.where(np.eye(7), 1 / 3, tenths), "≈")):
        step = cv.Convolution(np.ones((7, 7))).trace(image)[0]
        for limit in (None, 49, 12, 4, 2, 1):
            written = step.formula(limit)
            assert re.search(" ([=≈]) ", written)[1] == sign
            assert not re.search(r"^ |^\+|\+ \+|  ", written)


def test_the_maximum_is_not_left_out():
    for image, written in (
        ([1, 2, 9, 3, 4], "max(1, …, 9, …, 4) = 9"),
        ([9, 2, 9, 3, 4], "max(9, …, 4) = 9"),
        ([1, 2, 5, 3, 9], "max(1, …, 9) = 9"),
        ([1, 2, math.nan, 3, 9], "max(1, …, NaN, …, 9) = NaN"),
    ):
        assert cv.MaxPooling((1, 5)).trace([image])[0].formula(2) == written


@pytest.mark.parametrize(
    "trace",
    [
        lambda image: cv.Convolution(np.full((5, 5), 0.123)).trace(image[:, :, 0]),
        lambda image: cv.MaxPooling(5).trace(image[:, :, 0] / 7e9),
        lambda image: cv.AveragePooling(5).trace(image[:, :, 0] / 3),
    ],
)
def test_a_text_that_is_too_long_is_shortened_between_terms(trace):
    image = np.random.default_rng(0).integers(-99999, 99999, (5, 5, 3)) / 10
    shown = trace(image).scene(0).frame.texts
    formula, running = (shown.get(name, "").replace("\n", " ") for name in ("formula", "running"))
    assert formula.count("…") in ((1, 2) if "max" in formula else (1,))
    assert formula.count("(") == formula.count(")")
    assert re.search(r"(\+ |, )…(,| \+) ", formula)
    assert running.count("…") <= 1 and (not running or "→ … →" in running)


# The judge


@given(st.integers(0, 2**32))
def test_the_judge_sees_a_wrong_sign_and_a_wrong_digit(seed):
    rng = np.random.default_rng(seed)
    kind = list(random_formulas.KINDS)[rng.integers(len(random_formulas.KINDS))]
    trace = random_formulas.random_trace(rng, kind, ["whole", "decimals", "fractions", "float64"][rng.integers(4)])
    if trace is None:
        return
    written = trace[int(rng.integers(len(trace)))].formula(None)
    assert all(statement.holds for statement in arithmetic.statements(written))
    turned = written.translate(str.maketrans("=≈", "≈="))
    assert not any(statement.holds for statement in arithmetic.statements(turned))
    left, sign, right = re.split(" ([=≈]) (?!.* [=≈] )", written)
    digit = next((place for place, letter in enumerate(right) if letter in "123456789"), None)
    if digit is not None:
        other = f"{left} {sign} {right[:digit]}{int(right[digit]) % 9 + 1}{right[digit + 1 :]}"
        exact = written.replace("≈", "=") == written
        assert not all(statement.holds for statement in arithmetic.statements(other)) or not exact


@pytest.mark.parametrize(
    "text, value",
    [
        ("2 + 3×4", 14),
        ("(2 + 3)×4/8", Fraction(5, 2)),
        ("−3 − (−1)", -2),
        ("1e−5×2", Fraction(2, 10**5)),
        ("⌈(7 − 3)/3⌉ + 1 − 1", 2),
        ("2·(3 − 1) + 3", 7),
        ("max(−∞, −2, (1/3))", Fraction(1, 3)),
        ("6÷4", Fraction(3, 2)),
        ("∞ + 1", math.inf),
        ("(−∞)×2", -math.inf),
    ],
)
def test_the_judge_reads_arithmetic(text, value):
    assert arithmetic.value_of(text) == value


@pytest.mark.parametrize("text", ["0×∞", "NaN + 1", "max(1, NaN)", "∞ + (−∞)"])
def test_the_judge_knows_what_is_no_number(text):
    assert math.isnan(arithmetic.value_of(text))


@pytest.mark.parametrize("text", ["1 +", "(1", "1 2", "1 + … + 2", "x", ""])
def test_the_judge_refuses_what_it_cannot_read(text):
    with pytest.raises(ValueError):
        arithmetic.value_of(text)


def test_the_mean_of_one_negative_cell_has_one_pair_of_parentheses():
    assert cv.AveragePooling(1).trace([[-3]])[0].formula() == "(−3)/1 = (−3)/1 = −3"
    assert cv.AveragePooling(1).trace([[3]])[0].formula() == "(3)/1 = 3/1 = 3"
    assert cv.AveragePooling((1, 2)).trace([[-3, -4]])[0].formula() == "((−3) + (−4))/2 = (−7)/2 = −3.5"
    corner = cv.AveragePooling(2, padding=1).trace([[-3, -4], [1, 2]])[0]
    assert corner.formula() == "(−3)/1 = (−3)/1 = −3"
