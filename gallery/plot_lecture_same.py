"""
Padding keeps the size
======================

Without padding every convolution makes an image smaller. ``padding="same"`` puts zeros around the image, so that the
kernel can stand on every one of its cells: a 6×6 image gives a 6×6 feature map.
"""

import numpy as np

import convviz as cv

example = cv.examples.lecture_6x6_same
trace = example.trace()
print(trace.geometry.formula())
print(trace.output)

# %%
# Where the kernel does not touch the padding, nothing has changed: the middle of the map is the feature map without
# padding. At the border part of the products is 0, so the cells of the outermost ring tend to be smaller.

valid = cv.examples.lecture_6x6.answer
assert np.array_equal(trace.output[1:-1, 1:-1], valid)
ring = np.pad(np.zeros((4, 4), bool), 1, constant_values=True)
print(f"mean of the middle {valid.mean():.1f}, of the ring around it {trace.output[ring].mean():.1f}")

# %%
# In the corner only four of the nine cells belong to the image.

trace.save("lecture_same.gif", seconds=0.6)
trace
