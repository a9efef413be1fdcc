"""
Transfer learning
=================

What convolutions have learned from many images often serves for other images, too, of which there are few. Only the
dense layer at the end is trained anew; the weights of the convolutions stay as they are.
"""

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, plots, set_random_seed

conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}


def network():
    """A network whose weights are random."""
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
    return model


# %%
# Many images with little noise, and few in strong noise, as from another camera.

many = network()
many.fit(*datasets.shapes(4000, seed=1, noise=0.1), epochs=8, batch_size=32, verbose=0)
x, y = datasets.shapes(1100, seed=2, noise=0.5)
few = {"x": x[:100], "y": y[:100], "validation_data": (x[100:], y[100:]), "epochs": 40, "batch_size": 20, "verbose": 0}

# %%
# The same network on the few images, from random weights, and with the convolutions of the one that has seen many.

alone, kept = network(), network()
for layer, trained in zip(kept.layers[:-1], many.layers, strict=False):
    layer.set_weights(trained.get_weights())
    layer.trainable = False
kept.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
runs = {"all weights from random ones": alone.fit(**few), "convolutions kept": kept.fit(**few)}
last = [run.history["val_accuracy"][-1] for run in runs.values()]
assert last[1] > 0.05 + last[0]
plots.plot_history(runs, title="Trained on 100 images in strong noise")
