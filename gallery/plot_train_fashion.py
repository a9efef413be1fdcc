"""
The lecture's four networks on Fashion-MNIST
============================================

Images of clothing in ten classes. The lecture trained each network for 50 epochs on 48,000 images; the fourth was best.
Here it is 3 epochs on 1,000 images, which take seconds, and the order is another: what is deeper needs more training.
"""

import matplotlib.pyplot as plt

from convviz.nn import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D, Sequential, datasets, set_random_seed

conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
networks = {
    "conv32": [Conv2D(32, **conv)],
    "conv32 conv64": [Conv2D(32, **conv), Conv2D(64, **conv)],
    "conv32 conv64 pool": [Conv2D(32, **conv), Conv2D(64, **conv), MaxPooling2D(2)],
    "… conv64 conv128 pool": [Conv2D(32, **conv), Conv2D(64, **conv), MaxPooling2D(2), Dropout(0.5),
                              Conv2D(64, **conv), Conv2D(128, **conv), MaxPooling2D(2), Dropout(0.5)],
}
figure, place = plt.subplots(figsize=(10, 5), layout="constrained")
try:
    (x, y), (new, answers) = datasets.fashion_mnist.load_data()     # downloads 30 MB where they are not at hand
    place.plot([0.9032, 0.9117, 0.9247, 0.9290], "D", color="#d55e00", label="published: 48,000 images, 50 epochs")
except FileNotFoundError:
    print("Fashion-MNIST is not at hand. These are trained on datasets.shapes: compare nothing with the lecture.")
    x, y = datasets.shapes(2000, seed=1)
    x, y, new, answers = 255 * x[:1000], y[:1000], 255 * x[1000:], y[1000:]
right = {}
for name, layers in networks.items():
    set_random_seed(1)
    model = Sequential([Input((28, 28, 1)), *layers, Flatten(), Dropout(0.5), Dense(10, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:1000] / 255, y[:1000], epochs=3, batch_size=64, verbose=0)
    label = f"{name}\n{model.count_params():,} parameters"
    right[label] = model.evaluate(new[:1000] / 255, answers[:1000], verbose=0)[1]
place.plot(list(right.values()), "o", color="#0072b2", label="this run: 1,000 images, 3 epochs")
place.set(xticks=range(4), xticklabels=right, ylabel="accuracy on test images", xlim=(-0.5, 3.5), ylim=(0.5, 1))
place.legend(frameon=False)
place.grid(axis="y", color="#e0e0e0")
