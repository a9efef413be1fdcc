"""All that convviz uses of numba-cuda beyond what its documentation promises; tests/cuda/test_numba_cuda_private.py tests each.

Where a new version of numba-cuda changes one of these, this is the file to change.
"""

import contextlib
import os
import warnings

import numpy as np

# small grids are what small images need
os.environ.setdefault("NUMBA_CUDA_LOW_OCCUPANCY_WARNINGS", "0")


def load_numba_cuda():
    """``numba.cuda``. The package up to 0.30 asks numpy for a name that is gone since 2.5."""
    missing = not hasattr(np, "row_stack")
    if missing:
        np.row_stack = np.vstack
    try:
        from numba import cuda

        if not cuda.config.ENABLE_CUDASIM:
            import numba.cuda.np.arrayobj  # noqa: F401
    finally:
        if missing:
            del np.row_stack
    return cuda


cuda = load_numba_cuda()

__all__ = [
    "EXTENSIONS",
    "SIMULATED",
    "compile_ptx",
    "cuda",
    "direct_arguments",
    "dumps",
    "enable_caching",
    "view_of",
    "without_performance_warnings",
]

#: Whether kernels run in numba's simulator.
SIMULATED = bool(cuda.config.ENABLE_CUDASIM)


# ---------------------------------------------------------------- arguments of a launch


if not SIMULATED:
    from numba.cuda.args import ArgHint
    from numba.cuda.cudadrv.devicearray import DeviceNDArray

    # classes of this module, since they are saved on disk with what is compiled

    class Ready(ArgHint):
        """An array that is on the GPU."""

        def to_device(self, retr, stream=0):
            """Nothing is copied."""
            return self.value._strided_memory_view_shim

    class Direct:
        """Hands arrays on the GPU to kernels. Numba imports names again for each, which is most of what a launch takes."""

        def prepare_args(self, kind, value, stream, retr):
            """The type and the value of an argument."""
            return kind, Ready(value) if isinstance(value, DeviceNDArray) else value


def direct_arguments():
    """What numba asks about every argument of a launch; nothing where arrays do not have what is taken here."""
    return [] if SIMULATED or not hasattr(DeviceNDArray, "_strided_memory_view_shim") else [Direct()]


#: What kernels are launched with.
EXTENSIONS = direct_arguments()


@contextlib.contextmanager
def without_performance_warnings():
    """Let numba not warn of small grids."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cuda.core.errors.NumbaPerformanceWarning)
        yield


# ---------------------------------------------------------------- arrays


def view_of(array, shape, strides):
    """The memory of a device array with other axes; strides in bytes."""
    if SIMULATED:
        return type(array)(np.lib.stride_tricks.as_strided(array._ary, shape, strides))
    return type(array)(shape=shape, strides=strides, dtype=array.dtype, gpu_data=array.gpu_data, stream=array.stream)


# ---------------------------------------------------------------- compiling


def compile_ptx(function, signature, cc, launch_bounds):
    """The PTX of a kernel's function for a compute capability, without a GPU."""
    from numba.cuda import dispatcher

    class Device:
        compute_capability = cc

    before = dispatcher.get_current_device
    # device functions are compiled for the machine's GPU as it is found there
    dispatcher.get_current_device = Device
    try:
        return cuda.compile(function, signature, device=False, abi="numba", cc=cc, launch_bounds=launch_bounds, output="ptx")[0]
    finally:
        dispatcher.get_current_device = before


def dumps(states):
    """What was compiled, as bytes."""
    from numba.cuda.serialize import dumps as numba_dumps

    return numba_dumps(states)


def enable_caching(dispatcher, known, files_in):
    """Let a dispatcher keep on disk what it compiles.

    Parameters
    ----------
    dispatcher : numba's, of a kernel
    known : function
        Stands for the dispatcher's own function in the key of the cache.
    files_in : callable
        Gives for the folder that numba chose an object with ``load(key)`` and ``save(key, states)``.

    Raises
    ------
    OSError, RuntimeError
        Where there is no file, or no folder can be written to.
    """
    from numba.cuda.dispatcher import CUDACache

    cache = CUDACache(known)
    cache._cache_file = files_in(cache.cache_path)
    dispatcher._cache = cache
