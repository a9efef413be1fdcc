"""
Feature maps of a trained network
=================================

What each layer makes of one image. The first layer finds strokes and edges; the maps of later layers are smaller, and
what they answer to is put together from the maps before them.
"""

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential, datasets, plots, set_random_seed

set_random_seed(1)
x, y = datasets.shapes(4000, seed=1)
conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
model = Sequential(
    [
        Conv2D(8, **conv, input_shape=(28, 28, 1)),
        MaxPooling2D(2),
        Conv2D(16, **conv),
        MaxPooling2D(2),
        Conv2D(16, **conv),
        Flatten(),
        Dense(4, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, batch_size=32, verbose=0)

# %%
# A circle. Black is 0: what was below, relu has cut off. A filter whose map is black whatever the image is of no use.

plots.plot_feature_maps(model, x[y == 2][0])

# %%
# A corner in the same network: other maps light up in the last layer, and the dense layer decides by that.

plots.plot_feature_maps(model, x[y == 3][0])
