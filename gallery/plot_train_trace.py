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
model = Sequential([
    Conv2D(8, **conv, input_shape=(28, 28, 1)), MaxPooling2D(2), Conv2D(16, **conv), MaxPooling2D(2),
    Flatten(), Dense(4, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, batch_size=32, verbose=0)
plots.plot_filters(model.layers[0])

# %%
# Filter 4 has weights above 0 at the left and below 0 at the right. It answers where the image gets darker from left to
# right, so at the right side of strokes. Where it gets brighter the sum is below 0, and relu makes that 0.

kernel = model.layers[0].kernel[:, :, 0, 4]
assert kernel[:, 0].min() > 0 > kernel[:, 2].max()
image = x[y == 2][0]
trace = model.layers[0].operation(filter=4).trace(image)
maps = inspection.feature_maps(model, image, "conv2d")["conv2d"]
assert np.allclose(np.maximum(trace.output[:, :, 0], 0), maps[:, :, 4], atol=1e-6)
trace.save("filter.html", steps=24)
trace
