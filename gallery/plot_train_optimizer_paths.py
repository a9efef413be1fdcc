"""
Ways down a valley
==================

SGD goes against the gradient. Momentum keeps part of its last step, like a ball that rolls. AdaGrad, RMSprop and Adam
divide each weight's step by how large its gradients have been, so that steep and flat directions get on alike.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Dense, Sequential
from convviz.nn.optimizers import SGD, Adagrad, Adam, RMSprop

x, y = np.array([[1, 0], [0, 4]]), np.zeros((2, 1))


def path(optimizer):
    """Two weights after each of 40 steps, whose loss is ½w₁² + 8w₂²."""
    model = Sequential([Dense(1, use_bias=False, input_shape=(2,))])
    model.compile(optimizer, loss="mean_squared_error")
    model.set_weights([np.array([[-4.0], [1.0]])])
    weights = [model.layers[0].kernel.ravel().copy()]
    for _ in range(40):
        model.train_on_batch(x, y)
        weights.append(model.layers[0].kernel.ravel().copy())
    return np.transpose(weights)


optimizers = SGD(0.02), SGD(0.1), SGD(0.02, momentum=0.9), Adagrad(0.5), RMSprop(0.1), Adam(0.2)
names = "SGD(0.02)", "SGD(0.1)", "SGD(0.02, momentum=0.9)", "Adagrad(0.5)", "RMSprop(0.1)", "Adam(0.2)"
across, down = np.meshgrid(np.linspace(-5, 3, 161), np.linspace(-1.5, 1.5, 61))
figure, axes = plt.subplots(2, 3, figsize=(13, 6), layout="constrained", sharex=True, sharey=True)
for name, optimizer, place in zip(names, optimizers, axes.flat, strict=True):
    first, second = path(optimizer)
    place.contour(across, down, across**2 / 2 + 8 * down**2, np.geomspace(0.1, 40, 9), colors="#cccccc")
    place.plot(first, second, "o-", color="#0072b2", markersize=4)
    place.plot(0, 0, "x", color="#d55e00", markersize=10, markeredgewidth=2)
    place.set(title=name, xlabel="w₁", ylabel="w₂")
    place.label_outer()
