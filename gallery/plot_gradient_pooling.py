"""
Max pooling hands the gradient to the winner
============================================

Only the largest cell of a window decides what max pooling gives, so it alone gets the gradient that comes back; the others
get 0. Where windows overlap, a cell that wins twice gets the sum. Of equal cells the first one wins.
"""

import numpy as np

import convviz as cv
from convviz.render.figure import figure
from convviz.scene import Grid, Moment, Scene, Stage, Text

image = np.array([[1, 7, 2, 6, 3], [5, 0, 4, 10, 8], [9, 12, 20, 11, 14], [13, 23, 15, 16, 21], [17, 22, 18, 24, 19]])
gradient = np.array([[3, 1], [-2, 5]])     # of the loss, for each cell of the 2×2 result
pool = cv.MaxPooling(3, strides=2)
pool.trace(image)

# %%
# The place of each winner is kept on the way forward. On the way back, 20 gets 3 + 1: it won in both upper windows.
# To the test: raise each cell by a little, here ½, and see by how much the loss rises.

largest, winners = pool.with_argmax(image)
back = np.zeros(image.shape, int)
np.add.at(back.reshape(-1), winners, gradient)
raised = [(gradient * (pool(image + unit) - largest)).sum() for unit in np.eye(25).reshape(25, 5, 5) / 2]
assert np.array_equal(back, np.reshape(raised, (5, 5)) / 0.5)


def grid(title, x, numbers, marked, role):
    """Numbers as convviz draws them, some of them marked."""
    texts = tuple(tuple(str(number).replace("-", "−") for number in row) for row in numbers)
    roles = tuple(tuple(role if mark else "cell" for mark in row) for row in marked)
    return Grid(title, title, x, 4 - len(numbers) / 2, 1, *numbers.shape, texts, roles)


grids = grid("winners", 1, image, back, "winner"), grid("gradient", 8, gradient, gradient != 0, "product")
grids += (grid("handed back", 12, back, back, "current"), )
figure(Scene(Stage(18, 7.5, grids, (Text("arrow", 11, 4, "→", 0.7, "middle"), ), (), 1, "max pooling, backward"), Moment(0)))
