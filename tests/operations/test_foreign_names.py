"""Names that other libraries use for a setting are answered with ours; no error names a class that nobody knows."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz import check, examples, geometry
from convviz._support.keywords import ELSEWHERE, INSTEAD
from convviz.trace import trace

IMAGE = [[1, 2, 3], [4, 5, 6], [7, 8, 10]]
KERNEL = [[1, 2], [0, 1]]
STEPS = cv.Convolution(KERNEL).trace(IMAGE)
#: Public functions, with arguments that make sense.
CALLS = {
    "conv2d": (cv.conv2d, IMAGE, KERNEL),
    "conv2d_transpose": (cv.conv2d_transpose, IMAGE, KERNEL),
    "max_pool2d": (cv.max_pool2d, IMAGE),
    "avg_pool2d": (cv.avg_pool2d, IMAGE),
    "global_max_pool2d": (cv.global_max_pool2d, IMAGE),
    "global_avg_pool2d": (cv.global_avg_pool2d, IMAGE),
    "Convolution": (cv.Convolution, KERNEL),
    "TransposedConvolution": (cv.TransposedConvolution, KERNEL),
    "MaxPooling": (cv.MaxPooling,),
    "AveragePooling": (cv.AveragePooling,),
    "GlobalMaxPooling": (cv.GlobalMaxPooling,),
    "GlobalAveragePooling": (cv.GlobalAveragePooling,),
    "trace": (trace, cv.Convolution(KERNEL), IMAGE),
    "check": (check.check, cv.Convolution(KERNEL), IMAGE, [[1, 2], [3, 4]]),
    "compare": (cv.compare, cv.MaxPooling(2), cv.AveragePooling(2)),
    "exercise": (cv.exercise,),
    "explore": (cv.explore, "convolution"),
    "window_geometry": (geometry.window_geometry, (5, 5), 3),
    "transposed_geometry": (geometry.transposed_geometry, (5, 5), 3),
    "convolution_parameters": (geometry.convolution_parameters, 3, 1, 1),
    "dense_parameters": (geometry.dense_parameters, 3, 1),
    "receptive_field": (geometry.receptive_field, []),
    "names": (examples.names,),
    "titles": (examples.titles,),
    "get": (examples.get, "vgg16"),
    "kernel": (examples.kernel, "blur"),
    "kernel_titles": (examples.kernel_titles,),
    "photograph": (examples.photograph,),
    "summarize": (examples.summarize, (28, 28, 1), []),
    "Trace.figure": (STEPS.figure, 0),
    "Trace.text": (STEPS.text, 0),
    "Trace.scene": (STEPS.scene, 0),
    "Trace.at": (STEPS.at, 0, 0),
    "Trace": (cv.Trace, cv.Convolution(KERNEL), IMAGE),
    "Exercise.text": (cv.exercise(seed=1).text,),
}


def required(function):
    """Whether a function has to be given its first argument."""
    first = next((each for name, each in inspect.signature(function).parameters.items() if name != "self"), None)
    return first is not None and first.default is first.empty and first.kind is not first.VAR_POSITIONAL


def refusal(title, *more, **settings):
    """The text of the TypeError that refuses arguments."""
    function, *arguments = CALLS[title]
    with pytest.raises(TypeError) as raised:
        function(*arguments, *more, **settings)
    return str(raised.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: cv.MaxPooling(kernel_size=2, stride=2),
            "MaxPooling has no setting 'kernel_size'; it is called pool_size; PyTorch calls it kernel_size",
        ),
        (lambda: cv.MaxPooling(2, stride=2), "it is called strides; PyTorch calls it stride"),
        (lambda: cv.AveragePooling(divisor_override=3), "multiply the means by the number of cells and divide by yours"),
        (lambda: cv.AveragePooling(padding_mode="reflect"), "pad the image first"),
        (lambda: cv.max_pool2d(IMAGE, return_indices=True), "it is called return_argmax; PyTorch calls it return_indices"),
        (lambda: cv.MaxPooling(2, return_indices=True), r"max_pool2d\(…, return_argmax=True\)"),
        (lambda: cv.MaxPooling(2, count_include_pad=True), "it is a setting of average pooling"),
        (lambda: cv.MaxPooling(2, border_mode="same"), "it is called padding; Keras 1 calls it border_mode"),
        (lambda: cv.Convolution(KERNEL, subsample=2), "it is called strides; Keras 1 calls it subsample"),
        (lambda: cv.Convolution(nb_row=3, nb_col=3), "the size is that of kernel"),
        (lambda: cv.conv2d(IMAGE, KERNEL, dim_ordering="th"), "it is called data_format; Keras 1 calls it dim_ordering"),
        (lambda: cv.conv2d(IMAGE, weight=KERNEL), "it is called kernel; PyTorch calls it weight"),
        (lambda: cv.conv2d(IMAGE, KERNEL, mode="same"), "it is called padding; SciPy calls it mode"),
        (lambda: cv.conv2d(IMAGE, KERNEL, boundary="fill"), "pad the image first|padding_mode"),
        (lambda: cv.conv2d(IMAGE, KERNEL, fillvalue=1), "constant_values=value"),
        (lambda: cv.conv2d(IMAGE, KERNEL, borderType=4), "pad the image first|padding_mode"),
        (lambda: cv.conv2d(IMAGE, KERNEL, anchor=(0, 0)), r"give padding for each side"),
        (lambda: cv.conv2d(IMAGE, KERNEL, feature_group_count=1), "it is called groups; JAX calls it feature_group_count"),
        (lambda: cv.max_pool2d(IMAGE, ksize=2), "it is called pool_size; TensorFlow and OpenCV call it ksize"),
        (lambda: cv.global_max_pool2d(IMAGE, axis=1), "give data_format, which says where rows and columns are"),
        (lambda: cv.MaxPooling(2).trace(IMAGE, veiw="x"), "trace has no setting 'veiw'; did you mean 'view'"),
        (lambda: cv.MaxPooling(2).check(IMAGE, [[1]], atol=1), "it is called tolerance; NumPy calls it atol"),
        (lambda: cv.MaxPooling(2).changed(stride=1), "it is called strides; PyTorch calls it stride"),
        (lambda: cv.assert_feature_map(cv.MaxPooling(2), IMAGE, [[1]], decimal=1), "it is called decimals"),
        (lambda: STEPS.figure(0, figsize=(8, 4)), "Trace.figure has no .*; it is called size; matplotlib calls it figsize"),
        (lambda: STEPS.save("a.gif", fps=2), ".gif has no option 'fps'; give seconds"),
        (lambda: cv.exercise(random_state=1), "it is called seed; scikit-learn calls it random_state"),
        (lambda: cv.nn.Conv2D(8, 3, border_mode="same"), "did you mean 'padding'. Keras 1 calls it border_mode"),
        (lambda: cv.nn.Conv2D(8, 3, subsample=2), "did you mean 'strides'. Keras 1 calls it subsample"),
        (lambda: cv.nn.Dense(8, init="normal"), "did you mean 'kernel_initializer'. Keras 1 calls it init"),
    ],
)
def test_names_of_other_libraries(make, said):
    with pytest.raises(TypeError, match=said):
        make()


@pytest.mark.parametrize("title", CALLS)
def test_every_function_answers_every_name_in_one_sentence(title):
    known = [each for each in inspect.signature(CALLS[title][0]).parameters if each != "self"]
    names = {*ELSEWHERE, *INSTEAD, "no_such_setting", "stirdes", "Padding", "x y", "", "é" * 200}
    for name in names.difference(known):
        said = refusal(title, **{name: 1})
        assert said.startswith(f"{title} has no setting ") and "\n" not in said and "()" not in said
        ours, library = ELSEWHERE.get(name, ((), ""))
        here = [each for each in ours if each in known]
        assert not here or (f"it is called {here[0]}; {library} call" in said and said.endswith(f" it {name}"))
        if " takes " in said:
            assert said.endswith(f" takes {', '.join(known)}" if known else " takes none")


@given(st.sampled_from(sorted(CALLS)), st.text(max_size=20))
def test_names_of_any_kind(title, name):
    if name not in inspect.signature(CALLS[title][0]).parameters and name != "self":
        assert refusal(title, **{name: 1}).startswith(f"{title} has no setting ")


@pytest.mark.parametrize("title", CALLS)
def test_too_many_too_few_and_twice(title):
    function, *arguments = CALLS[title]
    known = [each for each in inspect.signature(function).parameters if each != "self"]
    most = f"at most {len(known)} settings, {', '.join(known)}" if known else "no settings"
    assert refusal(title, *[1] * 20) == f"{title} takes {most}; {len(arguments) + 20} came"
    if arguments:
        assert refusal(title, **{known[0]: 1}) == f"{title} got {known[0]} twice, by its place and by its name"
    if required(function):
        with pytest.raises(TypeError) as raised:
            function()
        assert str(raised.value).startswith(f"{title} needs {known[0]}") and known[-1] in str(raised.value)


def test_names_of_other_libraries_are_none_of_ours_for_the_same():
    for table in (ELSEWHERE, INSTEAD):
        for name, (ours, said) in table.items():
            assert name not in ours and ours and said and not said.endswith(".")


def test_errors_from_within_stay_as_they_are():
    class Odd(cv.MaxPooling):
        def _compute(self, batch, kernels=None):
            return len(5)

    with pytest.raises(TypeError, match="^object of type 'int' has no len"):
        Odd(2)(IMAGE)


def test_signatures_and_documentation_stay():
    assert str(inspect.signature(cv.max_pool2d)).startswith("(image: 'ImageLike', pool_size: 'PairLike' = 2, strides")
    assert cv.conv2d.__name__ == "conv2d" and cv.conv2d.__doc__.startswith("The convolution of `image`")
    assert cv.MaxPooling.__init__.__qualname__ == "Pooling.__init__"
    assert np.array_equal(cv.max_pool2d(image=IMAGE, pool_size=2), cv.max_pool2d(IMAGE, 2))
