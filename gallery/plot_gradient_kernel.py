"""
The gradient of a kernel is a convolution
=========================================

In training, the gradient of the loss arrives cell by cell of the feature map: how much the loss rises with each cell. A
weight took part in all of these cells, each time with another cell of the image. So its gradient is the sum of all
cell × gradient, and for all weights together that is the image convolved with the gradient.
"""

import numpy as np

import convviz as cv

forward, backward = cv.examples.lecture_5x5_strides_1, cv.examples.gradient_kernel
image, kernel = forward.image, forward.operation.kernel
gradient = backward.operation.kernel  # of the loss, for each cell of the 3×3 feature map
print(gradient, cv.conv2d(image, gradient), sep="\n")

# %%
# To the test: a loss with that gradient is the sum of cell × gradient. Raise one weight after the other by 1 and see by
# how much it rises.


def loss(weights):
    """A loss with that gradient."""
    return (gradient * cv.conv2d(image, weights)).sum()


units = np.eye(9, dtype=int).reshape(9, 3, 3)
raised = [loss(kernel + unit) - loss(kernel) for unit in units]
assert np.array_equal(cv.conv2d(image, gradient), np.reshape(raised, (3, 3)))

# %%
# Step by step: the gradient lies on the image as a kernel does, and each of its places gives the gradient of one weight.

trace = backward.trace()
trace.save("gradient_kernel.gif", seconds=1.2)
trace
