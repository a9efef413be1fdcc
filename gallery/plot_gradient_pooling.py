"""
Max pooling hands the gradient to the winner
============================================

Only the largest cell of a window decides what max pooling gives, so it alone gets the gradient that comes back; the others
get 0. Where windows overlap, a cell that wins twice gets the sum. Of equal cells the first one wins.
"""

import numpy as np

import convviz as cv

image = np.array([[1, 7, 2, 6, 3], [5, 0, 4, 10, 8], [9, 12, 20, 11, 14], [13, 23, 15, 16, 21], [17, 22, 18, 24, 19]])
gradient = np.array([[3, 1], [-2, 5]])  # of the loss, for each cell of the 2×2 result
pool = cv.MaxPooling(3, strides=2)
trace = pool.trace(image, view="backward", gradient=gradient)
print(trace.output)

# %%
# To the test: raise each cell by a little, here ½, and see by how much the loss rises.

raised = [(gradient * (pool(image + unit) - pool(image))).sum() for unit in np.eye(25).reshape(25, 5, 5) / 2]
assert np.array_equal(trace.output, np.reshape(raised, (5, 5)) / 0.5)

# %%
# Average pooling has no winner: every cell of a window gets an equal part, here a quarter.

mean = cv.AveragePooling(2).trace(image[:4, :4], view="backward", gradient=gradient)
print(mean[0].formula(), mean.output, sep="\n")

# %%
# Step by step through the four windows. 20 wins in both upper ones and gets 3 + 1.

trace.save("gradient_pooling.gif", seconds=1.5)
trace
