"""
What a network without pooling lacks
====================================

Three convolutions, with and without pooling between them. With it, a unit of the last layer sees more than six times
as many pixels, so that it can answer to a whole shape and not only to a piece of an edge. And the dense layer is left
far fewer numbers to read.
"""

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

import convviz as cv
from convviz.nn import Conv2D, Dense, Flatten, Input, MaxPooling2D, Sequential, datasets, inspection


def network(*between):
    """Three convolutions with something between them, and a dense layer."""
    layers = [Conv2D(32, 3, activation="relu")]
    for filters in (64, 64):
        layers += [*(kind(2) for kind in between), Conv2D(filters, 3, activation="relu")]
    return Sequential([Input((28, 28, 1)), *layers, Flatten(), Dense(64, "relu")])


# %%
# Framed: what the unit in the middle of the last feature map sees.

image = datasets.shapes(4, seed=14)[0][0]
figure, axes = plt.subplots(1, 2, figsize=(11, 6.8), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
for model, name, place in zip((network(), network(MaxPooling2D)), ("no pooling", "max pooling 2×2"), axes, strict=True):
    *_, last, flat, dense = model.layers
    rows, columns, filters = last.output_shape[1:]
    top, left, bottom, right = inspection.receptive_field(model, last, rows // 2, columns // 2)
    place.imshow(image, cmap="gray", extent=(0, 28, 28, 0))
    place.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor="#ffb000", linewidth=4))
    place.set_title(f"{name}: a unit sees {bottom - top}×{right - left} pixels", fontsize=14)
    place.set_xlabel(
        f"{rows}×{columns}×{filters} = {flat.output_shape[1]:,} numbers,\n"
        f"{dense.count_params():,} parameters in the dense layer",
        fontsize=13,
    )
assert flat.output_shape[1] == 576 and dense.count_params() == cv.examples.keras_network.table[-2].parameters
