"""The worked examples by name: which there are, and each of them, built on first use."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, overload

import numpy as np

from convviz._support.keywords import explained
from convviz._support.suggestions import nearest
from convviz._support.values import brief, choice
from convviz.examples.records import KIND_OF, KINDS, Calculation, Example
from convviz.examples.tables import CALCULATIONS, EXAMPLES
from convviz.examples.text_arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal

    from convviz._support.annotations import Language

__all__ = ["entries", "get", "names", "titles"]


@explained
def names(kind: Literal["convolution", "transposed", "pooling", "calculation"] | None = None) -> list[str]:
    """Names of all worked examples, or of one kind.

    Parameters
    ----------
    kind : {"convolution", "transposed", "pooling", "calculation"}, optional

    Examples
    --------
    >>> names("pooling")
    ['lecture_max_pooling', 'textbook_max_pooling', 'numerical_average_pooling', 'numerical_max_pooling', 'ceil_mode']
    """
    if kind is not None:
        choice(kind, "kind", KINDS)
    found = [name for name, entry in EXAMPLES.items() if kind in (None, KIND_OF[entry["operation"][0]])]
    return found + (list(CALCULATIONS) if kind in (None, "calculation") else [])


@explained
def titles(lang: Language = "en") -> dict[str, str]:
    """Names and titles of all worked examples; nothing else is built for it.

    Parameters
    ----------
    lang : {"en", "ja"}

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> titles()["lecture_6x6"]
    'Lecture: 6×6 input, 3×3 kernel, no padding'
    """
    key = "title_ja" if choice(lang, "lang", ("en", "ja")) == "ja" else "title"
    return {name: entry[key] for name, entry in (EXAMPLES | CALCULATIONS).items()}


@explained
def get(name: str) -> Any:
    """The worked example called `name`.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Example or Calculation

    Raises
    ------
    ValueError
        For an unknown name; the message has the nearest ones.

    Examples
    --------
    >>> get("lecture_6x6_same").answer.shape
    (6, 6)
    >>> get("neurone")
    Traceback (most recent call last):
    ...
    ValueError: no worked example is called 'neurone'; did you mean 'neuron'?
    """
    if not isinstance(name, str) or name not in names():
        raise ValueError(f"no worked example is called {brief(name)}; {nearest(name, names(), 'convviz.examples.names()')}")
    return build(name)


@overload
def entries(kind: Literal["convolution", "transposed", "pooling"]) -> Iterator[Example]: ...
@overload
def entries(kind: Literal["calculation"]) -> Iterator[Calculation]: ...
@overload
def entries(kind: None = None) -> Iterator[Any]: ...
@explained
def entries(
    kind: Literal["convolution", "transposed", "pooling", "calculation"] | None = None,
) -> Iterator[Any]:
    """Every worked example, or those of one kind, one after the other.

    Parameters
    ----------
    kind : {"convolution", "transposed", "pooling", "calculation"}, optional

    Returns
    -------
    iterator of Example and Calculation

    Examples
    --------
    >>> [example.name for example in entries("transposed")][:1]
    ['no_padding_no_strides_transposed']
    """
    return map(build, names(kind))


@functools.cache
def build(name):
    """The entry called `name`, built once."""
    if name in CALCULATIONS:
        return Calculation(name=name, **CALCULATIONS[name])
    # operations bring numba in, which listing names can do without
    from convviz import operations

    entry = dict(EXAMPLES[name])
    kind, settings = entry.pop("operation")
    if "kernel" in settings:
        kernel = frozen(settings["kernel"])
        settings = settings | {"kernel": kernel if kernel.ndim != 3 else kernel[..., np.newaxis]}
    arrays = {key: frozen(entry.pop(key)) for key in ("image", "answer", "published") if key in entry}
    if arrays["image"].ndim > arrays["answer"].ndim:  # one channel, of one filter
        arrays["answer"] = arrays["answer"][..., np.newaxis]
    return Example(name=name, operation=operations.class_of(kind)(**settings), **arrays, **entry)
