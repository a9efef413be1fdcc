"""
Three colour channels become one map
====================================

A kernel for a colour image has three layers of weights, one for each channel. The products of all three are added, and
the bias, so that a filter makes one feature map, not three. That is why the number of maps is the number of filters.
"""

import numpy as np

import convviz as cv

red = [[0, 2, 3, 1], [4, 2, 1, 2], [2, 2, 1, 3], [1, 1, 2, 3]]
green = [[1, 0, 2, 1], [0, 3, 1, 0], [2, 1, 0, 1], [0, 2, 1, 2]]
blue = [[3, 1, 0, 0], [1, 2, 0, 1], [0, 0, 2, 2], [1, 3, 1, 0]]
image = np.stack([red, green, blue], axis=-1)
kernel = np.stack([[[1, 2, 2], [0, 0, 1], [2, 1, 1]], [[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.eye(3, dtype=int)], axis=-1)
conv = cv.Convolution(kernel[..., np.newaxis], bias=1)
trace = conv.trace(image)
print(f"image {image.shape}, kernel {conv.kernel.shape}, feature map {trace.output.shape}")

# %%
# One after the other, the channels give three maps; their sum and the bias are the feature map.

each = [cv.conv2d(image[:, :, c], kernel[:, :, c]) for c in range(3)]
assert np.array_equal(trace.output[:, :, 0], sum(each) + 1)

# %%

trace.save("channels.gif", seconds=2)
trace
