"""
How padding changes the size
============================

With strides 1, a kernel of k cells on i cells with p cells of padding at each end stands in i + 2p − k + 1 places. Half
padding keeps the size, full padding makes the feature map larger than the image. These are the first four animations of
the conv_arithmetic set that goes with Dumoulin and Visin's guide.
"""

import convviz as cv

names = ["no_padding_no_strides", "arbitrary_padding_no_strides", "same_padding_no_strides", "full_padding_no_strides"]
for name in names:
    example = cv.examples.get(name)
    trace = example.trace()
    assert (trace.output == example.answer).all()
    print(f"{example.title:32}  {trace.geometry.formula()}")
    trace.save(f"{name}.gif")

# %%
# Full padding is as much as makes sense: at its first place the kernel touches one cell of the image. With one more ring
# of zeros it would touch none, and the feature map would get a border of zeros.

trace
