"""What comes in: numbers of any kind become arrays of a few known kinds, and images become batches.

The rule for dtypes. Booleans and integers become int64; float16 becomes float32; float32 and float64 stay; longer
floats become float64. Where integers meet floats, the floats' dtype wins. Plain Python floats have no dtype of
their own: beside an array of float32 they are float32, otherwise float64. Fractions, Decimals (as Fractions) and
Python integers beyond int64 stay exact, in arrays of dtype object; beside a float they become float64.
"""

import numbers
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from convviz._support import sequences
from convviz._support.values import brief, choice

__all__ = [
    "Layout",
    "Numbers",
    "arrange",
    "as_batch",
    "as_dtype",
    "as_numpy",
    "common_dtype",
    "has_every_name",
    "in_numpy_dtype",
    "read_numbers",
    "require_unmasked",
    "shape_of",
    "within_int64",
]

INT64 = np.iinfo(np.int64)


def within_int64(numbers):
    """Whether int64 can hold every one of some integers.

    Examples
    --------
    >>> within_int64([1, -(2**63)]), within_int64([2**63])
    (True, False)
    """
    return all(INT64.min <= number <= INT64.max for number in numbers)


@dataclass(frozen=True)
class Numbers:
    """An array of int64, float32, float64 or object, and whether its dtype was only implied (`weak`: Python floats)."""

    array: np.ndarray
    weak: bool = False


def as_numpy(value, name="image", depth=0):
    """What holds an array in its own way, such as a tensor of PyTorch, as a numpy array; lists and anything else as they are.

    Gradients that are attached to a tensor, its device and the order of its memory do not matter. An object with a length and
    an index is a list of its elements. In lists and tuples, each element is treated like this; `depth` lists are around value.
    """
    if value is None or isinstance(value, np.ndarray | np.generic | str | bytes | dict | set | numbers.Number):
        if depth and isinstance(value, np.ndarray) and value.dtype.kind == "O":  # its elements may be anything again
            sequences.require_shallow(depth + 1, name)
            return as_numpy(value.tolist(), name, depth + 1)
        return value
    if isinstance(value, list | tuple):
        sequences.require_shallow(depth + 1, name)
        return [as_numpy(part, name, depth + 1) for part in value]
    try:
        found = held_numbers(value)
    except MemoryError:
        raise
    except Exception as error:  # the methods of what is not ours may fail in any way
        raise TypeError(f"{name} is of type {type(value).__name__}, whose numbers cannot be read: {error}") from error
    if found is not value:
        sequences.require_shallow(depth + 1, name)
        return as_numpy(found, name, depth + 1) if depth or not isinstance(found, np.ndarray) else found
    parts = sequences.elements(value, name)
    return value if parts is None else as_numpy(parts, name, depth)


def has_every_name(value):
    """Whether an object has an attribute of any name, as mock objects have."""
    return getattr(value, "a_name_that_nothing_has", None) is not None


def held_numbers(value):
    """The numbers of an object of another library, as its own methods give them; the object itself if it has none of these."""
    if has_every_name(value):
        raise TypeError("it has an attribute of any name, so its methods say nothing; expected an array of numbers")
    if callable(getattr(value, "detach", None)) and hasattr(value, "layout"):  # PyTorch; open files have `detach` too
        return torch_numbers(value)
    for method in ("to_dense", "toarray"):  # sparse arrays of other libraries
        if callable(getattr(value, method, None)):
            return getattr(value, method)()
    if hasattr(value, "__cuda_array_interface__") and callable(getattr(value, "get", None)):  # CuPy
        return value.get()
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        return np.asanyarray(value)
    if callable(getattr(value, "numpy", None)):  # TensorFlow
        return value.numpy()
    if hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    return np.asarray(value) if sequences.is_buffer(value) else value


def require_unmasked(value, name):
    """Raise ValueError for an array with masked cells."""
    if np.ma.isMaskedArray(value) and np.ma.is_masked(value):
        raise ValueError(f"{name} is a masked array with masked cells; fill them first, for example {name}.filled(0)")


def torch_numbers(tensor):
    """The numbers of a PyTorch tensor: dense, in main memory, without its gradient, in a dtype that numpy has."""
    if "strided" not in str(tensor.layout):
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    try:
        return tensor.numpy(force=True)
    except TypeError:  # bfloat16 and shorter floats, which float32 holds exactly
        return tensor.float().numpy(force=True)


def place(name, index):
    """How an element is called in an error: ``image[1][2]``."""
    return name + "".join(f"[{part}]" for part in index)


def exact(value, name, index):
    """One element as an int, float or Fraction, or the error that names it."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim):
        value = value.item()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float | Fraction):
        return value
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() else float(value)
    if isinstance(value, numbers.Rational):
        return Fraction(value.numerator, value.denominator)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, numbers.Complex):
        raise TypeError(f"{place(name, index)} is {value!r}; complex numbers are not supported")
    raise TypeError(f"{place(name, index)} is {brief(value)} ({type(value).__name__}); expected a number")


def leaves(value, name, index=()):
    """Every element of nested lists with its index, checked to be a number."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":  # a list in a cell is no number
        for place_in_it, part in np.ndenumerate(value):
            yield (*index, *place_in_it), exact(part, name, (*index, *place_in_it))
        return
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.ndim else value.item()
    if isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from leaves(part, name, (*index, number))
    else:
        yield index, exact(value, name, index)


def shape_of(value, name, index=()):
    """Shape of nested lists, or the error that says where they are ragged."""
    if isinstance(value, np.ndarray):
        return value.shape
    if not isinstance(value, list | tuple):
        return ()
    shapes = [shape_of(part, name, (*index, number)) for number, part in enumerate(value)]
    for number, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(
                f"{name} is ragged: {place(name, (*index, 0))} has shape {shapes[0]}, but "
                f"{place(name, (*index, number))} has shape {shape}; every row needs as many numbers as the first"
            )
    return (len(value), *(shapes[0] if shapes else ()))


def from_elements(elements, shape):
    """Checked elements as `Numbers` of the given shape."""
    kinds = {type(element) for element in elements}
    if float in kinds:
        return Numbers(np.array([float(element) for element in elements], np.float64).reshape(shape), weak=True)
    if Fraction not in kinds and within_int64(elements):
        return Numbers(np.array(elements, np.int64).reshape(shape))
    array = np.empty(len(elements), object)
    array[:] = elements
    return Numbers(array.reshape(shape))


def in_numpy_dtype(array):
    """A numpy array of a dtype that another library adds to numpy, such as bfloat16, in one of numpy's; others as they are."""
    if array.dtype.kind == "V" and array.dtype.type is not np.void:
        return array.astype(np.int64 if "int" in array.dtype.name else np.float32)
    return array


def from_array(array, name):
    """A numpy array as `Numbers`."""
    array = in_numpy_dtype(array)
    if array.dtype.kind in "OSUVMm":
        if array.dtype.kind != "O":
            raise TypeError(f"{name} is an array of {array.dtype}; expected numbers")
        return from_elements([element for _, element in leaves(array, name)], array.shape)
    if array.dtype.kind == "c":
        raise TypeError(f"{name} is an array of {array.dtype}; complex numbers are not supported")
    if array.dtype.kind in "bi" or array.dtype in (np.uint8, np.uint16, np.uint32):
        return Numbers(array.astype(np.int64, copy=False))
    if array.dtype.kind == "u":
        if array.size and array.max() > INT64.max:
            raise OverflowError(
                f"{name} holds {array.max()}, more than int64 can ({INT64.max}); give {name}.astype(object) to stay exact"
            )
        return Numbers(array.astype(np.int64))
    if array.dtype.itemsize <= 4:
        return Numbers(array.astype(np.float32, copy=False))
    return Numbers(array.astype(np.float64, copy=False))


def read_numbers(value, name="image"):
    """Anything array-like as `Numbers`.

    Parameters
    ----------
    value : array_like
        Nested lists, an array, a tensor of another library, a table of pandas.
    name : str, default "image"
        What it is called in errors.

    Raises
    ------
    TypeError
        For strings, complex numbers and other objects that are not numbers; the message names the element.
    ValueError
        For ragged lists and for empty arrays.
    OverflowError
        For a uint64 that int64 can't hold.

    Examples
    --------
    >>> read_numbers([[0, 255]]).array.dtype, read_numbers(np.float16([1])).array.dtype
    (dtype('int64'), dtype('float32'))
    >>> read_numbers([[1, 2], [3]])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: image is ragged: image[0] has shape (2,), but image[1] has shape (1,); ...
    """
    value = as_numpy(value, name)
    require_unmasked(value, name)
    if isinstance(value, str | bytes | dict | set) or value is None:
        raise TypeError(f"{name} is {brief(value)} ({type(value).__name__}); expected an array of numbers")
    if isinstance(value, list | tuple | float):
        shape = shape_of(value, name)
        elements = [element for _, element in leaves(value, name)]
        # numpy's own floats have a dtype that counts; whole numbers are the same whatever they came as
        typed = any(isinstance(element, float) for element in elements) and not python_numbers(value)
        found = from_array(np.asarray(value), name) if typed else from_elements(elements, shape)
    else:
        found = from_array(np.asarray(value), name)
    if found.array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {found.array.shape}")
    return found


def python_numbers(value):
    """Whether nested lists hold Python's own numbers only, no numpy scalars or arrays."""
    if isinstance(value, list | tuple):
        return all(python_numbers(part) for part in value)
    return not isinstance(value, np.ndarray | np.generic)


def common_dtype(*parts):
    """The dtype in which several `Numbers` are computed with each other, by the rule at the top of this module.

    Examples
    --------
    >>> common_dtype(read_numbers([[1]]), read_numbers(np.float32([[2]])), read_numbers([[0.5]]))
    dtype('float32')
    """
    kinds = {part.array.dtype.kind for part in parts}
    if "f" not in kinds:
        return np.dtype(object if "O" in kinds else np.int64)
    typed = [part.array.dtype for part in parts if part.array.dtype.kind == "f" and not part.weak]
    if "O" in kinds or not typed:
        return np.dtype(np.float64)
    return max(typed, key=lambda dtype: dtype.itemsize)


def as_dtype(array, dtype):
    """`array` in `dtype`, C-ordered, aligned and writable, which is the one kind of array that kernels are compiled for."""
    return np.require(array.astype(dtype, copy=False), requirements=["C", "A", "W"])


@dataclass(frozen=True)
class Layout:
    """How a caller's image was laid out, so that results go back the same way.

    Attributes
    ----------
    ndim : int
        2 for ``(H, W)``, 3 for ``(H, W, C)``, 4 for ``(N, H, W, C)``.
    channels_first : bool
    """

    ndim: int
    channels_first: bool

    def restore(self, batch, keep_channels=True):
        """A batch ``(N, H, W, C)`` in the caller's layout; a 2-D image drops its channel unless `keep_channels`."""
        if self.ndim == 2 and not keep_channels:
            return batch[0, :, :, 0]
        if self.channels_first:
            batch = batch.transpose(0, 3, 1, 2)
        return batch if self.ndim == 4 else batch[0]


def as_batch(image, data_format="channels_last", name="image"):
    """An image as a batch.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    data_format : {"channels_last", "channels_first"}
        With "channels_first" the channel axis stands before the rows: ``(C, H, W)``, ``(N, C, H, W)``.
    name : str
        What it is called in errors.

    Returns
    -------
    Numbers, Layout
        The numbers have shape ``(N, H, W, C)``.

    Examples
    --------
    >>> numbers, layout = as_batch(np.zeros((3, 8, 9)), data_format="channels_first")
    >>> numbers.array.shape, layout.restore(numbers.array).shape
    ((1, 8, 9, 3), (3, 8, 9))
    """
    found = read_numbers(image, name)
    batch, layout = arrange(found.array, data_format, name)
    return Numbers(batch, found.weak), layout


#: What libraries call the order of axes, by our names.
LETTERS = {
    **dict.fromkeys(("NCHW", "CHW"), "channels_first"),
    **dict.fromkeys(("NHWC", "HWC"), "channels_last"),
}


def require_data_format(data_format):
    """Raise ValueError for what is no data format, with ours for that of PyTorch and TensorFlow."""
    ours = LETTERS.get(data_format.upper()) if isinstance(data_format, str) else None
    if ours:
        raise ValueError(f"data_format is {data_format!r}; it is called {ours!r} here")
    choice(data_format, "data_format", ("channels_last", "channels_first"))


def arrange(array, data_format="channels_last", name="image"):
    """An array of two to four axes as a view with the axes ``(N, H, W, C)``, and its `Layout`."""
    require_data_format(data_format)
    first, ndim = data_format == "channels_first", array.ndim
    if not 2 <= ndim <= 4:
        shapes = "(H, W), (C, H, W) or (N, C, H, W)" if first else "(H, W), (H, W, C) or (N, H, W, C)"
        hint = f"; write a row of numbers as one row of an image, {name}[None, :]" if ndim == 1 else ""
        raise ValueError(f"{name} has shape {array.shape}; expected {shapes}{hint}")
    if ndim == 2:
        return array[None, :, :, None], Layout(ndim, first)
    array = array if ndim == 4 else array[None]
    return array.transpose(0, 2, 3, 1) if first else array, Layout(ndim, first)
