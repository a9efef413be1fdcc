"""
Discrete convolution in numbers
===============================

The two numeric examples of Dumoulin and Visin's guide: one kernel on one image, without padding, and with padding 1 and
strides 2. Each cell of the feature map is a sum of nine products that can be checked by hand.
"""

import convviz as cv

for name in ["numerical_no_padding_no_strides", "numerical_padding_strides"]:
    example = cv.examples.get(name)
    trace = example.trace()
    print(trace.output)
    trace.save(f"{name}.gif")

# %%
# Side by side: where both windows stand on the same nine cells, as in the middle of the image, the sums are the same.

first = cv.examples.numerical_no_padding_no_strides
print(trace[4].formula())
assert trace[4].formula() == first.trace()[4].formula()
cv.compare(first.operation, example.operation, first.image)
