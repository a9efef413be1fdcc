"""
The gradient of the image is a transposed convolution
=====================================================

On the way back, every cell of the feature map hands its gradient to the cells that it was computed from, each multiplied
by the weight between them. That stamps gradient × kernel onto the image: a transposed convolution, which is where that
operation comes from.
"""

import numpy as np

import convviz as cv

forward, backward = cv.examples.lecture_5x5_strides_1, cv.examples.gradient_input
image, kernel = forward.image, forward.operation.kernel
gradient = backward.image  # of the loss, for each cell of the 3×3 feature map
back = backward.operation(gradient)
print(gradient, back, sep="\n")

# %%
# To the test: raise one cell of the image after the other by 1 and see by how much the loss rises.


def loss(cells):
    """A loss with that gradient."""
    return (gradient * cv.conv2d(cells, kernel)).sum()


units = np.eye(25, dtype=int).reshape(25, 5, 5)
raised = [loss(image + unit) - loss(image) for unit in units]
assert np.array_equal(back, np.reshape(raised, (5, 5)))

# %%
# Read cell by cell of the image, it is the gradient with two rings of zeros, under the kernel turned by 180°.
# Below it is stamped, a cell of the gradient a step.

assert np.array_equal(back, cv.conv2d(gradient, kernel, padding="full", flip_kernel=True))
trace = backward.trace(view="scatter")
trace.save("gradient_input.gif", seconds=1.5)
trace
