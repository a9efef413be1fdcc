"""
Where a large network keeps its weights
=======================================

VGG16 has 13 convolutions and 3 dense layers. The dense layers have nine in ten of its 138 million parameters, the first
of them three in four; the convolutions do nearly all of the work, since their few weights are used at every place.
"""

import matplotlib.pyplot as plt
import numpy as np

import convviz as cv

layers = [layer for layer in cv.examples.vgg16.table if layer.parameters]
parameters = [layer.parameters for layer in layers]
assert sum(parameters) == cv.examples.vgg16.answer == 138_357_544

# %%
# A convolution uses each weight once for every cell of a feature map, a dense layer once. Biases are not multiplied.

products = []
for layer in layers:
    *places, channels = layer.output_shape  # (rows, columns, filters), or (units,)
    products.append(int(np.prod(places)) * (layer.parameters - channels))
names = ["×".join(map(str, layer.output_shape)) for layer in layers]
convolutions = sum(layer.name == "Conv2D" for layer in layers)
print(f"products in convolutions {sum(products[:convolutions]):,}, in dense layers {sum(products[convolutions:]):,}")

# %%
# After every two or three convolutions pooling halves rows and columns, while channels become more, up to 512. From top to
# bottom, with the shape of what each layer gives:

figure, axes = plt.subplots(1, 2, figsize=(12, 6), layout="constrained", sharey=True)
colours = ["#0072b2"] * convolutions + ["#d55e00"] * (len(layers) - convolutions)
for place, counts, title in zip(axes, (parameters, products), ("parameters", "products for one image"), strict=True):
    bars = place.barh(range(len(layers)), np.divide(counts, 1e6), color=colours)
    labels = [f"{count / 1e6:,.0f}" if count > 1e8 else f"{count / 1e6:.3g}" for count in counts]
    place.bar_label(bars, labels, padding=3)
    place.set(title=f"{title}, in millions", xticks=[], yticks=range(len(layers)), yticklabels=names)
    place.margins(x=0.15)
    place.spines[["top", "right", "bottom"]].set_visible(False)
axes[0].invert_yaxis()
axes[0].legend([bars[0], bars[-1]], ["convolution 3×3", "dense"], frameon=False, loc="center right")
