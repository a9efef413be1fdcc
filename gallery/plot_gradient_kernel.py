"""
The gradient of a kernel is a convolution
=========================================

In training, the gradient of the loss arrives cell by cell of the feature map: how much the loss rises with each. A weight
took part in all of these cells, each time with another cell of the image. So its gradient is the sum of cell × gradient,
and all weights together are the image convolved with the gradient.
"""

import numpy as np

import convviz as cv

image = cv.examples.lecture_5x5_strides_1.image
kernel = cv.examples.lecture_5x5_strides_1.operation.kernel
gradient = np.array([[1, 0, -1], [2, 1, 0], [0, -1, 3]])     # of the loss, for each cell of the 3×3 feature map

# %%
# To the test: raise one weight after the other by 1 and see by how much the loss rises. Since it is a weighted sum of
# weights here, the difference is exact.


def loss(weights):
    """A loss with that gradient."""
    return (gradient * cv.conv2d(image, weights)).sum()


units = np.eye(9, dtype=int).reshape(9, 3, 3)
raised = [loss(kernel + unit) - loss(kernel) for unit in units]
assert np.array_equal(cv.conv2d(image, gradient), np.reshape(raised, (3, 3)))

# %%
# Step by step: the gradient lies on the image as a kernel does, and so the captions call it; what they call the feature
# map is the gradient of the kernel, a weight a step.

trace = cv.Convolution(gradient).trace(image)
trace.save("gradient_kernel.gif", seconds=1.2)
trace
