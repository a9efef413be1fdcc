"""
When the pool does not divide the size
======================================

A 2×2 pooling of 5×5 cells: 5/2 is not whole. Rounded down, which is the custom, the last row and column are never read.
Rounded up, in ceil mode, the last windows hang over the end, and take what there is.
"""

import convviz as cv

example = cv.examples.ceil_mode
floor = cv.MaxPooling(2)
for operation in (floor, example.operation):
    print(operation.geometry((5, 5)).formula())
    print(operation(example.image))

# %%
# A mean divides by the cells that are really there: 2 at the border, 1 in the corner.

mean = cv.AveragePooling(2, ceil_mode=True).trace(example.image)
print(mean.at(0, 2).formula())
print(mean.at(2, 2).formula())

# %%
# Side by side: at the left no window reads the hatched cells. At the right the last windows hang over the end. What
# stands there counts as −∞, which never is the maximum.

both = cv.compare(floor, example.operation, example.image)
both.save("floor_and_ceil.gif")
both
