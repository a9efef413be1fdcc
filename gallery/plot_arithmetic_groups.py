"""
Groups: a filter reads some of the channels
===========================================

Usually each filter reads all channels. With two groups, filter 0 reads the first half of the channels and filter 1 the
second: half as many weights, half as many products, and no number of one half ever meets one of the other.
"""

import numpy as np

import convviz as cv

example = cv.examples.groups
trace = example.trace()
assert (trace.output == example.answer).all()
print([f"filter {step.channel} reads channels {step.channels}" for step in trace[::9]])

# %%
# It is the usual convolution with a kernel that has zeros wherever a filter meets a channel of the other group.

kernel = example.operation.kernel  # (2, 2, 2, 2): rows, columns, channels of a group, filters
full = np.zeros((2, 2, 4, 2), int)
full[:, :, :2, 0], full[:, :, 2:, 1] = kernel[..., 0], kernel[..., 1]
assert (cv.conv2d(example.image, full) == trace.output).all()
print(f"{kernel.size} weights, not {full.size}")

# %%
# Under the four channels: the kernel for each of the two that are read, the products, and the two sums.

trace.save("groups.gif")
trace
