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
# Step 5 of 9 stands on the same nine cells in both: the middle of the two feature maps is the same sum.

print(trace[4].formula())
assert trace[4].formula() == cv.examples.numerical_no_padding_no_strides.trace()[4].formula()
trace
