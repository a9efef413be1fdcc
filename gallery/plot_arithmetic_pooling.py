"""
Pooling in numbers
==================

A pooling has windows like a convolution but no weights: it takes the mean of a window, or its largest cell. These are the
two numeric poolings of Dumoulin and Visin's guide, 3×3 windows with strides 1.
"""

import numpy as np

import convviz as cv

mean, maximum = cv.examples.numerical_average_pooling, cv.examples.numerical_max_pooling
mean.trace().save("numerical_average_pooling.gif")
maximum.trace().save("numerical_max_pooling.gif")
print(np.rint(mean.answer * 9).astype(int), "ninths")

# %%
# The mean is a convolution whose nine weights are all 1/9. The maximum is none: that of a sum is not the sum of maxima.

assert np.allclose(cv.conv2d(mean.image, np.full((3, 3), 1 / 9)), mean.answer)
turned = np.rot90(maximum.image)
apart = maximum.operation(maximum.image) + maximum.operation(turned)
assert (maximum.operation(maximum.image + turned) != apart).any()

# %%
# Side by side: eight of the nine maxima are 3, the largest number of the image; no mean is larger than 16/9.

assert (maximum.answer == 3).sum() == 8 and np.isclose(mean.answer.max(), 16 / 9)
cv.compare(maximum.operation, mean.operation, mean.image)
