"""Memory that is used again: arrays that begin on a cache line, and scratch space that grows to its need and stays."""

import numpy as np

__all__ = ["Workspace", "aligned", "flat", "readable", "writable"]

LINE = 64


def aligned(shape, dtype):
    """An uninitialised C-ordered array whose first cell begins a cache line, so that no vector straddles two."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size].view(dtype).reshape(shape)


def whole_lines(count, itemsize):
    """So many elements, or the next number of them that fills whole cache lines."""
    step = LINE // itemsize
    return -(-max(count, 1) // step) * step


class Borrowed:
    """A read-only array's memory under a type that compiled code knows: it is never written to."""

    def __init__(self, array):
        self.array = array  # kept alive
        self.__array_interface__ = {**array.__array_interface__, "data": (array.ctypes.data, False)}


def readable(array):
    """An array as compiled code reads it: C-ordered, aligned, and typed as a writable one; copied if need be."""
    array = np.require(array, requirements="CA")
    # numba would compile everything once more for read-only arrays
    return array if array.flags.writeable else np.asarray(Borrowed(array))


def flat(array):
    """An array's cells in one row, as compiled code reads them; copied if need be."""
    return readable(array).reshape(-1)


def writable(array, name):
    """An array for results as one row of cells, or an error if results could not be written there."""
    if not (array.flags.c_contiguous and array.flags.aligned and array.flags.writeable):
        raise ValueError(
            f"{name} must be a C-ordered, aligned and writable array; its shape is {array.shape}, strides {array.strides}"
        )
    return array.reshape(-1)


def require(name, array, shape, dtype):
    """Raise ValueError unless an array has this shape (None for any) and dtype: compiled code would not notice."""
    if array.dtype != dtype or (shape is not None and array.shape != tuple(shape)):
        expected = np.dtype(dtype).name if shape is None else f"{np.dtype(dtype).name} of shape {tuple(shape)}"
        raise ValueError(f"{name} is {array.dtype.name} of shape {array.shape}; expected {expected}")


class Workspace:
    """Scratch arrays by name, kept from call to call. One caller at a time: give each thread of yours its own."""

    def __init__(self):
        self.arrays = {}

    def take(self, name, rows, columns, dtype):
        """An uninitialised array (rows, at least `columns`) in the memory of last time, if that was large enough."""
        key = name, np.dtype(dtype)
        columns = whole_lines(columns, np.dtype(dtype).itemsize)
        held = self.arrays.get(key)
        if held is None or held.size < rows * columns:
            held = self.arrays[key] = None  # what is too small goes before its successor comes
            held = self.arrays[key] = aligned(rows * columns, dtype)
        return held[: rows * columns].reshape(rows, columns)

    @property
    def nbytes(self):
        """Bytes held."""
        return sum(array.nbytes for array in self.arrays.values())
