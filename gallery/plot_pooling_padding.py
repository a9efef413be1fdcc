"""
Padding in pooling
==================

Zeros around a feature map would be wrong in max pooling: where all values are below 0, a zero that was never there
would win. So max pooling pads with −∞, which never wins.
"""

import numpy as np

import convviz as cv

image = np.array([[-4, -2, -6, -3], [-1, -5, -2, -8], [-7, -3, -4, -1], [-2, -9, -5, -6]])
pool = cv.MaxPooling(pool_size=3, strides=2, padding=1)
print(pool(image))
print("with zeros around:", cv.max_pool2d(np.pad(image, 1), 3, strides=2).tolist())

# %%
# In the corner four of the nine cells are there.

pool.trace(image).figure(0)

# %%
# A mean has to be divided by something: by the cells of the image that the window holds, which is Keras's way, or by all
# of its cells, the zeros of the padding among them, which is PyTorch's unless told otherwise. In the corner by 4 or by 9.

mean = cv.AveragePooling(pool_size=3, strides=2, padding=1)
counted = cv.AveragePooling(pool_size=3, strides=2, padding=1, count_include_pad=True)
print(mean.trace(image)[0].formula(), counted.trace(image)[0].formula(), sep="\n")
both = cv.compare(mean, counted, image)
both.save("pooling_padding.gif", seconds=2)
both
