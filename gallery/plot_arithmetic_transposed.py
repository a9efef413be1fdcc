"""
Transposed convolution goes back to the size
============================================

A convolution without padding turns 4×4 into 2×2; its transposed convolution turns 2×2 into 4×4. Read cell by cell of the
result, it is a convolution too: with the kernel turned by 180°, and with padding where the other one had none. These are
the four animations with strides 1 of the conv_arithmetic set.
"""

import numpy as np

import convviz as cv

for padding in ["no", "arbitrary", "same", "full"]:
    there = cv.examples.get(f"{padding}_padding_no_strides")
    back = cv.examples.get(f"{padding}_padding_no_strides_transposed")
    trace = back.trace()
    assert (trace.output == back.answer).all() and trace.output.shape == there.image.shape
    print(f"{back.title:44}  {trace.geometry.formula()}")
    trace.save(f"{back.name}.gif")

# %%
# It gives back the size, not the values: the numbers of a 5×5 image do not come back from its 7×7 feature map.

assert not np.array_equal(back.operation(there.answer), there.image)

# %%
# The more padding the convolution had, the less its transposed one needs: after full padding none at all.

trace
