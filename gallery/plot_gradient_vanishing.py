"""
Gradients that vanish on their way back
=======================================

On its way back through a network the gradient is multiplied by the slope of every activation function. The slope of
sigmoid is ¼ at most. After eight layers little is left, and the first layers hardly learn. ReLU's slope is 1 or 0, and
tanh's 1 in the middle: with these the gradient arrives.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Conv2D, Dense, Flatten, Input, Sequential, datasets, optimizers, set_random_seed

x, y = datasets.shapes(64, seed=1)


def gradients(activation):
    """The mean size of the gradient of each layer's weights: what a step of SGD with rate 1 takes off them."""
    set_random_seed(1)
    hidden = [Conv2D(8, 3, padding="same", activation=activation) for _ in range(8)]
    model = Sequential([Input((28, 28, 1)), *hidden, Flatten(), Dense(4, "softmax")])
    model.compile(optimizers.SGD(1.0), loss="sparse_categorical_crossentropy")
    before = [layer.kernel.copy() for layer in hidden]
    model.train_on_batch(x, y)
    return [np.abs(old - layer.kernel).mean() for old, layer in zip(before, hidden, strict=True)]


# %%
# Each line of the grid is ten times the one below.

figure, place = plt.subplots(figsize=(10, 5), layout="constrained")
for activation, marker, colour in (("tanh", "s", "#009e73"), ("relu", "o", "#0072b2"), ("sigmoid", "^", "#d55e00")):
    sizes = gradients(activation)
    print(f"{activation}: the first layer's gradient is {sizes[0] / sizes[-1]:.2g} times the last one's")
    place.plot(range(1, 9), sizes, marker=marker, color=colour, linewidth=2, label=activation)
    assert (sizes[0] < 1e-3 * sizes[-1]) == (activation == "sigmoid")
place.set(yscale="log", xlabel="convolution, counted from the image", ylabel="mean size of the gradient")
place.grid(color="#e0e0e0")
place.legend(frameon=False)
