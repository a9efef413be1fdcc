"""What a quiz holds for its page: the right numbers, and what is said of wrong ones; and the page itself."""

import base64
import json
import re
import zlib

import numpy as np
import pytest
import reference
from overlaps import require_apart

import convviz as cv
from convviz.check.all_answers import all_answers
from convviz.check.cell_mistakes import all_cell_mistakes, cell_mistakes
from convviz.check.equality import Equality
from convviz.check.report_text import PHRASES, slip_line
from convviz.inputs.numbers import number
from convviz.interactive import quizzes
from convviz.interactive.exercises import DIFFICULTIES, KINDS, Exercise, exercise
from convviz.interactive.quizzes import Quiz, answers_of, close, quiz, written
from convviz.interactive.worksheets import problem_board

RNG = np.random.default_rng(8)
THREE_CHANNELS = Exercise(
    "convolution", "hard", 0, cv.Convolution(RNG.integers(-2, 3, (3, 3, 3, 1)), bias=4), RNG.integers(0, 5, (5, 5, 3))
)
FLOATS = Exercise("convolution", "hard", 0, cv.Convolution([[0.1, 0.25], [0.5, -1 / 3]]), RNG.random((3, 4)).round(2))


def data_of(page):
    """The data of the player in a page, and what is sealed in it."""
    sent = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    return sent, json.loads(zlib.decompress(base64.b64decode(sent["quiz"]["sealed"])))


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("kind", KINDS)
def test_right_numbers_are_those_of_plain_loops_and_wrong_ones_have_the_sentence_of_their_mistake(kind, difficulty, lang):
    for seed in range(4):
        problem = exercise(kind, seed, difficulty)
        _, answers = data_of(problem.quiz(lang)._repr_html_())
        trace, right = problem.trace(), problem.answer.ravel().tolist()
        assert [number(cell[0]) for cell in answers["cells"]] == right
        assert [number(cell[1]) for cell in answers["cells"]] == right
        assert [float(value) for value in right] == pytest.approx(np.ravel(plainly(problem)))
        for index, (_, _, slips) in enumerate(answers["cells"]):
            assert right[index] not in [number(value) for value, _ in slips]
            for value, said in slips[:: 1 + len(slips) // 4]:
                found = cell_mistakes(trace, trace[index], number(value), lambda a, b: abs(float(a - b)) < 1e-9)
                assert said == slip_line(found, number(value), PHRASES[lang], lang)


def plainly(problem):
    """The answer by the plain loops of the tests."""
    operation, image = problem.operation, problem.image[None, :, :, None].tolist()
    if problem.kind == "max_pooling":
        return reference.max_pool(image, operation.pool_size, operation.strides, operation.padding)[0]
    if problem.kind == "average_pooling":
        return reference.avg_pool(image, operation.pool_size, operation.strides, operation.padding)
    bias = None if operation.bias is None else [int(operation.bias)]
    settings = {"bias": bias, "strides": operation.strides, "padding": operation.padding}
    if problem.kind == "convolution":
        return reference.convolve(image, operation.kernel[:, :, None, None].tolist(), **settings)
    kernel = operation.kernel[:, :, None, None].tolist()
    return reference.transposed(image, kernel, output_padding=operation.output_padding, **settings)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_answer_has_the_explanations_that_check_gives(kind):
    problem = exercise(kind, 3, "medium")
    known = all_answers(problem.trace(), Equality(kind != "average_pooling", 1e-6))
    assert len(known) > 10
    for answer, found in known[::4]:
        report = problem.check(answer[0, :, :, 0])
        of_map = [explanation for explanation in report.explanations if explanation.cell is None]
        assert not report and found[0].sentence() in [explanation.sentence() for explanation in of_map], found
        assert of_map[0].whole


def test_every_wrong_number_stands_once_and_has_all_its_mistakes():
    trace = cv.Convolution(RNG.integers(-3, 4, (3, 3))).trace(RNG.integers(-9, 10, (4, 4)))
    found = all_cell_mistakes(trace, trace[0], lambda a, b: a == b)
    values = [value for value, _ in found]
    assert len(values) == len(set(values)) > 10 and trace[0].result not in values
    for value, mistakes in found:
        assert mistakes == cell_mistakes(trace, trace[0], value, lambda a, b: a == b)


def test_floats_are_the_same_as_in_check():
    equality = Equality(False, 1e-6, None, 2.0**-24, 1e-5)
    values = [0.0, -0.0, 1.0, 1 + 1e-7, 1 + 1e-4, 3e9, 3e9 + 100, np.inf, -np.inf, np.nan, 10**400]
    assert [close(equality, a, b) for a in values for b in values] == [equality.same(a, b) for a in values for b in values]


def test_numbers_are_written_with_all_their_digits():
    for value in (3, np.int64(-4), 0.1 + 0.2, np.float64(1e-300), np.float32(0.1), 2**70):
        assert number(written(value)) == value
    cells = answers_of(FLOATS.trace(), "en")["cells"]
    assert [number(right) for right, *_ in cells] == FLOATS.trace().result.ravel().tolist()
    assert all(abs(number(shown) - number(right)) <= 1e-6 for right, shown, _ in cells)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_does_not_show_the_answer_and_is_small(kind, tmp_path):
    problem = exercise(kind, 5, "hard")
    page = problem.quiz().save(tmp_path / "quiz.html").read_text("utf-8")
    assert len(page.encode()) < 60_000
    sent, _ = data_of(page)
    output = next(grid for grid in sent["grids"] if grid["name"] == "output")
    assert set(output["texts"]) <= {"|"} and not output["history"]
    large = Exercise("convolution", "hard", 0, cv.Convolution([[1000, 937]]), np.array([[123, 456, 789]]))
    page = quiz(large)._repr_html_()
    for value in large.answer.ravel().tolist():
        assert str(value) not in page and f"{value:,}" not in page


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_without_scripts_the_problem_is_a_picture_and_a_sentence_says_what_is_missing(lang):
    html = exercise("convolution", 1).quiz(lang)._repr_html_()
    assert html.index("<img") < html.index(quizzes.WORDS[lang]["script"]) < html.index("<script")


def test_every_language_has_all_words():
    english, japanese = quizzes.ENGLISH, quizzes.JAPANESE
    assert english.keys() == japanese.keys()
    for name, text in english.items():
        assert sorted(re.findall(r"{\d}", text)) == sorted(re.findall(r"{\d}", japanese[name])), name


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize(
    "problem", [*(exercise(kind, 3, "hard") for kind in KINDS), THREE_CHANNELS, FLOATS], ids=[*KINDS, "channels", "floats"]
)
def test_nothing_overlaps_in_the_picture_of_a_problem(problem, lang):
    board = problem_board(problem, lang)
    require_apart(board.scene(0))
    wide, narrow = board.stage, board.stage.narrow
    names = [text.name for text in narrow.texts]
    assert len(set(names)) == len(names) and set(names) <= {text.name for text in wide.texts}
    assert [grid.name for grid in wide.grids] == [grid.name for grid in narrow.grids]
    assert narrow.width * 24 <= 374  # cells of a telephone


def test_each_channel_has_its_sign():
    texts = {text.name: text.text for text in problem_board(THREE_CHANNELS, "en").stage.texts}
    assert [texts[f"sign.input.{n}"] for n in range(3)] == ["∗"] * 3
    assert [texts["sign.plus.1"], texts["sign.plus.2"], texts["sign.bias"], texts["sign.output"]] == ["+", "+", "+", "="]


@pytest.mark.parametrize(
    ("operation", "image", "words"),
    [
        (cv.MaxPooling(2), np.zeros((40, 2)), r"the feature map is \(20, 1\); a quiz has at most 12 rows and columns"),
        (cv.MaxPooling(2), np.zeros((4, 4, 2)), r"the image is \(4, 4, 2\) and the result has 2 channels; a quiz needs"),
        (cv.MaxPooling(5), np.zeros((30, 30)), r"the image is \(30, 30\) and the result has 1 channels; a quiz needs an image"),
    ],
)
def test_what_has_no_picture_of_numbers_is_no_quiz(operation, image, words):
    with pytest.raises(ValueError, match=words):
        Quiz(Exercise("max_pooling", "hard", 0, operation, image))


def test_a_quiz_is_saved_as_a_page_only(tmp_path):
    problem = exercise("max_pooling", seed=1)
    with pytest.raises(ValueError, match=r"quiz\.pdf'; expected the ending \.html"):
        problem.quiz().save(tmp_path / "quiz.pdf")
    with pytest.raises(TypeError, match="path is 3; expected a str or a pathlib.Path"):
        problem.quiz().save(3)
    with pytest.raises(ValueError, match="lang is 'fr'"):
        problem.quiz("fr")
    assert not list(tmp_path.iterdir())
    assert repr(problem.quiz("ja")) == "exercise('max_pooling', seed=1, difficulty='easy').quiz(lang='ja')"
    assert (
        problem.quiz().save(str(tmp_path / "quiz.html"), theme="dark", title="Sunday").read_text("utf-8").count("Sunday") == 2
    )
