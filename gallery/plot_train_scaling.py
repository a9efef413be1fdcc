"""
Why pixels are divided by 255
=============================

The gradient of a weight is a sum of inputs × gradient, and the inputs of every layer grow with the pixels. With pixels up
to 255 instead of up to 1, gradients are hundreds of times as large as the usual learning rates are made for: the first
steps throw the weights far off, and training recovers slowly or not at all.
"""

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, optimizers, plots, set_random_seed

x, y = datasets.shapes(2000, seed=1)
conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}


def trained(images):
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
    model.compile(optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(images, y, epochs=10, batch_size=32, validation_split=0.2, verbose=0)


# %%
# The same images and the same first weights. A classifier that always gives ¼ to each of the four classes has the
# loss ln 4 ≈ 1.39.

small, large = trained(x), trained(255 * x)
print(f"loss of the first epoch: {small.history['loss'][0]:.2f}, with pixels up to 255 {large.history['loss'][0]:.2f}")
assert small.history["val_accuracy"][-1] > 0.1 + large.history["val_accuracy"][-1]
accuracies = {
    name: {"validation accuracy": run.history["val_accuracy"]}
    for name, run in (("pixels from 0 to 1", small), ("pixels from 0 to 255", large))
}
plots.plot_history(accuracies, title="The same images on two scales")
