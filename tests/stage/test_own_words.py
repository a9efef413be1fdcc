"""Captions in the user's own words: every one can be chosen, holds its numbers, and stands on the picture whole."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from overlaps import require_apart
from random_traces import traces

import convviz as cv
from convviz.stage.acts import Playing
from convviz.stage.captions import LANGUAGES
from convviz.stage.own_words import WORDS

IMAGE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def captions_of(scene):
    return {text.name: " ".join(text.text.split()) for text in scene.texts}


def of(key, words):
    """A text with all fields of a caption."""
    return " ".join([words, *(f"{{{field}}}" for field in WORDS[key].fields)])


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_lines_hold_their_numbers(lang):
    own = {
        "title": "What the first filter of a network finds in the picture of a cat, and why it is an edge",
        "step": "Step {step} of {steps}",
        "formula": "In all {formula}",
        "running": "So far {sums}",
        "size": "It becomes {size}",
        "remarks": "Look at the corner.",
    }
    trace = cv.Convolution([[1, 2], [3, 4]]).trace(IMAGE, captions=own)
    found = captions_of(trace.scene(1, lang))
    assert found["title"] == own["title"] and found["place"] == "Step 2 of 4"
    assert found["formula"] == "In all 2×1 + 3×2 + 5×3 + 6×4 = 47"
    assert found["running"] == "So far 2 → 8 → 23 → 47"
    assert found["remark.0"].startswith("It becomes ") and "⌊" in found["remark.0"]
    assert found["remark.1"] == "Look at the corner."


def test_a_text_without_a_field_stands_before_what_is_computed():
    own = {"formula": "Sum", "running": "grows", "size": "Then"}
    found = captions_of(cv.Convolution([[1, 2], [3, 4]]).trace(IMAGE, captions=own).scene(0))
    assert found["formula"] == "Sum: 1×1 + 2×2 + 4×3 + 5×4 = 37" and found["running"] == "grows: 1 → 5 → 17 → 37"
    assert found["remark.0"].startswith("Then: rows ") or found["remark.0"].startswith("Then: ⌊")


def test_a_rounded_running_sum_says_so_in_own_words_too():
    for words in ("grows {sums}", "grows"):
        trace = cv.AveragePooling((1, 3)).trace([[1 / 3, 1 / 3, 1 / 3]], captions={"running": words})
        assert "(≈)" in captions_of(trace.scene(0))["running"]


def test_usual_remarks_can_be_a_part_of_own_ones():
    image = np.ones((5, 5), int)
    operation = cv.Convolution([[1, 1], [1, 1]], strides=2)
    usual = captions_of(operation.trace(image).scene(0))["remark.1"]
    found = captions_of(operation.trace(image, captions={"remarks": "{remarks}. {{so}}"}).scene(0))
    assert found["remark.1"] == f"{usual}. {{so}}"


def test_a_question_does_not_tell_the_range_in_own_remarks():
    image = np.arange(900.0).reshape(30, 30)
    board = cv.AveragePooling(1).trace(image, captions={"remarks": "See: {remarks}"}).board()
    assert board.question(0).texts["remark.1"] == ""


@settings(max_examples=40)
@given(traces(sizes=(3, 5)), st.data(), st.sampled_from(list(LANGUAGES)), st.sampled_from([None, 16 / 9, 0.7]))
def test_words_of_any_caption_stand_whole(trace, data, lang, shape):
    keys = data.draw(st.sets(st.sampled_from(list(WORDS)), min_size=1))
    own = {key: of(key, data.draw(st.sampled_from(["own", "語", "a {{b}} c"]))) for key in keys}
    plain = {key: text for key, text in own.items() if WORDS[key].fields or "{{" not in text}
    image = trace.source if trace.source.shape[0] > 1 else trace.source[0]
    made = trace.operation.trace(image, captions=plain)
    board = made.board(lang, shape=shape)
    for index in board.indices[:2]:
        scene = board.scene(index)
        require_apart(scene)
        found = captions_of(scene)
        if "step" in plain:
            words = plain["step"].split(" {step}")[0].format()
            assert found["place"].startswith(f"{words} {index + 1:,} {len(made):,}")
        if "remarks" in plain:
            assert any(text.startswith(plain["remarks"].split(" {")[0].format()) for text in found.values())
        assert not any(re.search(r"\{(step|formula|sums|size|remarks|row)\}", text) for text in found.values())


def test_acts_have_own_words():
    own = {"slide": "on we go", "multiply": "times", "add": "plus", "write": "there", "formula": "z = {formula}"}
    playing = Playing(cv.Convolution([[1, 2]]).trace(IMAGE, captions=own).board(), 1)
    assert [act.caption for act in playing.acts] == ["on we go", "times", "plus", "there"]
    assert playing.moment(2, 1).texts["formula"] == "z = 2×1 + 3×2 = 8"


def test_a_comparison_and_pooling_backward_have_them_too():
    own = {"step": "Step {step}"}
    operation = cv.Convolution([[1, 2]])
    pair = cv.compare(operation.trace(IMAGE, captions=own), operation.trace(IMAGE))
    found = captions_of(pair.scene(1))
    assert found["left.place"] == "Step 2" and found["right.place"].startswith("step 2 of 6 · row 0")
    back = cv.MaxPooling(3).trace(IMAGE, view="backward", gradient=[[2]], captions={"formula": "Back: {formula}"})
    assert captions_of(back.scene(0))["formula"].startswith("Back: 2 goes to")


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"titel": "x"}, "captions has 'titel'; did you mean 'title'"),
        ({3: "x"}, "captions has 3; expected some of 'input', 'kernel', 'output', 'title', 'step'"),
        ({"step": "Step {page}"}, "expected no other braces than {step}, {steps} and {position}"),
        ({"step": "Step {"}, "expected no other braces"),
        ({"step": "Step {}"}, "expected no other braces"),
        ({"step": "Step {step:3}"}, "expected no other braces"),
        ({"step": "Step {step.real}"}, "expected no other braces"),
        ({"formula": "{formula!r}"}, r"expected no other braces than \{formula\}"),
        ({"title": "x" * 201}, "at most 200 Latin or 128 Japanese letters"),
        ({"step": "x" * 81}, "at most 80 Latin"),
    ],
)
def test_captions_that_cannot_be_used_are_refused(own, words):
    with pytest.raises(ValueError, match=words):
        cv.Convolution([[1]]).trace([[1]], captions=own)
