"""
Convolution and cross-correlation
=================================

What neural networks call convolution lays the kernel on the image as it is. Mathematics turns it by 180° first, and calls
the other one cross-correlation. A network learns its weights, so that it makes no difference to it; by hand it does.
"""

import numpy as np

import convviz as cv

example = cv.examples.lecture_6x6
kernel, image = example.operation.kernel, example.image
flipped = cv.Convolution(kernel, flip_kernel=True)

# %%
# Why anyone turns it: a single 1 in an image of zeros then gives the kernel itself, otherwise the kernel turned.

impulse = np.zeros((5, 5), int)
impulse[2, 2] = 1
assert (flipped(impulse) == kernel).all()
assert (example.operation(impulse) == np.rot90(kernel, 2)).all()

# %%
# A kernel that looks the same turned by 180°, as the Laplacian does, gives the same both ways.

laplacian = cv.examples.kernel("laplacian")
assert (cv.conv2d(image, laplacian) == cv.conv2d(image, laplacian, flip_kernel=True)).all()

# %%
# Side by side on the lecture's image: the same cells, other products.

both = cv.compare(example.operation, flipped, image)
both.save("kernel_and_flipped.gif")
both
