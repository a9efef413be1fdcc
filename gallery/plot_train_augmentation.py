"""
Data augmentation
=================

Where images are few, each is shown turned and mirrored, another way every time. That is right only where the class stays
what it is: a corner is a corner any way round, but a 6 becomes a 9. It can harm, too: the lecture turned clothes by up to
90°, which made a network worse, since in the test all stand upright.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Conv2D, Dense, Flatten, Input, MaxPooling2D, Sequential, datasets, plots, set_random_seed

x, y = datasets.shapes(1300, seed=1)
turned = [np.rot90(x[:300], quarters, axes=(1, 2)) for quarters in range(4)]
ways = np.stack([images[:, :, ::side] for images in turned for side in (1, -1)])  # (8, 300, 28, 28, 1)
figure, place = plt.subplots(figsize=(13, 1.8), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
place.imshow(np.hstack([np.pad(image[:, :, 0], 1, constant_values=1) for image in ways[:, 1]]), cmap="gray")

# %%
# Trained on 300 images as they are, a network soon knows them by heart. In eight ways they are hardly ever the same.


def batches(ways):
    """Without end, 32 of 300 images, each in one of these ways."""
    random = np.random.default_rng(1)
    while True:
        image = random.integers(300, size=32)
        yield ways[random.integers(len(ways), size=32), image], y[image]


def trained(ways):
    """The history of a network that sees images in these ways."""
    set_random_seed(1)
    conv = [Conv2D(16, 3, activation="relu"), MaxPooling2D(2), Conv2D(32, 3, activation="relu"), MaxPooling2D(2)]
    model = Sequential([Input((28, 28, 1)), *conv, Flatten(), Dense(4, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(batches(ways), epochs=16, steps_per_epoch=40, validation_data=(x[300:], y[300:]), verbose=0)


one, eight = trained(ways[:1]), trained(ways)
assert eight.history["val_accuracy"][-1] > 0.05 + one.history["val_accuracy"][-1]
plots.plot_history({"as they are": one, "in eight ways": eight}, title="Trained on 300 images")
