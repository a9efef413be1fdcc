"""
Overfitting
===========

With many parameters and few images a network learns the images by heart, noise and all. It is right about every one of
them, and wrong about many that it has not seen. Causes: too little data, or a network that can express too much.
"""

import numpy as np

from convviz.nn import Dense, Flatten, Sequential, datasets, plots, set_random_seed

x, y = datasets.shapes(5000, seed=1, noise=0.3)
validation = x[:1000], y[:1000]


def trained(count):
    """The history of a network that is trained on so many images."""
    set_random_seed(1)
    model = Sequential(
        [
            Flatten(input_shape=(28, 28, 1)),
            Dense(200, activation="relu"),
            Dense(200, activation="relu"),
            Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    images, answers = x[1000 : 1000 + count], y[1000 : 1000 + count]
    return model.fit(images, answers, epochs=30, batch_size=64, validation_data=validation, verbose=0)


few, many = trained(1000), trained(4000)

# %%
# Both are right about all images of the training. About new ones the network that had more is right far more often. The
# loss of validation rises again: answers that are wrong are given with more and more certainty.

losses = few.history["val_loss"]
print(f"1000 images: the loss of validation is least in epoch {np.argmin(losses) + 1}")
assert few.history["accuracy"][-1] > 0.99 and losses[-1] > 1.2 * min(losses)
assert many.history["val_accuracy"][-1] > few.history["val_accuracy"][-1] + 0.1
plots.plot_history({"1000 images": few, "4000 images": many}, title="The same network, less and more data")
