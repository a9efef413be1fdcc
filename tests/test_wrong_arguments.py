"""Wrong, missing and surplus arguments of every public function, class and method: one sentence with the right names."""

import dataclasses
import inspect
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz import nn
from convviz._support.keywords import ELSEWHERE, INSTEAD, OF_NETWORKS
from convviz.operations import Operation
from convviz.trace.sequence import StepSequence

#: What Python says of arguments.
PYTHON = re.compile(r"__init__|positional|keyword argument|takes no arguments|multiple values|\(\)")
#: Classes whose methods users call.
FACING = (nn.Model, nn.Layer, StepSequence, cv.Exercise, Operation, cv.CheckReport)


def is_record(thing):
    """Whether convviz alone makes objects of a class: data that it hands out, and errors."""
    return dataclasses.is_dataclass(thing) or issubclass(thing, tuple | BaseException)


def public(module, title, seen):
    """Public functions and classes of a module and the modules in it, each once, by the name under which it is found."""
    seen.append(module)
    for name in dir(module):
        thing = getattr(module, name)
        if name.startswith("_") or any(thing is one for one in seen):
            continue
        seen.append(thing)
        if inspect.ismodule(thing) and thing.__name__.startswith("convviz"):
            yield from public(thing, f"{title}.{name}", seen)
        elif callable(thing) and str(getattr(thing, "__module__", "")).startswith("convviz"):
            yield f"{title}.{name}", thing


def calls():
    """Every public callable: its title, what is called, and the name that its errors have."""
    for title, thing in public(cv, "cv", []):
        if inspect.isclass(thing):
            if not is_record(thing):
                yield title, thing, thing.__name__
            if issubclass(thing, FACING):
                yield from methods(title, thing)
        else:
            yield title, thing, thing.__name__


def methods(title, owner):
    """The methods of a class that users call; those of operations that only traces and checks ask are left out."""
    internal = {*getattr(owner, "_internal", ()), "make_step", "windows", "write"}
    for name in dir(owner):
        method = inspect.getattr_static(owner, name)
        ours = inspect.isfunction(method) and method.__module__.startswith("convviz")
        if ours and not name.startswith("_") and name not in internal:
            yield f"{title}.{name}", method.__get__(object.__new__(owner)), f"{owner.__name__}.{name}"


CALLS = {title: (function, name) for title, function, name in calls()}


def said(function, *args, **settings):
    """The sentence of the error that a call ends in; empty if there is none."""
    try:
        function(*args, **settings)
    except (TypeError, ValueError) as error:
        return str(error)
    except Exception:  # the arguments were accepted, and the object is an empty one
        return ""
    return ""


def takes_any(function):
    """Whether a function has ``*args`` or ``**settings``."""
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    return inspect.Parameter.VAR_KEYWORD in kinds, inspect.Parameter.VAR_POSITIONAL in kinds


def test_there_are_many():
    assert len(CALLS) > 250 and {"cv.nn.Model.save", "cv.Trace.save", "cv.nn.datasets.shapes", "cv.conv2d"} <= {*CALLS}


@pytest.mark.parametrize("title", CALLS)
def test_a_name_that_is_none(title):
    function, name = CALLS[title]
    sentence = said(function, no_such_setting=1)
    assert not PYTHON.search(sentence)
    if not takes_any(function)[0]:
        assert re.match(rf"{name} has no (setting|argument) 'no_such_setting'", sentence)
        assert all(one in sentence for one in inspect.signature(function).parameters)


@pytest.mark.parametrize("title", CALLS)
def test_arguments_that_are_missing(title, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function, name = CALLS[title]
    parameters = inspect.signature(function).parameters.values()
    required = [
        one.name for one in parameters if one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]
    if required:
        sentence = said(function)
        assert sentence.startswith(f"{name} needs {required[0]}") and not PYTHON.search(sentence)
        assert all(one in sentence for one in required)


@pytest.mark.parametrize("title", CALLS)
def test_more_arguments_than_there_are(title):
    function, name = CALLS[title]
    if not takes_any(function)[1]:
        sentence = said(function, *[None] * 40)
        assert sentence.startswith(f"{name} takes ") and sentence.endswith("; 40 came") and not PYTHON.search(sentence)


@given(st.sampled_from(sorted(CALLS)), st.sampled_from(sorted({*ELSEWHERE, *INSTEAD, *OF_NETWORKS})) | st.text(max_size=12))
def test_any_name_in_place_of_what_is_required(title, other):
    function, name = CALLS[title]
    parameters = inspect.signature(function).parameters
    lists_settings = isinstance(getattr(function, "_settings", None), tuple)
    taken = (*parameters, *inspect.signature(nn.Layer).parameters, "self", "cls", "lr")
    if other not in taken and (lists_settings or not takes_any(function)[0]):
        sentence = said(function, **{other: 1})
        assert re.match(rf"{name} has no (setting|argument) ", sentence) and "\n" not in sentence


NETWORK = nn.Sequential([nn.Input((3,)), nn.Dense(2)])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: nn.Dense(output_dim=3), "Dense has no setting 'output_dim'; it is called units; Keras 1 calls it output_dim"),
        (
            lambda: nn.Dense(out_features=3),
            "Dense has no setting 'out_features'; it is called units; PyTorch calls it out_features",
        ),
        (
            lambda: nn.Conv2D(nb_filter=2, kernel_size=3),
            "Conv2D has no setting 'nb_filter'; it is called filters; Keras 1 calls it",
        ),
        (
            lambda: nn.Conv2D(in_channels=1, out_channels=2, kernel_size=3),
            "Conv2D has no setting 'in_channels'; a layer finds the",
        ),
        (
            lambda: nn.Conv2D(out_channels=2, kernel_size=3),
            "Conv2D has no setting 'out_channels'; it is called filters; PyTorch",
        ),
        (lambda: nn.Conv2D(2, nb_row=3, nb_col=3), "Conv2D has no setting 'nb_row'; give kernel_size=(rows, columns)"),
        (lambda: nn.Dropout(p=0.5), "Dropout has no setting 'p'; it is called rate; PyTorch calls it p"),
        (lambda: nn.Conv2D(2), "Conv2D needs kernel_size; it takes filters, kernel_size, strides"),
        (lambda: nn.Dense(), "Dense needs units; it takes units, activation"),
        (lambda: nn.MaxPooling2D(1, 2, 3, 4, 5, 6, 7, 8), "MaxPooling2D takes at most 5 settings by their places, pool_size, "),
        (
            lambda: nn.losses.SparseCategoricalCrossentropy(reduction="sum"),
            "SparseCategoricalCrossentropy has no setting 'reduction'",
        ),
        (lambda: cv.Convolution([[1]]).trace([[1]]).save(), "Trace.save needs path; it takes path, lang, steps, show"),
        (
            lambda: nn.to_categorical([0, 1], nb_classes=2),
            "to_categorical has no setting 'nb_classes'; it is called num_classes",
        ),
        (lambda: nn.load_model("a", custom_objects={}), "load_model has no setting 'custom_objects'; a model file holds only"),
        (lambda: NETWORK.save("a.npz", save_format="h5"), "Sequential.save has no setting 'save_format'; the file is always"),
        (
            lambda: NETWORK.load_weights("a.npz", by_name=True),
            "Sequential.load_weights has no setting 'by_name'; weights are read",
        ),
        (lambda: NETWORK.summary(line_length=80), "Sequential.summary has no setting 'line_length'; the table is as wide"),
        (lambda: nn.Sequential(foo=1), "Sequential has no setting 'foo'; it takes layers, name"),
        (lambda: nn.Model(input=1, output=2), "Model has no setting 'input'; did you mean 'inputs'? It takes inputs, outputs"),
        (lambda: nn.Model(), "Model needs inputs and outputs; it takes inputs, outputs, name"),
        (lambda: nn.Input(shape=(3,), batch_size=3), "Input has no setting 'batch_size'; models take batches of any size"),
        (
            lambda: nn.initializers.RandomNormal(std=1),
            "RandomNormal has no setting 'std'; it is called stddev; PyTorch calls it std",
        ),
        (lambda: nn.regularizers.L1L2(L1=2), "L1L2 has no setting 'L1'; did you mean 'l1'? It takes l1, l2"),
        (lambda: NETWORK.predict(), "Sequential.predict needs x; it takes x, batch_size"),
        (
            lambda: cv.assert_feature_map(),
            "assert_feature_map needs operation, image and answer; it takes operation, image, answer",
        ),
        (
            lambda: cv.assert_feature_map(cv.MaxPooling(2), [[1]], [[1]], rtol=1),
            "assert_feature_map has no setting 'rtol'; it is called tolerance; NumPy calls it rtol",
        ),
        (lambda: cv.exercise(seed=1).check(), "Exercise.check needs answer; it takes answer"),
        (lambda: nn.MaxPooling2D(pad=1), "did you mean 'padding'? Caffe and Chainer call it pad."),
        (
            lambda: nn.callbacks.ModelCheckpoint(),
            "ModelCheckpoint needs filepath; it takes filepath, monitor, verbose, save_best_only, mode, initial_",
        ),
        (
            lambda: nn.callbacks.ModelCheckpoint(path="a.npz"),
            "ModelCheckpoint has no setting 'path'; it takes filepath, monitor",
        ),
        (lambda: nn.Dense.from_config(), "Dense.from_config needs config; it takes config"),
    ],
)
def test_the_sentence(call, sentence):
    with pytest.raises(TypeError) as caught:
        call()
    assert sentence in str(caught.value) and "unknown" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_class_of_ones_own_has_its_own_name():
    class Blurred(nn.Conv2D):
        def __init__(self, filters, **settings):
            super().__init__(filters, 3, **settings)

    with pytest.raises(TypeError, match="^Blurred has no setting 'stride'"):
        Blurred(2, stride=2)
    assert np.shape(Blurred(2, strides=2)(np.ones((1, 5, 5, 1), np.float32))) == (1, 2, 2, 2)
