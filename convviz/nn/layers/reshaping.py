"""Layers without weights that reshape arrays or merge them."""

import math
from typing import Any

from convviz import geometry
from convviz._support.keywords import explained
from convviz._support.values import brief
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe, require_channels_last
from convviz.nn.types import Padding, Shape

__all__ = ["Add", "Concatenate", "Flatten", "ZeroPadding2D"]


class Flatten(Layer):
    """Every sample as one row of numbers.

    Parameters
    ----------
    name, trainable, dtype, input_shape, input_dim
        As in `Layer`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([Flatten(input_shape=(28, 28, 32))]).output_shape
    (None, 25088)
    """

    kind = "flatten"

    @explained
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (None, math.prod(input_shape[1:]))


class ZeroPadding2D(Layer):
    """Rows and columns of zeros around the image.

    Parameters
    ----------
    padding : int, (int, int) or ((int, int), (int, int)), default 1
        All around; (rows, columns); or ((top, bottom), (left, right)).
    data_format : {"channels_last"}, optional
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([ZeroPadding2D(((0, 1), (2, 3)), input_shape=(4, 4, 1))]).output_shape
    (None, 5, 9, 1)
    """

    _settings = ("padding",)
    kind = "padding"
    _rank = 4

    @explained
    def __init__(self, padding: Padding = 1, data_format: str | None = None, **common: Any) -> None:
        super().__init__(**common)
        require_channels_last(data_format)
        if isinstance(padding, str):
            raise ValueError(
                "padding of ZeroPadding2D is a number of cells, (rows, columns) or ((top, bottom), (left, right)), "
                f"not {brief(padding)}"
            )
        self.padding = tuple(tuple(rule) for rule in geometry.padding_rules(padding))

    @explained
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        (top, bottom), (left, right) = self.padding
        return (None, input_shape[1] + top + bottom, input_shape[2] + left + right, input_shape[3])


class MergingLayer(Layer):
    """Base class of the layers with several inputs."""

    _takes_list = True

    def _check(self, input_shape):
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ValueError(f"{describe(self)} joins a list of two or more tensors: {type(self).__name__}()([a, b])")

    def _check_built(self, shape):
        """There are no weights to fit."""


class Add(MergingLayer):
    """The sum of inputs of one shape.

    Parameters
    ----------
    name, trainable, dtype, input_shape, input_dim
        As in `Layer`.

    Examples
    --------
    >>> from convviz.nn import Dense, Input, Model
    >>> x = Input((4,))
    >>> Model(x, Add()([x, Dense(4)(x)])).output_shape
    (None, 4)
    """

    kind = "add"

    @explained
    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        if len(set(input_shape)) > 1:
            raise ValueError(f"{describe(self)} adds tensors of one shape; these are {input_shape}")
        return input_shape[0]


class Concatenate(MergingLayer):
    """Inputs one behind the other along the channels.

    Parameters
    ----------
    axis : int, default -1
        The last axis; no other is known.
    **common
        name, trainable, dtype: see `Layer`.

    Examples
    --------
    >>> from convviz.nn import Dense, Input, Model
    >>> x = Input((4,))
    >>> Model(x, Concatenate()([x, Dense(3)(x)])).output_shape
    (None, 7)
    """

    _settings = ("axis",)
    kind = "concatenate"

    @explained
    def __init__(self, axis: int = -1, **common: Any) -> None:
        super().__init__(**common)
        self.axis = axis

    @explained
    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        first = input_shape[0]
        if self.axis not in (-1, len(first) - 1):
            raise ValueError(f"{describe(self)} joins along the last axis, -1; axis is {brief(self.axis)}")
        if len({shape[:-1] for shape in input_shape}) > 1:
            raise ValueError(f"{describe(self)} joins tensors that differ in their last axis only; these are {input_shape}")
        return (*first[:-1], sum(shape[-1] for shape in input_shape))
