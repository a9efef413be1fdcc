"""What is tested with the oldest versions: the versions are those, and models can be trained."""

import importlib.metadata
import sys

import bootstrap
import numpy as np

from convviz import nn


def test_the_oldest_versions_are_those_of_setup_cfg():
    versions = bootstrap.oldest_versions()
    assert {line.split()[0] for line in versions} >= {"ipywidgets", "matplotlib", "numba", "numpy", "pillow", "tqdm"}
    assert all(line.split()[1] == "==" for line in versions)
    for line in versions if "-oldest" in sys.prefix else []:
        name, _, version = line.split()
        installed = importlib.metadata.version(name)
        assert (installed + ".0").startswith(version + ".") or installed.startswith(version), line


def test_a_model_learns():
    random = np.random.default_rng(1)
    x = random.standard_normal((256, 12, 12, 1)).astype("float32")
    y = (x.mean((1, 2, 3)) > 0).astype(int)
    layers = [
        nn.Conv2D(8, 3, activation="relu"),
        nn.MaxPooling2D(2),
        nn.Conv2D(8, 3, padding="same"),
        nn.Flatten(),
        nn.Dense(2),
    ]
    model = nn.Sequential([nn.Input((12, 12, 1)), *layers, nn.Activation("softmax")])
    model.compile(nn.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, verbose=0).history
    assert history["loss"][-1] < 0.3 and history["accuracy"][-1] > 0.9
