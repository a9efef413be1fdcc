"""
Cells that no window reads
==========================

Where the strides are larger than the kernel, cells are left out between the windows; where the size does not divide, at
the end as well. Whatever stands there, the feature map is the same. A picture marks these cells by hatching.
"""

import numpy as np

import convviz as cv

example = cv.examples.uncovered_cells
trace = example.trace()
rows, columns = trace.geometry.unreached()
print("rows", list(rows), "and columns", list(columns), "are read by no window")
trace.save("uncovered_cells.gif")
trace

# %%
# Other numbers in these rows and columns change nothing.

other = example.image.copy()
other[list(rows)], other[:, list(columns)] = 99, 99
assert (example.operation(other) == trace.output).all()

# %%
# A more usual case: the lecture's kernel with strides 2 misses the last row and column of 6×6. Padding reaches them.

kernel = cv.examples.lecture_6x6.operation.kernel
for padding in ("valid", "same"):
    missed = cv.Convolution(kernel, strides=2, padding=padding).geometry((6, 6)).unreached()
    print(f"{padding}: {np.prod([6 - len(axis) for axis in missed])} of 36 cells are read")
cv.Convolution(kernel, strides=2).trace(example.image).figure(3)
