"""
A kernel moves over an image
============================

The lecture's example: a 3×3 kernel is laid on a 6×6 image, the nine pairs of numbers that lie on each other are
multiplied, and the products are added. The sum is one cell of the feature map. Then the kernel moves on by one cell,
row by row, as long as it fits.
"""

import convviz as cv

image = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
kernel = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]
trace = cv.Convolution(kernel).trace(image)
print(trace[0].formula())

# %%
# There are 6 − 3 + 1 = 4 places in each direction, so without padding ("valid") a 6×6 image gives a 4×4 feature map.

print(trace.geometry.formula())
print(trace.output)

# %%
# An animation for a slide has a frame for each of the 16 steps.

trace.save("lecture_valid.gif", seconds=0.8)
trace
