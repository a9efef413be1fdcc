"""
"same" with strides pads one side more
======================================

For a 6×6 image and strides 2, ``padding="same"`` promises 6/2 = 3 rows and columns. One row and one column are missing for
that, and they cannot be halved: Keras and TensorFlow put them at the bottom and right.
"""

import convviz as cv

example = cv.examples.same_padding_strides
trace = example.trace()
assert (trace.output == example.answer).all()
print(trace.geometry.formula())

# %%
# PyTorch refuses "same" with strides. What is written there instead, ``padding=1``, has the same size, but its windows
# stand one cell further up and left: they read other cells, and give other numbers.

both_sides = cv.Convolution(example.operation.kernel, strides=2, padding=1)
print(trace.output, both_sides(example.image), sep="\n")

# %%
# To get Keras's numbers in PyTorch, pad first: ``torch.nn.functional.pad(x, (0, 1, 0, 1))``, that is left, right, top, bottom.

pads = cv.Convolution(example.operation.kernel, strides=2, padding=((0, 1), (0, 1)))
assert (pads(example.image) == trace.output).all()
trace.save("same_padding_strides.gif")
trace
