"""
Depthwise: each channel by itself
=================================

With as many groups as channels, every channel has a kernel of its own and nothing is summed over channels. A 1×1
convolution after it mixes the channels: together they need far fewer weights than a convolution that does both at once.
"""

import convviz as cv

example = cv.examples.depthwise
trace = example.trace()
assert (trace.output == example.answer).all()

# %%
# The same as three convolutions of one channel each.

for channel in range(3):
    alone = cv.conv2d(example.image[..., channel], example.operation.kernel[..., 0, channel])
    assert (alone == trace.output[..., channel]).all()

# %%
# Weights for 64 channels and 128 filters of 3×3: all at once, and depthwise followed by 1×1.

print(f"{3 * 3 * 64 * 128:,} against {3 * 3 * 64:,} + {64 * 128:,} = {3 * 3 * 64 + 64 * 128:,}")

# %%
# Steps run through the first filter, then the second, then the third; the window changes its channel with the filter.

trace.save("depthwise.gif")
trace
