"""
Data augmentation
=================

Where images are few, each is shown turned and mirrored, another way every time. That is right only where the class
stays what it is: a corner is a corner any way round, but a 6 becomes a 9.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, plots, set_random_seed

x, y = datasets.shapes(1300, seed=1)
ways = [turned[:, ::side] for turned in (np.rot90(x[:300], turns, (1, 2)) for turns in range(4)) for side in (1, -1)]
figure, place = plt.subplots(figsize=(12, 1.6), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
place.imshow(np.hstack([images[1, :, :, 0] for images in ways]), cmap="gray")


def batches(ways):
    """Without end, 32 of 300 images, each in one of these ways."""
    random = np.random.default_rng(1)
    while True:
        way, image = random.integers(len(ways), size=32), random.integers(300, size=32)
        yield np.stack(ways)[way, image], y[image]


def trained(*ways):
    """The history of a network that sees images in these ways."""
    set_random_seed(1)
    conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    first, second = Conv2D(16, **conv, input_shape=(28, 28, 1)), Conv2D(32, **conv)
    model = Sequential([first, MaxPooling2D(2), second, MaxPooling2D(2), Flatten(), Dense(4, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(batches(ways), epochs=16, steps_per_epoch=40, validation_data=(x[300:], y[300:]), verbose=0)


plain, turned = trained(ways[0]), trained(*ways)
assert turned.history["val_accuracy"][-1] > 0.05 + plain.history["val_accuracy"][-1]
plots.plot_history({"as they are": plain, "in eight ways": turned}, title="Trained on 300 images")
