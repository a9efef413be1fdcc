"""
What a dense layer does not see
===============================

A dense layer gets an image as a list of pixels. If these are shuffled, in one way for all images, it learns just as
well, for it never knew which pixels are neighbours. A convolution does: its windows are made of neighbours.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, plots, set_random_seed

x, y = datasets.shapes(3750, seed=1)
shuffled = x.reshape(-1, 784)[:, np.random.default_rng(1).permutation(784)].reshape(x.shape)
figure, axes = plt.subplots(2, 6, figsize=(10, 3.6), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
for image, place in zip([*x[:6], *shuffled[:6]], axes.flat, strict=True):
    place.imshow(image, cmap="gray")

# %%
# The dense network is about as good as before. The convolutional one, the best with images as they are, falls behind.


def trained(images, convolutional):
    """The history of a network that begins with convolutions, or with a dense layer."""
    set_random_seed(1)
    conv = [Conv2D(16, 3, activation="relu"), MaxPooling2D(2), Conv2D(32, 3, activation="relu"), MaxPooling2D(2)]
    model = Sequential([*(conv if convolutional else [Flatten(), Dense(64, "relu")]), Flatten(), Dense(4, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    run = model.fit(images, y, epochs=10, batch_size=32, validation_split=0.2, verbose=0)
    return {"validation accuracy": run.history["val_accuracy"]}


runs = {
    "convolutional": trained(x, True),
    "the same, shuffled": trained(shuffled, True),
    "dense": trained(x, False),
    "dense, shuffled": trained(shuffled, False),
}
last = [run["validation accuracy"][-1] for run in runs.values()]
assert last[1] < last[0] - 0.05 and abs(last[2] - last[3]) < 0.05
plots.plot_history(runs, title="Images as they are, and shuffled")
