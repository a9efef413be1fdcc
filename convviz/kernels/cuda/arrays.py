"""Arrays on a GPU: taking those of others, allocating, giving back.

What offers ``__cuda_array_interface__`` (CuPy, PyTorch, numba and more) is taken without a copy if it is C-ordered and of
float32, float64 or int64. Other orders and numbers are copied once, on the GPU, by the rule of `convviz.arrays`: booleans
and integers become int64, float16 becomes float32.
"""

import functools
import sys

import numpy as np

from convviz.kernels.cuda import device, numba_cuda_private
from convviz.kernels.cuda.launch import SIMULATED, cuda

__all__ = [
    "MOST_OFFSETS",
    "aligned",
    "current_gpu",
    "empty",
    "flat",
    "give",
    "no_bias",
    "require",
    "require_offsets",
    "restrided",
    "take",
    "to_gpu",
    "to_host",
    "view",
    "zeros",
]

#: Cells of an array that 32-bit offsets reach.
MOST_OFFSETS = 2**31 - 1
#: Functions that give memory back which is only kept to save time.
SPARE = []


# ---------------------------------------------------------------- allocating and giving back


def bytes_text(size):
    """A number of bytes as people say it."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:,} {unit}" if isinstance(size, int) else f"{size:,.1f} {unit}"
        size = size / 1024


def out_of_memory(error):
    """Whether an error of the driver says that memory was not enough."""
    return "OUT_OF_MEMORY" in str(error)


def allocate(shape, dtype, name, make):
    """What `make()` allocates, or a MemoryError that says how much that was."""
    try:
        return make()
    except Exception as error:
        if not out_of_memory(error):
            raise
    for forget in SPARE:
        forget()
    try:
        return make()
    except Exception as error:
        if not out_of_memory(error):
            raise
        size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
        free, total = device.memory_info()
        raise MemoryError(
            f"{name} of shape {tuple(shape)} and {np.dtype(dtype).name} needs {bytes_text(size)} on the GPU, of whose "
            f"{bytes_text(total)} {bytes_text(free)} are free; use smaller batches, or device='cpu'"
        ) from error


def empty(shape, dtype, name="an array"):
    """An uninitialised array on the GPU."""
    return allocate(shape, dtype, name, lambda: cuda.device_array(tuple(shape), dtype))


def zeros(shape, dtype, name="an array"):
    """An array of zeros on the GPU."""
    return to_gpu(np.zeros(shape, dtype), name)


def current_gpu():
    """A number of the GPU that launches go to."""
    return 0 if SIMULATED else cuda.get_current_device().id


def no_bias(channels, dtype):
    """Zeros that nothing writes to; the same array on every call, so that a launch need not allocate."""
    return kept_zeros(int(channels), np.dtype(dtype), current_gpu())


@functools.lru_cache(maxsize=64)
def kept_zeros(channels, dtype, gpu):
    """Answer `no_bias` on one GPU."""
    return zeros(channels, dtype)


def to_gpu(array, name):
    """A copy of a numpy array on the GPU, C-ordered."""
    array = np.ascontiguousarray(array)
    # an axis of one cell may have any stride still, and numba looks at it
    array = array.reshape(array.size).reshape(array.shape)
    return allocate(array.shape, array.dtype, name, lambda: cuda.to_device(array))


def to_host(array):
    """A numpy array with the numbers of one on the GPU."""
    return array.copy_to_host()


def flat(array):
    """An array's cells in one row."""
    return array if len(array.shape) == 1 else array.reshape(array.size)


def aligned(array):
    """Whether an array begins at a multiple of 16 bytes, as loads of four cells want it."""
    return SIMULATED or array.device_ctypes_pointer.value % 16 == 0


def usual(shape, strides, itemsize):
    """Strides in which axes of one cell, whose own say nothing, have those of C order: numba looks at all of them."""
    found, step = [], itemsize
    for length, stride in zip(reversed(shape), reversed(strides), strict=True):
        found.append(step if length == 1 else stride)
        step = found[-1] * length
    return tuple(map(int, reversed(found)))


def restrided(array, shape, strides):
    """The memory of an array with other axes: a view."""
    strides = usual(tuple(shape), tuple(strides), np.dtype(array.dtype).itemsize)
    return numba_cuda_private.view_of(array, shape, strides)


def give(array, owner):
    """An array on the GPU as the library that made `owner` knows it: of CuPy, PyTorch or else numba."""
    home = type(owner).__module__.partition(".")[0]
    if home in ("cupy", "torch"):
        synchronize_with(owner, cuda.default_stream().synchronize)
    if home == "cupy":
        return sys.modules["cupy"].asarray(array)
    if home == "torch":
        return sys.modules["torch"].as_tensor(array, device=owner.device)
    return array


def synchronize_with(owner, synchronize=None):
    """If CuPy or PyTorch works on another stream than the default one, on which kernels run: wait, for that or by a call.

    Work on one stream is done in order; between two nothing is, unless one waits.
    """
    home = type(owner).__module__.partition(".")[0]
    if home == "torch":
        stream = sys.modules["torch"].cuda.current_stream(owner.device)
        other = stream.cuda_stream != 0
    elif home == "cupy":
        stream = sys.modules["cupy"].cuda.get_current_stream()
        other = stream.ptr != 0
    else:
        return
    if other:
        (synchronize or stream.synchronize)()


# ---------------------------------------------------------------- taking


def view(interface, owner):
    """An array of numba's over memory that another library describes by ``__cuda_array_interface__``."""
    return cuda.from_cuda_array_interface(interface, owner=owner)


def take(value, name="image"):
    """A numpy array, copied, or an array on the GPU, not copied, as an array of numba's; of any order and dtype.

    Raises
    ------
    TypeError, ValueError
        For arrays that are empty, masked, or not of numbers, and for those on another GPU.
    """
    if isinstance(value, np.ndarray):
        return to_gpu(value, name)
    if getattr(value, "__cuda_ndarray__", False):
        require_numbers(value.shape, value.dtype, name)
        if not SIMULATED:
            require_this_gpu(value.device_ctypes_pointer.value, name)
        return value
    interface = value.__cuda_array_interface__
    if interface.get("mask") is not None:
        raise ValueError(f"{name} is a masked array; fill its masked cells first")
    require_numbers(tuple(interface["shape"]), np.dtype(interface["typestr"]), name)
    if not SIMULATED:
        require_this_gpu(interface["data"][0], name)
    synchronize_with(value)
    return view(interface, value)


def require_numbers(shape, dtype, name):
    """Raise an error for arrays that are empty or hold what kernels can't read."""
    if 0 in shape:
        raise ValueError(f"{name} is empty: its shape is {tuple(shape)}")
    if dtype.kind not in "bif" and dtype not in (np.uint8, np.uint16, np.uint32):
        raise TypeError(
            f"{name} is an array of {dtype.name} on a GPU; expected booleans, integers of up to int64, float16, float32 or "
            "float64"
        )
    if not dtype.isnative:
        raise TypeError(f"{name} is an array of {dtype.str} on a GPU, whose bytes stand in the other order")


def require_this_gpu(pointer, name):
    """Raise ValueError for memory of another GPU than the current one."""
    from cuda.bindings import driver

    kind = driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL
    status, number = driver.cuPointerGetAttribute(kind, pointer)
    current = cuda.get_current_device().id
    if status == driver.CUresult.CUDA_SUCCESS and int(number) != current:
        raise ValueError(
            f"{name} is on GPU {int(number)}, but kernels run on GPU {current}; call this under "
            f"'with numba.cuda.gpus[{int(number)}]:', or move the array"
        )


# ---------------------------------------------------------------- checks


def require(name, array, shape, dtype):
    """Raise ValueError unless an array has this shape (None stands for any number) and dtype; kernels would not notice."""
    fits = len(array.shape) == len(shape)
    fits = fits and all(wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True))
    if array.dtype != dtype or not fits:
        numbers = ", ".join("any" if wanted is None else str(wanted) for wanted in shape)
        raise ValueError(
            f"{name} is {array.dtype.name} of shape {tuple(array.shape)}; expected {np.dtype(dtype).name} of shape ({numbers})"
        )


def require_offsets(name, shape):
    """Raise ValueError for a shape with more cells than 32-bit offsets reach."""
    count = int(np.prod(shape, dtype=object))
    if count > MOST_OFFSETS:
        raise ValueError(
            f"{name} has shape {tuple(shape)}: {count:,} cells, more than the {MOST_OFFSETS:,} that 32-bit offsets reach; "
            "use smaller batches"
        )
