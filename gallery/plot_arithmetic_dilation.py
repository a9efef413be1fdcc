"""
Dilation: a kernel with gaps
============================

With dilation 2 the nine weights of a 3×3 kernel lie two cells apart and reach over 5×5 cells: a wider view for the same
number of weights. The window still moves one cell at a time.
"""

import numpy as np

import convviz as cv

example = cv.examples.dilation
trace = example.trace()
print(trace.geometry.formula())
trace.save("dilation.gif")
trace

# %%
# It is the convolution with a 5×5 kernel that has zeros in the gaps.

spread = np.zeros((5, 5), int)
spread[::2, ::2] = example.operation.kernel
assert (cv.conv2d(example.image, spread) == trace.output).all()

# %%
# Side by side with dilation 1: windows with the same cell in their middle.

both = cv.compare(cv.Convolution(example.operation.kernel), example.operation, example.image)
both.save("dilation_1_and_2.gif")
both
