"""Every launch of the kernels that work on single cells compiles for the arguments it really has."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

import test_launches

from convviz.kernels.cpu.activations import ACTIVATIONS
from convviz.kernels.cuda import activations, batches, dropout, elementwise, launch

if launch.SIMULATED:
    pytest.skip("for the compiler, not for numba's simulator", allow_module_level=True)

from signatures import SIGNATURES

launches, no_gpu, on_gpu = test_launches.launches, test_launches.no_gpu, test_launches.on_gpu
DTYPES = [np.float32, np.float64]
KEY = 0x01234567, 0xFEDCBA98


@pytest.fixture(autouse=True)
def beginnings(monkeypatch):
    """Arrays without memory begin where four cells can be moved at once."""
    monkeypatch.setattr(elementwise, "aligned", lambda array: True)


def check(launches, dtype, family=None):
    """No float64 in kernels of float32, and their arguments are those of which test_ptx knows the registers."""
    test_launches.check(launches, dtype, *launches.names())
    for kernel, kinds in launches.seen:
        name = f"{kernel.function.__module__.rpartition('.')[2]}.{family or kernel.function.__name__}"
        assert dtype != np.float32 or kinds == SIGNATURES[name]


@pytest.mark.parametrize("dtype", DTYPES)
def test_activations(launches, dtype):
    for name in ACTIVATIONS:
        x, y = on_gpu(2, 3, 3, 5, dtype=dtype), on_gpu(2, 3, 3, 5, dtype=dtype)
        launches.seen.clear()
        activations.activate(name, x, y)
        check(launches, dtype, None if name == "linear" else "VALUES")
        assert launches.names() == ["copy_cells" if name == "linear" else f"{name}_cells"]
        launches.seen.clear()
        activations.activation_gradient(name, y, x, x)
        check(launches, dtype, "GRADIENTS")
        assert launches.names() == ([] if name == "linear" else [f"{name}_gradient_cells"])


@pytest.mark.parametrize("dtype", DTYPES)
def test_dropout(launches, dtype):
    x, clock = on_gpu(3, 7, dtype=dtype), on_gpu(3, dtype=np.int64)
    dropout.dropout(x, on_gpu(3, 7, dtype=dtype), 0.5, KEY, clock, 2)
    dropout.dropout_gradient(x, 1, KEY, clock, np.int64(2))
    dropout.relu_dropout_gradient(x, on_gpu(3, 7, dtype=dtype), 2)
    check(launches, dtype)
    assert launches.names() == ["drop_cells", "relu_dropout_cells"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_elementwise(launches, dtype):
    small, large = on_gpu(2, 3, 4, 8, dtype=dtype), on_gpu(2, 5, 5, 8, dtype=dtype)
    elementwise.accumulate(small, on_gpu(2, 3, 4, 8, dtype=dtype))
    elementwise.fill(small, 0)
    elementwise.copy(small, on_gpu(2, 3, 4, 8, dtype=dtype))
    elementwise.add_bias(small, on_gpu(8, dtype=dtype))
    elementwise.copy_channels(small, 4, on_gpu(2, 3, 4, 4, dtype=dtype), 0, 4)
    elementwise.copy_channels(small, 3, on_gpu(2, 3, 4, 1, dtype=dtype), 0, 1)
    elementwise.zero_pad(small, large, 1, 0)
    elementwise.crop(large, small, 0, 1)
    check(launches, dtype)
    every = ["add", "bias", "channel", "copy", "crop", "fill", "pad"]
    assert launches.names() == [f"{name}_cells" for name in every]


def test_whole_numbers_are_copied_too(launches):
    for dtype in np.uint8, np.int32, np.int64:
        elementwise.copy(on_gpu(9, dtype=dtype), on_gpu(9, dtype=dtype))
        elementwise.fill(on_gpu(9, dtype=dtype), 1)
    assert launches.names() == ["copy_cells"] * 3 + ["fill_cells"] * 3


def test_batches(launches):
    clock = on_gpu(3, dtype=np.int64)
    for orders in np.int32, np.int64:
        for dtype in np.uint8, np.int32, np.int64, np.float32, np.float64:
            source, order = on_gpu(9, 4, 4, 1, dtype=dtype), on_gpu(9, dtype=orders)
            batches.gather(source, order, clock, on_gpu(2, 4, 4, 1), 2)
            batches.gather(source, order, clock, on_gpu(2, 4, 4, 1, dtype=np.float64))
            if np.dtype(dtype).kind != "f":
                batches.gather(on_gpu(9, dtype=dtype), order, clock, on_gpu(2, dtype=np.int64))
    kinds = [kinds for _, kinds in launches.seen]
    assert len(kinds) == 2 * (2 * 5 + 3)
    assert SIGNATURES["batches.gather_cells"] in kinds
    for (_, (source, *_, out)), texts in launches.seen.items():
        doubles = "float64" in (str(source.dtype), str(out.dtype))
        assert any(".f64" in text for text in texts) == doubles


def test_four_cells_are_moved_at_once(launches):
    """One load and one store of 16 bytes in the code of a kernel for one array, beside those of single cells."""
    activations.activate("relu", on_gpu(8), on_gpu(8))
    for text in launches.texts():
        assert text.count("ld.global.v4.f32") == text.count("st.global.v4.f32") == 1
