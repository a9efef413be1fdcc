"""
Batches, steps and epochs
=========================

A batch of images gives a gradient, and with it a step. An epoch is over when every image has been in a batch once. So
small batches make many steps an epoch, each with a gradient of few images that only roughly points the right way; large
batches make few steps, and learn less from seeing the same images as often.
"""

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, plots, set_random_seed

x, y = datasets.shapes(2000, seed=1)
conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}


def trained(batch_size):
    """The history of a network."""
    set_random_seed(1)
    model = Sequential(
        [
            Conv2D(8, **conv, input_shape=(28, 28, 1)),
            MaxPooling2D(2),
            Conv2D(16, **conv),
            MaxPooling2D(2),
            Conv2D(16, **conv),
            Flatten(),
            Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=8, batch_size=batch_size, verbose=0)


# %%
# The lecture has 48,000 images in batches of 64: 48,000 / 64 = 750 steps an epoch. Here there are 2,000.

sizes = 8, 40, 200, 1000
runs = {f"batches of {size}: {len(x) // size} steps an epoch": trained(size) for size in sizes}
last = [run.history["loss"][-1] for run in runs.values()]
assert last == sorted(last)
plots.plot_history(runs, title="The same images, in batches of different sizes")
