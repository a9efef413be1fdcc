"""
Optimizers compared
===================

The same network with the same first weights and the same batches in the same order; only what is made of the gradients
differs. The learning rates are the usual ones of each.
"""

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, plots, set_random_seed
from convviz.nn.optimizers import SGD, Adagrad, Adam, RMSprop

x, y = datasets.shapes(2500, seed=1)
conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}


def trained(optimizer):
    """The loss and accuracy of a network in training."""
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
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=8, batch_size=32, verbose=0)


# %%
# SGD is the slowest by far, at this rate and in so few epochs. Momentum alone changes that, as do the optimizers that
# give each weight a rate of its own.

histories = {
    "SGD(0.01)": trained(SGD(0.01)),
    "momentum 0.9": trained(SGD(0.01, momentum=0.9)),
    "Adagrad(0.01)": trained(Adagrad(0.01)),
    "RMSprop(0.001)": trained(RMSprop(0.001)),
    "Adam(0.001)": trained(Adam(0.001)),
}
slowest, *others = (run.history["loss"][-1] for run in histories.values())
assert slowest > 0.1 + max(others)
plots.plot_history(histories, title="Training with five optimizers")
