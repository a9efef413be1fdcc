"""Whole arrays on a GPU: every output cell of a convolution or pooling, see `convviz.kernels.interface`.

Images and results are on the GPU, weights are numpy's. Which kernels compute them is decided here and nowhere else:

================================================= ============================================================
fewer than `LARGE` products; integers; float64;   `cellwise`: a thread a cell, 64-bit offsets; compiles fast
windows, groups or arrays beyond tiles' bounds
other convolutions of float32                     `convolution`: tiles
transposed, with weights that are not finite      `cellwise`: nothing is multiplied by a padding that is not there
poolings                                          `pooling`: a thread a cell
means of whole images of floats                   `global_pooling`: blocks that share the cells of an image
================================================= ============================================================
"""

import numpy as np

from convviz.kernels.cuda import arrays, cellwise, convolution, global_pooling, launch, pooling
from convviz.kernels.sampling import transposed_axis

__all__ = ["average_pool", "convolve", "convolve_transposed", "max_pool", "padded", "tensor_cores"]

#: From how many multiplications on tiles are worth their time to compile.
LARGE = 100_000
#: The compute capability from which on tensor cores multiply TF32.
FIRST_TF32 = 8, 0


# ---------------------------------------------------------------- operations


def large(image, kernel, places, rows, columns, groups, filters):
    """Whether tiles shall compute a convolution of an image whose result has so many places and filters."""
    if places * kernel.size < LARGE or not np.isfinite(kernel).all():
        return False
    return convolution.tiled(image.shape, rows, columns, groups, filters, image.dtype)


def tensor_cores():
    """Whether the GPU has tensor cores that multiply TF32."""
    return not launch.SIMULATED and launch.cuda.get_current_device().compute_capability >= FIRST_TF32


def options(precision, tiles):
    """Keyword arguments of a convolution: its precision for tiles, none for `cellwise`; an error without tensor cores."""
    if convolution.is_tensor(precision) and not tensor_cores():
        found = ".".join(map(str, launch.cuda.get_current_device().compute_capability))
        raise RuntimeError(
            f"precision='tf32' needs tensor cores of compute capability {'.'.join(map(str, FIRST_TF32))} or later (NVIDIA's "
            f"Ampere of 2020), and this GPU has {found}: leave precision out, or give device='auto' to allow both"
        )
    return {"precision": precision} if tiles else {}


def convolve(image, kernel, bias, rows, columns, groups, precision="float32"):
    """Cross-correlation of a batch; `cellwise` computes float32 in full with "tf32" too."""
    places = image.shape[0] * rows.output * columns.output
    tiles = large(image, kernel, places, rows, columns, groups, kernel.shape[3])
    chosen = options(precision, tiles)
    out = arrays.empty((image.shape[0], rows.output, columns.output, kernel.shape[3]), image.dtype, "the result")
    weights = arrays.to_gpu(kernel, "the kernel"), arrays.to_gpu(bias, "the bias")
    (convolution if tiles else cellwise).convolve(image, *weights, rows, columns, groups, out, **chosen)
    return out


def convolve_transposed(image, kernel, bias, rows, columns, groups, precision="float32"):
    """Transposed convolution of a batch; `precision` as for `convolve`."""
    out = arrays.empty((image.shape[0], rows.output, columns.output, len(bias)), image.dtype, "the result")
    weights = arrays.to_gpu(kernel, "the kernel"), arrays.to_gpu(bias, "the bias")
    back = transposed_axis(rows), transposed_axis(columns)
    places = image.shape[0] * image.shape[1] * image.shape[2]
    tiles = large(out, kernel, places, *back, groups, kernel.shape[3])
    chosen = options(precision, tiles)
    if tiles:
        convolution.input_gradient(image, weights[0], *back, groups, out, bias=weights[1], **chosen)
    else:
        cellwise.convolve_transposed(image, *weights, rows, columns, groups, out)
    return out


def max_pool(image, rows, columns, with_argmax=True):
    """Maxima of a batch's windows, and where they stand."""
    shape = image.shape[0], rows.output, columns.output, image.shape[3]
    out = arrays.empty(shape, image.dtype, "the result")
    argmax = arrays.empty(shape, np.int64, "places of maxima") if with_argmax else None
    pooling.max_pool(image, rows, columns, out, argmax)
    return out, argmax


def average_pool(image, rows, columns, count_include_pad=False):
    """Means of a batch's windows."""
    dtype = np.dtype(np.float64) if image.dtype.kind == "i" else image.dtype
    shape = image.shape[0], rows.output, columns.output, image.shape[3]
    out = arrays.empty(shape, dtype, "the result")
    if dtype == image.dtype and rows.output == columns.output == 1 and covers(rows) and covers(columns):
        # one window over everything: a thread a cell would leave the GPU idle
        global_pooling.global_average_pool(image, out.reshape(shape[0], shape[3]))
    else:
        pooling.average_pool(image, rows, columns, out, pooling.counts_of(rows, columns, dtype, count_include_pad))
    return out


def covers(axis):
    """Whether the one window of an axis is the whole input."""
    return axis.window == axis.size and axis.dilation == 1 and axis.before == axis.after == 0


def padded(image, above, below, left, right):
    """An image with zeros around it."""
    images, rows, columns, channels = image.shape
    out = arrays.empty((images, above + rows + below, left + columns + right, channels), image.dtype, "the padded image")
    cellwise.rearrange(image, out, above, left)
    return out
