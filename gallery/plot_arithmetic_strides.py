"""
Strides: every second place
===========================

With strides 2 the window moves two cells at a time, so the feature map has about half as many rows and columns. The
formula divides by the strides and drops the remainder: inputs of 5×5 and of 6×6 give the same size. These are the three
animations with strides of the conv_arithmetic set.
"""

import convviz as cv

for name in ["no_padding_strides", "padding_strides", "padding_strides_odd"]:
    example = cv.examples.get(name)
    trace = example.trace()
    assert (trace.output == example.answer).all()
    print(f"{example.title:46}  {trace.geometry.formula()}")
    trace.save(f"{name}.gif")

# %%
# Strides 2 compute what strides 1 compute and keep every second row and column, for a quarter of the work.

dense = cv.Convolution(example.operation.kernel, padding=1)
assert (dense(example.image)[::2, ::2] == trace.output).all()

# %%
# The last animation: 6 + 2·1 − 3 = 5 is not divisible by 2, so the padding at the bottom and right is never read.

trace
