"""
An image is a table of numbers
==============================

A grey image has one number for each pixel, from 0 for black to 255 for white. A colour image has three: how much red,
how much green and how much blue. These numbers are all that a convolution sees.
"""

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

import convviz as cv

grey, colour = cv.examples.photograph(), cv.examples.photograph(colour=True)
print("grey", grey.shape, "colour", colour.shape)

# %%
# The framed pixels enlarged: the pupil, with light reflected in it. Dark pixels are small numbers.

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.8), layout="constrained")
row, column, size = 182, 216, 12
left.imshow(grey[60:300, 130:370], cmap="gray", vmin=0, vmax=255, extent=(130, 370, 300, 60))
left.add_patch(Rectangle((column, row), size, size, fill=False, edgecolor="#ffb000", linewidth=3))
right.imshow(grey[row : row + size, column : column + size], cmap="gray", vmin=0, vmax=255)
for y in range(size):
    for x in range(size):
        value = grey[row + y, column + x]
        right.text(x, y, value, ha="center", va="center", color="black" if value > 110 else "white")
for place, name in ((left, "columns 130 to 369, rows 60 to 299"), (right, f"{size}×{size} pixels")):
    place.set(title=name, xticks=[], yticks=[])

# %%
# In colour there are rows × columns × 3 numbers: three grey images behind each other, which are called channels. The blue
# background is dark in the red channel and bright in the blue one.

figure, axes = plt.subplots(1, 4, figsize=(13, 4.3), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
axes[0].imshow(colour)
axes[0].set_title(f"colour: {colour.shape}")
for channel, (name, place) in enumerate(zip(("red", "green", "blue"), axes[1:], strict=True)):
    place.imshow(colour[:, :, channel], cmap="gray", vmin=0, vmax=255)
    place.set_title(f"channel {channel}, {name}: {colour.shape[:2]}")
