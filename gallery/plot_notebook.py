"""
In a notebook
=============

A trace shows itself as a player that steps with the arrow keys, a comparison as two players that step together.
``cv.explore`` puts controls for everything beside the player: input, kernel, strides, padding and the rest.
"""

import convviz as cv

kernel = cv.examples.lecture_6x6.operation.kernel
both = cv.compare(cv.Convolution(kernel, padding="same"), cv.Convolution(kernel))
both

# %%
# Everything can be changed in a notebook; without one, the picture of a step is what there is to see.

cv.explore("convolution") if "get_ipython" in globals() else both.figure(14)
