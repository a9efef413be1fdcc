"""The animations of the gallery by name, and all of them written as files by several processes.

They are the worked examples of `convviz.examples`, transposed convolutions seen from the input, comparisons, and a
photograph under kernels by name.
"""

import functools
import os
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

from . import examples, processes
from .files import whole

__all__ = ["animation", "names", "titles", "write"]

#: What the name of a transposed convolution that is seen from the input ends in, and how its title begins.
SCATTER, SCATTER_TITLES = "_scatter", {"en": "Stamp by stamp: ", "ja": "スタンプ："}
#: Kernels that the photograph is shown under, what its names begin with, its titles, and how many steps are shown.
KERNELS = ("gaussian", "sharpen", "edge", "sobel_x", "sobel_y", "emboss")
PHOTOGRAPH, PHOTOGRAPH_TITLES = "photograph_", {"en": "Photograph: {}", "ja": "写真：{}"}
PHOTOGRAPH_STEPS = 12


class Pair(NamedTuple):
    """Two operations on the input of a worked example; a convolution has its kernel."""

    title: str
    title_ja: str
    example: str
    left: tuple
    right: tuple


CONVOLUTION, TRANSPOSED, MAXIMUM, AVERAGE = "Convolution", "TransposedConvolution", "MaxPooling", "AveragePooling"
PAIRS = {
    "valid_and_same": Pair(
        "No padding and padding 1", "パディングなしとパディング1", "lecture_6x6",
        (CONVOLUTION, {}), (CONVOLUTION, {"padding": "same"}),
    ),
    "strides_1_and_2": Pair(
        "Strides 1 and strides 2", "ストライド1とストライド2", "lecture_6x6", (CONVOLUTION, {}), (CONVOLUTION, {"strides": 2}),
    ),
    "kernel_and_flipped": Pair(
        "The kernel as it is and flipped", "カーネルをそのままと反転して", "lecture_6x6",
        (CONVOLUTION, {}), (CONVOLUTION, {"flip_kernel": True}),
    ),
    "dilation_1_and_2": Pair(
        "Dilation 1 and dilation 2", "ダイレーション1とダイレーション2", "dilation",
        (CONVOLUTION, {}), (CONVOLUTION, {"dilation_rate": 2}),
    ),
    "output_padding_0_and_1": Pair(
        "Transposed, without and with output padding", "転置、出力パディングなしとあり", "padding_strides_odd_transposed",
        (TRANSPOSED, {"strides": 2, "padding": 1}), (TRANSPOSED, {"strides": 2, "padding": 1, "output_padding": 1}),
    ),
    "maximum_and_average": Pair(
        "Max pooling and average pooling", "マックスプーリングと平均プーリング", "lecture_max_pooling",
        (MAXIMUM, {}), (AVERAGE, {}),
    ),
    "floor_and_ceil": Pair(
        "Pooling rounded down and in ceil mode", "プーリングの切り捨てと切り上げ", "ceil_mode",
        (MAXIMUM, {}), (MAXIMUM, {"ceil_mode": True}),
    ),
    "padding_counted_or_not": Pair(
        "Average pooling: is padding counted?", "平均プーリング：パディングを数えるか", "lecture_max_pooling",
        (AVERAGE, {"padding": 1}), (AVERAGE, {"padding": 1, "count_include_pad": True}),
    ),
}  # fmt: skip


def names():
    """Names of all animations.

    Examples
    --------
    >>> names()[0], names()[-1]
    ('lecture_6x6', 'photograph_emboss')
    """
    return list(titles())


def titles(lang="en"):
    """Name and title of every animation, as a dict; nothing else is built for it.

    Examples
    --------
    >>> titles()["valid_and_same"]
    'No padding and padding 1'
    """
    calculations, known = set(examples.names("calculation")), examples.titles(lang)
    found = {name: title for name, title in known.items() if name not in calculations}
    for name in examples.names("transposed"):
        found[name + SCATTER] = SCATTER_TITLES[lang] + re.split(": |：", known[name])[-1]
    found |= {name: pair.title_ja if lang == "ja" else pair.title for name, pair in PAIRS.items()}
    kernels = examples.kernel_titles(lang)
    return found | {PHOTOGRAPH + name: PHOTOGRAPH_TITLES[lang].format(kernels[name]) for name in KERNELS}


def animation(name):
    """The animation called `name`.

    Returns
    -------
    convviz.trace.Trace or convviz.comparison.Comparison

    Raises
    ------
    ValueError
        For a name that there is not; the message has the nearest ones.

    Examples
    --------
    >>> animation("lecture_6x6")[0].result, len(animation("valid_and_same"))
    (18, 36)
    """
    if name not in names():
        raise ValueError(f"no animation is called {name!r}; {examples.nearest(name, names(), 'convviz.gallery.names()')}")
    if name in PAIRS:
        return comparison_of(PAIRS[name])
    if name.startswith(PHOTOGRAPH):
        from .operations import Convolution

        return Convolution(examples.kernel(name.removeprefix(PHOTOGRAPH))).trace(examples.photograph())
    if name.endswith(SCATTER):
        return examples.get(name.removesuffix(SCATTER)).trace(view="scatter")
    return examples.get(name).trace()


def comparison_of(pair):
    """The comparison of a `Pair`."""
    from . import operations
    from .comparison import compare

    example, sides = examples.get(pair.example), []
    for kind, settings in (pair.left, pair.right):
        weighted = {"kernel": example.operation.kernel} if hasattr(example.operation, "kernel") else {}
        sides.append(getattr(operations, kind)(**weighted, **settings))
    return compare(*sides, example.image)


def write(folder, files, jobs, lang="en", options=None):
    """Write animations as files, several at once.

    Parameters
    ----------
    folder : str or os.PathLike
        There is such a folder.
    files : sequence of (str, str)
        Names of animations, each with the ending of a file such as ".gif".
    jobs : int
        How many processes work at the same time.
    lang : {"en", "ja"}
    options : dict, optional
        By ending, a dict of options as `convviz.render.save` takes them.

    Yields
    ------
    name : str
        Name of a file that is done, in the order in which they are.
    size : int or None
        Its bytes; None if it could not be written.
    error : Exception or None
        Why not.

    Notes
    -----
    A file is made in a hidden folder inside `folder` and moved to its place when it is complete. The hidden folder is
    removed at the end, whatever the end is. Warnings are given once each.

    Examples
    --------
    >>> folder = tempfile.mkdtemp()
    >>> for name, size, error in write(folder, [("neurone", ".svg"), ("neuron", ".svg")], jobs=1):
    ...     print(name, size is None, error)
    neuron.svg False None
    neurone.svg True no animation is called 'neurone'; did you mean 'neuron'?
    """
    aside = tempfile.mkdtemp(prefix=".convviz-", dir=folder)
    task = functools.partial(write_file, folder=os.path.abspath(folder), aside=aside, lang=lang, options=options or {})
    said = set()
    try:
        # the last ones of the list take longest: who begins with them has no long one left at the end
        for (name, ending), result, error in processes.each(task, files[::-1], jobs):
            size, heard = result or (None, [])
            for words in heard:
                if words not in said:
                    said.add(words)
                    warnings.warn(words, stacklevel=2)
            yield name + ending, size, error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_file(file, folder, aside, lang, options):
    """Write one animation as a file; its bytes, and the texts of the warnings that came meanwhile."""
    name, ending = file
    temporary, final = Path(aside, name + ending), Path(folder, name + ending)
    steps = PHOTOGRAPH_STEPS if name.startswith(PHOTOGRAPH) else None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        animation(name).save(temporary, lang=lang, steps=steps, **options.get(ending, {}))
    with whole(final) as complete:
        os.replace(temporary, complete)
    return final.stat().st_size, [str(warning.message) for warning in caught]
