"""Where an operation is computed: in main memory by the CPU, or on a GPU."""

import functools

import numpy as np

from convviz import arrays, geometry
from convviz._support.values import choice

__all__ = ["compute_on_gpu", "goes_to_gpu", "in_main_memory", "on_gpu", "require_float32"]

#: Products from which on "auto" looks for a GPU, and how many of them each cell of the image must take part in: below
#: that, sending the image there and the result back takes longer than a processor of several cores computes it.
LARGE = 1 << 28
PRODUCTS_PER_CELL = 256


def on_gpu(value):
    """Whether a value is an array in a GPU's memory, whoever made it."""
    if arrays.has_every_name(value):
        return False
    return hasattr(value, "__cuda_array_interface__") or getattr(value, "__cuda_ndarray__", False)


def require_gpu_for(name):
    """Raise RuntimeError unless kernels run on what is on a GPU already."""
    from convviz.kernels.cuda import device as gpu

    gpu.require(f"{name} in a GPU's memory", "copied to main memory, it is computed by the CPU")


def in_main_memory(value, name):
    """A value as it is, or the numbers of an array on a GPU as numpy's: an operation keeps what no one else can change."""
    if not on_gpu(value):
        return value
    require_gpu_for(f"a {name}")
    from convviz.kernels.cuda import transfer

    return transfer.numbers_of(value, name)


def require_float32(dtype):
    """Raise TypeError unless a convolution for which TF32 was allowed is computed in float32."""
    if dtype != np.float32:
        kind = "exact numbers" if dtype.kind == "O" else dtype.name
        raise TypeError(
            f"precision='tf32' rounds float32, but this convolution is computed in {kind}: give image, kernel and bias as "
            "float32 (image.astype(np.float32), …), or leave precision out"
        )


def goes_to_gpu(operation, image, data_format, device):
    """Whether `image` is computed on a GPU, or an error if that can't be."""
    choice(device, "device", ("cpu", "cuda", "auto"))
    there = on_gpu(image)
    if there or device == "cuda":
        require_zeros(operation)
    if there:
        require_gpu_for("an image")
        return True
    if device == "cpu" or not pads_with_zeros(operation) or (device == "auto" and not gains(operation, image, data_format)):
        return False
    from convviz.kernels.cuda import device as gpu

    if device == "auto":
        return gpu.available() and not gpu.simulated()
    gpu.require()
    return True


def pads_with_zeros(operation):
    """Whether an operation pads with zeros only, as kernels on a GPU do, or not at all."""
    if getattr(operation, "padding_mode", "zeros") == "zeros":
        return True
    return geometry.padding_rules(operation.padding) in (("valid", "valid"), ((0, 0), (0, 0)))


def require_zeros(operation):
    """Raise ValueError for padding that is not computed on a GPU."""
    if not pads_with_zeros(operation):
        raise ValueError(
            f"padding_mode={operation.padding_mode!r} is computed on the CPU only: give an array in main memory and "
            "device='cpu', or pad the image yourself and leave out padding"
        )


def gains(operation, image, data_format):
    """Whether an image in main memory is computed sooner on a GPU, the copies there and back included."""
    numbers, _ = arrays.as_batch(image, data_format)
    # GPUs made for games compute float64 slowly
    if operation.dtype(numbers) != np.float32:
        return False
    work = operation.products(numbers.array.shape)
    return work >= LARGE and work >= PRODUCTS_PER_CELL * numbers.array.size


def compute_on_gpu(operation, image, data_format, compute):
    """The results, a list, of ``compute(batch, kernels)`` on a GPU; in main memory unless `image` is on the GPU."""
    from convviz.kernels.cuda import dispatch as gpu_kernels
    from convviz.kernels.cuda import transfer

    there = on_gpu(image)
    if there:
        batch, layout = transfer.taken(image, functools.partial(arrays.arrange, data_format=data_format))
        numbers = arrays.Numbers(transfer.extent(batch))
    else:
        numbers, layout = arrays.as_batch(image, data_format)
        batch = numbers.array
    dtype = operation.dtype(numbers)
    if dtype.kind == "O":
        raise TypeError("Fractions and integers beyond int64 are computed on the CPU only: device='cpu'")
    if dtype.kind == "i" and operation.bound(numbers.array) > arrays.INT64.max:
        raise OverflowError(
            "sums of these integers might leave int64, which a GPU would not notice; device='cpu' looks at each sum"
        )
    batch = transfer.as_dtype(batch, dtype) if there else transfer.taken(arrays.as_dtype(batch, dtype), as_it_is)[0]
    results = compute(batch, gpu_kernels)
    results = results if isinstance(results, tuple) else (results,)
    restore = functools.partial(operation.restore, layout=layout)
    return [transfer.given(result, restore, image if there else None) for result in results]


def as_it_is(batch):
    """A batch as it is."""
    return batch, None
