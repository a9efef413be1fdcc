"""
Batch normalization
===================

Between a convolution and its activation every channel is brought to mean 0 and variance 1 over the batch, then scaled
and shifted by two numbers that are learned. Layers no longer depend on how large the numbers before them happen to be,
and training gets on faster.
"""

from convviz.nn import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    MaxPooling2D,
    Sequential,
    datasets,
    optimizers,
    plots,
    set_random_seed,
)

x, y = datasets.shapes(3000, seed=1)


def trained(normalized):
    """The history of a network, with or without batch normalization."""
    set_random_seed(1)
    model = Sequential()
    for filters in (8, 16, 16):
        model.add(Conv2D(filters, 3, padding="same"))
        if normalized:
            model.add(BatchNormalization(momentum=0.95))
        model.add(Activation("relu"))
        model.add(MaxPooling2D(2))
    model.add(Flatten())
    model.add(Dense(4, activation="softmax"))
    model.compile(optimizers.SGD(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=10, batch_size=32, validation_split=0.2, verbose=0)


# %%
# Single images have no batch, so prediction uses moving averages of mean and variance from training. They need some
# hundred steps to settle (with Keras's momentum 0.99 still more), and until then validation lags behind.

plain, normalized = trained(False), trained(True)
assert min(normalized.history["accuracy"][2:]) > 0.1 + plain.history["accuracy"][2]
plots.plot_history({"without": plain, "batch normalization": normalized}, title="With and without batch normalization")
