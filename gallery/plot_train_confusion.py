"""
Where a network is wrong
========================

Accuracy is one number. The confusion matrix says which classes are taken for which. Then one looks at the images about
which the network was surest and wrong: here, in strong noise, many are hard for us too, and some are not.
"""

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, inspection, plots, set_random_seed

set_random_seed(1)
x, y = datasets.shapes(5000, seed=1, noise=0.5)
conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
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
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:4000], y[:4000], epochs=8, batch_size=32, verbose=0)

# %%
# A row is a class, a column an answer; the diagonal is what is right.

new, answers = x[4000:], y[4000:]
matrix = inspection.confusion_matrix(model, new, answers)
assert matrix.sum() == 1000
plots.plot_confusion_matrix(matrix, datasets.shapes.class_names)

# %%
# The ten mistakes about which the network was surest, with the probability that it gave to the wrong class.

plots.plot_confused(model, new, answers, class_names=datasets.shapes.class_names)
