"""
Weight decay
============

A penalty λ·Σw² is added to the loss, so that every step pulls all weights a little towards 0, and what the images do
not ask for again and again fades away. (Books often write λ/2; Keras and convviz have no half.)
"""

import matplotlib.pyplot as plt

from convviz.nn import Dense, Flatten, Sequential, datasets, plots, set_random_seed
from convviz.nn.losses import sparse_categorical_crossentropy as loss

x, y = datasets.shapes(2000, seed=1, noise=0.3)


def trained(penalty):
    """Weights of a trained network, and its history; the loss as a metric is the one without the penalty."""
    set_random_seed(1)
    hidden = [Dense(200, "relu", kernel_regularizer=penalty) for _ in range(2)]
    model = Sequential([Flatten(input_shape=(28, 28, 1)), *hidden, Dense(4, "softmax")])
    model.compile("adam", loss, metrics=[loss, "accuracy"])
    run = model.fit(x, y, epochs=40, batch_size=64, validation_split=0.5, verbose=0).history
    return hidden[0].kernel, {name: values for name, values in run.items() if not name.endswith("loss")}


# %%
# Without the penalty wrong answers about new images are given with more and more certainty. The accuracy gains little.

(plain, free), (decayed, held) = trained(None), trained("l2")  # regularizers.l2(0.01), so λ = 0.01
assert held[f"val_{loss.__name__}"][-1] < 0.8 * free[f"val_{loss.__name__}"][-1]
plots.plot_history({"no penalty": free, "λ = 0.01": held}, title="With and without weight decay")

# %%
# Weights of ten units as images: without the penalty (first row) what is learned drowns in what was random at first.

units = [weights for kernel in (plain, decayed) for weights in kernel.T[(kernel**2).sum(axis=0).argsort()[-10:]]]
figure, axes = plt.subplots(2, 10, figsize=(13, 3), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
for weights, place in zip(units, axes.flat, strict=True):
    place.imshow(weights.reshape(28, 28), "PuOr_r", vmin=-0.12, vmax=0.12)
