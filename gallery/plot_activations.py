"""
Activation functions and their slopes
=====================================

Without something bent between them, two layers in a row could be one. The slope matters in training, since gradients
are multiplied by it on their way back: where it is near 0, as at both ends of sigmoid and tanh, little is learned.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.kernels.activations import ACTIVATIONS, activate, activation_gradient
from convviz.nn import Activation, Sequential

x = np.linspace(-4, 4, 401, dtype=np.float32)
softmax = Sequential([Activation("softmax", input_shape=(3,))])
shares = softmax.predict(np.array([[0.9, 0.2, 0.6]]), verbose=0)[0]

# %%
# Softmax has no curve: it looks at all units of a layer at once and turns their numbers into shares that sum to 1.

figure, axes = plt.subplots(3, 4, figsize=(12, 8), layout="constrained")
for name, place in zip(ACTIVATIONS, axes.flat, strict=False):
    y, slope = np.empty_like(x), np.ones_like(x)
    activate(name, x, y)
    activation_gradient(name, slope, y, x)
    differences = (y[2:] - y[:-2]) / (x[2:] - x[:-2])
    differences[199] = slope[200]       # at 0, where relu and its kin have a corner
    assert np.allclose(slope[1:-1], differences, atol=1e-3)
    place.plot(x, y, color="#0072b2", linewidth=2, label="function")
    place.plot(x, slope, color="#d55e00", linestyle="--", label="slope")
    place.set(title=name, ylim=(-2, 4))
    place.grid(color="#e0e0e0")
axes[0, 0].legend(frameon=False)
axes[2, 3].bar(["0.9", "0.2", "0.6"], shares, color="#0072b2")
axes[2, 3].set(title="softmax of 0.9, 0.2, 0.6", ylim=(0, 0.6))
for index, share in enumerate(shares):
    axes[2, 3].text(index, share, f"{share:.3f}", ha="center", va="bottom")
