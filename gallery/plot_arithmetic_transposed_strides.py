"""
Transposed strides: zeros in between
====================================

The transposed convolution of one with strides 2 doubles the size, more or less: zeros are put between the cells of the
input, and a window with strides 1 moves over what comes of it. Most products are products with these zeros, which is why
nobody computes it that way; as a picture it is right. These are the three animations of the conv_arithmetic set.
"""

import numpy as np

import convviz as cv

for name in ["no_padding_strides", "padding_strides", "padding_strides_odd"]:
    example = cv.examples.get(f"{name}_transposed")
    trace = example.trace()
    assert (trace.output == example.answer).all()
    print(f"{example.title:52}  {trace.geometry.formula()}")
    trace.save(f"{example.name}.gif")

# %%
# What the picture says, in numbers: spread the cells, put zeros around them, turn the kernel.

spread = np.zeros((8, 8), int)
spread[1:6:2, 1:6:2] = example.image
assert (cv.conv2d(spread, example.operation.kernel, flip_kernel=True) == trace.output).all()

# %%
# The last animation: the row and the column of zeros more at the bottom and right are the output padding.

trace
