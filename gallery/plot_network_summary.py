"""
A network's layers, shapes and parameters
=========================================

The third network of the lecture: two convolutions, max pooling and a dense layer. Between layers go feature maps of
rows × columns × channels. Padding "same" keeps rows and columns; pooling halves them; every filter makes a channel.
"""

import convviz as cv
from convviz.nn import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Sequential

conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
model = Sequential(
    [
        Conv2D(32, **conv, input_shape=(28, 28, 1)),
        Conv2D(64, **conv),
        MaxPooling2D(2),
        Flatten(),
        Dropout(0.5),
        Dense(10, activation="softmax"),
    ],
    name="the lecture's third network",
)
model.summary()

# %%
# The parameters by hand: a filter has a weight for each cell of its window in every channel that it reads, and a bias.
# A unit of a dense layer has a weight for each number that it reads, and a bias. Pooling and dropout have none.

first, second = (3 * 3 * 1 + 1) * 32, (3 * 3 * 32 + 1) * 64
dense = (14 * 14 * 64 + 1) * 10
print(f"{first:,} + {second:,} + {dense:,} = {first + second + dense:,}")
assert [layer.count_params() for layer in model.layers] == [first, second, 0, 0, 0, dense]
assert model.count_params() == cv.examples.get("lecture_network_3").answer

# %%
# The same as a drawing: at the right of each box, what the layer gives and how many parameters it has.

model.plot()
