"""
A network learns to tell shapes apart
=====================================

Four thousand images of bars, crosses, circles and corners, drawn by convviz. A fifth of them is kept for validation:
only images that it was not trained on say whether the network has learned what makes a cross.
"""

import matplotlib.pyplot as plt

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, plots, set_random_seed

set_random_seed(1)
x, y = datasets.shapes(4008, seed=1)
x, y, new, answers = x[8:], y[8:], x[:8], y[:8]
conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
model = Sequential(
    [
        Conv2D(16, **conv, input_shape=(28, 28, 1)),
        MaxPooling2D(2),
        Conv2D(32, **conv),
        MaxPooling2D(2),
        Flatten(),
        Dense(4, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
before = model.predict(new, verbose=0)
history = model.fit(x, y, epochs=10, batch_size=32, validation_split=0.2, verbose=2)
assert history.history["val_accuracy"][-1] > 0.92
plots.plot_history(history)

# %%
# Training is averaged over the epoch, validation measured at its end, so it may look better. Now eight images that the
# network has never seen. Grey: how likely it held each answer before training, a guess. Blue: after training.

after = model.predict(new, verbose=0)
figure, axes = plt.subplots(2, 8, figsize=(14, 4), layout="constrained", height_ratios=(2, 1.5))
for index, (picture, bars) in enumerate(axes.T):
    picture.imshow(new[index], cmap="gray")
    picture.set_title(datasets.shapes.class_names[answers[index]])
    picture.set_axis_off()
    for shift, answer, colour in ((-0.2, before, "#999999"), (0.2, after, "#0072b2")):
        bars.bar([place + shift for place in range(4)], answer[index], 0.4, color=colour)
    bars.set(ylim=(0, 1), yticks=[], xticks=range(4), xticklabels=["bar", "cross", "circle", "corner"])
    bars.tick_params("x", rotation=60)
