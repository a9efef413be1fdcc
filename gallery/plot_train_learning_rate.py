"""
The learning rate
=================

A step of gradient descent is w ← w − rate · gradient. Here with a network of two weights, whose loss ½w₁² + 8w₂² is a
valley that is 16 times as steep across as along. So a step multiplies w₁ by 1 − rate and w₂ by 1 − 16·rate: beyond 1/16
the path leaps from side to side of the valley, and beyond 1/8 farther each time, at last out of the picture.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Dense, Sequential, optimizers

x, y = np.array([[1, 0], [0, 4]]), np.zeros((2, 1))  # the mean of (1·w₁)² and (4·w₂)²


def path(rate):
    """The weights after each of 20 steps."""
    model = Sequential([Dense(1, use_bias=False, input_shape=(2,))])
    model.compile(optimizers.SGD(rate), loss="mean_squared_error")
    model.set_weights([np.array([[-4.0], [1.0]])])
    weights = [model.layers[0].kernel.ravel().copy()]
    for _ in range(20):
        model.train_on_batch(x, y)
        weights.append(model.layers[0].kernel.ravel().copy())
    return np.transpose(weights)


across, down = np.meshgrid(np.linspace(-5, 1, 121), np.linspace(-2, 2, 81))
figure, axes = plt.subplots(2, 2, figsize=(12, 7), layout="constrained", sharex=True, sharey=True)
for rate, place in zip((0.01, 0.06, 0.12, 0.13), axes.flat, strict=True):
    first, second = path(rate)
    assert np.allclose([first[1:], second[1:]], [(1 - rate) * first[:-1], (1 - 16 * rate) * second[:-1]], atol=1e-5)
    place.contour(across, down, across**2 / 2 + 8 * down**2, np.geomspace(0.1, 40, 9), colors="#cccccc")
    place.plot(first, second, "o-", color="#0072b2", markersize=4)
    place.plot(0, 0, "x", color="#d55e00", markersize=10, markeredgewidth=2)
    place.set(title=f"rate {rate}", xlim=(-5, 1), ylim=(-2, 2), xlabel="w₁", ylabel="w₂")
