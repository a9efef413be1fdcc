"""
What output padding is for
==========================

With strides 2, a 5×5 image and a 6×6 image both give 3×3. The way back from 3×3 is therefore not clear: the transposed
convolution gives 5×5, and with ``output_padding=1`` one row and one column more.
"""

import convviz as cv

example = cv.examples.padding_strides_odd_transposed
kernel = example.operation.kernel
for size in (5, 6):
    print(size, "→", cv.Convolution(kernel, strides=2, padding=1).geometry((size, size)).formula())
back = [cv.TransposedConvolution(kernel, strides=2, padding=1, output_padding=extra) for extra in (0, 1)]

# %%
# These are no zeros that are put around the result: they are cells that the stamps of the kernel reach anyway, and that
# would otherwise be cut off. The cells that both results have are the same.

small, large = (operation(example.image) for operation in back)
assert (large[:5, :5] == small).all() and (large == example.answer).all()
print(large)

# %%
# Side by side, in the order of the result.

both = cv.compare(*back, example.image)
both.save("output_padding_0_and_1.gif")
both
