"""Convolution for training on a GPU: forward with ReLU and max pooling, and both gradients, as products of tiles.

Arrays are C-ordered, on the GPU and of float32: images (N, H, W, C_in), kernels (kh, kw, C_in // groups, C_out), dense
kernels (inputs, units). The tiled kernels are those of `convviz.kernels.cuda.gemm`, and
`convviz.kernels.cuda.depthwise` for a kernel for each channel; `tiled` says for what they are. Every sum is added up in
an order that depends on shapes, and on whether arrays begin at multiples of 16 bytes, so results are the same bits on every
run.

With ``precision="tf32"`` tensor cores multiply numbers that are rounded to 10 bits after the point; sums stay float32.
Depthwise kernels, which wait for memory, multiply in float32 then too.

Padding is a factor of 0, so where a kernel holds infinities or NaN, cells beside padding become NaN; the functions of
`convviz.kernels.cuda.cellwise` leave padding out.
"""

import functools

import numpy as np

from convviz import geometry
from convviz.kernels.cuda import arrays, depthwise, gather_tables, gemm, sums
from convviz.kernels.cuda.launch import MOST_ROWS, SIMULATED

__all__ = [
    "convolve",
    "dense",
    "dense_input_gradient",
    "dense_kernel_gradient",
    "input_gradient",
    "kernel_gradient",
    "scratch_cells",
    "tiled",
]

PRECISIONS = "float32", "tf32"
#: Columns of the smallest tile.
LEAST_COLUMNS = 32


# ---------------------------------------------------------------- what stays on the GPU


def moved(plan, gpu, *arguments):
    """The products that ``plan(*arguments)`` gives, with their tables on the GPU."""
    return tuple(one._replace(table=arrays.to_gpu(one.table, "a table of offsets")) for one in plan(*arguments))


#: `moved` for callers who keep no products themselves.
resident = functools.lru_cache(maxsize=64)(moved)
arrays.SPARE.append(resident.cache_clear)


def products(keep, *key):
    """What `moved` gives, out of a dictionary of the caller's, or out of those that were used last."""
    if keep is None:
        return resident(*key)
    if key not in keep:
        keep[key] = moved(*key)
    return keep[key]


@functools.lru_cache(maxsize=8)
def no_argmax(gpu):
    """What is handed over where nothing is pooled."""
    return arrays.zeros(4, np.int32)


def is_tensor(precision):
    """Whether tensor cores shall multiply."""
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}; expected one of {', '.join(map(repr, PRECISIONS))}")
    if precision == "tf32" and SIMULATED:
        raise ValueError("precision='tf32' needs a GPU: the simulator has no tensor cores")
    return precision == "tf32"


# ---------------------------------------------------------------- launches


def fitted(variant, a, b, out):
    """The variant for arrays that may begin anywhere."""
    return variant._replace(
        a_wide=variant.a_wide and arrays.aligned(a),
        b_wide=variant.b_wide and arrays.aligned(b),
        out_wide=variant.out_wide and arrays.aligned(out),
    )


def scratch_cells(kind, images, rows, columns, groups, depth, filters, precision="float32"):
    """Cells of float32 that a call needs for splits of sums, so that a caller can keep memory for them.

    Parameters
    ----------
    kind : {"convolve", "input_gradient", "kernel_gradient"}
        The function that is called; of dense layers those of windows of one cell.
    images : int
    rows, columns : convviz.geometry.Axis
    groups, depth, filters : int
        `depth` and `filters` are the input and output channels of a group.
    precision : {"float32", "tf32"}
    """
    tensor = is_tensor(precision)
    if kind == "kernel_gradient" and groups > 1 and depth == filters == 1 and groups % 4 == 0:
        weights = rows.window * columns.window * groups
        return weights * depthwise.splits_of((images, rows.output), weights)
    plan = {
        "convolve": gather_tables.forward,
        "input_gradient": gather_tables.backward,
        "kernel_gradient": gather_tables.weights,
    }[kind]
    products = plan(images, rows, columns, groups, depth, filters, tensor=tensor)
    return max((one.splits * one.numbers.out_split for one in products if one.splits > 1), default=0)


def run(plan, arguments, a, b, bias, out, argmax=None, relu=False, scratch=None, stream=0, keep=None):
    """Launch all products of a plan, and add up splits. `arguments` are the plan's."""
    gpu = arrays.current_gpu()
    a, b, out = arrays.flat(a), arrays.flat(b), arrays.flat(out)
    nothing = arrays.no_bias(bias if isinstance(bias, int) else bias.size, np.float32)
    bias = nothing if isinstance(bias, int) else bias
    argmax = no_argmax(gpu) if argmax is None else arrays.flat(argmax)
    for one in products(keep, plan, gpu, *arguments):
        if one.splits == 1:
            variant = fitted(one.variant, a, b, out)
            gemm.gemm(variant)(one.blocks, a, b, bias, out, argmax, one.table, one.numbers, stream=stream)
        else:
            parts = sums.scratch_or_new(one.splits * out.size, scratch)
            variant = fitted(one.variant._replace(relu=False), a, b, parts)
            gemm.gemm(variant)(one.blocks, a, b, nothing, parts, argmax, one.table, one.numbers, stream=stream)
            floor = np.float32(0 if relu else -np.inf)
            gemm.join.over(out.size, parts, one.splits, out.size, bias, bias.size, floor, out, stream=stream)


def direct(kernel, groups, *others):
    """Whether the depthwise kernels are for such a convolution."""
    fits = groups > 1 and kernel.shape[2] == 1 and kernel.shape[3] == groups and groups % 4 == 0
    return fits and all(arrays.aligned(array) for array in (kernel, *others))


def tiled(image_shape, rows, columns, groups, filters, dtype):
    """Whether the kernels of this module are for such a convolution; if not, those of `convviz.kernels.cuda.cellwise` are.

    Parameters
    ----------
    image_shape : tuple
        (N, H, W, C_in).
    rows, columns : convviz.geometry.Axis
    groups : int
    filters : int
        Of all groups.
    dtype : dtype
    """
    images, _, width, channels = map(int, image_shape)
    result = images * rows.output * columns.output * filters
    # beside padding, offsets go beyond the arrays by as much as a window spans
    down, right = (rows.window - 1) * rows.dilation, (columns.window - 1) * columns.dilation
    reach = max((down * width + right) * channels, (down * columns.output + right) * filters)
    return (
        dtype == np.float32
        and max(rows.window, columns.window) <= gather_tables.FEW_TAPS
        and max(int(np.prod(image_shape, dtype=object)), result) + reach <= arrays.MOST_OFFSETS
        # a launch has no more blocks along its second and third axis
        and groups <= MOST_ROWS
        and max(channels, filters) <= LEAST_COLUMNS * MOST_ROWS
        # tiles would be all but empty if groups had a few filters each
        and (groups == 1 or filters // groups >= 4 or (filters == groups == image_shape[3] and groups % 4 == 0))
    )


def require(image, kernel, result, rows, columns, groups):
    """Raise ValueError unless image, kernel and result fit axes and one another, and 32-bit offsets reach all cells."""
    depth, filters = kernel.shape[2], kernel.shape[3]
    if max(rows.window, columns.window) > gather_tables.FEW_TAPS:
        raise ValueError(
            f"the kernel is {rows.window} × {columns.window}; tiles go up to "
            f"{gather_tables.FEW_TAPS} × {gather_tables.FEW_TAPS}, larger ones are for convviz.kernels.cuda.cellwise"
        )
    arrays.require("image", image, (None, rows.size, columns.size, depth * groups), np.float32)
    arrays.require("kernel", kernel, (rows.window, columns.window, None, None), np.float32)
    arrays.require("result", result, (image.shape[0], rows.output, columns.output, filters), np.float32)
    for name, array in (("image", image), ("result", result)):
        arrays.require_offsets(name, array.shape)


# ---------------------------------------------------------------- convolution


def convolve(
    image,
    kernel,
    bias,
    rows,
    columns,
    groups,
    out,
    argmax=None,
    relu=False,
    precision="float32",
    tile=None,
    scratch=None,
    stream=0,
    keep=None,
):
    """Cross-correlation of a batch, with ReLU and 2 × 2 max pooling at once if wanted.

    Parameters
    ----------
    image : device array, (N, H, W, C_in)
    kernel : device array, (kh, kw, C_in // groups, C_out)
    bias : device array, (C_out,)
    rows, columns : convviz.geometry.Axis
    groups : int
    out : device array
        For the result, (N, rows.output, columns.output, C_out); with `argmax` for the maxima, (N, rows.output // 2,
        columns.output // 2, C_out).
    argmax : device array of int32, optional
        For the place ``y·columns.output + x`` of each maximum; its shape is that of `out`. The first of equals wins,
        and the first NaN over everything.
    relu : bool
        NaN stays.
    precision : {"float32", "tf32"}
    tile : convviz.kernels.cuda.gemm.Tile, optional
    scratch : device array of float32, (cells,), optional
        Room for splits of sums, see `scratch_cells`; allocated unless it is given.
    stream : a stream of numba's, default 0
    keep : dict, optional
        For tables on the GPU, which calls for the same shapes share. Those of the shapes that were used last stay there
        anyway; who has more of them, and must not allocate when they come again, has a dictionary.
    """
    filters, part = kernel.shape[3], 1 if argmax is None else 2
    shape = image.shape[0], rows.output // part, columns.output // part, filters
    arrays.require("out", out, shape, np.float32)
    arrays.require("bias", bias, (filters,), np.float32)
    if argmax is not None:
        arrays.require("argmax", argmax, shape, np.int32)
    unpooled = Shape((image.shape[0], rows.output, columns.output, filters))
    require(image, kernel, unpooled, rows, columns, groups)
    sizes = image.shape[0], rows, columns, groups, kernel.shape[2], filters // groups
    options = argmax is not None, bool(relu), is_tensor(precision), tile
    if argmax is None and direct(kernel, groups, image, bias, out):
        depthwise.convolve(image, kernel, bias, rows, columns, out, relu, stream)
    elif out.size:
        run(gather_tables.forward, (*sizes, *options), image, kernel, bias, out, argmax, relu, scratch, stream, keep)


class Shape:
    """The shape of a result that may never be written as such."""

    dtype = np.dtype(np.float32)

    def __init__(self, shape):
        self.shape = shape


def input_gradient(
    gradient,
    kernel,
    rows,
    columns,
    groups,
    out,
    bias=None,
    relu=False,
    precision="float32",
    tile=None,
    scratch=None,
    stream=0,
    keep=None,
):
    """Gradient of `convolve` with respect to its image; with `bias` a transposed convolution.

    Parameters
    ----------
    gradient : device array, (N, rows.output, columns.output, C_out)
        With respect to the result.
    kernel : device array, (kh, kw, C_in // groups, C_out)
    rows, columns : convviz.geometry.Axis
        Of the convolution.
    groups : int
    out : device array, (N, H, W, C_in)
    bias : device array, (C_in,), optional
    relu, precision, tile, scratch, stream, keep
        As in `convolve`.
    """
    require(out, kernel, gradient, rows, columns, groups)
    if bias is not None:
        arrays.require("bias", bias, (out.shape[3],), np.float32)
    sizes = out.shape[0], rows, columns, groups, kernel.shape[2], kernel.shape[3] // groups
    options = bool(relu), is_tensor(precision), tile
    if bias is None and not relu and direct(kernel, groups, gradient, out):
        depthwise.input_gradient(gradient, kernel, rows, columns, out, stream)
    else:
        bias = int(out.shape[3]) if bias is None else bias
        run(gather_tables.backward, (*sizes, *options), gradient, kernel, bias, out, None, relu, scratch, stream, keep)


def kernel_gradient(
    image,
    gradient,
    rows,
    columns,
    groups,
    kernel_out,
    bias_out=None,
    precision="float32",
    tile=None,
    scratch=None,
    bias_scratch=None,
    stream=0,
    keep=None,
):
    """Gradients of `convolve` with respect to its kernel and bias.

    Parameters
    ----------
    image : device array, (N, H, W, C_in)
    gradient : device array, (N, rows.output, columns.output, C_out)
        With respect to the result.
    rows, columns : convviz.geometry.Axis
    groups : int
    kernel_out : device array, (kh, kw, C_in // groups, C_out)
    bias_out : device array, (C_out,), optional
    precision, tile, scratch, stream, keep
        As in `convolve`.
    bias_scratch : device array, optional
        Room as `convviz.kernels.cuda.sums.column_sums` wants it; allocated unless it is given.
    """
    require(image, kernel_out, gradient, rows, columns, groups)
    filters = kernel_out.shape[3]
    sizes = image.shape[0], rows, columns, groups, kernel_out.shape[2], filters // groups
    options = is_tensor(precision), tile
    if direct(kernel_out, groups, image, gradient):
        depthwise.kernel_gradient(image, gradient, rows, columns, kernel_out, scratch, stream)
    else:
        bias = int(filters)
        run(gather_tables.weights, (*sizes, *options), image, gradient, bias, kernel_out, None, False, scratch, stream, keep)
    if bias_out is not None:
        arrays.require("bias_out", bias_out, (filters,), np.float32)
        pixels = gradient.size // filters
        sums.column_sums(gradient.reshape(pixels, filters), bias_out, bias_scratch, stream=stream)


# ---------------------------------------------------------------- dense layers: windows of one cell


def one_cell():
    """The axes of an image of one pixel."""
    found = geometry.window_geometry((1, 1), (1, 1))
    return found.rows, found.columns


def pixels(matrix):
    """A matrix as images of one pixel."""
    return matrix.reshape(matrix.shape[0], 1, 1, matrix.shape[1])


def dense(image, kernel, bias, out, relu=False, precision="float32", tile=None, scratch=None, stream=0):
    """``image @ kernel + bias``.

    Parameters
    ----------
    image : device array, (N, inputs)
    kernel : device array, (inputs, units)
    bias : device array, (units,)
    out : device array, (N, units)
    relu, precision, tile, scratch, stream
        As in `convolve`.
    """
    weights = kernel.reshape(1, 1, *kernel.shape)
    convolve(pixels(image), weights, bias, *one_cell(), 1, pixels(out), None, relu, precision, tile, scratch, stream)


def dense_input_gradient(gradient, kernel, out, precision="float32", tile=None, scratch=None, stream=0):
    """``gradient @ kernel.T``, the gradient of `dense` with respect to its input; shapes as there."""
    weights = kernel.reshape(1, 1, *kernel.shape)
    input_gradient(pixels(gradient), weights, *one_cell(), 1, pixels(out), None, False, precision, tile, scratch, stream)


def dense_kernel_gradient(
    image,
    gradient,
    kernel_out,
    bias_out=None,
    precision="float32",
    tile=None,
    scratch=None,
    bias_scratch=None,
    stream=0,
):
    """``image.T @ gradient`` and the sums of the gradient's columns: the gradients of `dense` with respect to its
    weights."""
    weights = kernel_out.reshape(1, 1, *kernel_out.shape)
    kernel_gradient(
        pixels(image),
        pixels(gradient),
        *one_cell(),
        1,
        weights,
        bias_out,
        precision,
        tile,
        scratch,
        bias_scratch,
        stream,
    )
