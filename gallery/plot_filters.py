"""
A feature map for each filter
=============================

A layer has many filters. Each has a kernel of its own, is laid on the same image and makes a feature map of its own. The
maps lie behind each other as the colours of an image do: they are the channels that the next layer reads.
"""

import matplotlib.pyplot as plt
import numpy as np

import convviz as cv

names = ["sobel_x", "sobel_y", "edge"]
kernel = np.stack([cv.examples.kernel(name) for name in names], axis=-1)[:, :, np.newaxis, :]
layer = cv.Convolution(kernel)
image = np.zeros((5, 5), int)
image[1:4, 1:4] = 1
trace = layer.trace(image)
print(f"image {image.shape}, kernel {kernel.shape}, feature maps {trace.output.shape}")
trace

# %%
# The same layer on a photograph gives 3 maps. A next layer with 4 filters reads all of them, so its kernel has 3 layers of
# weights for each of the 4.

photograph = cv.examples.photograph()[60:300, 130:370]
maps = layer(photograph)
following = cv.Convolution(np.ones((3, 3, 3, 4)))
print(f"feature maps {maps.shape}, kernel {following.kernel.shape}, next feature maps {following(maps).shape}")

# %%
# The three maps. Grey is 0, brighter is more, darker is less.

figure, axes = plt.subplots(1, 4, figsize=(13, 3.5), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
axes[0].imshow(photograph, cmap="gray")
axes[0].set_title(f"image {photograph.shape}")
for number, (name, place) in enumerate(zip(names, axes[1:], strict=True)):
    most = np.abs(maps[:, :, number]).max() / 2
    place.imshow(maps[:, :, number], cmap="gray", vmin=-most, vmax=most)
    place.set_title(f"filter {number}: {name}")
