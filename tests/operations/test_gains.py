"""Which images in main memory are worth a GPU, decided without one."""

import numpy as np
import pytest

import convviz as cv
from convviz.operations.devices import gains


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "uint8"])
@pytest.mark.parametrize("side", [8, 512])
def test_only_large_images_of_single_precision_gain(dtype, side):
    kernel = np.ones((3, 3, 16, 64), "float32" if dtype == "float32" else "float64")
    image = np.ones((side, side, 16), dtype)
    assert gains(cv.Convolution(kernel), image, "channels_last") == (dtype == "float32" and side == 512)
