"""Lines that users write: a type checker must accept them, and know what they give. No test runs them."""

from fractions import Fraction
from pathlib import Path
from typing import Any, assert_type

import numpy as np

import convviz as cv
from convviz.check import CheckReport
from convviz.nn import (
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    Model,
    Sequential,
    callbacks,
    datasets,
    inspection,
    losses,
    optimizers,
    plots,
    to_categorical,
)
from convviz.trace import BackwardStep, BackwardTrace, Comparison, MaximumStep, ScatterTrace, Step, Trace

image = np.arange(36).reshape(6, 6)
kernel = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]

# Operations
conv = cv.Convolution(kernel, strides=2, padding="same")
assert_type(conv, cv.Convolution)
assert_type(conv(image), np.ndarray)
assert_type(conv.kernel, np.ndarray)
assert_type(conv.bias, np.ndarray | None)
assert_type(conv.output_shape((28, 28)), tuple[int, int])
exact = cv.Convolution([[Fraction(1, 3), 0]], bias=[1], padding=((1, 0), (0, 1)), dilation_rate=(1, 2))
pool = cv.MaxPooling(2, strides=(1, 2), ceil_mode=True)
assert_type(pool, cv.MaxPooling)
maxima, places = pool.with_argmax(image, data_format="channels_last", device="auto")
assert_type(places, np.ndarray)
up = cv.TransposedConvolution(kernel, output_padding=(0, 1), strides=2)
everything = cv.GlobalAveragePooling()(image)
assert_type(cv.conv2d(image, kernel, strides=2, flip_kernel=True, device="cpu"), np.ndarray)
assert_type(cv.avg_pool2d(image, 3, count_include_pad=True), np.ndarray)
assert_type(conv.changed(strides=1), cv.Convolution)

# Traces
trace = conv.trace(image)
assert_type(trace, Trace)
assert_type(trace[0], Step)
assert_type(trace[1:3], list[Step])
assert_type(len(trace), int)
assert_type(trace[0].formula(), str)
assert_type(trace.at(1, 2), Step)
assert_type(trace.output, np.ndarray)
for step in trace:
    assert_type(step, Step)
    assert_type(step.position, tuple[int, int])
    assert_type(isinstance(step, MaximumStep), bool)
added = cv.add_to_slide(trace, 0, object(), width=400)
assert_type(added, list[Any])
saved = trace.save("conv.gif", size=(1280, 720), seconds=0.8, theme="dark")
assert_type(saved, Path | list[Path])
assert_type(trace.text(0, lang="ja"), str)
both = cv.compare(conv, pool, image)
assert_type(both, Comparison)
both.save(Path("both.pptx"))

# The steps of each view and operation
assert_type(pool.trace(image), Trace[MaximumStep])
assert_type(pool.trace(image)[0].winner, tuple[int, int])
assert_type(cv.GlobalAveragePooling().trace(image)[0].count, int)
stamps = up.trace(image, view="scatter")
assert_type(stamps, ScatterTrace)
assert_type(stamps[0].after, dict[tuple[int, int], int | float | Fraction | np.number[Any]])
back = pool.trace(image, view="backward", gradient=[[1]])
assert_type(back, BackwardTrace)
assert_type(back[0], BackwardStep)
assert_type(back[0].share, int | float | Fraction | np.number[Any])
print(back[0].forward.winner)
print(pool.sibling("average_pooling").strides)
steps: Trace = pool.trace(image)

# Checks and exercises
report = conv.check(image, [[18, 20], [None, 1]], decimals=2)
assert_type(report, CheckReport)
assert_type(report.to_dict(), dict[str, Any])
assert_type([explanation.sentence("en") for explanation in report.explanations], list[str])
cv.assert_feature_map(conv, image, [[1, 2], [3, 4]])
problem = cv.exercise("max_pooling", seed=3, difficulty="hard")
assert_type(problem, cv.Exercise)
assert_type(problem.answer, np.ndarray)
problem.worksheet("sheet.pdf", lang="ja")

# Examples and sizes
assert_type(cv.examples.kernel("sobel_x"), np.ndarray)
assert_type(cv.examples.names("pooling"), list[str])
assert_type(cv.examples.photograph(colour=True), np.ndarray)
cv.examples.lecture_6x6.trace().save("lecture.html")
assert_type(cv.geometry.window_geometry((6, 6), (3, 3), strides=2).output_shape, tuple[int, int])
assert_type(cv.geometry.convolution_parameters(3, 1, 32), int)
rows = cv.geometry.window_geometry((6, 6), 3, strides=2).rows
assert_type(cv.geometry.receptive_field([rows, cv.geometry.transposed_geometry((2, 2), 3).rows]), tuple[int, int, int])
cv.examples.get("lecture_6x6").trace(captions={"input": "image"}).save("example.html")
assert_type([example.image for example in cv.examples.entries("pooling")], list[np.ndarray])
print(problem.operation.kernel)
explorer = cv.explore("convolution", lang="ja")
assert_type(explorer.trace, Trace[Any])

# Networks
model = Sequential(
    [
        Conv2D(32, 3, padding="same", activation="relu", input_shape=(28, 28, 1)),
        MaxPooling2D(2),
        Flatten(),
        Dropout(0.5),
        Dense(10, activation="softmax"),
    ]
)
assert_type(model, Sequential)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"], device="auto")
x, y = datasets.shapes(100, seed=1)
assert_type(x, np.ndarray)
assert_type(datasets.shapes.class_names, tuple[str, ...])
(x_train, y_train), (x_test, y_test) = datasets.fashion_mnist.load_data()
targets = to_categorical(y_train, 10)
stop = callbacks.EarlyStopping(monitor="val_loss", patience=2)
history = model.fit(x_train, targets, epochs=5, batch_size=64, validation_split=0.2, callbacks=[stop])
assert_type(history.history["loss"], list[float])
scores = np.asarray(model.predict(x_test))
model.compile(optimizer=optimizers.Adam(learning_rate=1e-3), loss=losses.BinaryCrossentropy())
model.summary()
model.save("model.npz")
assert_type(model.count_params(), int)
first = model.get_layer(index=0)
assert_type(first.get_weights(), list[np.ndarray])
inputs = Input((28, 28, 1))
functional = Model(inputs, Dense(10)(Flatten()(inputs)))
figure = plots.plot_history(history)
figure.savefig("curves.png")

print(inspection.layer_input(model, "conv2d", x[0]).shape)

# What a type checker must refuse
cv.Convolution(kernel, stride=2)  # type: ignore[call-arg]
cv.Convolution(kernel, padding="some")  # type: ignore[arg-type]
cv.conv2d(image, kernel, data_format="last")  # type: ignore[arg-type]
cv.MaxPooling(2).no_such_method()  # type: ignore[attr-defined]
pool.trace(image)[0].before  # type: ignore[attr-defined]  # noqa: B018
cv.no_such_name  # type: ignore[attr-defined]  # noqa: B018
cv.exercise("median_pooling")  # type: ignore[arg-type]
Sequential([Dense(10, activation=3.5)])  # type: ignore[arg-type]
model.fit(x_train, targets, epoch=5)  # type: ignore[arg-type]
