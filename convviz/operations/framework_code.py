"""How Keras and PyTorch are told the same operation: layers to copy into a program.

Where a framework pads otherwise, a layer of padding comes first; where it cannot do it at all, a sentence says why.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convviz.operations import AveragePooling, Convolution, Global, MaxPooling, TransposedConvolution

__all__ = ["Call", "calls", "own_call"]

#: Up to so many weights a kernel is written out.
MOST_WEIGHTS = 64


@dataclass(frozen=True)
class Call:
    """A layer of a framework.

    Attributes
    ----------
    framework : {"Keras", "PyTorch"}
    code : str
        A Python expression; empty where the framework has no such layer.
    remark : str
        What the code does not say, or why there is none; often empty.
    """

    framework: str
    code: str
    remark: str = ""

    def __str__(self):
        return "  # ".join(part for part in (self.code, self.remark) if part) if self.code else f"# {self.remark}"


class Missing(Exception):
    """Why a framework has no layer for an operation."""


def calls(operation, shape):
    """The layers of Keras and PyTorch that do what an operation does.

    Parameters
    ----------
    operation : convviz.operations.Operation
    shape : (int, int, int)
        Rows, columns and channels of the image: amounts of "same" padding, and channels, depend on it.

    Returns
    -------
    tuple of Call
        Keras's and PyTorch's.

    Raises
    ------
    ValueError
        For an image that the operation does not fit.

    Notes
    -----
    After the documentation of Keras 3 and of PyTorch 2. Weights are not part of the code: Keras keeps kernels in the
    layout that convviz has, PyTorch as ``(C_out, C_in // groups, kh, kw)``.

    Examples
    --------
    >>> from convviz import Convolution
    >>> for call in calls(Convolution([[1, 2], [3, 4]], strides=2), (6, 6, 1)):
    ...     print(call)
    keras.layers.Conv2D(1, 2, strides=2, use_bias=False)
    torch.nn.Conv2d(1, 1, 2, stride=2, bias=False)
    """
    where = operation.geometry(shape[:2])
    written = []
    for framework, writers in (("Keras", KERAS), ("PyTorch", TORCH)):
        write = next(writers[kind] for kind in writers if isinstance(operation, kind))
        try:
            written.append(Call(framework, write(operation, where, shape[2]), remark_on(operation, framework)))
        except Missing as reason:
            written.append(Call(framework, "", f"{framework} {reason}"))
    return tuple(written)


def own_call(operation):
    """The operation as convviz is told it, without what it takes anyway.

    Parameters
    ----------
    operation : convviz.operations.Operation

    Examples
    --------
    >>> from convviz import Convolution, MaxPooling
    >>> own_call(Convolution([[1, 2], [3, 4]], strides=2)), own_call(MaxPooling(2))
    ('cv.Convolution([[1, 2], [3, 4]], strides=2)', 'cv.MaxPooling(2)')
    """
    given = {name: getattr(operation, name) for name in operation.settings}
    usual = {"strides": given.get("pool_size", (1, 1)), "dilation_rate": (1, 1), "output_padding": (0, 0)}
    usual |= {"padding": "valid", "groups": 1, "bias": None}
    words, remarks = [], []
    for name, value in given.items():
        if value is None or value is False or (name in usual and not isinstance(value, np.ndarray) and value == usual[name]):
            continue
        words.append(setting(name, value))
        remarks += remarks_on(name, value)
    return "  # ".join([f"cv.{type(operation).__name__}({', '.join(words)})", *remarks[:1]])


def remarks_on(name, value):
    """What has to be there before a setting can be read by Python."""
    if isinstance(value, np.ndarray) and value.size > MOST_WEIGHTS:
        yield f"{name}: an array {value.shape}"
    elif isinstance(value, np.ndarray) and any(isinstance(cell, Fraction) for cell in value.flat):
        yield "from fractions import Fraction"
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f" and not np.isfinite(value).all():
        yield "from math import inf, nan"


def setting(name, value):
    """A setting as it is written in a call."""
    if isinstance(value, np.ndarray):
        # a large kernel is called by its name: nobody copies hundreds of weights out of a line
        text = repr(value.tolist()) if value.size <= MOST_WEIGHTS else name
    else:
        text = pair(value) if isinstance(value, tuple) and isinstance(value[0], int) else repr(value)
    return text if name in ("kernel", "pool_size") else f"{name}={text}"


def remark_on(operation, framework):
    """What has to be done to the weights."""
    if not getattr(operation, "flip_kernel", False):
        return ""
    turned = "kernel[::-1, ::-1]" if framework == "Keras" else "kernel.flip(2, 3)"
    return f"the layer does not flip: give it {turned}"


def layer(name, *settings, **options):
    """A call as text; options that are None are left out."""
    words = [*map(str, settings), *(f"{name}={value}" for name, value in options.items() if value is not None)]
    return f"{name}({', '.join(words)})"


def pair(values):
    """A setting of both axes: one number where they are equal."""
    rows, columns = values
    return str(rows) if rows == columns else f"({rows}, {columns})"


def unless(value, usual):
    """`value`, or None where it is what the framework takes anyway."""
    return None if value == usual else value


def amounts(where):
    """Cells of padding: ``((top, bottom), (left, right))``."""
    return tuple((axis.before, axis.after) for axis in (where.rows, where.columns))


def filters_of(operation, channels):
    """How many filters a convolution has on an image of so many channels."""
    kernel = operation.spread_kernel(channels)
    if isinstance(operation, TransposedConvolution):
        return kernel.shape[2] * operation.groups
    return kernel.shape[3]


def in_order(module, *layers):
    """Several layers, one after the other."""
    layers = [each for each in layers if each]
    if len(layers) == 1:
        return layers[0]
    return f"keras.Sequential([{', '.join(layers)}])" if module == "keras" else f"torch.nn.Sequential({', '.join(layers)})"


def keras_padding(operation, where):
    """What Keras is told of padding, and the layer that has to come first: each None where there is nothing to say."""
    around = amounts(where)
    if around == ((0, 0), (0, 0)):
        return None, None
    if operation.padding == "same":
        return "'same'", None
    (top, bottom), (left, right) = around
    simple = pair((top, left)) if top == bottom and left == right else f"({pair_of(top, bottom)}, {pair_of(left, right)})"
    return None, layer("keras.layers.ZeroPadding2D", simple)


def pair_of(before, after):
    """Two numbers as a tuple is written."""
    return f"({before}, {after})"


def keras_convolution(operation, where, channels):
    """Keras's Conv2D."""
    strides, dilation = operation.strides, operation.dilation_rate
    if max(strides) > 1 and max(dilation) > 1:
        raise Missing("takes strides or a dilation_rate, not both")
    padding, before = keras_padding(operation, where)
    made = layer(
        "keras.layers.Conv2D",
        filters_of(operation, channels),
        pair(operation.kernel_size),
        strides=unless(pair(strides), "1"),
        padding=padding,
        dilation_rate=unless(pair(dilation), "1"),
        groups=unless(operation.groups, 1),
        use_bias=False if operation.bias is None else None,
    )
    return in_order("keras", before, made)


def keras_transposed(operation, where, channels):
    """Keras's Conv2DTranspose."""
    strides, dilation = operation.strides, operation.dilation_rate
    if operation.groups > 1:
        raise Missing("has no groups in Conv2DTranspose")
    if max(strides) > 1 and max(dilation) > 1:
        raise Missing("takes strides or a dilation_rate, not both")
    same = operation.padding == "same"
    if same and max(operation.output_padding):
        raise Missing("counts output_padding otherwise when padding is 'same'")
    if not same and amounts(where) != ((0, 0), (0, 0)):
        raise Missing("pads Conv2DTranspose by 'valid' or 'same' only; cut the result with keras.layers.Cropping2D")
    # without output_padding Keras makes the result at least as large as the strides ask for
    short = not same and any(axis.reach < axis.stride for axis in (where.rows, where.columns))
    extra = pair(operation.output_padding)
    return layer(
        "keras.layers.Conv2DTranspose",
        filters_of(operation, channels),
        pair(operation.kernel_size),
        strides=unless(pair(strides), "1"),
        padding="'same'" if same else None,
        output_padding=extra if extra != "0" or short else None,
        dilation_rate=unless(pair(dilation), "1"),
        use_bias=False if operation.bias is None else None,
    )


def keras_pooling(operation, where, channels):
    """Keras's MaxPooling2D and AveragePooling2D."""
    if operation.dilation_rate != (1, 1):
        raise Missing("has no dilation_rate in pooling")
    if operation.ceil_mode and hangs_over(where):
        raise Missing("has no ceil mode: it leaves out windows that hang over")
    padding, before = keras_padding(operation, where)
    counted = getattr(operation, "count_include_pad", False)
    if before and not counted:
        maximum = isinstance(operation, MaxPooling)
        raise Missing(f"pads pooling by 'same' only; ZeroPadding2D would {'let 0 win' if maximum else 'count the zeros'}")
    if padding and counted:
        before, padding = layer("keras.layers.ZeroPadding2D", str(amounts(where))), None
    name = "MaxPooling2D" if isinstance(operation, MaxPooling) else "AveragePooling2D"
    strides = unless(operation.strides, operation.pool_size)
    made = layer(f"keras.layers.{name}", pair(operation.pool_size), strides=strides and pair(strides), padding=padding)
    return in_order("keras", before, made)


def hangs_over(where):
    """Whether a window reaches beyond the padding."""
    return any(axis.high > axis.size + axis.after for axis in (where.rows, where.columns))


def drops_a_window(where):
    """Whether ceil mode left out a window that would begin in the padding at the end."""
    return any(
        -(-(axis.size + axis.before + axis.after - axis.reach) // axis.stride) + 1 > axis.output
        for axis in (where.rows, where.columns)
    )


def torch_padding(where, value="Zero"):
    """What PyTorch is told of padding, and the layer that has to come first where the sides differ."""
    (top, bottom), (left, right) = amounts(where)
    if (top, left) == (bottom, right):
        return unless(pair((top, left)), "0"), None
    sides = f"({left}, {right}, {top}, {bottom})"
    if value == "Zero":
        return None, layer("torch.nn.ZeroPad2d", sides)
    return None, layer("torch.nn.ConstantPad2d", sides, "-float('inf')")


def torch_convolution(operation, where, channels):
    """PyTorch's Conv2d."""
    padding, before = torch_padding(where)
    made = layer(
        "torch.nn.Conv2d",
        channels,
        filters_of(operation, channels),
        pair(operation.kernel_size),
        stride=unless(pair(operation.strides), "1"),
        padding=padding,
        dilation=unless(pair(operation.dilation_rate), "1"),
        groups=unless(operation.groups, 1),
        bias=False if operation.bias is None else None,
    )
    return in_order("torch", before, made)


def torch_transposed(operation, where, channels):
    """PyTorch's ConvTranspose2d, which cuts as much off both ends and adds cells at the end."""
    axes = where.rows, where.columns
    cut = tuple(axis.before for axis in axes)
    least = (axis.stride * (axis.size - 1) + axis.reach - 2 * axis.before for axis in axes)
    extra = tuple(axis.output - size for axis, size in zip(axes, least, strict=True))
    fits = (0 <= more < max(axis.stride, axis.dilation) for more, axis in zip(extra, axes, strict=True))
    if not all(more == 0 or fit for more, fit in zip(extra, fits, strict=True)):
        raise Missing("cuts as much off both ends; here more is cut off at the bottom and right")
    return layer(
        "torch.nn.ConvTranspose2d",
        channels,
        filters_of(operation, channels),
        pair(operation.kernel_size),
        stride=unless(pair(operation.strides), "1"),
        padding=unless(pair(cut), "0"),
        output_padding=unless(pair(extra), "0"),
        groups=unless(operation.groups, 1),
        bias=False if operation.bias is None else None,
        dilation=unless(pair(operation.dilation_rate), "1"),
    )


def torch_pooling(operation, where, channels):
    """PyTorch's MaxPool2d and AvgPool2d."""
    maximum = isinstance(operation, MaxPooling)
    if not maximum and operation.dilation_rate != (1, 1):
        raise Missing("has no dilation in AvgPool2d")
    counted = getattr(operation, "count_include_pad", False)
    padding, before = torch_padding(where, "Zero" if counted else "-inf")
    if before is None and any(2 * axis.before > axis.window for axis in (where.rows, where.columns)):
        raise Missing("pads pooling by half the window at most")
    if before and not maximum and not counted:
        raise Missing("pads average pooling by as much at both ends")
    if before and operation.ceil_mode and (hangs_over(where) or drops_a_window(where)):
        raise Missing("pads by as much at both ends; with a layer of padding before, ceil mode finds other windows")
    strides = unless(operation.strides, operation.pool_size)
    made = layer(
        f"torch.nn.{'Max' if maximum else 'Avg'}Pool2d",
        pair(operation.pool_size),
        stride=strides and pair(strides),
        padding=padding,
        dilation=unless(pair(operation.dilation_rate), "1"),
        ceil_mode=True if operation.ceil_mode else None,
        count_include_pad=False if padding and not maximum and not counted else None,
    )
    return in_order("torch", before, made)


def keras_global(operation, where, channels):
    """Keras's global poolings."""
    return f"keras.layers.Global{'Max' if isinstance(operation, MaxPooling) else 'Average'}Pooling2D()"


def torch_global(operation, where, channels):
    """PyTorch's poolings to a single cell."""
    return f"torch.nn.Adaptive{'Max' if isinstance(operation, MaxPooling) else 'Avg'}Pool2d(1)"


#: By kind of operation, the more special ones first.
KERAS = {
    Global: keras_global,
    Convolution: keras_convolution,
    TransposedConvolution: keras_transposed,
    MaxPooling: keras_pooling,
    AveragePooling: keras_pooling,
}
TORCH = {
    Global: torch_global,
    Convolution: torch_convolution,
    TransposedConvolution: torch_transposed,
    MaxPooling: torch_pooling,
    AveragePooling: torch_pooling,
}
