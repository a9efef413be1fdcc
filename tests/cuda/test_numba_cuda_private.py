"""What convviz uses of numba-cuda beyond its documentation is in the installed version, and does what is needed.

No GPU is needed. That launches get the same addresses and sizes as numba's own way gives them is tested in
test_launches.py, and that files on disk are found again in test_cache.py.
"""

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import launch
from convviz.kernels.cuda import numba_cuda_private as private

if private.SIMULATED:
    pytest.skip("for the compiler, not for numba's simulator", allow_module_level=True)

import test_cache
from numba.cuda import dispatcher, types
from numba.cuda.args import ArgHint
from numba.cuda.cudadrv.devicearray import DeviceNDArray


def scale(numbers, factor):
    """A kernel's function."""
    numbers[0] *= factor


def test_numba_cuda_loads_under_a_numpy_without_row_stack(monkeypatch):
    monkeypatch.delattr(np, "row_stack", raising=False)
    assert private.load_numba_cuda() is private.cuda
    assert not hasattr(np, "row_stack")


def test_arrays_on_the_gpu_are_handed_over_as_they_are():
    (extension,) = private.EXTENSIONS
    assert hasattr(DeviceNDArray, "_strided_memory_view_shim")
    array = DeviceNDArray((2, 3), (12, 4), np.float32, gpu_data="no memory")
    kind, ready = extension.prepare_args("a type", array, 0, [])
    assert kind == "a type"
    assert isinstance(ready, ArgHint) and ready.value is array
    assert extension.prepare_args("a type", 5, 0, []) == ("a type", 5)


def test_without_that_part_numba_hands_them_over(monkeypatch):
    class Other:
        """An array of another version."""

    monkeypatch.setattr(private, "DeviceNDArray", Other)
    assert private.direct_arguments() == []


def test_views_keep_memory_and_stream():
    array = DeviceNDArray((2, 3), (12, 4), np.float32, stream=7, gpu_data="no memory")
    view = private.view_of(array, (3, 2), (4, 12))
    assert (view.shape, view.strides, view.dtype) == ((3, 2), (4, 12), np.float32)
    assert (view.gpu_data, view.stream) == ("no memory", 7)


def test_the_warning_of_small_grids_is_silenced_and_others_are_not():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with private.without_performance_warnings():
            warnings.warn(private.cuda.core.errors.NumbaPerformanceWarning("a small grid"), stacklevel=1)
            warnings.warn("something else", stacklevel=1)
    assert [str(one.message) for one in seen] == ["something else"]


def test_ptx_is_made_for_any_capability_with_no_gpu():
    signature, before = types.void(types.float32[::1], types.float32), dispatcher.get_current_device
    for cc in (8, 0), (9, 0):
        text = private.compile_ptx(scale, signature, cc, (64, 1))
        assert f".target sm_{cc[0]}{cc[1]}" in text
        assert ".maxntid 64" in text
    assert dispatcher.get_current_device is before


def test_an_error_leaves_numbas_device_as_it_was():
    before = dispatcher.get_current_device
    with pytest.raises(private.cuda.core.errors.TypingError):
        private.compile_ptx(lambda numbers: numbers.nothing(), types.void(types.float32[::1]), (8, 0), (64, 1))
    assert dispatcher.get_current_device is before


def test_what_is_dumped_is_read_by_pickle():
    assert pickle.loads(private.dumps({"a": (1, 2.5)})) == {"a": (1, 2.5)}


class Files:
    """Compiled code in memory."""

    def __init__(self, folder):
        self.folder, self.saved = folder, {}

    def load(self, key):
        return None

    def save(self, key, states):
        self.saved[key] = states


def test_what_is_compiled_goes_to_the_files_that_were_given(monkeypatch, tmp_path):
    test_cache.stand_in_for_a_gpu(monkeypatch.setattr)
    test_cache.keep_in(monkeypatch, tmp_path)
    made = private.cuda.jit(scale, **launch.TARGET)
    files = []
    private.enable_caching(made, scale, lambda folder: files.append(Files(folder)) or files[0])
    made.compile((types.float32[::1], types.float32))
    assert str(files[0].folder).startswith(str(tmp_path))
    assert len(files[0].saved) == 1
