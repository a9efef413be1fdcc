"""Batch normalization of rows (M, C): each channel is shifted and scaled to mean 0 and variance 1, then by beta and gamma.

S. Ioffe, C. Szegedy: Batch normalization: accelerating deep network training by reducing internal covariate shift.
ICML 2015, https://arxiv.org/abs/1502.03167. As in Keras 3, the variance that is divided by M serves both for the batch
and for the moving average. Arrays are C-ordered, of float32 or float64; whatever comes before their last axis is rows.

Several rows are gone through as if they were one, since a loop over few channels would not fill vectors. Statistics are
added up in float64, chunk by chunk of rows, and the sums of the chunks in order.

Arguments of kernels besides those that `convviz.kernels` describes:

================== =======================================================================
mean, scale, beta  (C,): what is taken away, multiplied by and added in each channel
origin             (C,): numbers near the means, so that sums of squares stay exact
sums               (chunks, 2, C), float64
group              rows that are gone through as one
rows               rows of a chunk
common, along      (C,): what every row's gradient loses, and what it loses times x − mean
================== =======================================================================
"""

import numpy as np

from convviz.kernels.cpu import memory
from convviz.kernels.cpu.chunks import share_rows
from convviz.kernels.cpu.compile import compiled, device_function

__all__ = ["batch_norm_frozen_gradient", "batch_norm_gradient", "batch_norm_inference", "batch_norm_training"]

#: About how many cells are gone through as one row, and how many make a chunk.
LANES, CELLS = 512, 32768


@device_function
def repeated(values, group):
    """The `values` (C,) of all channels, once for each row of a group."""
    channels = len(values)
    result = np.empty(group * channels, values.dtype)
    for row in range(group):
        for c in range(channels):
            result[row * channels + c] = values[c]
    return result


@device_function
def fold(lanes, totals):
    """Add up what belongs to one channel: cells of `lanes` (group·C,) into `totals` (C,)."""
    totals[:] = 0
    for row in range(len(lanes) // len(totals)):
        for c in range(len(totals)):
            totals[c] += lanes[row * len(totals) + c]


@compiled
def moment_sums(x, origin, sums, group, rows, begin, end):
    """Chunks `begin` … `end` of sums of x − origin and of its squares; x is flat, sums are (chunks, 2, C)."""
    tile, chunk = repeated(origin, group), rows * len(origin)
    first, second = np.empty(len(tile), np.float64), np.empty(len(tile), np.float64)
    for number in range(begin, end):
        first[:], second[:] = 0, 0
        for at in range(number * chunk, min((number + 1) * chunk, len(x)), len(tile)):
            cells = x[at : at + len(tile)]
            for i in range(len(cells)):
                difference = np.float64(cells[i]) - np.float64(tile[i])
                first[i] += difference
                second[i] += difference * difference
        fold(first, sums[number, 0])
        fold(second, sums[number, 1])


@compiled
def slope_sums(gradient, x, mean, sums, group, rows, begin, end):
    """Chunks `begin` … `end` of sums of the gradient and of its products with x − mean, as `moment_sums`."""
    tile, chunk = repeated(mean, group), rows * len(mean)
    first, second = np.empty(len(tile), np.float64), np.empty(len(tile), np.float64)
    for number in range(begin, end):
        first[:], second[:] = 0, 0
        for at in range(number * chunk, min((number + 1) * chunk, len(x)), len(tile)):
            cells, slopes = x[at : at + len(tile)], gradient[at : at + len(tile)]
            for i in range(len(cells)):
                slope = np.float64(slopes[i])
                first[i] += slope
                second[i] += slope * (np.float64(cells[i]) - np.float64(tile[i]))
        fold(first, sums[number, 0])
        fold(second, sums[number, 1])


@compiled
def scale_groups(x, y, mean, scale, beta, group, begin, end):
    """Groups of rows `begin` … `end` of y = (x − mean)·scale + beta; flat arrays, which may be one."""
    middle, factor, shift = repeated(mean, group), repeated(scale, group), repeated(beta, group)
    # compilers make vector code only where they see that source and target are two
    results = np.empty(len(middle), y.dtype)
    for at in range(begin * len(middle), min(end * len(middle), len(x)), len(middle)):
        source, target = x[at : at + len(middle)], y[at : at + len(middle)]
        for i in range(len(source)):
            results[i] = (source[i] - middle[i]) * factor[i] + shift[i]
        for i in range(len(target)):
            target[i] = results[i]


@compiled
def gradient_groups(gradient, x, mean, scale, common, along, group, begin, end):
    """Groups of rows `begin` … `end` of gradient = (gradient − common − (x − mean)·along)·scale; flat arrays."""
    middle, factor = repeated(mean, group), repeated(scale, group)
    shift, turn = repeated(common, group), repeated(along, group)
    for at in range(begin * len(middle), min(end * len(middle), len(x)), len(middle)):
        cells, mine = x[at : at + len(middle)], gradient[at : at + len(middle)]
        for i in range(len(mine)):
            mine[i] = (mine[i] - shift[i] - (cells[i] - middle[i]) * turn[i]) * factor[i]


@compiled
def factor_groups(gradient, scale, group, begin, end):
    """Groups of rows `begin` … `end` of gradient = gradient·scale; a flat array."""
    factor = repeated(scale, group)
    for at in range(begin * len(factor), min(end * len(factor), len(gradient)), len(factor)):
        mine = gradient[at : at + len(factor)]
        for i in range(len(mine)):
            mine[i] *= factor[i]


def group_of(channels):
    """How many rows are gone through as one."""
    return max(1, LANES // channels)


def summed(function, channels, workspace, x, *arguments):
    """The two sums of each channel, (2, C) in float64; `function` calculates them for the chunks."""
    group = group_of(channels)
    rows = group * max(1, CELLS // (group * channels))
    chunks = -(-x.size // (rows * channels))
    sums = (workspace or memory.Workspace()).take("batch_norm", chunks, 2 * channels, np.float64)
    sums = sums.reshape(-1)[: chunks * 2 * channels].reshape(chunks, 2, channels)
    share_rows(function, chunks, x.size, *arguments, sums, group, rows)
    return sums.sum(axis=0)


def by_groups(function, cells, channels, *arguments):
    """Share the groups of rows of so many cells."""
    group = group_of(channels)
    share_rows(function, -(-cells // (group * channels)), cells, *arguments, group)


def channels_of(x, **values):
    """How many channels x has, if all values have as many; None is one that is missing."""
    channels = x.shape[-1] if x.ndim else 0
    if x.size == 0:
        raise ValueError(f"expected at least one row and one channel to normalize; the shape is {x.shape}")
    for name, value in values.items():
        if value is not None:
            memory.require(name, value, (channels,), x.dtype)
    return channels


def of_dtype(values, dtype):
    """Values of the channels as compiled code takes them."""
    return memory.readable(np.asarray(values, dtype))


@np.errstate(all="ignore")  # what is infinite shows in the results
def batch_norm_training(
    x, y, gamma, beta, epsilon, mean, inverse_deviation, moving_mean, moving_variance, momentum, workspace=None
):
    """Normalize by the statistics of the batch, and let the moving ones follow them.

    Parameters
    ----------
    x, y : ndarray, (…, C)
        Argument and result; they may be the same array, but `batch_norm_gradient` needs x.
    gamma, beta : ndarray, (C,), or None
        None stands for ones and zeros.
    epsilon : float
        Is added to the variance.
    mean, inverse_deviation : ndarray, (C,)
        For the batch's mean and 1 / √(variance + epsilon), which the gradient needs.
    moving_mean, moving_variance : ndarray, (C,)
        Become moving·momentum + batch·(1 − momentum).
    momentum : float
    workspace : memory.Workspace, optional
        Room for the sums.

    Raises
    ------
    ValueError
        If there are no rows, or shapes or dtypes do not fit.
    """
    names = {"mean": mean, "inverse_deviation": inverse_deviation, "moving_mean": moving_mean}
    channels = channels_of(x, gamma=gamma, beta=beta, moving_variance=moving_variance, **names)
    memory.require("y", y, x.shape, x.dtype)
    source = memory.readable(x).reshape(-1)
    # a cell of the batch itself as origin: then the mean of squares cannot be much larger than the variance
    origin = source[:channels].copy()
    rows = x.size // channels
    offset, squares = summed(moment_sums, channels, workspace, x, source, origin) / rows
    average = origin + offset
    variance = np.maximum(squares - offset * offset, 0)
    mean[...] = average
    inverse = 1 / np.sqrt(variance + epsilon)
    inverse_deviation[...] = inverse
    moving_mean[...] = moving_mean * momentum + average * (1 - momentum)
    moving_variance[...] = moving_variance * momentum + variance * (1 - momentum)
    normalize(x, y, mean, inverse, gamma, beta)


def batch_norm_inference(x, y, gamma, beta, epsilon, moving_mean, moving_variance):
    """Normalize by the moving statistics; arguments as for `batch_norm_training`."""
    channels_of(x, gamma=gamma, beta=beta, moving_mean=moving_mean, moving_variance=moving_variance)
    memory.require("y", y, x.shape, x.dtype)
    normalize(x, y, moving_mean, 1 / np.sqrt(moving_variance.astype(np.float64) + epsilon), gamma, beta)


def normalize(x, y, mean, inverse, gamma, beta):
    """y = (x − mean)·gamma·inverse + beta."""
    scale = inverse if gamma is None else gamma * inverse
    beta = np.zeros(len(mean)) if beta is None else beta
    numbers = (of_dtype(values, x.dtype) for values in (mean, scale, beta))
    by_groups(scale_groups, x.size, len(mean), memory.readable(x).reshape(-1), memory.writable(y, "y"), *numbers)


@np.errstate(all="ignore")
def batch_norm_gradient(gradient, x, gamma, mean, inverse_deviation, gamma_gradient=None, beta_gradient=None, workspace=None):
    """Gradient of `batch_norm_training`, through the statistics too.

    Parameters
    ----------
    gradient : ndarray, (…, C)
        With respect to y; becomes that with respect to x.
    x : ndarray, (…, C)
    gamma : ndarray, (C,), or None
    mean, inverse_deviation : ndarray, (C,)
        Of the batch, as `batch_norm_training` gave them.
    gamma_gradient, beta_gradient : ndarray, (C,), or None
        For the gradients with respect to gamma and beta.
    workspace : memory.Workspace, optional

    Raises
    ------
    ValueError
        If there are no rows, or shapes or dtypes do not fit.
    """
    given = {"gamma_gradient": gamma_gradient, "beta_gradient": beta_gradient, "gamma": gamma, "mean": mean}
    channels = channels_of(x, inverse_deviation=inverse_deviation, **given)
    memory.require("gradient", gradient, x.shape, x.dtype)
    mine, source, middle = memory.writable(gradient, "gradient"), memory.readable(x).reshape(-1), of_dtype(mean, x.dtype)
    total, product = summed(slope_sums, channels, workspace, x, mine, source, middle)
    inverse = inverse_deviation.astype(np.float64)
    for array, value in (gamma_gradient, product * inverse), (beta_gradient, total):
        if array is not None:
            array[...] = value
    rows = x.size // channels
    values = inverse if gamma is None else gamma * inverse, total / rows, product * inverse**2 / rows
    numbers = (of_dtype(value, x.dtype) for value in values)
    by_groups(gradient_groups, x.size, channels, mine, source, middle, *numbers)


def batch_norm_frozen_gradient(gradient, gamma, moving_variance, epsilon):
    """Gradient of `batch_norm_inference` with respect to x, from that of y in its place: gradient·gamma / √(v + ε).

    The moving statistics are constants there. Parameters as for `batch_norm_inference`.
    """
    channels = channels_of(gradient, gamma=gamma, moving_variance=moving_variance)
    inverse = 1 / np.sqrt(moving_variance.astype(np.float64) + epsilon)
    scale = of_dtype(inverse if gamma is None else gamma * inverse, gradient.dtype)
    by_groups(factor_groups, gradient.size, channels, memory.writable(gradient, "gradient"), scale)
