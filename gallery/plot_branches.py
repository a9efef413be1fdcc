"""
Layers that do not stand in a row
=================================

Branches read the same feature maps, and must come together again. Either their channels are put behind each other, as in
an Inception block: then rows and columns have to agree. Or they are added cell by cell, as in the shortcuts of ResNet:
then the whole shape has to agree.
"""

from convviz.nn import Add, Concatenate, Conv2D, Dense, GlobalAveragePooling2D, Input, MaxPooling2D, Model

conv = {"padding": "same", "activation": "relu"}
image = Input((28, 28, 1), name="image")
maps = MaxPooling2D(2, name="pool")(Conv2D(32, 3, **conv, name="first")(image))

# %%
# An Inception block looks at windows of several sizes at once. The 1×1 convolutions before them have fewer filters than
# they read channels: they make the larger ones cheaper.

middle = Conv2D(32, 3, **conv, name="3×3")(Conv2D(16, 1, **conv, name="1×1 for 3×3")(maps))
wide = Conv2D(16, 5, **conv, name="5×5")(Conv2D(8, 1, **conv, name="1×1 for 5×5")(maps))
pooled = Conv2D(16, 1, **conv, name="1×1 after pool")(MaxPooling2D(3, strides=1, padding="same", name="pool 3×3")(maps))
joined = Concatenate(name="joined")([middle, wide, pooled])
print("32 + 16 + 16 channels:", joined.shape)

# %%
# A shortcut leads past a layer, which then only has to learn what to add. On the way back the gradient takes it, too, and
# reaches early layers undiminished.

added = Add(name="added")([joined, Conv2D(64, 3, **conv, name="to be added")(joined)])
answer = Dense(10, activation="softmax", name="answer")(GlobalAveragePooling2D(name="means")(added))
model = Model(image, answer, name="Branches and a shortcut")
model.plot()
