"""
The receptive field grows from layer to layer
=============================================

A unit of the first layer sees 3×3 pixels. A unit of the second sees 3×3 units of the first, and through them 5×5 pixels.
Pooling doubles the distance between units, so that every layer after it adds twice as much.
"""

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from convviz.nn import Conv2D, MaxPooling2D, Sequential, datasets, inspection

conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
model = Sequential(
    [
        Conv2D(8, **conv, input_shape=(28, 28, 1)),
        Conv2D(8, **conv),
        MaxPooling2D(2),
        Conv2D(16, **conv),
        Conv2D(16, **conv),
        MaxPooling2D(2),
    ]
)

# %%
# For each layer, what the unit in the middle of its feature map sees. The sum above it: what a unit of the layer before
# sees, and the other cells of the window, as many pixels apart as units stand.

image = datasets.shapes(4, seed=14)[0][0]
size, apart = 1, 1
figure, axes = plt.subplots(2, 3, figsize=(11, 8), layout="constrained")
for layer, place in zip(model.layers, axes.flat, strict=True):
    rows, middle = layer.windows(layer.input_shape).rows, layer.output_shape[1] // 2
    top, left, bottom, right = inspection.receptive_field(model, layer, middle, middle)
    assert bottom - top == size + (rows.window - 1) * apart
    place.set_title(f"{layer.name}: {size} + {rows.window - 1}·{apart} = {bottom - top}")
    size, apart = bottom - top, apart * rows.stride
    place.imshow(image, cmap="gray", extent=(0, 28, 28, 0))
    place.add_patch(Rectangle((left, top), size, size, facecolor="#ffb00040", edgecolor="#ffb000", linewidth=3))
    place.set(xticks=[], yticks=[])
