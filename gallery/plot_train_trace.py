"""
A trained filter, step by step
==============================

A filter of a trained network is a kernel like any other: it opens as a convolution whose every step can be looked at,
and its numbers are those with which the network computes.
"""

import numpy as np

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, inspection, plots, set_random_seed

set_random_seed(1)
x, y = datasets.shapes(4000, seed=1)
conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
model = Sequential(
    [
        Conv2D(8, **conv, input_shape=(28, 28, 1)),
        MaxPooling2D(2),
        Conv2D(16, **conv),
        MaxPooling2D(2),
        Flatten(),
        Dense(4, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, batch_size=32, verbose=0)
plots.plot_filters(model.layers[0])

# %%
# The filter whose weights change most between the left and the right column answers to upright edges of one kind, from
# dark to bright or from bright to dark. Where the edge is of the other kind the sum is below 0, and relu makes that 0.

layer, image = model.layers[0], x[y == 2][0]
left, _, right = layer.kernel[:, :, 0].sum(axis=0)
number = int(np.abs(left - right).argmax())
trace = layer.operation(filter=number).trace(image)
found = inspection.feature_maps(model, image, layer.name)[layer.name][:, :, number]
assert np.allclose(np.maximum(trace.output[:, :, 0], 0), found, atol=1e-6)
print("filter", number)

# %%
# Its strongest answer to a circle, and then 60 of the 784 steps, from the first to the last.

trace.save("filter.html", steps=24)
trace.figure(trace.index_of(*np.unravel_index(found.argmax(), found.shape)))

# %%

trace
