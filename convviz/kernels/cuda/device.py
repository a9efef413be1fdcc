"""The GPU: whether one is there that runs kernels, what is missing if not, and how much memory it has."""

import functools
import importlib.util
import os

import numpy as np

__all__ = ["available", "described", "failed", "memory_info", "missing", "require", "simulated"]

INSTALL = "pip install 'numba-cuda>=0.30,<0.31' 'cuda-toolkit[nvjitlink,nvrtc,nvvm]==13.0.*'"
PACKAGE = f"the Python package numba-cuda is not installed; install it, and CUDA's compiler with it: {INSTALL}"
DRIVER = (
    "no NVIDIA driver was found: libcuda does not load. A computer with an NVIDIA GPU needs the driver from "
    "https://www.nvidia.com/drivers; in a container, start that with its GPUs (docker run --gpus all)"
)
NO_DEVICE = "the NVIDIA driver finds no GPU that it can use{hidden}; nvidia-smi lists those that there are"
TOOLKIT = f"CUDA's compiler library {{what}} was not found, a part of the CUDA toolkit; install it: {INSTALL}"


def missing():
    """What keeps kernels from running, as a sentence; "" if they run. Found out once in a process, by running one."""
    # a child that was forked can't go on with the GPU of its parent
    return probe(os.getpid())


@functools.lru_cache(maxsize=1)
def probe(process):
    """Answer `missing` for a process: each of these needs those before it."""
    return package_missing() or driver_missing() or compiler_missing()


def package_missing():
    """Why numba.cuda can't be loaded, or ""."""
    if importlib.util.find_spec("numba_cuda") is None:
        return PACKAGE
    try:
        from convviz.kernels.cuda import launch  # noqa: F401
    except Exception as error:  # whatever is wrong with an installation ends up here
        return f"the Python package numba-cuda does not load ({described(error)}); install it anew: {INSTALL}"
    return ""


def driver_missing():
    """Why there is no GPU to use, or ""."""
    from convviz.kernels.cuda.launch import cuda

    try:
        cuda.current_context()
    except Exception as error:
        text = str(error)
        if "cannot be found" in text or "Possible CUDA driver" in text:
            return DRIVER
        if "NO_DEVICE" in text or "INVALID_DEVICE" in text or isinstance(error, IndexError):
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            hidden = "" if visible is None else f" (the environment variable CUDA_VISIBLE_DEVICES is {visible!r})"
            return NO_DEVICE.format(hidden=hidden)
        return f"the NVIDIA driver does not work: {described(error)}"
    return ""


def compiler_missing():
    """Why not even a line compiles and runs, or ""."""
    from convviz.kernels.cuda.launch import count_up, cuda

    try:
        numbers = cuda.to_device(np.zeros(4, np.float32))
        count_up.over(numbers.size, numbers)
        found = numbers.copy_to_host()
    except Exception as error:
        text = described(error)
        library = next((name for name in ("nvvm", "nvrtc", "nvJitLink", "libdevice") if name.lower() in text.lower()), "")
        return f"{TOOLKIT.format(what=library)} ({text})" if library else f"a kernel of one line does not run: {text}"
    return "" if found.tolist() == [1, 2, 3, 4] else f"a kernel of one line gave {found.tolist()} where it should count"


def described(error):
    """An error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def failed(error):
    """Whether an error says that the driver or a kernel failed."""
    return any(kind.__name__ in ("CudaDriverError", "CUDAError", "DriverError") for kind in type(error).__mro__)


def available():
    """Whether kernels run."""
    return not missing()


def simulated():
    """Whether what runs kernels is numba's simulator: right, and very slow."""
    from convviz.kernels.cuda.launch import SIMULATED

    return SIMULATED


def require(what="device='cuda'", otherwise="device='cpu' works everywhere"):
    """Raise RuntimeError unless kernels run; the message says what is missing, how to get it, and what else would work."""
    reason = missing()
    if reason:
        raise RuntimeError(f"{what} needs an NVIDIA GPU that runs kernels, but {reason}; {otherwise}")


def memory_info():
    """Free and total bytes of the GPU's memory."""
    from convviz.kernels.cuda.launch import cuda

    info = cuda.current_context().get_memory_info()
    # numba's simulator has no end of it
    return tuple(int(min(size, 2**62)) for size in info[:2])
