"""
Three colour channels become one map
====================================

A kernel for a colour image has three layers of weights, one for each channel. The products of all three are added, and
then the bias: a filter makes one feature map, not three.
"""

import convviz as cv

example = cv.examples.channels
image, conv = example.image, example.operation
trace = example.trace()
print(f"image {image.shape}, kernel {conv.kernel.shape}, feature map {trace.output.shape}")

# %%
# One after the other, the channels give three maps. Their sum and the bias are the feature map.

red, green, blue = (cv.conv2d(image[:, :, channel], conv.kernel[:, :, channel, 0]) for channel in range(3))
assert (trace.output[:, :, 0] == red + green + blue + conv.bias).all()
print(red, green, blue, sep="\n")

# %%
# At each step 27 products, a sum for each channel, and the sum of these sums and the bias.

trace.save("channels.gif", seconds=2)
trace
