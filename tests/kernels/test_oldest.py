"""What is tested with the oldest versions: the versions are those, and models can be trained."""

import importlib.metadata
import sys

import bootstrap
import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from convviz import nn


def oldest_versions(python=None):
    """The versions of packages, by name, that a Python takes of the oldest that setup.cfg allows."""
    environment = {"python_version": python} if python else {}
    required = [Requirement(line) for line in bootstrap.oldest_versions()]
    taken = [one for one in required if one.marker is None or one.marker.evaluate(environment)]
    assert len({one.name for one in taken}) == len(taken)  # each Python takes one version of each
    return {one.name: one.specifier for one in taken}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14", "3.15"])
def test_every_python_has_one_oldest_version_of_each_package(python):
    versions = oldest_versions(python)
    wanted = {"ipywidgets", "matplotlib", "numba", "numpy", "pillow", "tqdm", "imageio-ffmpeg", "python-pptx", "h5py"}
    assert versions.keys() == wanted
    assert all(str(version).startswith("==") for version in versions.values())


def test_the_installed_versions_are_the_oldest_or_later():
    for name, oldest in oldest_versions().items():
        allowed = oldest if sys.prefix.endswith("-oldest") else SpecifierSet(str(oldest).replace("==", ">="))
        assert importlib.metadata.version(name) in allowed, (name, str(allowed))


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
