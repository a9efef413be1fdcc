"""Batch normalization on a GPU: the counterpart of `convviz.kernels.cpu.normalization`, whose formulas these are.

Arrays are C-ordered and on the GPU, of float32 or float64; whatever comes before their last axis is rows. A thread keeps to
one channel, neighbours have neighbouring cells, and rows come four at a time. Rows are cut into chunks whose bounds depend
on the shape only, one block adds up what belongs to a chunk and to up to `CHANNELS` channels, and a second kernel joins the
chunks, in a fixed tree: the same bits on every run.

The CPU adds up in float64, which is slow on most GPUs. Here a thread keeps mean and sum of squares about it, and joins them
with those of four more rows at a time, which are computed about their own mean:

    T. F. Chan, G. H. Golub, R. J. LeVeque: Updating formulae and a pairwise algorithm for computing sample variances.
    COMPSTAT 1982, https://doi.org/10.1007/978-3-642-51461-6_3.

Nothing cancels, however large the mean is, since only differences of cells are squared; and a mean is kept as two numbers,
itself and what its rounding took, since the difference of two means would feel that. Measured for float32, for 3,000 to
5,000,000 rows with means of 0 to 10⁵ deviations: the mean is off by 2⁻²⁴ of mean and deviation together, which is its own
rounding; the variance by 5·2⁻²⁴ of itself, and by 15·2⁻²⁴ where one cell outweighs all others. Sums of slopes
are plain ones, off by 1.3·2⁻²⁴ of the sum of magnitudes.

Arguments of kernels besides those that `convviz.kernels` describes:

============================== ==============================================================================
mean, inverse                  (C,): mean, and one over the deviation
gamma, beta                    (C,): what is multiplied by and added
moving_mean, moving_variance   (C,): averages over batches, which are written
gamma_gradient, beta_gradient  (C,), which are written
rows                           how many rows there are
chunk                          rows of a chunk
width                          channels of a block
partial                        (3, chunks, C): what chunks have found
channel, channels              number of a channel, and how many channels there are
strip, strips                  number of a thread's strip of rows in its block, and how many strips there are
step                           from a thread's cell or chunk to its next
============================== ==============================================================================
"""

import functools
from math import sqrt

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.arrays import flat
from convviz.kernels.cuda.launch import cuda, device_function, kernel

__all__ = [
    "batch_norm_frozen_gradient",
    "batch_norm_gradient",
    "batch_norm_inference",
    "batch_norm_training",
    "partial_cells",
]

THREADS = 256
#: Channels of a block, at most, when rows are gone through and when chunks are joined.
CHANNELS, JOINED = 64, 4
#: Blocks that share the rows, at most, when sums are made of them, and when no sums are.
SUMMING, SCALING = 512, 2048
#: Rows that are worth a thread's time.
FEW = 8


# ---------------------------------------------------------------- places


@device_function
def cells_of(row, stop, strips, channels, channel):
    """Where one channel's cells of rows `row`, `row + strips`, … below `stop` are in a flat array: first, end and step.

    Unsigned numbers are never counted from the end, which keeps the arithmetic out of loops.
    """
    return np.uint64(row * channels + channel), np.uint64(stop * channels), np.uint64(strips * channels)


@device_function
def lane_of(width):
    """Of a thread in a block of `width` channels: its lane, which is its channel there, its strip of rows, and their number."""
    return cuda.threadIdx.x % width, cuda.threadIdx.x // width, cuda.blockDim.x // width


def width_of(channels):
    """Of how many channels a block takes care, and into how many such parts all channels are cut."""
    parts = -(-channels // CHANNELS)
    width = -(-channels // parts)
    return width, -(-channels // width)


def chunks_of(rows, channels):
    """Rows of a chunk, and how many chunks; depends on the shape only, and no chunk is empty."""
    width, parts = width_of(channels)
    wanted = max(1, min(SUMMING // parts, rows // (THREADS // width * FEW)))
    chunk = -(-rows // wanted)
    return chunk, -(-rows // chunk)


def partial_cells(rows, channels):
    """How many numbers of scratch space `batch_norm_training` and `batch_norm_gradient` need.

    Examples
    --------
    ``arrays.empty((partial_cells(rows, channels),), dtype)`` is enough for arrays (rows, channels).
    """
    return 3 * chunks_of(rows, channels)[1] * channels


# ---------------------------------------------------------------- mean and variance


@device_function
def joined(count, mean, rest, squares, more, difference, added):
    """Count, mean in two parts and sum of squares about it, of `count` numbers and of `more`.

    For the `count` numbers the parts are `mean` and `rest`, and `squares` is the sum. The mean of the
    `more` is larger by `difference`, and `added` is their sum of squares about it.
    """
    weight = more / (count + more)
    step = rest + difference * weight
    moved = mean + step
    return count + more, moved, step - (moved - mean), squares + added + difference * difference * (count * weight)


@device_function
def moments_of_cells(x, cell, stop, step, origin):
    """What `joined` gives for cells `cell`, `cell + step`, … below `stop`; `origin` is a number near them."""
    zero, one = type(origin)(0), type(origin)(1)
    four, quarter = type(origin)(4), type(origin)(0.25)
    count, mean, rest, squares = zero, origin, zero, zero
    while cell + step + step + step < stop:
        a, b, c, d = x[cell], x[cell + step], x[cell + step + step], x[cell + step + step + step]
        a, b, c, d = a - mean - rest, b - mean - rest, c - mean - rest, d - mean - rest
        middle = ((a + b) + (c + d)) * quarter
        a, b, c, d = a - middle, b - middle, c - middle, d - middle
        added = (a * a + b * b) + (c * c + d * d)
        count, mean, rest, squares = joined(count, mean, rest, squares, four, middle, added)
        cell += step + step + step + step
    while cell < stop:
        count, mean, rest, squares = joined(count, mean, rest, squares, one, x[cell] - mean - rest, zero)
        cell += step
    return count, mean, rest, squares


@device_function
def join_strips(counts, means, rests, squares, strip, strips, width):
    """Let the threads of strip 0 have what all strips have found.

    `counts`, `means`, `rests` and `squares` are shared by a block: what `joined` gives, each thread's at its number.
    """
    mine = cuda.threadIdx.x
    zero = type(counts[mine])(0)
    while strips > 1:
        half = (strips + 1) // 2
        cuda.syncthreads()
        other = mine + half * width
        if strip + half < strips and counts[other] > zero:
            difference = (means[other] - means[mine]) + (rests[other] - rests[mine])
            counts[mine], means[mine], rests[mine], squares[mine] = joined(
                counts[mine], means[mine], rests[mine], squares[mine], counts[other], difference, squares[other]
            )
        strips = half


@kernel(threads=THREADS)
def chunk_moments(x, rows, chunk, width, zero, out):
    """Mean in two parts and sum of squares about it of rows ``block·chunk …``, in out (3, chunks, C); x is flat."""
    counts = cuda.shared.array(THREADS, x.dtype)
    means = cuda.shared.array(THREADS, x.dtype)
    rests = cuda.shared.array(THREADS, x.dtype)
    squares = cuda.shared.array(THREADS, x.dtype)
    lane, strip, strips = lane_of(width)
    mine, number, channel, channels = cuda.threadIdx.x, cuda.blockIdx.y, cuda.blockIdx.x * width + lane, out.shape[2]
    busy = strip < strips and channel < channels
    counts[mine] = zero
    if busy:
        first, end = number * chunk, min((number + 1) * chunk, rows)
        cell, stop, step = cells_of(first + strip, end, strips, channels, channel)
        counts[mine], means[mine], rests[mine], squares[mine] = moments_of_cells(
            x, cell, stop, step, x[first * channels + channel]
        )
    join_strips(counts, means, rests, squares, strip, strips, width)
    if busy and strip == 0:
        out[0, number, channel], out[1, number, channel], out[2, number, channel] = means[mine], rests[mine], squares[mine]


@device_function
def moments_of_chunks(partial, number, step, rows, chunk, channel):
    """What `joined` gives for chunks `number`, `number + step`, … of one channel."""
    origin = partial[0, 0, channel]
    zero = type(origin)(0)
    count, mean, rest, squares = zero, origin, zero, zero
    while number < partial.shape[1]:
        more = type(origin)(min(chunk, rows - number * chunk))
        difference = (partial[0, number, channel] - mean) + (partial[1, number, channel] - rest)
        added = partial[2, number, channel]
        count, mean, rest, squares = joined(count, mean, rest, squares, more, difference, added)
        number += step
    return count, mean, rest, squares


@kernel(threads=THREADS)
def join_moments(partial, rows, chunk, numbers, mean, inverse, moving_mean, moving_variance):
    """The statistics of all rows, and what the moving ones become; `numbers` are 1, epsilon, momentum, 1 − momentum."""
    counts = cuda.shared.array(THREADS, mean.dtype)
    means = cuda.shared.array(THREADS, mean.dtype)
    rests = cuda.shared.array(THREADS, mean.dtype)
    squares = cuda.shared.array(THREADS, mean.dtype)
    lane, strip, strips = lane_of(JOINED)
    mine, channel = cuda.threadIdx.x, cuda.blockIdx.x * JOINED + lane
    counts[mine] = type(numbers[0])(0)
    if channel < mean.size:
        counts[mine], means[mine], rests[mine], squares[mine] = moments_of_chunks(partial, strip, strips, rows, chunk, channel)
    join_strips(counts, means, rests, squares, strip, strips, JOINED)
    if channel < mean.size and strip == 0:
        one, epsilon, momentum, change = numbers
        variance = squares[mine] / counts[mine]
        mean[channel] = means[mine]
        inverse[channel] = one / sqrt(variance + epsilon)
        moving_mean[channel] = moving_mean[channel] * momentum + means[mine] * change
        moving_variance[channel] = moving_variance[channel] * momentum + variance * change


# ---------------------------------------------------------------- sums of slopes


@device_function
def slopes_of_cells(gradient, x, cell, stop, step, mean):
    """Sums of the gradient and of its products with x − mean, in cells `cell`, `cell + step`, … below `stop`."""
    total = product = type(mean)(0)
    while cell + step + step + step < stop:
        second, third, fourth = cell + step, cell + step + step, cell + step + step + step
        a, b, c, d = x[cell] - mean, x[second] - mean, x[third] - mean, x[fourth] - mean
        s, t, u, v = gradient[cell], gradient[second], gradient[third], gradient[fourth]
        total += (s + t) + (u + v)
        product += (s * a + t * b) + (u * c + v * d)
        cell += step + step + step + step
    while cell < stop:
        total += gradient[cell]
        product += gradient[cell] * (x[cell] - mean)
        cell += step
    return total, product


@device_function
def add_strips(first, second, strip, strips, width):
    """Let the threads of strip 0 have the sums of all strips.

    `first` and `second` are shared by a block: two sums, each thread's at its number.
    """
    mine = cuda.threadIdx.x
    while strips > 1:
        half = (strips + 1) // 2
        cuda.syncthreads()
        if strip + half < strips:
            first[mine] += first[mine + half * width]
            second[mine] += second[mine + half * width]
        strips = half


@kernel(threads=THREADS)
def chunk_slopes(gradient, x, mean, rows, chunk, width, out):
    """Sums of the gradient and of its products with x − mean in rows ``block·chunk …``, in out (3, chunks, C)."""
    first = cuda.shared.array(THREADS, x.dtype)
    second = cuda.shared.array(THREADS, x.dtype)
    lane, strip, strips = lane_of(width)
    mine, number, channel = cuda.threadIdx.x, cuda.blockIdx.y, cuda.blockIdx.x * width + lane
    busy = strip < strips and channel < mean.size
    if busy:
        end = min((number + 1) * chunk, rows)
        cell, stop, step = cells_of(number * chunk + strip, end, strips, mean.size, channel)
        first[mine], second[mine] = slopes_of_cells(gradient, x, cell, stop, step, mean[channel])
    add_strips(first, second, strip, strips, width)
    if busy and strip == 0:
        out[0, number, channel], out[1, number, channel] = first[mine], second[mine]


@kernel(threads=THREADS)
def join_slopes(partial, inverse, rows, wanted, gamma_gradient, beta_gradient):
    """The sums of all chunks, as gradients if they are `wanted`; in place of the first chunk's: what every row loses.

    That are the gradient's mean, and how much it goes along with x − mean.
    """
    first = cuda.shared.array(THREADS, inverse.dtype)
    second = cuda.shared.array(THREADS, inverse.dtype)
    lane, strip, strips = lane_of(JOINED)
    mine, channel = cuda.threadIdx.x, cuda.blockIdx.x * JOINED + lane
    total = product = type(rows)(0)
    if channel < inverse.size:
        for number in range(strip, partial.shape[1], strips):
            total += partial[0, number, channel]
            product += partial[1, number, channel]
    first[mine], second[mine] = total, product
    add_strips(first, second, strip, strips, JOINED)
    if channel < inverse.size and strip == 0:
        turn = second[mine] * inverse[channel]
        if wanted[0]:
            gamma_gradient[channel] = turn
        if wanted[1]:
            beta_gradient[channel] = first[mine]
        partial[0, 0, channel], partial[1, 0, channel] = first[mine] / rows, turn * inverse[channel] / rows


# ---------------------------------------------------------------- all rows


@device_function
def scaled(x, middle, scale, shift):
    """A cell of the result: x less `middle`, times scale, plus `shift`; all of one channel."""
    return (x - middle) * scale + shift


@kernel(threads=THREADS)
def scale_rows(x, mean, deviation, known, numbers, gamma, beta, rows, width, y):
    """y = (x − mean)·gamma·inverse + beta, of flat arrays; y may be x. `numbers` are 1 and epsilon.

    `deviation` is that inverse if it is `known`, else the variance.
    """
    lane, strip, strips = lane_of(width)
    channel = cuda.blockIdx.x * width + lane
    if strip < strips and channel < mean.size:
        inverse = deviation[channel] if known else numbers[0] / sqrt(deviation[channel] + numbers[1])
        middle, scale, shift = mean[channel], gamma[channel] * inverse, beta[channel]
        row, apart = cuda.blockIdx.y * strips + strip, strips * cuda.gridDim.y
        cell, stop, step = cells_of(row, rows, apart, mean.size, channel)
        while cell + step + step + step < stop:
            second, third, fourth = cell + step, cell + step + step, cell + step + step + step
            a, b, c, d = x[cell], x[second], x[third], x[fourth]
            y[cell], y[second] = scaled(a, middle, scale, shift), scaled(b, middle, scale, shift)
            y[third], y[fourth] = scaled(c, middle, scale, shift), scaled(d, middle, scale, shift)
            cell += step + step + step + step
        while cell < stop:
            y[cell] = scaled(x[cell], middle, scale, shift)
            cell += step


@device_function
def turned(slope, x, numbers):
    """A cell of the gradient, from the `slope` with respect to y; `numbers` are mean, common, along and scale."""
    return (slope - numbers[1] - (x - numbers[0]) * numbers[2]) * numbers[3]


@kernel(threads=THREADS)
def slope_rows(gradient, x, mean, inverse, gamma, partial, rows, width):
    """gradient = (gradient − common − (x − mean)·along)·gamma·inverse, of flat arrays.

    `join_slopes` leaves the two numbers in `partial`.
    """
    lane, strip, strips = lane_of(width)
    channel = cuda.blockIdx.x * width + lane
    if strip < strips and channel < mean.size:
        numbers = mean[channel], partial[0, 0, channel], partial[1, 0, channel], gamma[channel] * inverse[channel]
        row, apart = cuda.blockIdx.y * strips + strip, strips * cuda.gridDim.y
        cell, stop, step = cells_of(row, rows, apart, mean.size, channel)
        while cell + step + step + step < stop:
            second, third, fourth = cell + step, cell + step + step, cell + step + step + step
            a, b, c, d = x[cell], x[second], x[third], x[fourth]
            s, t, u, v = gradient[cell], gradient[second], gradient[third], gradient[fourth]
            gradient[cell], gradient[second] = turned(s, a, numbers), turned(t, b, numbers)
            gradient[third], gradient[fourth] = turned(u, c, numbers), turned(v, d, numbers)
            cell += step + step + step + step
        while cell < stop:
            gradient[cell] = turned(gradient[cell], x[cell], numbers)
            cell += step


# ---------------------------------------------------------------- what layers call


def channels_of(x, **values):
    """How many channels x has, if all values have as many; None is one that is missing."""
    channels = x.shape[len(x.shape) - 1] if len(x.shape) else 0
    if x.size == 0:
        raise ValueError(f"expected at least one row and one channel to normalize; the shape is {tuple(x.shape)}")
    for name, value in values.items():
        if value is not None:
            arrays.require(name, value, (channels,), x.dtype)
    return channels


def no_gamma(channels, dtype):
    """Ones that nothing writes to; the same array on every call, as `arrays.no_bias`."""
    return kept_ones(int(channels), np.dtype(dtype), arrays.current_gpu())


@functools.cache
def kept_ones(channels, dtype, gpu):
    """Answer `no_gamma` on one GPU."""
    return arrays.to_gpu(np.ones(channels, dtype), "ones")


def room_of(rows, channels, dtype, scratch):
    """Room for three numbers of each chunk and channel, (3, chunks, C)."""
    cells = partial_cells(rows, channels)
    if scratch is None:
        scratch = arrays.empty((cells,), dtype, "sums of chunks")
    elif len(scratch.shape) != 1 or scratch.size < cells or scratch.dtype != dtype:
        raise ValueError(
            f"scratch is {scratch.dtype.name} of shape {tuple(scratch.shape)}; expected {dtype.name} of at least ({cells},) "
            f"for {rows} rows and {channels} channels, see partial_cells"
        )
    scratch = scratch if scratch.size == cells else scratch[:cells]
    return scratch.reshape(3, cells // (3 * channels), channels)


def blocks_of(rows, channels):
    """How many blocks go through all rows where nothing is added up: parts of the channels, and shares of the rows."""
    width, parts = width_of(channels)
    return parts, max(1, min(SCALING // parts, rows // (THREADS // width * FEW)))


def normalize(x, y, mean, deviation, known, epsilon, gamma, beta, stream):
    """Launch `scale_rows`."""
    channels, kind = mean.size, x.dtype.type
    gamma = no_gamma(channels, x.dtype) if gamma is None else gamma
    beta = arrays.no_bias(channels, x.dtype) if beta is None else beta
    rows = x.size // channels
    scale_rows(
        blocks_of(rows, channels),
        flat(x),
        mean,
        deviation,
        known,
        (kind(1), kind(epsilon)),
        gamma,
        beta,
        rows,
        width_of(channels)[0],
        flat(y),
        stream=stream,
    )


def batch_norm_training(
    x, y, gamma, beta, epsilon, mean, inverse_deviation, moving_mean, moving_variance, momentum, scratch=None, stream=0
):
    """Normalize by the statistics of the batch, and let the moving ones follow them.

    Parameters
    ----------
    x, y : device array, (…, C)
        Argument and result; they may be the same array, but `batch_norm_gradient` needs x.
    gamma, beta : device array, (C,), or None
        None stands for ones and zeros.
    epsilon : float
        Is added to the variance.
    mean, inverse_deviation : device array, (C,)
        For the batch's mean and 1 / √(variance + epsilon), which the gradient needs.
    moving_mean, moving_variance : device array, (C,)
        Become moving·momentum + batch·(1 − momentum).
    momentum : float
    scratch : device array, (at least ``partial_cells(rows, C)``,), optional
        Room for the sums; allocated unless it is given.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If there are no rows, or shapes or dtypes do not fit.
    """
    names = {"mean": mean, "inverse_deviation": inverse_deviation, "moving_mean": moving_mean}
    channels = channels_of(x, gamma=gamma, beta=beta, moving_variance=moving_variance, **names)
    arrays.require("y", y, x.shape, x.dtype)
    rows, kind = x.size // channels, x.dtype.type
    partial = room_of(rows, channels, x.dtype, scratch)
    width, parts = width_of(channels)
    chunk, chunks = chunks_of(rows, channels)
    chunk_moments((parts, chunks), flat(x), rows, chunk, width, kind(0), partial, stream=stream)
    numbers = kind(1), kind(epsilon), kind(momentum), kind(1 - momentum)
    statistics = mean, inverse_deviation, moving_mean, moving_variance
    join_moments(-(-channels // JOINED), partial, rows, chunk, numbers, *statistics, stream=stream)
    normalize(x, y, mean, inverse_deviation, True, epsilon, gamma, beta, stream)


def batch_norm_inference(x, y, gamma, beta, epsilon, moving_mean, moving_variance, stream=0):
    """Normalize by the moving statistics; arguments as for `batch_norm_training`."""
    channels_of(x, gamma=gamma, beta=beta, moving_mean=moving_mean, moving_variance=moving_variance)
    arrays.require("y", y, x.shape, x.dtype)
    normalize(x, y, moving_mean, moving_variance, False, epsilon, gamma, beta, stream)


def batch_norm_gradient(
    gradient, x, gamma, mean, inverse_deviation, gamma_gradient=None, beta_gradient=None, scratch=None, stream=0
):
    """Gradient of `batch_norm_training`, through the statistics too.

    Parameters
    ----------
    gradient : device array, (…, C)
        With respect to y; becomes that with respect to x.
    x : device array, (…, C)
    gamma : device array, (C,), or None
    mean, inverse_deviation : device array, (C,)
        Of the batch, as `batch_norm_training` gave them.
    gamma_gradient, beta_gradient : device array, (C,), or None
        For the gradients with respect to gamma and beta.
    scratch : device array, (at least ``partial_cells(rows, C)``,), optional
        Room for the sums; allocated unless it is given.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If there are no rows, or shapes or dtypes do not fit.
    """
    given = {"gamma_gradient": gamma_gradient, "beta_gradient": beta_gradient, "gamma": gamma, "mean": mean}
    channels = channels_of(x, inverse_deviation=inverse_deviation, **given)
    arrays.require("gradient", gradient, x.shape, x.dtype)
    mine, source, rows = flat(gradient), flat(x), x.size // channels
    partial = room_of(rows, channels, x.dtype, scratch)
    width, parts = width_of(channels)
    chunk, chunks = chunks_of(rows, channels)
    chunk_slopes((parts, chunks), mine, source, mean, rows, chunk, width, partial, stream=stream)
    wanted = gamma_gradient is not None, beta_gradient is not None
    # what is not wanted is not written, so any array may stand for it
    targets = (gamma_gradient if wanted[0] else mean), (beta_gradient if wanted[1] else mean)
    blocks = -(-channels // JOINED)
    join_slopes(blocks, partial, inverse_deviation, x.dtype.type(rows), wanted, *targets, stream=stream)
    gamma = no_gamma(channels, x.dtype) if gamma is None else gamma
    blocks = blocks_of(rows, channels)
    slope_rows(blocks, mine, source, mean, inverse_deviation, gamma, partial, rows, width, stream=stream)


def batch_norm_frozen_gradient(gradient, gamma, moving_variance, epsilon, stream=0):
    """Gradient of `batch_norm_inference` with respect to x, from that of y in its place: gradient·gamma / √(v + ε).

    The moving statistics are constants there. Parameters as for `batch_norm_inference`.
    """
    channels = channels_of(gradient, gamma=gamma, moving_variance=moving_variance)
    nothing = arrays.no_bias(channels, gradient.dtype)
    normalize(gradient, gradient, nothing, moving_variance, False, epsilon, gamma, None, stream)
