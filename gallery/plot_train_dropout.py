"""
Dropout
=======

While training, dropout makes half of the numbers 0, others with every batch, and doubles the rest, so that their mean
stays. So nothing can be learned by heart that hangs on single pixels. In prediction nothing is dropped, or scaled.
"""

from convviz.nn import Dense, Dropout, Flatten, Sequential, datasets, plots, set_random_seed

x, y = datasets.shapes(2000, seed=1, noise=0.3)


def trained(*dropout):
    """The history of a network, with or without a layer of dropout."""
    set_random_seed(1)
    model = Sequential(
        [
            Flatten(input_shape=(28, 28, 1)),
            *dropout,
            Dense(200, activation="relu"),
            Dense(200, activation="relu"),
            Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=40, batch_size=64, validation_split=0.5, verbose=0)


without, dropped = trained(), trained(Dropout(0.5))

# %%
# Without dropout, validation gets worse from an early epoch on. With it, training is slower and its accuracy, which is
# measured while numbers are dropped, stays below 1; but new images are told apart better, and go on to be.

assert dropped.history["val_accuracy"][-1] > without.history["val_accuracy"][-1] + 0.03
assert dropped.history["val_loss"][-1] < 0.8 * without.history["val_loss"][-1]
plots.plot_history({"no dropout": without, "dropout 0.5": dropped}, title="With and without dropout")
