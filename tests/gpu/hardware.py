"""What the tests of this folder do with a GPU, and what plays it in a rehearsal."""

import os

import numpy as np

from convviz.kernels.cuda import device

#: Whether the tests are rehearsed in numba's simulator.
REHEARSAL = os.environ.get("CONVVIZ_GPU_REHEARSAL") == "1"
#: Whether compute-sanitizer runs the tests.
SANITIZE = os.environ.get("CONVVIZ_GPU_SANITIZE") == "1"

__all__ = [
    "REHEARSAL",
    "SANITIZE",
    "Graph",
    "address",
    "bits",
    "host",
    "integers",
    "normal",
    "on_gpu",
    "rounded",
    "scaled",
    "stream",
    "synchronize",
    "unaligned",
    "unknown",
]


def scaled(real, small, tiny):
    """What is used on a GPU, under compute-sanitizer, and in a rehearsal."""
    return tiny if REHEARSAL else small if SANITIZE else real


# ---------------------------------------------------------------- arrays


def integers(seed):
    """``draw(*shape, dtype=…)``: random whole numbers of −3 … 3."""
    generator = np.random.default_rng(seed)

    def draw(*shape, dtype=np.float32):
        return generator.integers(-3, 4, shape).astype(dtype)

    return draw


def normal(seed):
    """``draw(*shape, dtype=…)``: random numbers of the normal distribution."""
    generator = np.random.default_rng(seed)

    def draw(*shape, dtype=np.float32):
        return generator.standard_normal(shape, np.float32).astype(dtype)

    return draw


def on_gpu(*values):
    """Copies on the GPU."""
    from convviz.kernels.cuda import arrays

    return [arrays.to_gpu(value, "a test's array") for value in values]


def unknown(*shape, dtype=np.float32):
    """An array on the GPU that holds what no result holds."""
    return on_gpu(np.full(shape, 12345, dtype))[0]


def unaligned(value):
    """A copy on the GPU that begins four bytes after a multiple of 16."""
    from convviz.kernels.cuda import arrays

    flat = arrays.to_gpu(np.concatenate([np.zeros(1, value.dtype), value.ravel()]), "a test's array")
    return flat[1:].reshape(value.shape)


def host(array):
    """The numbers of an array on the GPU."""
    return array.copy_to_host()


def bits(array):
    """The bytes of an array on the GPU."""
    return np.ascontiguousarray(host(array)).tobytes()


def address(array):
    """Where an array of numba's begins."""
    return array._ary.ctypes.data if device.simulated() else int(array.device_ctypes_pointer.value)


def rounded(array):
    """float32 with the 10 bits after the point that tensor cores read, ties away from 0."""
    return ((array.view(np.uint32) + 0x1000) & 0xFFFFE000).view(np.float32)


# ---------------------------------------------------------------- streams and graphs


def stream():
    """A new stream of numba's."""
    from convviz.kernels.cuda.launch import cuda

    return cuda.stream()


def synchronize():
    """Wait for the GPU."""
    from convviz.kernels.cuda.launch import cuda

    cuda.synchronize()


class Graph:
    """What ``call()`` launches on a stream, captured once; `replay` runs that again and waits.

    In a rehearsal the launches are noted and made again, with the same arguments, as a graph does it.
    """

    def __init__(self, stream, call):
        from convviz.kernels.cuda import graphs, launch

        self.stream = stream
        if REHEARSAL:
            with launch.recorded() as self.calls:
                call()
        else:
            self.graph = graphs.captured(call, stream)

    def replay(self):
        if REHEARSAL:
            for call in self.calls:
                call.kernel(call.blocks, *call.arguments, threads=call.threads)
        else:
            self.graph(self.stream)
            self.stream.synchronize()
