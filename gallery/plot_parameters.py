"""
Parameters of dense and convolutional layers
============================================

A dense layer has a weight for every pair of an input and an output, so larger images need more of them. A convolutional
layer has the weights of its kernels, whatever the size of the image.
"""

import matplotlib.pyplot as plt

import convviz as cv
from convviz.geometry import convolution_parameters, dense_parameters

sides = 28, 224, 1024
dense = [dense_parameters(side * side, 10, bias=False) for side in sides]
kernels = [convolution_parameters(3, 1, 32, bias=False)] * 3

# %%
# For 28×28 the lecture's slides print 7850, which counts the ten biases too; the others are printed without them. In the
# lecture's networks nearly all parameters belong to the dense layer at the end. A second convolution adds 18,496, but
# doubles what the dense layer has to read; pooling makes that a quarter.

networks = [cv.examples.get(f"lecture_network_{number}") for number in (1, 2, 3)]
names = ["conv32\ndense", "conv32, conv64\ndense", "conv32, conv64, pool\ndense"]
totals = [network.answer for network in networks]
ends = [network.table[-1].parameters for network in networks]

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
for counts, colour, name in ((dense, "#d55e00", "dense, 10 units"), (kernels, "#0072b2", "32 kernels of 3×3")):
    left.plot([f"{side}×{side}" for side in sides], counts, "o-", color=colour, label=name)
    for place, count in enumerate(counts):
        left.text(place - 0.06, 1.3 * count, f"{count:,}", ha="right")
left.set(yscale="log", ylim=(100, 1e8), xlim=(-0.6, 2.3), xlabel="image", title="Weights that read an image (without biases)")
right.set(title="Parameters of the lecture's networks", xlim=(0, 620_000), ylim=(2.6, -0.6), xticks=[])
right.barh(names, totals, color="#0072b2", label="convolutions")
right.barh(names, ends, color="#d55e00", label="dense, 10 units")
left.legend(frameon=False)
right.legend(frameon=False)
for place, total in enumerate(totals):
    right.text(total, place, f" {total:,}", va="center")
