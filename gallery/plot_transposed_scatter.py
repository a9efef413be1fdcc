"""
Transposed convolution as stamping
==================================

A transposed convolution leads from a small image to a larger one. Every cell of the input stamps the whole kernel, times
its value, onto the result; strides say how far apart the stamps land, and where stamps overlap they are added.
"""

import numpy as np

import convviz as cv

image = [[1, 2], [3, 4]]
kernel = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
up = cv.TransposedConvolution(kernel, strides=2)
trace = up.trace(image, view="scatter")
print(trace.geometry.formula())

# %%
# The same by hand: four stamps, two cells apart.

result = np.zeros((5, 5), int)
for (row, column), value in np.ndenumerate(image):
    result[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] += value * np.array(kernel)
assert np.array_equal(up(image), result)

# %%
# It undoes the shape of the convolution with the same kernel and strides, 5×5 → 2×2, not its values.

print(cv.conv2d(result, kernel, strides=2))

# %%
# Stamp by stamp: above, what is added to a cell; below, what the cell has become.

trace.save("transposed_scatter.gif", seconds=2)
trace
