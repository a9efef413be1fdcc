"""Types that the annotations of several modules name. They are for type checkers: import them under TYPE_CHECKING."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from os import PathLike
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "Captions",
    "DataFormat",
    "Device",
    "FilePath",
    "ImageLike",
    "Language",
    "Number",
    "NumbersLike",
    "PaddingLike",
    "PaddingMode",
    "PairLike",
    "Precision",
    "SizeLike",
    "StepsLike",
]


class SupportsCudaArray(Protocol):
    """An array on a GPU, of CuPy, PyTorch or another library."""

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]: ...


#: One number; Fractions and Python integers stay exact.
Number: TypeAlias = int | float | Fraction | np.number[Any]
#: What becomes an array of numbers: an array, or nested sequences, also of Fractions.
NumbersLike: TypeAlias = ArrayLike | Sequence[Any]
#: An image, in main memory or on a GPU.
ImageLike: TypeAlias = NumbersLike | SupportsCudaArray

#: A setting of both axes: one number, or rows and columns.
PairLike: TypeAlias = int | Sequence[int]
#: A rule, or cells of padding: the same on all sides, (rows, columns), or ((top, bottom), (left, right)).
PaddingLike: TypeAlias = Literal["valid", "same", "full"] | int | Sequence[int] | Sequence[Sequence[int]]

#: How the padding is filled.
PaddingMode: TypeAlias = Literal["zeros", "reflect", "symmetric", "replicate", "circular"]

DataFormat: TypeAlias = Literal["channels_last", "channels_first"]
Device: TypeAlias = Literal["cpu", "cuda", "auto"]
Precision: TypeAlias = Literal["float32", "tf32"]
Language: TypeAlias = Literal["en", "ja"]
FilePath: TypeAlias = str | PathLike[str]
#: The size of a picture: a width, or width and height, in pixels or as lengths such as "8in".
SizeLike: TypeAlias = int | str | Sequence[int | str]
#: Which steps are shown: None for all, how many, or their indices.
StepsLike: TypeAlias = int | Sequence[int]
#: What pictures call input, kernel and output: a text, or one for each language.
Captions: TypeAlias = Mapping[str, str | Mapping[str, str]]
