"""``precision="tf32"`` where no GPU takes part: what is refused, and what "auto" makes of it."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import convviz as cv
from convviz.kernels.cuda import device
from convviz.operations import devices

IMAGE = np.arange(9, dtype=np.float32).reshape(3, 3)
KERNEL = np.ones((2, 2), np.float32)
CALLS = {
    "conv2d": lambda image, kernel, **more: cv.conv2d(image, kernel, **more),
    "conv2d_transpose": lambda image, kernel, **more: cv.conv2d_transpose(image, kernel, **more),
    "Convolution": lambda image, kernel, **more: cv.Convolution(kernel)(image, **more),
    "TransposedConvolution": lambda image, kernel, **more: cv.TransposedConvolution(kernel)(image, **more),
}

every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@every_call
def test_the_cpu_refuses(call):
    for more in ({}, {"device": "cpu"}):
        with pytest.raises(ValueError, match="'tf32' is for the tensor cores of an NVIDIA GPU, but device is 'cpu'"):
            call(IMAGE, KERNEL, precision="tf32", **more)


@every_call
def test_unknown_precisions_are_named(call):
    for device_name in ("cpu", "cuda", "auto"):
        with pytest.raises(ValueError, match="precision is 'float16'; expected 'float32' or 'tf32'"):
            call(IMAGE, KERNEL, precision="float16", device=device_name)


@every_call
def test_float32_is_what_there_is_without_a_word(call):
    assert np.array_equal(call(IMAGE, KERNEL, precision="float32"), call(IMAGE, KERNEL))


@every_call
def test_auto_on_the_cpu_computes_float32_in_full(call, monkeypatch):
    """The product of numbers with 24 bits, of which TF32 would keep 11."""
    monkeypatch.setattr(device, "probe", lambda process: "there is none")
    image = np.full((3, 3), 1 + 2**-20, np.float32)
    found = call(image, KERNEL, precision="tf32", device="auto")
    assert found.dtype == np.float32
    assert np.array_equal(found, call(image, KERNEL))
    assert found.max() == 4 * (1 + 2**-20)


@pytest.mark.parametrize("kind", [cv.Convolution, cv.TransposedConvolution])
@pytest.mark.parametrize(
    ("device_name", "cores", "precision"),
    [("cuda", True, "tf32"), ("cuda", False, "tf32"), ("auto", True, "tf32"), ("auto", False, "float32")],
)
def test_auto_computes_in_full_on_a_gpu_without_tensor_cores(kind, device_name, cores, precision, monkeypatch):
    """With "cuda" the kernels refuse instead."""
    kernels = SimpleNamespace(tensor_cores=lambda: cores)
    monkeypatch.setattr(devices, "goes_to_gpu", lambda *settings: True)
    monkeypatch.setattr(devices, "compute_on_gpu", lambda operation, image, layout, compute: [compute(image, kernels)])
    monkeypatch.setattr(kind, "_compute", lambda self, batch, kernels, precision: precision)
    assert kind(KERNEL)(IMAGE, device=device_name, precision="tf32") == precision


@every_call
@pytest.mark.parametrize(
    ("image", "kernel", "kind"),
    [
        (IMAGE.astype(np.float64), KERNEL, "float64"),
        (IMAGE, KERNEL.astype(np.float64), "float64"),
        (IMAGE.astype(np.int64), KERNEL.astype(np.int32), "int64"),
        ([[1, 2], [3, 4]], [[1.5, 2], [0, 1]], "float64"),
        ([[Fraction(1, 3), 1]], [[1]], "exact numbers"),
    ],
)
def test_other_numbers_than_float32_are_refused(call, image, kernel, kind):
    """As on a GPU, so that what runs on one machine runs on the next."""
    with pytest.raises(TypeError, match=f"'tf32' rounds float32, but this convolution is computed in {kind}: give image"):
        call(image, kernel, precision="tf32", device="auto")


def test_a_gpu_that_is_missing_is_what_is_said_first(monkeypatch):
    monkeypatch.setattr(device, "probe", lambda process: device.DRIVER)
    with pytest.raises(RuntimeError, match="device='cuda' needs an NVIDIA GPU that runs kernels, but no NVIDIA driver"):
        cv.conv2d(IMAGE, KERNEL, device="cuda", precision="tf32")


def test_poolings_multiply_nothing_and_have_no_precision():
    with pytest.raises(TypeError, match="precision"):
        cv.max_pool2d(IMAGE, precision="tf32")
