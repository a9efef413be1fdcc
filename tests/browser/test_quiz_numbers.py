"""The quiz reads and compares numbers in the browser as Python does, which is the judge."""

import json
import math
import random
from fractions import Fraction

import pytest

from convviz.check.equality import Equality
from convviz.inputs import Ambiguous, Usage
from convviz.inputs.numbers import BLANKS, OTHER_SIGNS, number
from convviz.render.page.script import part

TEXTS = (
    *(
        "18",
        "-3",
        "+4",
        "007",
        "3.5",
        ".5",
        "5.",
        "1e3",
        "1E-2",
        "-0",
        "0.0",
        "inf",
        "-Infinity",
        "∞",
        "−∞",
        "nan",
        "NaN",
        "1/3",
    ),
    *("6/3", "4/1", "4 /1", "1/0", "-2/6", "1/2/1", "1,5", "1,234", "1,234.5", "1.234,5", "1'234", "1’234", "1 234", "12 34"),
    *(
        "1,234,567",
        "1.234.567",
        "0,123",
        "1e400",
        "1e-400",
        "0e-400",
        "9" * 20,
        "9" * 4301,
        "-" + "9" * 4300,
        "０.５",
        "－３",
        "ー３",
    ),
    *(
        "１８",
        "٣",
        "१२",
        "𝟛",
        "3、5",
        "3。5",
        "5\u200b",
        "\ufeff5",
        "1\u200b2",
        "５\u3000",
        "",
        " ",
        "x",
        "1x",
        "0x10",
        "--3",
        "+-3",
    ),
    *("+-inf", "++inf", "½", "50%", "(5)", "1_000", "1.5.2", "1,5,2", "1,2345", "\x1c5", "5\x85", "１／３", "e5", "1e", "1,e5"),
    *(
        "1,5e2",
        "1.234e5",
        "1,234e5",
        "∞∞",
        "-nan",
        "i̇nf",
        "İnf",
        "infinitY",
        "²",
        "①",
        "五",
        "\u00a05",
        "5\u200b.2",
        "5.\u200b",
    ),
)
#: What texts are made of at random.
PIECES = (
    *"0123456789012345",
    *",,..''+-/e E∞",
    *("inf", "nan", "000", "234", "1,234", "1.5", "/1", "e5", "\u200b", "\ufeff"),
    *BLANKS,
    *"".join(OTHER_SIGNS.values()),
    *"０５９．，－／＋ｅ٣५𝟘߉",
)


def random_texts(count, seed):
    """Texts that are numbers, nearly numbers, or none."""
    rng = random.Random(seed)
    return ["".join(rng.choice(PIECES) for _ in range(rng.randint(1, 7))) for _ in range(count)]


def read(text):
    """What Python reads, written as the browser's answer is."""
    try:
        value = number(text)
    except Ambiguous:
        return "ambiguous"
    except Usage:
        return "none"
    return sent(value)


def sent(value):
    """A number as kind and text: floats by their bits."""
    if isinstance(value, float):
        return ["float", "nan" if math.isnan(value) else value.hex()]
    return ["exact", f"{value.numerator}/{value.denominator}"]


READ = """(texts) => texts.map((text) => {
    const { value, ambiguous } = readNumber(text);
    if (value === undefined) return ambiguous ? "ambiguous" : "none";
    return typeof value == "number" ? ["float", Number.isFinite(value) ? value : String(value)] : ["exact", value.join("/")];
})"""
COUNT = """([pairs, rule]) => pairs.map(([answered, wanted]) =>
    countsAs(readNumber(answered).value, readNumber(wanted).value, rule))"""


@pytest.fixture(scope="module")
def run(browser):
    """A function that calls a function of JavaScript beside the script that reads numbers."""
    page = browser.new_page()
    yield lambda function, argument: page.evaluate(
        f"(argument) => {{{part('numbers')}\nreturn ({function})(argument);}}", argument
    )
    page.close()


def as_sent(answer):
    """The browser's answer with floats by their bits."""
    if answer[0] == "exact":
        return sent(Fraction(answer[1]))
    if answer[0] != "float":
        return answer
    name = {"Infinity": "inf", "-Infinity": "-inf", "NaN": "nan"}.get(answer[1])
    return ["float", name or float(answer[1]).hex()]


@pytest.mark.parametrize("texts", [TEXTS, random_texts(4000, 1), random_texts(4000, 2)], ids=["known", "random", "more"])
def test_texts_are_the_numbers_that_python_reads(run, texts):
    found = [as_sent(answer) for answer in run(READ, list(texts))]
    wrong = [(text, answer, read(text)) for text, answer in zip(texts, found, strict=True) if answer != read(text)]
    assert not wrong, wrong[:10]
    assert {answer if isinstance(answer, str) else answer[0] for answer in found} == {"none", "ambiguous", "exact", "float"}


NUMBERS = (
    "0",
    "-0.0",
    "3",
    "3.0",
    "3.0000001",
    "3.00001",
    "1/3",
    "0.3333333",
    "0.333",
    "1e300",
    "inf",
    "-inf",
    "nan",
    "1e-7",
    "-3",
)
BIG = ("9007199254740993", "9007199254740992", "9007199254740992.0", "1/7", "0.14285714285714285", "6/2", "0.5", "1/2")


@pytest.mark.parametrize(
    "rule",
    [
        Equality(True, 0.0),
        Equality(False, 1e-6),
        Equality(False, 1e-4, None, 2.0**-24, 1e-5),
        Equality(True, 0.0, None, 0.0, 0.25),
    ],
)
def test_numbers_count_as_others_as_in_check(run, rule):
    texts = [*NUMBERS, *BIG]
    pairs = [(answered, wanted) for answered in texts for wanted in texts]
    sent_rule = {"tolerance": 0 if rule.exact else rule.tolerance, "unit": rule.unit, "rounding": rule.rounding}
    found = run(COUNT, json.loads(json.dumps([pairs, sent_rule])))
    wanted = [bool(rule.same(number(answered), number(wanted))) for answered, wanted in pairs]
    assert [pair for pair, one, other in zip(pairs, found, wanted, strict=True) if one != other] == []
