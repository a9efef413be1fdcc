"""
Strides skip places
===================

With strides 2 the kernel moves on by two cells instead of one, to the right and down. The feature map gets about half
as high and wide, and the work is about a quarter. As on the lecture's slides, here on the 5×5 corner of the image.
"""

import numpy as np

import convviz as cv

kernel = cv.examples.lecture_6x6.operation.kernel
image = cv.examples.lecture_5x5_strides_2.image
one, two = cv.Convolution(kernel), cv.Convolution(kernel, strides=2)
print(one.geometry((5, 5)).formula(), "and", two.geometry((5, 5)).formula())

# %%
# Nothing new is computed: the numbers that remain are every second one of the feature map with strides 1.

assert np.array_equal(two(image), one(image)[::2, ::2])

# %%
# Side by side, a step is a place of the window; where strides 2 skip it, the right side waits.

both = cv.compare(one, two, image)
both.save("lecture_strides.gif", seconds=0.8)
both
