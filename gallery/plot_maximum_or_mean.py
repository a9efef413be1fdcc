"""
Why the maximum keeps what the mean blurs
=========================================

A feature map says how strongly a pattern was found at every place. What a network wants to know after pooling is whether
it was found at all. The maximum says so; the mean cannot tell one strong answer from many weak ones.
"""

import matplotlib.pyplot as plt
import numpy as np

import convviz as cv

found = np.zeros((4, 8), int)
found[1, 2] = 16  # the left window: the pattern, once
found[:, 4:] = 1  # the right window: a faint trace of it everywhere
both = cv.compare(cv.MaxPooling(4), cv.AveragePooling(4), found)
print("maximum", both.left.output, "mean", both.right.output)
both

# %%
# The edges of a photograph are such answers: strong and thin. Pooled 4×4, the maximum keeps them, the mean makes them
# grey. All three pictures have the same scale.

photograph = cv.examples.photograph()[60:318, 130:388]
edges = np.abs(cv.conv2d(photograph, cv.examples.kernel("sobel_x")))
pictures = {"edges": edges}
pictures |= {"max pooling 4×4": cv.max_pool2d(edges, 4), "average pooling 4×4": cv.avg_pool2d(edges, 4)}
figure, axes = plt.subplots(1, 3, figsize=(12, 4.4), layout="constrained")
for (name, picture), place in zip(pictures.items(), axes, strict=True):
    place.imshow(picture, cmap="gray", vmin=0, vmax=600)
    place.set_title(f"{name}: {picture.shape[0]}×{picture.shape[1]}, mean {picture.mean():.0f}")
    place.set_axis_off()
