"""
Activation functions and their slopes
=====================================

Without something bent between them, two layers in a row could be one. The slope matters in training, since gradients
are multiplied by it on their way back: where it is near 0, as at both ends of sigmoid and tanh, little is learned.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import Activation, Sequential, activations

*curves, softmax = activations.NAMES


def apply(name, numbers):
    """What an activation function makes of a row of numbers."""
    model = Sequential([Activation(name, input_shape=(len(numbers),))])
    return model.predict(np.array([numbers]), verbose=0)[0]


# %%
# Softmax has no curve: it looks at all units of a layer at once and turns their numbers into shares that sum to 1.

x = np.linspace(-4, 4, 801)
figure, axes = plt.subplots(3, 4, figsize=(12, 8.6), layout="constrained")
for name, place in zip(curves, axes.flat, strict=False):
    y = apply(name, x)
    place.plot(x, y, color="#0072b2", linewidth=2, label="function")
    place.plot(x, np.gradient(y, x), color="#d55e00", linestyle="--", label="slope")
    place.set(title=name, ylim=(-2, 4))
    place.grid(color="#e0e0e0")
bars = axes[2, 3].bar(["0.9", "0.2", "0.6"], apply(softmax, [0.9, 0.2, 0.6]), color="#0072b2")
axes[2, 3].bar_label(bars, fmt="%.3f")
axes[2, 3].set(title="softmax of 0.9, 0.2, 0.6", ylim=(0, 0.6))
axes[0, 0].legend(frameon=False)
