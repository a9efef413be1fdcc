"""
Transposed convolution as an ordinary one
=========================================

The same result can be read the other way round, cell by cell of the result: put zeros between the cells of the input,
zeros around it, and move the kernel, turned by 180°, over that with strides 1. Nothing but a convolution is left; that
most of its products are 0 is the price.
"""

import numpy as np

import convviz as cv

image = np.array([[1, 2], [3, 4]])
kernel = [[1, 2, 3], [0, 1, 0], [2, 0, 1]]
up = cv.TransposedConvolution(kernel, strides=2)

# %%
# The steps written out: strides 2 put one zero between neighbours, and ``padding="full"`` lets the kernel touch the
# image with one cell only. ``flip_kernel`` turns it.

between = np.zeros((3, 3), int)
between[::2, ::2] = image
assert np.array_equal(up(image), cv.conv2d(between, kernel, padding="full", flip_kernel=True))

# %%
# Of the 9 · 25 products only those with cells of the image count.

trace = up.trace(image)
cells = sum(kind == "cell" for step in trace for row in step.kinds for kind in row)
print(f"{cells} of {9 * len(trace)} products are with a cell of the image, all others with a zero put there")
trace.save("transposed_gather.gif", seconds=0.8)
trace
