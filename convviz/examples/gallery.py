"""The animations of the gallery by name, and all of them written as files by several processes.

They are the worked examples of `convviz.examples`, transposed convolutions seen from the input, pooling backward,
comparisons, and a photograph under kernels by name.
"""

import contextlib
import functools
import os
import re
import secrets
import shutil
import warnings
from pathlib import Path
from typing import NamedTuple

from convviz import examples
from convviz._support import processes
from convviz._support.files import atomic_file
from convviz._support.suggestions import nearest
from convviz._support.termination import undone
from convviz.stage.captions import captions

__all__ = ["animation", "names", "titles", "write"]

#: What the name of a transposed convolution that is seen from the input ends in, and how its title begins.
SCATTER, SCATTER_TITLES = "_scatter", {"en": "Stamp by stamp: ", "ja": "スタンプ："}
#: Kernels that the photograph is shown under, what its names begin with, its titles, and how many steps are shown.
KERNELS = ("gaussian", "sharpen", "edge", "sobel_x", "sobel_y", "emboss")
PHOTOGRAPH, PHOTOGRAPH_TITLES = "photograph_", {"en": "Photograph: {}", "ja": "写真：{}"}
PHOTOGRAPH_STEPS = 12
#: Of how many pixels a side the photograph has one here. A window of nine is then seen, and so is what a kernel does.
PHOTOGRAPH_SCALE = 4


class Backward(NamedTuple):
    """Pooling of the input of a worked example, and the gradient that is handed back through it."""

    title: str
    title_ja: str
    example: str
    operation: tuple
    gradient: tuple


class Pair(NamedTuple):
    """Two operations on the input of a worked example; a convolution has its kernel."""

    title: str
    title_ja: str
    example: str
    left: tuple
    right: tuple


CONVOLUTION, TRANSPOSED = "convolution", "transposed_convolution"
MAXIMUM, AVERAGE = "max_pooling", "average_pooling"
BACKWARD = {
    "gradient_max_pooling": Backward(
        "Backward: max pooling, strides 1",
        "逆伝播：最大値プーリング、ストライド1",
        "lecture_max_pooling",
        (MAXIMUM, {"pool_size": 3, "strides": 1}),
        ((1, -1), (2, 3)),
    ),
    "gradient_average_pooling": Backward(
        "Backward: average pooling, strides 1",
        "逆伝播：平均値プーリング、ストライド1",
        "lecture_max_pooling",
        (AVERAGE, {"strides": 1}),
        ((4, 0, -4), (8, 4, 0), (0, -4, 12)),
    ),
}
PAIRS = {
    "valid_and_same": Pair(
        "No padding and padding 1",
        "パディングなしとパディング1",
        "lecture_6x6",
        (CONVOLUTION, {}),
        (CONVOLUTION, {"padding": "same"}),
    ),
    "strides_1_and_2": Pair(
        "Strides 1 and strides 2",
        "ストライド1とストライド2",
        "lecture_6x6",
        (CONVOLUTION, {}),
        (CONVOLUTION, {"strides": 2}),
    ),
    "kernel_and_flipped": Pair(
        "The kernel as it is and flipped",
        "カーネルをそのままと反転して",
        "lecture_6x6",
        (CONVOLUTION, {}),
        (CONVOLUTION, {"flip_kernel": True}),
    ),
    "dilation_1_and_2": Pair(
        "Dilation 1 and dilation 2",
        "ダイレーション1とダイレーション2",
        "dilation",
        (CONVOLUTION, {}),
        (CONVOLUTION, {"dilation_rate": 2}),
    ),
    "output_padding_0_and_1": Pair(
        "Transposed, without and with output padding",
        "転置、出力パディングなしとあり",
        "padding_strides_odd_transposed",
        (TRANSPOSED, {"strides": 2, "padding": 1}),
        (TRANSPOSED, {"strides": 2, "padding": 1, "output_padding": 1}),
    ),
    "maximum_and_average": Pair(
        "Max pooling and average pooling",
        "最大値プーリングと平均値プーリング",
        "lecture_max_pooling",
        (MAXIMUM, {}),
        (AVERAGE, {}),
    ),
    "floor_and_ceil": Pair(
        "Pooling rounded down and in ceil mode",
        "プーリングの切り捨てと切り上げ",
        "ceil_mode",
        (MAXIMUM, {}),
        (MAXIMUM, {"ceil_mode": True}),
    ),
    "padding_counted_or_not": Pair(
        "Average pooling: is padding counted?",
        "平均値プーリング：パディングを数えるか",
        "lecture_max_pooling",
        (AVERAGE, {"padding": 1}),
        (AVERAGE, {"padding": 1, "count_include_pad": True}),
    ),
}


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
    captions(lang)  # raises an error for an unknown language
    calculations, known = set(examples.names("calculation")), examples.titles(lang)
    found = {name: title for name, title in known.items() if name not in calculations}
    for name in examples.names("transposed"):
        found[name + SCATTER] = SCATTER_TITLES[lang] + re.split(": |：", known[name])[-1]
    found |= {name: entry.title_ja if lang == "ja" else entry.title for name, entry in (BACKWARD | PAIRS).items()}
    kernels = examples.kernel_titles(lang)
    return found | {PHOTOGRAPH + name: PHOTOGRAPH_TITLES[lang].format(kernels[name]) for name in KERNELS}


def animation(name):
    """The animation called `name`.

    Returns
    -------
    convviz.trace.Trace, convviz.trace.backward.BackwardTrace or convviz.trace.side_by_side.Comparison

    Raises
    ------
    ValueError
        For an unknown name; the message has the nearest ones.

    Examples
    --------
    >>> animation("lecture_6x6")[0].result, len(animation("valid_and_same"))
    (18, 36)
    """
    if name not in names():
        raise ValueError(f"no animation is called {name!r}; {nearest(name, names(), 'convviz.examples.gallery.names()')}")
    if name in PAIRS:
        return comparison_of(PAIRS[name])
    if name in BACKWARD:
        return backward_of(BACKWARD[name])
    if name.startswith(PHOTOGRAPH):
        from convviz.operations import Convolution

        return Convolution(examples.kernel(name.removeprefix(PHOTOGRAPH))).trace(small_photograph())
    if name.endswith(SCATTER):
        return examples.get(name.removesuffix(SCATTER)).trace(view="scatter")
    return examples.get(name).trace()


def small_photograph():
    """The photograph with fewer pixels, each the rounded mean of a square of them: uint8, (150, 128)."""
    picture = examples.photograph()
    rows, columns = (side // PHOTOGRAPH_SCALE for side in picture.shape)
    squares = picture.reshape(rows, PHOTOGRAPH_SCALE, columns, PHOTOGRAPH_SCALE)
    return squares.mean((1, 3)).round().astype(picture.dtype)


def backward_of(entry):
    """The trace of a `Backward`."""
    from convviz import operations

    kind, settings = entry.operation
    image = examples.get(entry.example).image
    return operations.class_of(kind)(**settings).trace(image, view="backward", gradient=entry.gradient)


def comparison_of(pair):
    """The comparison of a `Pair`."""
    from convviz import operations
    from convviz.examples.comparison import compare

    example, sides = examples.get(pair.example), []
    for kind, settings in (pair.left, pair.right):
        cls = operations.class_of(kind)
        weights = {"kernel": example.operation.kernel} if cls.weighted else {}
        sides.append(cls(**weights, **settings))
    return compare(*sides, example.image)


def write(folder, files, jobs, lang="en", options=None):
    """Write animations as files, several at once.

    Parameters
    ----------
    folder : str or os.PathLike
        There is such a folder.
    files : sequence of (str, str)
        Names of animations, each with the ending of a file such as ".gif". One that comes twice is written once.
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
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for name, size, error in write(folder, [("neurone", ".svg"), ("neuron", ".svg")], jobs=1):
    ...     print(name, size is None, error)
    neuron.svg False None
    neurone.svg True no animation is called 'neurone'; did you mean 'neuron'?
    """
    aside = os.path.join(folder, f".convviz-{secrets.token_hex(4)}")
    task = functools.partial(write_file, folder=os.path.abspath(folder), aside=aside, lang=lang, options=options or {})
    said = set()
    # the last ones of the list take longest: who begins with them has no long one left at the end
    files = list(dict.fromkeys(files))[::-1]
    with hidden_folder(aside), contextlib.closing(processes.each(task, files, jobs)) as done:
        for (name, ending), result, error in done:
            size, heard = result or (None, [])
            for text in heard:
                if text not in said:
                    said.add(text)
                    warnings.warn(text, stacklevel=2)
            yield name + ending, size, error


@contextlib.contextmanager
def hidden_folder(path):
    """A folder that is there during the body."""
    remove = functools.partial(shutil.rmtree, path, ignore_errors=True)
    with undone(remove):
        try:
            os.mkdir(path, 0o700)
            yield
        finally:
            with processes.deaf():
                remove()


def write_file(file, folder, aside, lang, options):
    """Write one animation as a file; its bytes, and the texts of the warnings that came meanwhile."""
    name, ending = file
    temporary, final = Path(aside, name + ending), Path(folder, name + ending)
    steps = PHOTOGRAPH_STEPS if name.startswith(PHOTOGRAPH) else None
    # whoever watches has one bar for all files: those of single ones would be drawn over it
    quiet = {} if ending == ".html" else {"progress": False}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        animation(name).save(temporary, lang=lang, steps=steps, **quiet | options.get(ending, {}))
    with atomic_file(final) as complete:
        os.replace(temporary, complete)
    return final.stat().st_size, [str(warning.message) for warning in caught]
