"""An operation as code: the layers of Keras and PyTorch that do the same, and the line of convviz, to copy into a program.

Where a framework pads otherwise, a layer of padding comes first; where it cannot do it at all, a sentence says why.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convviz.operations import keras_layers, torch_layers
from convviz.operations.code_text import Missing, pair
from convviz.operations.names import NAMES

__all__ = ["WRITERS", "FrameworkCode", "framework_code", "python_code"]

#: Up to so many weights a kernel is written out.
MOST_WEIGHTS = 64

#: What writes the layers of each framework, by kind of operation: the code, or that and what is to be said of it. An
#: operation of one's own may add its writers.
WRITERS = {"Keras": keras_layers.WRITERS, "PyTorch": torch_layers.WRITERS}


@dataclass(frozen=True)
class FrameworkCode:
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


def framework_code(operation, shape):
    """The layers of Keras and PyTorch that do what an operation does.

    Parameters
    ----------
    operation : convviz.operations.Operation
    shape : (int, int, int)
        Rows, columns and channels of the image: amounts of "same" padding, and channels, depend on it.

    Returns
    -------
    tuple of FrameworkCode
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
    >>> for code in framework_code(Convolution([[1, 2], [3, 4]], strides=2), (6, 6, 1)):
    ...     print(code)
    keras.layers.Conv2D(1, 2, strides=2, use_bias=False)
    torch.nn.Conv2d(1, 1, 2, stride=2, bias=False)
    """
    where = operation.geometry(shape[:2])
    return tuple(code_for(framework, operation, where, shape[2]) for framework in WRITERS)


def code_for(framework, operation, where, channels):
    """The code of one framework."""
    try:
        if operation.kind not in WRITERS[framework]:
            raise Missing("has no such layer")
        code = WRITERS[framework][operation.kind](operation, where, channels)
    except Missing as reason:
        return FrameworkCode(framework, "", f"{framework} {reason}")
    code, said = (code, "") if isinstance(code, str) else code
    return FrameworkCode(framework, code, "; ".join(filter(None, (said, remark_on(operation, framework)))))


def remark_on(operation, framework):
    """What to do with the weights before the layer gets them; often nothing."""
    if not getattr(operation, "flip_kernel", False):
        return ""
    turned = "kernel[::-1, ::-1]" if framework == "Keras" else "kernel.flip(2, 3)"
    return f"the layer does not flip: give it {turned}"


def python_code(operation):
    """The operation as a line of Python, without the settings that have their defaults.

    Parameters
    ----------
    operation : convviz.operations.Operation

    Examples
    --------
    >>> from convviz import Convolution, MaxPooling
    >>> python_code(Convolution([[1, 2], [3, 4]], strides=2)), python_code(MaxPooling(2))
    ('cv.Convolution([[1, 2], [3, 4]], strides=2)', 'cv.MaxPooling(2)')
    """
    given = {name: getattr(operation, name) for name in operation.settings}
    usual = {"strides": given.get("pool_size", (1, 1)), "dilation_rate": (1, 1), "output_padding": (0, 0)}
    usual |= {"padding": "valid", "groups": 1, "bias": None, "padding_mode": "zeros"}
    words, remarks = [], []
    for name, value in given.items():
        if value is None or value is False or (name in usual and not isinstance(value, np.ndarray) and value == usual[name]):
            continue
        words.append(setting(name, value))
        remarks += remarks_on(name, value)
    made = f"cv.{operation.names.python}" if operation.kind in NAMES else operation.names.python
    return "  # ".join([f"{made}({', '.join(words)})", *remarks[:1]])


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
