"""
What translation does to a feature map
======================================

A kernel looks for its pattern at every place with the same weights. So where the image moves, the feature map moves with
it and is otherwise the same. Pooling makes it matter less where exactly something stands.
"""

import matplotlib.pyplot as plt
import numpy as np

import convviz as cv

image = np.zeros((16, 16), int)
image[3:8, 5] = image[5, 3:8] = 1  # a cross
kernel = [[-1, 2, -1], [2, 2, 2], [-1, 2, -1]]  # looks for the middle of one
still = np.maximum(cv.conv2d(image, kernel, padding="same"), 0)
moves = {"as it was": (0, 0), "one column to the right": (0, 1), "4 rows down, 6 columns right": (4, 6)}

# %%
# After a small move max pooling gives the same wherever the maximum stays in its window, and its neighbour's number where
# not: the 10 stays, 4 and 2 change sides. Only the maximum of the whole map does not depend on the place at all.

figure, axes = plt.subplots(3, 3, figsize=(9.3, 9), layout="constrained")
for (name, move), column in zip(moves.items(), axes.T, strict=True):
    moved = np.roll(image, move, axis=(0, 1))
    found = np.maximum(cv.conv2d(moved, kernel, padding="same"), 0)
    assert np.array_equal(found, np.roll(still, move, axis=(0, 1)))
    assert cv.global_max_pool2d(found) == cv.global_max_pool2d(still)
    for place, picture in zip(column, (moved, found, cv.max_pool2d(found, 4)), strict=True):
        place.imshow(picture, cmap="Blues", vmin=0, vmax=1.4 * picture.max())
        place.set(xticks=[], yticks=[])
    column[0].set_title(name)
    for (row, across), value in np.ndenumerate(picture):
        colour = "white" if value > 5 else "black"
        column[2].text(across, row, value, ha="center", va="center", fontsize=13, color=colour)
for place, name in zip(axes[:, 0], ("image", "feature map", "max pooling 4×4"), strict=True):
    place.set_ylabel(name, fontsize=12)
