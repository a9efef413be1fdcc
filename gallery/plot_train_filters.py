"""
Filters before and after training
=================================

A network begins with random kernels. Every batch of images changes every weight a little, against its gradient, and the
kernels that come of it were drawn by nobody: many answer to an edge between bright and dark, or to a stroke in some
direction.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, set_random_seed

set_random_seed(1)
x, y = datasets.shapes(4000, seed=1, noise=0.3)
conv = {"padding": "same", "activation": "relu"}
model = Sequential(
    [
        Conv2D(8, 7, **conv, input_shape=(28, 28, 1)),
        MaxPooling2D(2),
        Conv2D(16, 3, **conv),
        MaxPooling2D(2),
        Conv2D(16, 3, **conv),
        Flatten(),
        Dense(4, activation="softmax"),
    ]
)
layer = model.layers[0]
before = layer.kernel.copy()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, batch_size=32, verbose=0)

# %%
# Orange weights are above 0, violet ones below, all on one scale. The last row is what the trained filters make of a
# circle: bright where the image is like the kernel.

most = abs(layer.kernel).max()
maps = np.maximum(layer.operation()(x[y == 2][0]), 0)
figure, axes = plt.subplots(3, 8, figsize=(13, 5.2), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
for number, (random, trained, found) in enumerate(axes.T):
    random.imshow(before[:, :, 0, number], "PuOr_r", vmin=-most, vmax=most)
    trained.imshow(layer.kernel[:, :, 0, number], "PuOr_r", vmin=-most, vmax=most)
    found.imshow(maps[:, :, number], "gray")
for name, place in zip(("before", "after", "circle"), axes[:, 0], strict=True):
    place.set_ylabel(name, fontsize=14)
