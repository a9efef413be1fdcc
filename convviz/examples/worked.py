"""Worked examples with known answers, and kernels by name.

Every example carries the answer, what its source printed where that differs, and where it comes from. All are
attributes of this module: ``examples.lecture_6x6``. `names` lists them, `get` finds one, `entries` runs through them.
An `Example` is an operation on an image; a `Calculation` is a number or a table of layers. `kernel` gives a kernel by
its name, `photograph` a picture to try it on.
"""

import difflib
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from convviz import geometry

__all__ = [
    "KINDS",
    "Calculation",
    "Example",
    "Layer",
    "entries",
    "get",
    "kernel",
    "kernel_titles",
    "kernels",
    "names",
    "photograph",
    "summarize",
    "titles",
]

#: The kinds of entries, as `names` and `entries` take them.
KINDS = ("convolution", "transposed", "pooling", "calculation")


@dataclass(frozen=True, eq=False, repr=False)
class Example:
    """An operation on an image, and the right answer.

    Attributes
    ----------
    name, title, title_ja : str
        The name, and what the example is in English and Japanese.
    operation : convviz.operations.Operation
    image, answer : numpy.ndarray, (H, W) or (H, W, C)
        The input and the right answer; they cannot be written to, so take ``image.copy()`` to change numbers.
    published : numpy.ndarray or None
        What the source printed, where it differs from the right answer.
    source, note : str
        Where the numbers come from, and what else there is to know.
    captions : dict
        What pictures call input, kernel and output, where that is not what they are; see `convviz.trace.trace`.

    Examples
    --------
    >>> example = get("lecture_6x6")
    >>> example
    <Example lecture_6x6: Convolution, 6×6 → 4×4, 2 published cells are wrong>
    >>> example.wrong_cells
    [(0, 1), (3, 1)]
    >>> example.operation(example.image)[0].tolist(), example.published[0].tolist()
    ([18, 20, 19, 20], [18, 22, 19, 20])
    """

    name: str
    title: str
    title_ja: str
    operation: object
    image: np.ndarray
    answer: np.ndarray
    published: np.ndarray | None = None
    source: str = ""
    note: str = ""
    captions: dict = field(default_factory=dict)

    def trace(self, **options):
        """Every step of the example, as ``operation.trace(image, **options)`` gives it, with its `captions`."""
        return self.operation.trace(self.image, **{"captions": self.captions, **options})

    @property
    def kind(self):
        """Which of `KINDS` it is."""
        return KIND_OF[type(self.operation).__name__]

    @property
    def wrong_cells(self):
        """``(row, column)`` of every cell that the source printed wrong, in row order."""
        if self.published is None:
            return []
        return [(int(row), int(column)) for row, column in np.argwhere(self.published != self.answer)]

    def __repr__(self):
        size, made = ("×".join(map(str, array.shape)) for array in (self.image, self.answer))
        wrong = len(self.wrong_cells)
        said = f", {wrong} published cell{'s are' if wrong > 1 else ' is'} wrong" if wrong else ""
        return f"<Example {self.name}: {type(self.operation).__name__}, {size} → {made}{said}>"


class Layer(NamedTuple):
    """A row of a network's table: what the layer is, the shape it gives, and how many weights and biases it has."""

    name: str
    output_shape: tuple
    parameters: int


@dataclass(frozen=True, eq=False, repr=False)
class Calculation:
    """A number that is calculated or was measured: parameters of a layer or network, a function's value, an accuracy.

    Attributes
    ----------
    name, title, title_ja : str
        The name, and what is calculated in English and Japanese.
    expression : str
        How it is calculated, as one writes it; for networks the layers.
    answer : int, float or tuple of float
        The right answer; for networks the number of weights and biases, for accuracies the measured one.
    published : int or None
        What the source printed, where it differs.
    source, note : str
        Where the numbers come from, and what else there is to know.
    input_shape : tuple of int or None
        For networks: the shape of one input.
    layers : tuple of tuple
        For networks: each layer as ``(name, settings …)``, for example ``("Conv2D", 32, 3, "same")``.
    table : tuple of Layer
        For networks: output shapes and parameters, layer by layer.

    Examples
    --------
    >>> first = get("lecture_conv2d_32")
    >>> first.expression, first.answer, first.compute()
    ('(3·3·1 + 1)·32', 320, 320)
    >>> get("lecture_network_1").table[0]
    Layer(name='Conv2D', output_shape=(28, 28, 32), parameters=320)
    """

    name: str
    title: str
    title_ja: str
    expression: str
    answer: object
    published: object = None
    source: str = ""
    note: str = ""
    input_shape: tuple | None = None
    layers: tuple = ()
    table: tuple = ()
    rule: Callable | None = field(default=None)

    #: Which of `KINDS` it is.
    kind = "calculation"

    def compute(self):
        """The answer, calculated by convviz.

        Raises
        ------
        ValueError
            For what was measured and cannot be calculated, like an accuracy.
        """
        if self.rule is None:
            raise ValueError(f"{self.name} was measured, not calculated; its answer is {self.answer}")
        return self.rule(self)

    def __repr__(self):
        said = "" if self.published is None else f" (published: {self.published})"
        return f"<Calculation {self.name}: {self.expression}{' →' if self.layers else ' ='} {self.answer}{said}>"


# The layers of networks


def summarize(input_shape, layers):
    """Output shapes and parameters of a stack of layers.

    Parameters
    ----------
    input_shape : tuple of int
        ``(rows, columns, channels)`` or ``(cells,)``.
    layers : sequence of tuple
        ``("Conv2D", filters, kernel_size, padding)``, ``("MaxPooling2D", pool_size)``, ``("Flatten",)``,
        ``("Dropout", rate)`` or ``("Dense", units)``.

    Returns
    -------
    tuple of Layer

    Examples
    --------
    >>> layers = [("Conv2D", 32, 3, "valid"), ("MaxPooling2D", 2), ("Flatten",), ("Dense", 10)]
    >>> for layer in summarize((28, 28, 1), layers):
    ...     print(*layer)
    Conv2D (26, 26, 32) 320
    MaxPooling2D (13, 13, 32) 0
    Flatten (5408,) 0
    Dense (10,) 54090
    """
    shape, table = tuple(input_shape), []
    for name, *settings in layers:
        shape, parameters = LAYERS[name](shape, *settings)
        table.append(Layer(name, shape, parameters))
    return tuple(table)


def conv2d_layer(shape, filters, kernel_size, padding):
    """Output shape and parameters of a convolution of all channels."""
    where = geometry.window_geometry(shape[:2], kernel_size, padding=padding)
    return (*where.output_shape, filters), geometry.convolution_parameters(kernel_size, shape[2], filters)


def pooling_layer(shape, pool_size):
    """Output shape and parameters of a pooling whose strides are its size."""
    where = geometry.window_geometry(shape[:2], pool_size, strides=pool_size, kind="pool")
    return (*where.output_shape, shape[2]), 0


def dense_layer(shape, units):
    """Output shape and parameters of a dense layer."""
    return (units,), geometry.dense_parameters(shape[0], units)


LAYERS = {
    "Conv2D": conv2d_layer,
    "MaxPooling2D": pooling_layer,
    "Flatten": lambda shape: ((int(np.prod(shape)),), 0),
    "Dropout": lambda shape, rate: (shape, 0),
    "Dense": dense_layer,
}


def total_parameters(calculation):
    """All weights and biases of a network."""
    return sum(layer.parameters for layer in summarize(calculation.input_shape, calculation.layers))


def softmax(values):
    """exp(v) divided by the sum of all exp(v)."""
    powers = np.exp(np.array(values))
    return tuple((powers / powers.sum()).tolist())


# What is asked for by name


def names(kind=None):
    """Names of all worked examples, or of one kind.

    Parameters
    ----------
    kind : {"convolution", "transposed", "pooling", "calculation"}, optional

    Examples
    --------
    >>> names("pooling")
    ['lecture_max_pooling', 'textbook_max_pooling', 'numerical_average_pooling', 'numerical_max_pooling', 'ceil_mode']
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(map(repr, KINDS))}")
    found = [name for name, entry in EXAMPLES.items() if kind in (None, KIND_OF[entry["operation"][0]])]
    return found + (list(CALCULATIONS) if kind in (None, "calculation") else [])


def titles(lang="en"):
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
    key = "title_ja" if lang == "ja" else "title"
    return {name: entry[key] for name, entry in (EXAMPLES | CALCULATIONS).items()}


def get(name):
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
        For a name that there is not; the message has the nearest ones.

    Examples
    --------
    >>> get("lecture_6x6_same").answer.shape
    (6, 6)
    >>> get("neurone")
    Traceback (most recent call last):
    ...
    ValueError: no worked example is called 'neurone'; did you mean 'neuron'?
    """
    if name not in names():
        raise ValueError(f"no worked example is called {name!r}; {nearest(name, names(), 'convviz.examples.names()')}")
    return build(name)


def entries(kind=None):
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


def kernels():
    """Names of the kernels that `kernel` knows.

    Examples
    --------
    >>> kernels()[:4]
    ['identity', 'edge', 'edge_8', 'laplacian']
    """
    return list(KERNELS)


def kernel_titles(lang="en"):
    """Names and titles of all kernels.

    Parameters
    ----------
    lang : {"en", "ja"}

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> kernel_titles()["sobel_x"]
    'Sobel: change from left to right'
    """
    return {name: entry[1 if lang == "ja" else 0] for name, entry in KERNELS.items()}


def kernel(name):
    """The kernel called `name`.

    Parameters
    ----------
    name : str
        One of `kernels`.

    Returns
    -------
    numpy.ndarray, (rows, columns)
        An array of its own: int64, or float64 where weights are fractions.

    Raises
    ------
    ValueError
        For a name that there is not; the message has the nearest ones.

    Examples
    --------
    >>> kernel("sobel_x")
    array([[-1,  0,  1],
           [-2,  0,  2],
           [-1,  0,  1]])
    >>> kernel("gaussian")[0]
    array([0.0625, 0.125 , 0.0625])
    """
    if name not in KERNELS:
        raise ValueError(f"no kernel is called {name!r}; {nearest(name, KERNELS, 'convviz.examples.kernels()')}")
    return numbers(*KERNELS[name][2:])


def photograph(colour=False):
    """A photograph that comes with matplotlib: Rear Admiral Grace Hopper (U.S. Navy, 1984, public domain).

    Parameters
    ----------
    colour : bool, default False
        Keep red, green and blue.

    Returns
    -------
    numpy.ndarray of uint8, (600, 512), in colour (600, 512, 3)

    Raises
    ------
    FileNotFoundError
        Where matplotlib was installed without its sample data.

    Examples
    --------
    >>> photograph().shape, photograph(colour=True).shape
    ((600, 512), (600, 512, 3))
    """
    from pathlib import Path

    import matplotlib
    from PIL import Image

    path = Path(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg")
    if not path.exists():
        raise FileNotFoundError(
            f"matplotlib was installed without its sample data ({path}); install it with pip, or open your own picture"
        )
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB" if colour else "L"))


def nearest(name, known, where):
    """The end of an error for a name that is not known: the nearest ones, or where all are listed."""
    if not isinstance(name, str) or not name:
        return f"{where} lists all"
    close = difflib.get_close_matches(name.lower(), list(known), n=3, cutoff=0.7)
    close = close or [other for other in known if name.lower() in other][:3]
    if not close:
        return f"{where} lists all"
    return f"did you mean {' or '.join(repr(other) for other in close)}?"


def __getattr__(name):
    if name in EXAMPLES or name in CALCULATIONS:
        return build(name)
    hint = "" if name.startswith("_") else f"; {nearest(name, names(), 'names()')}"
    raise AttributeError(f"module 'convviz.examples' has no attribute {name!r}{hint}")


def __dir__():
    return sorted([*__all__, *names()])


# How entries are built from the tables below


def numbers(text, divisor=1):
    """Rows of numbers, written ``1 2 / 3 4``, as an array; divided by `divisor` if that is not 1.

    Channels stand apart by ``|``, and filters by ``||``: each becomes a further axis at the end.
    """
    if "||" in text:
        return np.stack([np.atleast_3d(numbers(part)) for part in text.split("||")], axis=3)
    if "|" in text:
        return np.stack([numbers(part) for part in text.split("|")], axis=2)
    rows = [row.split() for row in text.split("/")]
    array = np.array([[float(word) if "." in word else int(word) for word in row] for row in rows])
    return array if divisor == 1 else array / divisor


def frozen(text):
    """An array from text, or from ``(text, divisor)``, that cannot be written to."""
    array = numbers(text) if isinstance(text, str) else numbers(*text)
    array.flags.writeable = False
    return array


@functools.cache
def build(name):
    """The entry called `name`, built once."""
    if name in CALCULATIONS:
        return Calculation(name=name, **CALCULATIONS[name])
    # operations bring numba in, which listing names can do without
    from convviz import operations

    entry = dict(EXAMPLES[name])
    make, settings = entry.pop("operation")
    if "kernel" in settings:
        kernel = frozen(settings["kernel"])
        settings = settings | {"kernel": kernel if kernel.ndim != 3 else kernel[..., np.newaxis]}
    arrays = {key: frozen(entry.pop(key)) for key in ("image", "answer", "published") if key in entry}
    if arrays["image"].ndim > arrays["answer"].ndim:  # one channel, of one filter
        arrays["answer"] = arrays["answer"][..., np.newaxis]
    return Example(name=name, operation=getattr(operations, make)(**settings), **arrays, **entry)


def convolution(kernel, **settings):
    """A convolution, for the tables below."""
    return "Convolution", {"kernel": kernel, **settings}


def transposed(kernel, **settings):
    """A transposed convolution, for the tables below."""
    return "TransposedConvolution", {"kernel": kernel, **settings}


KIND_OF = {
    "Convolution": "convolution",
    "TransposedConvolution": "transposed",
    "MaxPooling": "pooling",
    "AveragePooling": "pooling",
}

#: Name: title, Japanese title, weights, and by what they are divided.
KERNELS = {
    "identity": ("Identity: nothing changes", "恒等（何も変えない）", "0 0 0 / 0 1 0 / 0 0 0"),
    "edge": ("Edges, from four neighbours", "エッジ検出（4近傍）", "0 -1 0 / -1 4 -1 / 0 -1 0"),
    "edge_8": ("Edges, from eight neighbours", "エッジ検出（8近傍）", "-1 -1 -1 / -1 8 -1 / -1 -1 -1"),
    "laplacian": ("Laplacian: second differences", "ラプラシアン（2次差分）", "0 1 0 / 1 -4 1 / 0 1 0"),
    "sharpen": ("Sharpen: the image plus its edges", "鮮鋭化（画像＋エッジ）", "0 -1 0 / -1 5 -1 / 0 -1 0"),
    "blur": ("Box blur: the mean of nine cells", "平均化（9マスの平均）", "1 1 1 / 1 1 1 / 1 1 1", 9),
    "gaussian": ("Gaussian blur, 3×3", "ガウシアンぼかし 3×3", "1 2 1 / 2 4 2 / 1 2 1", 16),
    "gaussian_5": (
        "Gaussian blur, 5×5",
        "ガウシアンぼかし 5×5",
        "1 4 6 4 1 / 4 16 24 16 4 / 6 24 36 24 6 / 4 16 24 16 4 / 1 4 6 4 1",
        256,
    ),
    "sobel_x": ("Sobel: change from left to right", "ソーベル（横方向の変化）", "-1 0 1 / -2 0 2 / -1 0 1"),
    "sobel_y": ("Sobel: change from top to bottom", "ソーベル（縦方向の変化）", "-1 -2 -1 / 0 0 0 / 1 2 1"),
    "prewitt_x": ("Prewitt: change from left to right", "プレウィット（横方向の変化）", "-1 0 1 / -1 0 1 / -1 0 1"),
    "prewitt_y": ("Prewitt: change from top to bottom", "プレウィット（縦方向の変化）", "-1 -1 -1 / 0 0 0 / 1 1 1"),
    "emboss": ("Emboss: lit from the top left", "エンボス（左上からの光）", "-2 -1 0 / -1 1 1 / 0 1 2"),
}

LECTURE = "須藤毅顕（統合教育機構）, lecture slides 「医療とAI・ビッグデータ応用 — CNN」"
LECTURE_MLP = "須藤毅顕（統合教育機構）, lecture slides 「医療とAI・ビッグデータ応用 — 4 MLP」"
TEXTBOOK = "Course textbook “Keras – AI” (in Japanese), "
KERAS_SLIDES = "結城洸太, slides on 「PythonとKerasによるディープラーニング」, 5.1 畳み込みニューラルネットワークの紹介"
GUIDE = "V. Dumoulin and F. Visin, “A guide to convolution arithmetic for deep learning” (2016), "
GUIDE_SHAPES = GUIDE + "the conv_arithmetic set; shapes are theirs, the numbers were chosen for convviz"
BEYOND = "Chosen for convviz: what the conv_arithmetic set of V. Dumoulin and F. Visin does not show"

LECTURE_IMAGE = "0 2 3 1 2 3 / 4 2 1 2 3 0 / 2 2 1 3 2 1 / 1 1 2 3 1 2 / 1 4 2 2 3 1 / 2 0 2 1 4 0"
LECTURE_CORNER = "0 2 3 1 2 / 4 2 1 2 3 / 2 2 1 3 2 / 1 1 2 3 1 / 1 4 2 2 3"
LECTURE_KERNEL = "1 2 2 / 0 0 1 / 2 1 1"
TEXTBOOK_IMAGE = "2 1 2 1 / 1 2 3 2 / 2 3 1 3 / 2 0 1 1"
TEXTBOOK_KERNEL = "1 3 2 / 1 2 0 / 2 3 1"
GUIDE_IMAGE = "3 3 2 1 0 / 0 0 1 3 1 / 3 1 2 2 3 / 2 0 0 2 2 / 2 0 0 0 1"
GUIDE_KERNEL = "0 1 2 / 2 2 0 / 0 1 2"
GRADIENT = "1 0 -1 / 2 1 0 / 0 -1 3"
CHANNELS = (
    "1 0 2 1 / 0 2 1 0 / 2 1 0 1 / 1 0 1 2",
    "0 1 1 2 / 1 0 2 0 / 2 1 0 1 / 0 2 1 1",
    "2 1 0 1 / 1 1 0 2 / 0 2 1 0 / 1 0 2 1",
    "1 0 0 1 / 2 1 1 0 / 0 1 2 2 / 1 2 0 1",
)

EXAMPLES = {
    "lecture_6x6": {
        "title": "Lecture: 6×6 input, 3×3 kernel, no padding",
        "title_ja": "講義：6×6の入力と3×3のカーネル、パディングなし",
        "operation": convolution(LECTURE_KERNEL),
        "image": LECTURE_IMAGE,
        "answer": "18 20 19 20 / 16 18 21 18 / 18 25 21 19 / 15 16 22 16",
        "published": "18 22 19 20 / 16 18 21 18 / 18 25 21 19 / 15 17 22 16",
        "source": LECTURE,
        "note": "The slides write out the first step: 0×1 + 2×2 + 3×2 + 4×0 + 2×0 + 1×1 + 2×2 + 2×1 + 1×1 = 18.",
    },
    "lecture_6x6_same": {
        "title": "Lecture: 6×6 input, 3×3 kernel, padding 1",
        "title_ja": "講義：6×6の入力と3×3のカーネル、パディング1",
        "operation": convolution(LECTURE_KERNEL, padding="same"),
        "image": LECTURE_IMAGE,
        "answer": "8 14 8 9 10 6 / 10 18 20 19 20 13 / 16 16 18 21 18 7 / 14 18 25 21 19 11 / "
        "10 15 16 22 16 13 / 10 15 13 16 10 5",
        "published": "8 14 8 9 10 6 / 10 18 22 19 20 13 / 16 16 18 21 18 7 / 14 18 25 21 19 11 / "
        "10 15 17 22 16 13 / 10 15 13 16 10 5",
        "source": LECTURE,
        "note": "The slides carry over the two slips of the example without padding.",
    },
    "lecture_5x5_strides_1": {
        "title": "Lecture: 5×5 input, 3×3 kernel, strides 1",
        "title_ja": "講義：5×5の入力と3×3のカーネル、ストライド1",
        "operation": convolution(LECTURE_KERNEL),
        "image": LECTURE_CORNER,
        "answer": "18 20 19 / 16 18 21 / 18 25 21",
        "source": LECTURE,
        "note": "The slides print the first row, 18 20 19, which is right here.",
    },
    "lecture_5x5_strides_2": {
        "title": "Lecture: 5×5 input, 3×3 kernel, strides 2",
        "title_ja": "講義：5×5の入力と3×3のカーネル、ストライド2",
        "operation": convolution(LECTURE_KERNEL, strides=2),
        "image": LECTURE_CORNER,
        "answer": "18 19 / 18 21",
        "source": LECTURE,
        "note": "The slides print the first row, 18 19.",
    },
    "lecture_max_pooling": {
        "title": "Lecture: max pooling 2×2",
        "title_ja": "講義：2×2の最大値プーリング",
        "operation": ("MaxPooling", {"pool_size": 2}),
        "image": "3 4 5 6 / 1 2 3 4 / -1 3 0 3 / 2 2 5 2",
        "answer": "4 6 / 3 5",
        "source": LECTURE,
    },
    "textbook_4x4": {
        "title": "Textbook: 4×4 input, 3×3 kernel, no padding",
        "title_ja": "教科書：4×4の入力と3×3のカーネル、パディングなし",
        "operation": convolution(TEXTBOOK_KERNEL),
        "image": TEXTBOOK_IMAGE,
        "answer": "28 29 / 26 24",
        "source": TEXTBOOK + "2.2 畳み込みレイヤー",
    },
    "textbook_4x4_same": {
        "title": "Textbook: 4×4 input, 3×3 kernel, padding 1",
        "title_ja": "教科書：4×4の入力と3×3のカーネル、パディング1",
        "operation": convolution(TEXTBOOK_KERNEL, padding=1),
        "image": TEXTBOOK_IMAGE,
        "answer": "9 15 20 16 / 19 28 29 23 / 17 26 24 21 / 16 15 14 13",
        "source": TEXTBOOK + "2.2 畳み込みレイヤー",
    },
    "textbook_max_pooling": {
        "title": "Textbook: max pooling 2×2",
        "title_ja": "教科書：2×2の最大値プーリング",
        "operation": ("MaxPooling", {"pool_size": 2}),
        "image": TEXTBOOK_IMAGE,
        "answer": "2 3 / 3 3",
        "source": TEXTBOOK + "2.3 プーリングレイヤー",
    },
    "neuron": {
        "title": "One neuron: three inputs, three weights",
        "title_ja": "ニューロン1個：入力3つと重み3つ",
        "operation": convolution("0.5 0.2 -1"),
        "image": "1 2 0.5",
        "answer": "0.4",
        "source": LECTURE_MLP,
        "note": "1×0.5 + 2×0.2 + 0.5×(−1) = 0.4: a kernel as large as its input is a neuron.",
    },
    "no_padding_no_strides": {
        "title": "Guide: no padding, strides 1",
        "title_ja": "ガイド：パディングなし、ストライド1",
        "operation": convolution("0 1 1 / 0 1 1 / 2 0 0"),
        "image": "0 3 2 1 / 2 1 0 1 / 2 2 3 3 / 3 3 2 2",
        "answer": "10 8 / 12 13",
        "source": GUIDE_SHAPES,
    },
    "arbitrary_padding_no_strides": {
        "title": "Guide: padding 2, strides 1",
        "title_ja": "ガイド：パディング2、ストライド1",
        "operation": convolution("2 0 2 1 / 2 0 0 1 / 0 2 2 1 / 1 0 0 1", padding=2),
        "image": "3 0 1 1 0 / 1 1 1 1 0 / 0 2 0 3 0 / 3 1 1 0 1 / 0 0 2 2 1",
        "answer": "7 8 5 5 3 1 / 5 6 15 6 4 5 / 10 7 22 12 11 4 / 12 14 14 12 6 12 / 3 7 15 22 8 8 / 7 5 10 4 8 4",
        "source": GUIDE_SHAPES,
    },
    "same_padding_no_strides": {
        "title": "Guide: half padding, strides 1",
        "title_ja": "ガイド：ハーフパディング（same）、ストライド1",
        "operation": convolution("1 2 1 / 2 2 0 / 2 2 1", padding=1),
        "image": "1 3 2 1 0 / 0 2 2 3 0 / 0 2 1 3 1 / 1 2 1 0 1 / 1 3 2 1 2",
        "answer": "4 14 21 16 8 / 7 18 25 23 15 / 6 17 21 19 13 / 9 21 24 18 13 / 6 14 14 8 8",
        "source": GUIDE_SHAPES,
    },
    "full_padding_no_strides": {
        "title": "Guide: full padding, strides 1",
        "title_ja": "ガイド：フルパディング、ストライド1",
        "operation": convolution("2 1 1 / 2 0 0 / 1 2 0", padding="full"),
        "image": "2 2 2 2 3 / 0 2 1 1 2 / 3 3 0 3 2 / 2 0 3 2 2 / 1 0 1 1 1",
        "answer": "0 4 6 6 6 8 3 / 0 0 8 8 7 9 8 / 2 10 17 15 17 16 12 / 0 6 11 18 12 16 10 / 3 8 14 11 14 15 9 / "
        "2 2 9 5 12 8 6 / 1 1 3 2 4 3 2",
        "source": GUIDE_SHAPES,
    },
    "no_padding_strides": {
        "title": "Guide: no padding, strides 2",
        "title_ja": "ガイド：パディングなし、ストライド2",
        "operation": convolution("2 2 0 / 2 1 1 / 0 1 1", strides=2),
        "image": "0 2 0 1 2 / 2 2 0 2 0 / 0 2 0 2 1 / 1 3 2 0 0 / 2 2 3 2 0",
        "answer": "12 7 / 16 10",
        "source": GUIDE_SHAPES,
    },
    "padding_strides": {
        "title": "Guide: padding 1, strides 2",
        "title_ja": "ガイド：パディング1、ストライド2",
        "operation": convolution("0 2 0 / 2 1 1 / 1 0 2", strides=2, padding=1),
        "image": "3 2 3 0 3 / 1 2 0 2 1 / 3 1 2 0 0 / 1 2 0 0 1 / 3 1 2 0 1",
        "answer": "9 13 5 / 10 6 2 / 6 4 3",
        "source": GUIDE_SHAPES,
    },
    "padding_strides_odd": {
        "title": "Guide: padding 1, strides 2, cells left over",
        "title_ja": "ガイド：パディング1、ストライド2、1行1列が余る",
        "operation": convolution("2 1 1 / 1 2 0 / 1 0 0", strides=2, padding=1),
        "image": "2 0 1 2 0 3 / 1 3 1 1 2 3 / 1 1 3 1 0 1 / 0 2 2 1 0 2 / 1 2 2 1 1 2 / 1 2 3 0 2 1",
        "answer": "4 5 3 / 6 17 9 / 4 15 7",
        "source": GUIDE_SHAPES,
        "note": "The padding at the bottom and right is not read: 6 + 2·1 − 3 is not divisible by 2.",
    },
    "dilation": {
        "title": "Guide: dilation 2",
        "title_ja": "ガイド：ダイレーション2",
        "operation": convolution("2 0 1 / 2 0 0 / 1 1 1", dilation_rate=2),
        "image": "1 2 0 0 0 3 0 / 0 2 3 0 0 0 0 / 1 3 3 3 1 3 1 / 0 1 3 0 3 1 2 / 3 1 2 0 0 1 2 / "
        "3 1 0 3 0 3 2 / 0 0 3 2 3 3 3",
        "answer": "9 15 10 / 3 13 14 / 15 16 20",
        "source": GUIDE_SHAPES,
    },
    "no_padding_no_strides_transposed": {
        "title": "Guide, transposed: no padding, strides 1",
        "title_ja": "ガイド・転置：パディングなし、ストライド1",
        "operation": transposed("0 1 1 / 0 1 1 / 2 0 0"),
        "image": "2 3 / 1 2",
        "answer": "0 2 5 3 / 0 3 8 5 / 4 7 3 2 / 2 4 0 0",
        "source": GUIDE_SHAPES,
    },
    "arbitrary_padding_no_strides_transposed": {
        "title": "Guide, transposed: padding 2, strides 1",
        "title_ja": "ガイド・転置：パディング2、ストライド1",
        "operation": transposed("2 0 2 1 / 2 0 0 1 / 0 2 2 1 / 1 0 0 1", padding=2),
        "image": "2 3 1 0 2 3 / 0 2 1 3 1 3 / 1 1 3 0 3 0 / 3 3 3 3 2 0 / 1 2 3 2 3 0 / 1 2 1 2 0 3",
        "answer": "20 19 22 15 19 / 23 24 35 25 18 / 19 30 31 23 20 / 25 30 31 30 11 / 11 22 19 23 13",
        "source": GUIDE_SHAPES,
    },
    "same_padding_no_strides_transposed": {
        "title": "Guide, transposed: half padding, strides 1",
        "title_ja": "ガイド・転置：ハーフパディング、ストライド1",
        "operation": transposed("1 2 1 / 2 2 0 / 2 2 1", padding=1),
        "image": "1 1 3 1 3 / 0 3 0 1 1 / 1 3 0 1 2 / 2 3 0 1 2 / 1 3 1 1 2",
        "answer": "7 14 12 11 9 / 15 22 15 19 14 / 21 20 11 14 12 / 23 21 13 17 14 / 18 16 9 12 9",
        "source": GUIDE_SHAPES,
    },
    "full_padding_no_strides_transposed": {
        "title": "Guide, transposed: full padding, strides 1",
        "title_ja": "ガイド・転置：フルパディング、ストライド1",
        "operation": transposed("2 1 1 / 2 0 0 / 1 2 0", padding="full"),
        "image": "2 3 2 2 3 1 2 / 1 1 1 1 3 1 0 / 1 1 2 0 3 3 1 / 2 0 2 2 1 3 1 / 2 2 3 3 2 3 1 / "
        "3 3 2 3 0 3 1 / 1 2 2 3 1 1 1",
        "answer": "16 11 21 18 12 / 13 9 17 22 10 / 18 19 15 26 16 / 18 23 14 20 14 / 18 25 15 19 13",
        "source": GUIDE_SHAPES,
    },
    "no_padding_strides_transposed": {
        "title": "Guide, transposed: no padding, strides 2",
        "title_ja": "ガイド・転置：パディングなし、ストライド2",
        "operation": transposed("2 2 0 / 2 1 1 / 0 1 1", strides=2),
        "image": "1 3 / 2 1",
        "answer": "2 2 6 6 0 / 2 1 7 3 3 / 4 5 3 5 3 / 4 2 4 1 1 / 0 2 2 1 1",
        "source": GUIDE_SHAPES,
    },
    "padding_strides_transposed": {
        "title": "Guide, transposed: padding 1, strides 2",
        "title_ja": "ガイド・転置：パディング1、ストライド2",
        "operation": transposed("0 2 0 / 2 1 1 / 1 0 2", strides=2, padding=1),
        "image": "3 1 2 / 1 2 1 / 2 1 3",
        "answer": "3 5 1 5 2 / 2 7 4 4 2 / 1 5 2 4 1 / 4 4 2 5 6 / 2 4 1 7 3",
        "source": GUIDE_SHAPES,
    },
    "padding_strides_odd_transposed": {
        "title": "Guide, transposed: padding 1, strides 2 to 6×6",
        "title_ja": "ガイド・転置：パディング1、ストライド2で6×6へ",
        "operation": transposed("2 1 1 / 1 2 0 / 1 0 0", strides=2, padding=1, output_padding=1),
        "image": "2 1 3 / 1 3 2 / 3 2 1",
        "answer": "4 1 2 3 6 0 / 1 8 3 10 2 2 / 2 3 6 2 4 0 / 3 10 2 6 1 1 / 6 2 4 1 2 0 / 0 2 0 1 0 0",
        "source": GUIDE_SHAPES,
        "note": "A 5×5 and a 6×6 input both give 3×3; the output padding says that 6×6 is meant.",
    },
    "numerical_no_padding_no_strides": {
        "title": "Guide's numbers: no padding, strides 1",
        "title_ja": "ガイドの数値：パディングなし、ストライド1",
        "operation": convolution(GUIDE_KERNEL),
        "image": GUIDE_IMAGE,
        "answer": "12 12 17 / 10 17 19 / 9 6 14",
        "source": GUIDE + "figure 1.1",
    },
    "numerical_padding_strides": {
        "title": "Guide's numbers: padding 1, strides 2",
        "title_ja": "ガイドの数値：パディング1、ストライド2",
        "operation": convolution(GUIDE_KERNEL, strides=2, padding=1),
        "image": GUIDE_IMAGE,
        "answer": "6 17 3 / 8 17 13 / 6 4 4",
        "source": GUIDE + "figure 1.2",
    },
    "numerical_average_pooling": {
        "title": "Guide's numbers: average pooling 3×3, strides 1",
        "title_ja": "ガイドの数値：3×3の平均値プーリング、ストライド1",
        "operation": ("AveragePooling", {"pool_size": 3, "strides": 1}),
        "image": GUIDE_IMAGE,
        "answer": ("15 15 15 / 9 11 16 / 10 7 12", 9),
        "source": GUIDE + "figure 1.5",
        "note": "Ninths: the sums of the windows are 15 15 15 / 9 11 16 / 10 7 12.",
    },
    "numerical_max_pooling": {
        "title": "Guide's numbers: max pooling 3×3, strides 1",
        "title_ja": "ガイドの数値：3×3の最大値プーリング、ストライド1",
        "operation": ("MaxPooling", {"pool_size": 3, "strides": 1}),
        "image": GUIDE_IMAGE,
        "answer": "3 3 3 / 3 3 3 / 3 2 3",
        "source": GUIDE + "figure 1.6",
    },
    "channels": {
        "title": "Three channels, their sums and a bias",
        "title_ja": "3チャンネルとその和、バイアス",
        "operation": convolution(f"{LECTURE_KERNEL} | 0 1 0 / 1 -4 1 / 0 1 0 | 1 0 0 / 0 1 0 / 0 0 1", bias=[1]),
        "image": "0 2 3 1 / 4 2 1 2 / 2 2 1 3 / 1 1 2 3 | 1 0 2 1 / 0 3 1 0 / 2 1 0 1 / 0 2 1 2 | "
        "3 1 0 0 / 1 2 0 1 / 0 0 2 2 / 1 3 1 0",
        "answer": "16 25 / 22 27",
        "source": BEYOND,
        "note": "One filter has a layer of weights for each channel, and makes one feature map.",
    },
    "gradient_kernel": {
        "title": "Backward: the gradient of the kernel",
        "title_ja": "逆伝播：カーネルの勾配",
        "operation": convolution(GRADIENT),
        "image": LECTURE_CORNER,
        "answer": "8 14 8 / 14 12 3 / 6 7 13",
        "source": BEYOND,
        "note": "The image convolved with the gradient of the feature map: the kernel here is that gradient.",
        "captions": {
            "input": {"en": "image", "ja": "画像"},
            "kernel": {"en": "gradient of the feature map", "ja": "特徴マップの勾配"},
            "output": {"en": "gradient of the kernel", "ja": "カーネルの勾配"},
        },
    },
    "gradient_input": {
        "title": "Backward: the gradient of the image",
        "title_ja": "逆伝播：画像の勾配",
        "operation": transposed(LECTURE_KERNEL),
        "image": GRADIENT,
        "answer": "1 2 1 -2 -2 / 2 5 7 2 -1 / 2 0 2 4 5 / 4 4 3 0 3 / 0 -2 5 2 3",
        "source": BEYOND,
        "note": "Each cell of the gradient stamps the kernel: the input here is the gradient of the feature map.",
        "captions": {
            "input": {"en": "gradient of the feature map", "ja": "特徴マップの勾配"},
            "output": {"en": "gradient of the image", "ja": "画像の勾配"},
        },
    },
    "same_padding_strides": {
        "title": "Beyond the guide: same with strides 2, one-sided",
        "title_ja": "ガイド外：sameとストライド2（片側のパディング）",
        "operation": convolution(LECTURE_KERNEL, strides=2, padding="same"),
        "image": LECTURE_IMAGE,
        "answer": "18 19 13 / 18 21 11 / 15 16 5",
        "source": BEYOND,
        "note": "One row and one column are missing: Keras puts them at the bottom and right. PyTorch refuses padding "
        "'same' with strides; its padding=1 also adds them at the top and left, and gives other numbers.",
    },
    "groups": {
        "title": "Beyond the guide: two groups of two channels",
        "title_ja": "ガイド外：2チャンネルずつ2グループ",
        "operation": convolution("1 0 / 2 1 | 0 1 / 1 0 || 1 1 / 0 2 | 2 0 / 0 1", groups=2),
        "image": " | ".join(CHANNELS),
        "answer": "5 6 8 / 7 7 2 / 5 4 6 | 8 2 5 / 11 7 6 / 4 9 8",
        "source": BEYOND,
        "note": "Filter 0 reads channels 0 and 1, filter 1 reads channels 2 and 3: half the weights of a convolution in "
        "which each filter reads all four.",
    },
    "depthwise": {
        "title": "Beyond the guide: depthwise, a kernel per channel",
        "title_ja": "ガイド外：depthwise、チャンネルごとのカーネル",
        "operation": convolution("1 0 1 / 0 2 0 / 1 0 1 || 0 1 0 / 1 0 1 / 0 1 0 || 1 2 0 / 0 1 0 / 0 2 1", groups=3),
        "image": " | ".join(CHANNELS[:3]),
        "answer": "9 5 / 5 4 | 5 1 / 4 5 | 10 3 / 7 7",
        "source": BEYOND,
        "note": "As many groups as channels: no sum over channels is left.",
    },
    "flipped_kernel": {
        "title": "Beyond the guide: the kernel flipped",
        "title_ja": "ガイド外：カーネルの反転",
        "operation": convolution(LECTURE_KERNEL, flip_kernel=True),
        "image": LECTURE_IMAGE,
        "answer": "21 18 19 22 / 16 18 21 18 / 19 24 21 21 / 13 18 19 20",
        "source": BEYOND,
        "note": "Mathematics turns the kernel by 180° before it multiplies; neural networks do not, since they learn the "
        "weights anyway.",
    },
    "uncovered_cells": {
        "title": "Beyond the guide: strides larger than the kernel",
        "title_ja": "ガイド外：カーネルより大きいストライド",
        "operation": convolution("1 2 / 0 1", strides=3),
        "image": LECTURE_IMAGE,
        "answer": "6 8 / 7 8",
        "source": BEYOND,
        "note": "20 of the 36 cells are read by no window: changing them changes nothing.",
    },
    "ceil_mode": {
        "title": "Beyond the guide: max pooling in ceil mode",
        "title_ja": "ガイド外：ceil mode（切り上げ）のプーリング",
        "operation": ("MaxPooling", {"pool_size": 2, "ceil_mode": True}),
        "image": LECTURE_CORNER,
        "answer": "4 3 3 / 2 3 2 / 4 2 3",
        "source": BEYOND,
        "note": "5 cells are not divisible by 2. Rounded up, the last windows hang over the end; rounded down, the last row "
        "and column would not be read.",
    },
}


def parameters(*arguments, of=geometry.convolution_parameters, **options):
    """A rule that counts parameters, for the table below."""
    return lambda calculation: of(*arguments, **options)


def dense(*arguments, **options):
    """A rule that counts the parameters of a dense layer, for the table below."""
    return parameters(*arguments, of=geometry.dense_parameters, **options)


def network(title, title_ja, expression, answer, input_shape, layers, rows, source, note=""):
    """A network, for the table below. `rows` has shape and parameters of each layer: ``28×28×32 320, 25088 0``."""
    table = []
    for (name, *_), row in zip(layers, rows.split(", "), strict=True):
        shape, count = row.split(" ")
        table.append(Layer(name, tuple(int(part) for part in shape.split("×")), int(count)))
    return {
        "title": title,
        "title_ja": title_ja,
        "expression": expression,
        "answer": answer,
        "input_shape": input_shape,
        "layers": layers,
        "table": tuple(table),
        "rule": total_parameters,
        "source": source,
        "note": note,
    }


def accuracy(number, value, loss, layers, expression):
    """A measured accuracy of one of the lecture's networks, for the table below."""
    return {
        "title": f"Accuracy of network {number} on Fashion-MNIST",
        "title_ja": f"ネットワーク{number}のFashion-MNISTでの正解率",
        "expression": expression,
        "answer": value,
        "input_shape": (28, 28, 1),
        "layers": layers,
        "source": LECTURE,
        "note": f"{TRAINING} Test loss {loss}.",
    }


TRAINING = "Measured: 50 epochs, batch size 64, Adam, validation_split 0.2, ReLU, softmax over 10 classes."
CONV32, CONV64, CONV128 = (("Conv2D", filters, 3, "same") for filters in (32, 64, 128))
POOL, FLATTEN, DROPOUT, DENSE10 = ("MaxPooling2D", 2), ("Flatten",), ("Dropout", 0.5), ("Dense", 10)
LECTURE_NETWORKS = (
    (CONV32, FLATTEN, DROPOUT, DENSE10),
    (CONV32, CONV64, FLATTEN, DROPOUT, DENSE10),
    (CONV32, CONV64, POOL, FLATTEN, DROPOUT, DENSE10),
    (CONV32, CONV64, POOL, DROPOUT, CONV64, CONV128, POOL, DROPOUT, FLATTEN, DROPOUT, DENSE10),
)
LECTURE_LAYERS = (
    "conv32 – flatten – dropout .5 – dense10",
    "conv32 – conv64 – flatten – dropout .5 – dense10",
    "conv32 – conv64 – maxpool2 – flatten – dropout .5 – dense10",
    "conv32 – conv64 – maxpool2 – dropout .5 – conv64 – conv128 – maxpool2 – dropout .5 – flatten – dropout .5 – dense10",
)
VGG16_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
VGG16_LAYERS = (
    *(layer for filters, convolutions in VGG16_BLOCKS for layer in (*[("Conv2D", filters, 3, "same")] * convolutions, POOL)),
    FLATTEN,
    ("Dense", 4096),
    ("Dense", 4096),
    ("Dense", 1000),
)
KERAS_LAYERS = (
    ("Conv2D", 32, 3, "valid"),
    POOL,
    ("Conv2D", 64, 3, "valid"),
    POOL,
    ("Conv2D", 64, 3, "valid"),
    FLATTEN,
    ("Dense", 64),
    DENSE10,
)

CALCULATIONS = {
    "lecture_conv2d_32": {
        "title": "Parameters of Conv2D(32, 3) on one channel",
        "title_ja": "1チャンネルに対するConv2D(32, 3)のパラメータ数",
        "expression": "(3·3·1 + 1)·32",
        "answer": 320,
        "rule": parameters(3, 1, 32),
        "source": LECTURE,
    },
    "lecture_conv2d_64": {
        "title": "Parameters of Conv2D(64, 3) on 32 channels",
        "title_ja": "32チャンネルに対するConv2D(64, 3)のパラメータ数",
        "expression": "(3·3·32 + 1)·64",
        "answer": 18496,
        "rule": parameters(3, 32, 64),
        "source": LECTURE,
    },
    "lecture_dense_28x28x32": {
        "title": "Parameters of Dense(10) on 28×28×32",
        "title_ja": "28×28×32に対するDense(10)のパラメータ数",
        "expression": "(28·28·32 + 1)·10",
        "answer": 250890,
        "rule": dense(28 * 28 * 32, 10),
        "source": LECTURE,
    },
    "lecture_dense_28x28x64": {
        "title": "Parameters of Dense(10) on 28×28×64",
        "title_ja": "28×28×64に対するDense(10)のパラメータ数",
        "expression": "(28·28·64 + 1)·10",
        "answer": 501770,
        "rule": dense(28 * 28 * 64, 10),
        "source": LECTURE,
    },
    "lecture_dense_14x14x64": {
        "title": "Parameters of Dense(10) on 14×14×64",
        "title_ja": "14×14×64に対するDense(10)のパラメータ数",
        "expression": "(14·14·64 + 1)·10",
        "answer": 125450,
        "rule": dense(14 * 14 * 64, 10),
        "source": LECTURE,
        "note": "Max pooling 2×2 before it leaves a quarter of the weights.",
    },
    "lecture_weights_28x28": {
        "title": "Weights from a 28×28 image to 10 neurons",
        "title_ja": "28×28の画像から10個のニューロンへの重みの数",
        "expression": "28·28·10",
        "answer": 7840,
        "published": 7850,
        "rule": dense(28 * 28, 10, bias=False),
        "source": LECTURE,
        "note": "The slide prints 784×10 = 7850, which counts the 10 biases too, (784 + 1)·10; beside it stands "
        "50176×10 = 501760, which does not count them.",
    },
    "lecture_weights_224x224": {
        "title": "Weights from a 224×224 image to 10 neurons",
        "title_ja": "224×224の画像から10個のニューロンへの重みの数",
        "expression": "224·224·10",
        "answer": 501760,
        "rule": dense(224 * 224, 10, bias=False),
        "source": LECTURE,
        "note": "Without biases; with them 501770. The slide's 784×10 = 7850 beside it counts biases.",
    },
    "lecture_weights_1024x1024": {
        "title": "Weights from a 1024×1024 image to 10 neurons",
        "title_ja": "1024×1024の画像から10個のニューロンへの重みの数",
        "expression": "1024·1024·10",
        "answer": 10485760,
        "rule": dense(1024 * 1024, 10, bias=False),
        "source": LECTURE,
        "note": "Without biases.",
    },
    "lecture_network_1": network(
        "Parameters of network 1: one convolution",
        "ネットワーク1（畳み込み1層）のパラメータ数",
        LECTURE_LAYERS[0],
        251210,
        (28, 28, 1),
        LECTURE_NETWORKS[0],
        "28×28×32 320, 25088 0, 25088 0, 10 250890",
        LECTURE,
    ),
    "lecture_network_2": network(
        "Parameters of network 2: two convolutions",
        "ネットワーク2（畳み込み2層）のパラメータ数",
        LECTURE_LAYERS[1],
        520586,
        (28, 28, 1),
        LECTURE_NETWORKS[1],
        "28×28×32 320, 28×28×64 18496, 50176 0, 50176 0, 10 501770",
        LECTURE,
    ),
    "lecture_network_3": network(
        "Parameters of network 3: with pooling",
        "ネットワーク3（プーリング追加）のパラメータ数",
        LECTURE_LAYERS[2],
        144266,
        (28, 28, 1),
        LECTURE_NETWORKS[2],
        "28×28×32 320, 28×28×64 18496, 14×14×64 0, 12544 0, 12544 0, 10 125450",
        LECTURE,
    ),
    "lecture_network_4": network(
        "Parameters of network 4: two blocks",
        "ネットワーク4（2回繰り返し）のパラメータ数",
        LECTURE_LAYERS[3],
        192330,
        (28, 28, 1),
        LECTURE_NETWORKS[3],
        "28×28×32 320, 28×28×64 18496, 14×14×64 0, 14×14×64 0, 14×14×64 36928, 14×14×128 73856, 7×7×128 0, 7×7×128 0, "
        "6272 0, 6272 0, 10 62730",
        LECTURE,
        "The slides do not print this table.",
    ),
    "lecture_accuracy_1": accuracy(1, 0.9032, 0.3445, LECTURE_NETWORKS[0], LECTURE_LAYERS[0]),
    "lecture_accuracy_2": accuracy(2, 0.9117, 0.4967, LECTURE_NETWORKS[1], LECTURE_LAYERS[1]),
    "lecture_accuracy_3": accuracy(3, 0.9247, 0.2698, LECTURE_NETWORKS[2], LECTURE_LAYERS[2]),
    "lecture_accuracy_4": accuracy(4, 0.9290, 0.2022, LECTURE_NETWORKS[3], LECTURE_LAYERS[3]),
    "textbook_softmax_1": {
        "title": "Softmax of (0.9, 0.2, 0.6)",
        "title_ja": "(0.9, 0.2, 0.6)のソフトマックス",
        "expression": "exp(v) / (exp(0.9) + exp(0.2) + exp(0.6)) for v = 0.9, 0.2, 0.6",
        "answer": (0.44694665, 0.22194714, 0.33110622),
        "rule": lambda calculation: softmax((0.9, 0.2, 0.6)),
        "source": TEXTBOOK + "1.2 ニューラルネットワークの構成",
        "note": "Rounded to eight decimals.",
    },
    "textbook_softmax_2": {
        "title": "Softmax of (0.8, 0.1, 0.8)",
        "title_ja": "(0.8, 0.1, 0.8)のソフトマックス",
        "expression": "exp(v) / (exp(0.8) + exp(0.1) + exp(0.8)) for v = 0.8, 0.1, 0.8",
        "answer": (0.4005471, 0.1989058, 0.4005471),
        "rule": lambda calculation: softmax((0.8, 0.1, 0.8)),
        "source": TEXTBOOK + "1.2 ニューラルネットワークの構成",
        "note": "Rounded to eight decimals.",
    },
    "textbook_flatten": {
        "title": "Conv2D(64, 5×5, same) on 32×32×3, flattened",
        "title_ja": "Conv2D(64, 5×5, same)を平滑化した大きさ",
        "expression": "32·32·64",
        "answer": 65536,
        "rule": lambda calculation: summarize((32, 32, 3), [("Conv2D", 64, 5, "same"), FLATTEN])[-1].output_shape[0],
        "source": TEXTBOOK + "2.4 平滑化レイヤー",
    },
    "vgg16": network(
        "Parameters of VGG16",
        "VGG16のパラメータ数",
        "2 × conv64 – pool – 2 × conv128 – pool – 3 × conv256 – pool – 3 × conv512 – pool – 3 × conv512 – pool – "
        "flatten – dense4096 – dense4096 – dense1000",
        138357544,
        (224, 224, 3),
        VGG16_LAYERS,
        "224×224×64 1792, 224×224×64 36928, 112×112×64 0, 112×112×128 73856, 112×112×128 147584, 56×56×128 0, "
        "56×56×256 295168, 56×56×256 590080, 56×56×256 590080, 28×28×256 0, "
        "28×28×512 1180160, 28×28×512 2359808, 28×28×512 2359808, 14×14×512 0, "
        "14×14×512 2359808, 14×14×512 2359808, 14×14×512 2359808, 7×7×512 0, "
        "25088 0, 4096 102764544, 4096 16781312, 1000 4097000",
        TEXTBOOK + "4.2 学習済みモデルの再利用",
        "13 convolutions and 3 dense layers: K. Simonyan and A. Zisserman, “Very deep convolutional networks for "
        "large-scale image recognition” (2014).",
    ),
    "mlp_784_32_10": network(
        "Parameters of the dense network 784–32–10",
        "全結合ネットワーク784–32–10のパラメータ数",
        "(784 + 1)·32 + (32 + 1)·10",
        25450,
        (784,),
        (("Dense", 32), DENSE10),
        "32 25120, 10 330",
        LECTURE_MLP,
    ),
    "keras_network": network(
        "Parameters of the Keras book's first CNN",
        "Keras本の最初のCNNのパラメータ数",
        "conv32 – maxpool2 – conv64 – maxpool2 – conv64 – flatten – dense64 – dense10",
        93322,
        (28, 28, 1),
        KERAS_LAYERS,
        "26×26×32 320, 13×13×32 0, 11×11×64 18496, 5×5×64 0, 3×3×64 36928, 576 0, 64 36928, 10 650",
        KERAS_SLIDES,
        "No padding. The slides print the table without this total.",
    ),
    "keras_no_pooling": {
        "title": "Cells left by three convolutions, no pooling",
        "title_ja": "プーリングなしの畳み込み3層で残る要素数",
        "expression": "22·22·64",
        "answer": 30976,
        "rule": lambda calculation: summarize((28, 28, 1), [*KERAS_LAYERS[:5:2], FLATTEN])[-1].output_shape[0],
        "source": KERAS_SLIDES,
        "note": "Output shapes 26×26×32, 24×24×64, 22×22×64.",
    },
}
