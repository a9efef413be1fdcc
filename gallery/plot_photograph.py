"""
A photograph under different kernels
====================================

A few numbers decide what a convolution does to a picture: blur it, sharpen it, or show where it changes from left to
right. A network is not given such kernels; it finds its own.
"""

import matplotlib.pyplot as plt
import numpy as np

import convviz as cv

photograph = cv.examples.photograph()[60:300, 130:370]
names = ["identity", "blur", "gaussian_5", "sharpen", "edge_8", "sobel_x", "sobel_y", "emboss"]

# %%
# Weights that sum to 1 keep the brightness. Weights that sum to 0 answer 0 wherever nothing changes, which is drawn grey;
# a rise is brighter, a fall darker.

figure, axes = plt.subplots(2, 4, figsize=(12, 6.8), layout="constrained")
for name, place in zip(names, axes.flat, strict=True):
    kernel = cv.examples.kernel(name)
    picture = cv.conv2d(photograph, kernel, padding="same")
    low, high = (0, 255) if kernel.sum() > 0.5 else np.abs(picture).max() * np.array([-0.5, 0.5])
    place.imshow(picture, cmap="gray", vmin=low, vmax=high)
    place.set_title(f"{name}\n{cv.examples.kernel_titles()[name]}", fontsize=10)
    place.set_axis_off()

# %%
# One pixel of it, where the mouth ends: the window enlarged, its products with the kernel, and their sum.

trace = cv.Convolution(cv.examples.kernel("sobel_y"), padding="same").trace(photograph)
trace.figure(trace.index_of(221, 135))
