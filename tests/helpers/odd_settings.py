"""Public functions, their settings, and values of any size and kind: each is taken as documented, or refused in a sentence."""

import inspect
import traceback
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
from pptx import Presentation

import convviz as cv
from convviz import check, examples, geometry
from convviz.trace import trace

__all__ = ["BOOLEANS", "CALLS", "PLACES", "VALUES", "outcome", "sentence_of"]

IMAGE = [[1, 2, 3], [4, 5, 6], [7, 8, 10]]
KERNEL = [[1, 2], [0, 1]]


class Named:
    """A function with arguments that make sense; its title; and settings that are no parameters of the function itself."""

    def __init__(self, function, *required, title="", more=(), leave_out=(), **settings):
        parameters = inspect.signature(function).parameters.values()
        named = [each.name for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
        self.function, self.title = function, title or function.__qualname__
        self.valid = dict(zip(named, required, strict=False)) | settings
        self.names = [name for name in (*named, *more) if name not in leave_out]

    def __call__(self, name, value):
        return self.function(**{**self.valid, name: value})


def calls(folder=None):
    """Every public function with settings; files are written into `folder`."""
    conv, up = cv.Convolution(KERNEL), cv.TransposedConvolution(KERNEL)
    pool, mean = cv.MaxPooling(2, 1), cv.AveragePooling(2, 1)
    steps, problem = conv.trace(IMAGE), cv.exercise(seed=1)
    arrays = ("image", "kernel", "answer", "gradient", "operation", "a", "b")
    yield from (Named(function, IMAGE, KERNEL) for function in (cv.conv2d, cv.conv2d_transpose))
    yield from (Named(function, IMAGE) for function in (cv.max_pool2d, cv.avg_pool2d))
    yield from (Named(function, IMAGE) for function in (cv.global_max_pool2d, cv.global_avg_pool2d))
    yield from (used(cls, KERNEL) for cls in (cv.Convolution, cv.TransposedConvolution))
    yield from (used(cls) for cls in (cv.MaxPooling, cv.AveragePooling))
    yield Named(conv.__call__, IMAGE, title="Convolution.__call__")
    yield Named(pool.__call__, IMAGE, title="MaxPooling.__call__")
    yield Named(pool.with_argmax, IMAGE, title="MaxPooling.with_argmax")
    yield Named(conv.output_shape, (3, 3), title="output_shape")
    yield Named(pool.output_shape, (3, 3), title="MaxPooling.output_shape")
    yield Named(conv.changed, title="changed", more=conv.settings)
    yield Named(mean.changed, title="AveragePooling.changed", more=mean.settings)
    yield Named(pool.sibling, "average_pooling", title="sibling")
    yield Named(trace, conv, IMAGE, leave_out=arrays)
    yield Named(trace, up, IMAGE, view="scatter", title="trace of a transposed convolution", leave_out=arrays)
    yield Named(trace, pool, IMAGE, view="backward", gradient=KERNEL, title="trace backward", leave_out=arrays)
    for method in (steps.scene, steps.text, steps.figure, steps.at, steps.index_of, steps.board):
        required = {"at": (0, 0), "index_of": (0, 0), "board": ()}.get(method.__name__, (0,))
        leave_out = ("index", "lang") if method.__name__ == "figure" else ()  # drawing takes long
        yield Named(method, *required, title=f"Trace.{method.__name__}", leave_out=leave_out)
    backward, both = pool.trace(IMAGE, view="backward", gradient=KERNEL), cv.compare(pool, mean, IMAGE)
    yield Named(backward.at, 0, 0, title="BackwardTrace.at")
    yield Named(both.text, 0, title="Comparison.text")
    yield Named(steps.__getitem__, 0, title="a step of a trace")
    yield Named(steps[0].formula, title="Step.formula")
    yield Named(check.check, conv, IMAGE, [[6, 9], [10, 5]], leave_out=arrays)
    yield Named(cv.compare, pool, mean, IMAGE, leave_out=arrays)
    yield Named(cv.exercise)
    yield Named(problem.text, title="Exercise.text")
    yield Named(geometry.window_geometry, (5, 5), 2)
    yield Named(geometry.transposed_geometry, (5, 5), 2)
    yield Named(geometry.convolution_parameters, 3, 2, 4)
    yield Named(geometry.dense_parameters, 3, 2)
    yield from (Named(function, title=function.__name__) for function in (examples.names, examples.titles, examples.entries))
    yield Named(examples.get, "lecture_6x6")
    yield Named(examples.kernel, "sobel_x")
    yield Named(examples.kernel_titles)
    yield Named(examples.photograph)
    if folder is not None:
        yield from saving(steps, problem, Path(folder))


def used(cls, *required):
    """A class of operations whose object is called once it is made."""
    named = Named(cls, *required)
    named.function = lambda **settings: cls(**settings)(IMAGE)
    return named


def saving(steps, problem, folder):
    """What writes files."""
    from convviz.render.options import OPTIONS

    for ending, options in OPTIONS.items():
        if ending != ".mp4":
            yield Named(steps.save, folder / f"steps{ending}", title=f"save {ending}", more=options, leave_out=("path",))
    yield Named(steps.save, folder / "steps.png", title="save", leave_out=("lang", "steps"))
    yield Named(problem.worksheet, folder / "sheet.html", title="Exercise.worksheet")
    yield Named(problem.quiz, title="Exercise.quiz")
    yield Named(problem.quiz().save, folder / "quiz.html", title="Quiz.save")
    deck = Presentation()
    yield Named(cv.add_to_slide, steps, 0, deck.slides.add_slide(deck.slide_layouts[6]))


CALLS = {call.title: call for call in calls()}
#: Each setting of each call.
PLACES = [(title, name) for title, call in CALLS.items() for name in call.names]


#: What a switch takes.
BOOLEANS = (bool, np.bool_)


class Broken:
    """An object that cannot even be shown."""

    def __repr__(self):
        raise RuntimeError("no repr")


#: Values of any size and kind.
VALUES = (
    [0, 1, 2, 3, -1, 7, 99, 10**6, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, -(2**63), 10**30, 10**400, 10**5000]
    + [-(10**400), 0.0, -0.0, 0.5, 1.5, 2.0, 1e-300, 1e300, float("nan"), float("inf"), -float("inf"), 1j]
    + [
        True,
        False,
        None,
        "",
        "2",
        "same ",
        "SAME",
        "valid",
        "full",
        "en",
        "ja",
        "fr",
        "x" * 5000,
        "１",
        "cpu",
        "\n",
        "a\0b",
        b"2",
    ]
    + [np.int8(2), np.uint64(2**64 - 1), np.int64(1), np.float32(1.5), np.float64(2), np.float16("nan"), np.bool_(True)]
    + [
        np.array(2),
        np.array(2.0),
        np.array([1, 2]),
        np.array([[1, 1], [1, 1]]),
        np.zeros((40, 40)),
        np.array([]),
        np.array(["a"]),
    ]
    + [(), (1,), (1, 2), (2, 1), (1, 2, 3), [1, 2], ((1, 0), (0, 1)), ((1, 2), 3), ((1, 2), (3, -1)), (True, False), ("2", "2")]
    + [(2**31, 1), (1, 10**400), (1, 10**9), (None, None), (1.0, 2.0), (float("nan"), 1), ("same", "valid"), [[[]]]]
    + [{1, 2}, frozenset(), {}, {"a": 1}, {1: 2, 3: 4}, range(2), slice(None), slice(0, 0), object(), Broken(), int, len]
    + [
        Fraction(4, 2),
        Decimal(2),
        Decimal("NaN"),
        Path("x"),
        np.datetime64("2020-01-01"),
        np.dtype("int8"),
        Ellipsis,
        NotImplemented,
    ]
)


def sentence_of(error):
    """The text of an error that says in one sentence of convviz's own what is wrong; AssertionError for any other."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    text = str(error)
    ours = "/convviz/" in Path(last.filename).as_posix() and "raise " in (last.line or "")
    assert ours, f"{type(error).__name__} of {last.filename}:{last.lineno}: {text}"
    assert isinstance(error, (ValueError, TypeError, IndexError, OverflowError, OSError)), f"{type(error).__name__}: {text}"
    assert text and "\n" not in text and len(text) <= 700, f"{type(error).__name__}: {text!r}"
    return text


def outcome(call, name, value):
    """The result of a call, or the sentence that refuses it."""
    try:
        return call(name, value), None
    except (AssertionError, MemoryError):
        raise
    except Exception as error:
        return None, sentence_of(error)
