"""
Max pooling and average pooling
===============================

Pooling makes a feature map smaller: of every window one number is left, the largest or the mean. There are no weights, so
nothing is learned. Windows usually stand side by side: the strides are the pool size unless they are given.
"""

import convviz as cv

image = cv.examples.lecture_max_pooling.image
largest, mean = cv.MaxPooling(pool_size=2), cv.AveragePooling(pool_size=2)
print(largest(image))
print(mean(image))

# %%
# 16 numbers become 4. In a network, a 28×28 map becomes 14×14, and the dense layer after it needs a quarter of the weights.

for name in ("lecture_dense_28x28x64", "lecture_dense_14x14x64"):
    layer = cv.examples.get(name)
    print(f"{layer.title}: {layer.expression} = {layer.answer:,}")

# %%
# Side by side. The winner of each window is dark.

both = cv.compare(largest, mean, image)
both.save("pooling.gif", seconds=1.5)
both
