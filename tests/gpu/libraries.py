"""Libraries whose arrays lie on a GPU: numba itself, PyTorch and CuPy. In a rehearsal PyTorch's lie in main memory."""

import contextlib
import warnings

import hardware
import numpy as np
import pytest

__all__ = ["LIBRARIES", "torch_in_main_memory"]


class Numba:
    """Arrays of numba-cuda."""

    def make(self, array):
        return hardware.on_gpu(array)[0]

    def numbers(self, array):
        return hardware.host(array)

    def address(self, array):
        return hardware.address(array)

    @contextlib.contextmanager
    def busy_stream(self):
        """A stream that works for a while; within, `later` copies to an array on it."""
        self.stream = hardware.stream()
        yield
        self.stream.synchronize()

    def later(self, array, values):
        array.copy_to_device(values, stream=self.stream)


class Torch:
    """Tensors of PyTorch."""

    def __init__(self):
        self.torch = pytest.importorskip("torch")
        if not hardware.REHEARSAL and not self.torch.cuda.is_available():
            pytest.skip("this PyTorch finds no GPU")
        self.device = "cpu" if hardware.REHEARSAL else "cuda"

    def make(self, array):
        return self.torch.tensor(array, device=self.device)

    def numbers(self, array):
        return array.cpu().numpy()

    def address(self, array):
        return array.data_ptr()

    @contextlib.contextmanager
    def busy_stream(self):
        if hardware.REHEARSAL:
            yield
            return
        with self.torch.cuda.stream(self.torch.cuda.Stream()):
            self.torch.cuda._sleep(200_000_000)  # clock cycles: a tenth of a second
            yield

    def later(self, array, values):
        array.copy_(self.torch.tensor(values, device=self.device))


class CuPy:
    """Arrays of CuPy."""

    def __init__(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.cupy = pytest.importorskip("cupy")

    def make(self, array):
        return self.cupy.asarray(array)

    def numbers(self, array):
        return self.cupy.asnumpy(array)

    def address(self, array):
        return array.data.ptr

    @contextlib.contextmanager
    def busy_stream(self):
        spin = self.cupy.RawKernel(
            'extern "C" __global__ void spin() { long long s = clock64(); while (clock64() - s < 200000000) {} }', "spin"
        )
        with self.cupy.cuda.Stream(non_blocking=True):
            spin((1,), (1,), ())
            yield

    def later(self, array, values):
        array[...] = self.cupy.asarray(values)


#: CuPy has no part in a rehearsal, since it has no arrays outside of GPUs.
LIBRARIES = {"numba": Numba, "torch": Torch} | ({} if hardware.REHEARSAL else {"cupy": CuPy})


def torch_in_main_memory(patch):
    """Let PyTorch's tensors in main memory pass for such on a GPU, where nothing else can: in a rehearsal."""
    import torch

    from convviz.kernels.cuda import arrays
    from convviz.kernels.cuda.launch import cuda
    from convviz.operations import devices

    on_gpu, take, give = devices.on_gpu, arrays.take, arrays.give
    kind = type(cuda.to_device(np.zeros(1)))

    def taken(value, name="image"):
        if not isinstance(value, torch.Tensor):
            return take(value, name)
        array = value.numpy()
        arrays.require_numbers(array.shape, array.dtype, name)
        return kind(array)

    def given(array, owner):
        return torch.from_numpy(array._ary) if isinstance(owner, torch.Tensor) else give(array, owner)

    patch.setattr(devices, "on_gpu", lambda value: isinstance(value, torch.Tensor) or on_gpu(value))
    patch.setattr(arrays, "take", taken)
    patch.setattr(arrays, "give", given)
