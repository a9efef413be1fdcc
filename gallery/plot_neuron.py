"""
A neuron is a kernel as large as its input
==========================================

A neuron multiplies every input by a weight, adds the products, and passes the sum through an activation function. That
is one step of a convolution. The difference: a neuron of a dense layer sees the whole image and stands at one place
only; a kernel sees a window of it, and stands at all places with the same few weights.
"""

import numpy as np

import convviz as cv
from convviz.nn import Dense, Flatten, Sequential

neuron = cv.examples.neuron
print(neuron.trace()[0].formula())

# %%
# A threshold at 0 makes that 1: the neuron fires. ReLU, which networks use today, leaves it at 0.4.
#
# A dense layer of 10 neurons on a 28×28 image is a convolution with 10 kernels of 28×28.

model = Sequential([Flatten(input_shape=(28, 28, 1)), Dense(10)])
image = np.random.default_rng(1).random((28, 28, 1), np.float32)
kernels = model.layers[1].kernel.reshape(28, 28, 1, 10)
assert np.allclose(cv.conv2d(image, kernels)[0, 0], model.predict(image[np.newaxis], verbose=0)[0], atol=1e-5)

# %%
# So it has 28·28 weights for each neuron, and a bias. With 32 neurons, and 10 behind them:

network = cv.examples.get("mlp_784_32_10")
print(f"{network.expression} = {network.answer:,}")

# %%
# The neuron as a convolution of one step.

neuron.trace().figure(0)
