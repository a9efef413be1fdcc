"""Penalties on large weights, by Keras's names."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz._support.values import brief, real_number
from convviz.nn.lookup import find
from convviz.nn.types import ArrayLike

__all__ = ["L1", "L1L2", "L2", "get", "l1", "l1_l2", "l2"]


def __dir__():
    return lazy_names.listed(globals())


class L1L2:
    """The penalty ``l1·Σ|w| + l2·Σw²`` on a weight, which is added to the loss.

    Parameters
    ----------
    l1, l2 : float, default 0
        Not negative.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> L1L2(l2=0.5).penalty([1.0, 2.0])
    2.5
    """

    @explained
    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        for name, value in (("l1", l1), ("l2", l2)):
            found = real_number(value)
            if found is None or not 0 <= found < math.inf:
                raise ValueError(f"{name} of a regularizer must be a number from 0 on, not {brief(value)}")
        self.l1, self.l2 = float(l1), float(l2)

    def __repr__(self) -> str:
        return f"L1L2(l1={self.l1:g}, l2={self.l2:g})"

    def penalty(self, weight: ArrayLike) -> float:
        """The penalty on an array of weights."""
        weight = np.asarray(weight, np.float64)
        return float(self.l1 * np.abs(weight).sum() + self.l2 * np.square(weight).sum())

    def get_config(self) -> dict[str, float]:
        """The settings, to be written to a file."""
        return {"l1": self.l1, "l2": self.l2}


@explained
def l1(l1: float = 0.01) -> L1L2:
    """The penalty ``l1·Σ|w|``, which makes weights 0 that matter little.

    Parameters
    ----------
    l1 : float, default 0.01

    Returns
    -------
    L1L2

    Examples
    --------
    >>> l1(0.5).penalty([1.0, -2.0])
    1.5
    """
    return L1L2(l1=l1)


@explained
def l2(l2: float = 0.01) -> L1L2:
    """The penalty ``l2·Σw²``, weight decay, which keeps all weights small.

    Parameters
    ----------
    l2 : float, default 0.01

    Returns
    -------
    L1L2

    Examples
    --------
    >>> l2(0.5).penalty([1.0, -2.0])
    2.5
    """
    return L1L2(l2=l2)


@explained
def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """The penalties of `l1` and `l2` together.

    Parameters
    ----------
    l1, l2 : float, default 0.01

    Returns
    -------
    L1L2

    Examples
    --------
    >>> l1_l2(0.5, 0.5).penalty([1.0, -2.0])
    4.0
    """
    return L1L2(l1, l2)


#: Second names of `l1` and `l2`, as in Keras.
L1, L2 = l1, l2

KNOWN = {"l1": l1, "l2": l2, "l1_l2": l1_l2}


#: What `get` takes.
Given = str | dict[str, Any] | Callable[..., L1L2] | L1L2 | None


@explained
def get(regularizer: Given) -> L1L2 | None:
    """A penalty from its name or from its settings in a file; an object as it is, and None for none.

    Parameters
    ----------
    regularizer : str, callable, dict, L1L2 or None
        "l1", "l2" or "l1_l2", one of these functions, what `L1L2.get_config` gave, or a penalty.

    Returns
    -------
    L1L2 or None

    Raises
    ------
    TypeError, ValueError
        For anything else, and for unknown names.

    Examples
    --------
    >>> get("l2")
    L1L2(l1=0, l2=0.01)
    """
    if regularizer is None or isinstance(regularizer, L1L2):
        return regularizer
    if isinstance(regularizer, dict):
        if not set(regularizer) <= {"l1", "l2"}:
            raise ValueError(f"a regularizer as a dict has l1 and l2, not {brief(regularizer)}")
        return L1L2(**regularizer)
    if callable(regularizer) and regularizer in KNOWN.values():
        return regularizer()
    return find(regularizer, KNOWN, "regularizer")()
