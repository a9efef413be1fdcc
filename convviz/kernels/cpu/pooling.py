"""Pooling for training, forward and backward.

Arrays are C-ordered, of float32 or float64: images (N, H, W, C). The place of a maximum is ``y·W + x`` in its plane, as
int32. Windows of 2 × 2 that do not overlap, which nearly every network uses, have vector code of their own: a few
instructions per vector of channels. All others are gone through cell by cell.

Arguments of kernels besides those that `convviz.kernels` describes:

======================== ===============================================
height, width, channels  of the image
rows, columns            what `axis_numbers` gives for each axis
relu                     whether nothing comes back where a maximum is 0
down, across             one over the cells that count, float64
target                   the tile of `convviz.kernels.cpu.simd`
axis                     what `axis_numbers` gives for one axis
output                   number of a window along an axis
======================== ===============================================
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from convviz.kernels.cpu import llvm, memory, simd
from convviz.kernels.cpu.compile import compiled, device_function
from convviz.kernels.cpu.llvm import INT, SHORT
from convviz.kernels.cpu.numba_private import cgutils
from convviz.kernels.cpu.threads import share

__all__ = ["average_pool", "average_pool_gradient", "max_pool", "max_pool_gradient", "pool_pair"]


class PairEmitter:
    """Writes llvm code that goes through the channels of four cells, vector by vector."""

    def __init__(self, builder, element, target):
        self.builder, self.element = builder, element
        self.size = 4 if element == ir.FloatType() else 8
        self.lanes = target.bytes // self.size
        self.floats, self.ints = ir.VectorType(element, self.lanes), ir.VectorType(SHORT, self.lanes)
        self.mask_type = ir.VectorType(ir.IntType(1), self.lanes)

    def spread(self, number, kind):
        """A number in all lanes of a vector type."""
        nothing = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(nothing, number, SHORT(0))
        return self.builder.shuffle_vector(first, nothing, ir.Constant(self.ints, [0] * self.lanes))

    def at(self, pointer, index, element=None):
        """The address `index` cells after `pointer`."""
        return llvm.at(self.builder, pointer, index, element or self.element)

    def load(self, pointer, kind, mask):
        """A vector of type `kind`, only the lanes of `mask` unless that is None."""
        align = kind.element.width // 8 if isinstance(kind.element, ir.IntType) else self.size
        return llvm.load(self.builder, pointer, kind, align, mask)

    def store(self, value, pointer, mask):
        """Write a vector, only the lanes of `mask` unless that is None."""
        llvm.store(self.builder, value, pointer, 4 if value.type == self.ints else self.size, mask)

    def channels(self, count, body):
        """Call ``body(first channel, mask)`` for whole vectors, then for what is left of `count` channels."""
        builder, step = self.builder, INT(self.lanes)
        full = builder.mul(builder.sdiv(count, step), step)
        with cgutils.for_range_slice(builder, INT(0), full, step, intp=INT) as (channel, _):
            body(channel, None)
        left = builder.sub(count, full)
        with builder.if_then(builder.icmp_signed(">", left, INT(0))):
            wide = ir.VectorType(INT, self.lanes)
            lanes = ir.Constant(wide, list(range(self.lanes)))
            body(full, builder.icmp_signed("<", lanes, self.spread(left, wide)))

    def better(self, best, where, value, place):
        """The larger of two vectors and its place: the first of equals, and the first NaN over everything."""
        builder = self.builder
        # unordered: true also where one of the two is a NaN; but a best that is one stays
        larger = builder.fcmp_unordered(">", value, best)
        larger = builder.and_(larger, builder.fcmp_ordered("==", best, best))
        return builder.select(larger, value, best), builder.select(larger, place, where)


def unpacked(builder, value, count):
    """The numbers of a tuple."""
    return [builder.extract_value(value, i) for i in range(count)]


def four_cells(emit, pair, width, pitch, channels, place):
    """The cells of window number `pair` of two rows: where the pixels of each begin, and their numbers, in all lanes.

    `place` is that of the first window's first cell; the image has `width` columns, its rows here lie `pitch` pixels apart.
    """
    builder = emit.builder
    left = builder.mul(pair, builder.mul(channels, INT(2)))
    below = builder.add(left, builder.mul(pitch, channels))
    first = builder.add(place, builder.mul(pair, INT(2)))
    under = builder.add(first, width)
    cells = [left, builder.add(left, channels), below, builder.add(below, channels)]
    numbers = [first, builder.add(first, INT(1)), under, builder.add(under, INT(1))]
    return cells, [emit.spread(builder.trunc(number, SHORT), emit.ints) for number in numbers]


@intrinsic
def vector_pool(typing, target, lines, at, shape, pooled, argmax, to, place):
    """Vector code for `pool_pair`."""
    chosen = target.instance_class()

    def codegen(context, builder, signature, arguments):
        element = context.get_data_type(lines.dtype)
        emit = PairEmitter(builder, element, chosen)
        source = simd.address(context, builder, lines, arguments[1], at, arguments[2])
        into = simd.address(context, builder, pooled, arguments[4], to, arguments[6])
        argmax_start = simd.address(context, builder, argmax, arguments[5], to, arguments[6])
        pairs, width, channels, *pitch = unpacked(builder, arguments[3], len(shape))
        with cgutils.for_range(builder, pairs, intp=INT) as loop:
            cells, numbers = four_cells(emit, loop.index, width, pitch[0] if pitch else width, channels, arguments[7])
            start = builder.mul(loop.index, channels)

            def body(channel, mask):
                values = [emit.load(emit.at(source, builder.add(cell, channel)), emit.floats, mask) for cell in cells]
                best, where = values[0], numbers[0]
                for value, number in zip(values[1:], numbers[1:], strict=True):
                    best, where = emit.better(best, where, value, number)
                index = builder.add(start, channel)
                emit.store(best, emit.at(into, index), mask)
                emit.store(where, emit.at(argmax_start, index, SHORT), mask)

            emit.channels(channels, body)
        return context.get_dummy_value()

    return types.void(target, lines, at, shape, pooled, argmax, to, place), codegen


def pool_pair(target, lines, at, shape, pooled, argmax, to, place):
    """Maxima of 2 × 2 cells of two rows of pixels that lie one behind the other.

    Parameters
    ----------
    target : a tile of `convviz.kernels.cpu.simd`
    lines : flat array
        The rows begin at `at`.
    shape : (pairs, columns, channels) or (pairs, columns, channels, pitch)
        How many windows, the pixels of a row of the plane, and those from row to row of `lines` if that is another number.
    pooled, argmax : flat arrays
        The results begin at `to`; argmax are int32, counted from `place`, the number of the first cell in its plane.
    """
    plain_pool(target, lines, at, shape, pooled, argmax, to, place)


@overload(pool_pair)
def pool_pair_for(target, lines, at, shape, pooled, argmax, to, place):
    """Vector code, or plain loops for `Plain`."""
    if target.instance_class is simd.Plain:
        return plain_pool
    return lambda target, lines, at, shape, pooled, argmax, to, place: vector_pool(
        target, lines, at, shape, pooled, argmax, to, place
    )


def plain_pool(target, lines, at, shape, pooled, argmax, to, place):
    """`pool_pair` in plain loops."""
    columns, channels = shape[1], shape[2]
    pitch = (shape + (columns,))[3]
    for pair in range(shape[0]):
        for c in range(channels):
            first = at + 2 * pair * channels + c
            best, tap = lines[first], 0
            for k in range(1, 4):
                value = lines[first + k % 2 * channels + k // 2 * pitch * channels]
                if best == best and not value <= best:
                    best, tap = value, k
            pooled[to + pair * channels + c] = best
            argmax[to + pair * channels + c] = place + 2 * pair + tap % 2 + tap // 2 * columns


@intrinsic
def vector_unpool(typing, target, gradient, argmax, pooled, at, shape, out, to, place, relu):
    """Vector code for `unpool_pair`."""
    chosen = target.instance_class()

    def codegen(context, builder, signature, arguments):
        element = context.get_data_type(gradient.dtype)
        emit = PairEmitter(builder, element, chosen)
        starts = [simd.address(context, builder, signature.args[i], arguments[i], at, arguments[4]) for i in (1, 2, 3)]
        into = simd.address(context, builder, out, arguments[6], to, arguments[7])
        pairs, width, channels = unpacked(builder, arguments[5], 3)
        zeros = ir.Constant(emit.floats, None)
        ungated = emit.spread(builder.not_(builder.trunc(arguments[9], ir.IntType(1))), emit.mask_type)
        with cgutils.for_range(builder, pairs, intp=INT) as loop:
            cells, numbers = four_cells(emit, loop.index, width, width, channels, arguments[8])
            start = builder.mul(loop.index, channels)

            def body(channel, mask):
                index = builder.add(start, channel)
                value = emit.load(emit.at(starts[0], index), emit.floats, mask)
                where = emit.load(emit.at(starts[1], index, SHORT), emit.ints, mask)
                best = emit.load(emit.at(starts[2], index), emit.floats, mask)
                keep = builder.or_(ungated, builder.fcmp_unordered(">", best, zeros))
                value = builder.select(keep, value, zeros)
                for cell, number in zip(cells, numbers, strict=True):
                    mine = builder.select(builder.icmp_signed("==", where, number), value, zeros)
                    emit.store(mine, emit.at(into, builder.add(cell, channel)), mask)

            emit.channels(channels, body)
        return context.get_dummy_value()

    return types.void(target, gradient, argmax, pooled, at, shape, out, to, place, relu), codegen


def unpool_pair(target, gradient, argmax, pooled, at, shape, out, to, place, relu):
    """Give the gradient of maxima of 2 × 2 cells back to the cells; the arguments are those of `pool_pair`.

    With `relu` nothing comes back where the maximum, `pooled`, is 0.
    """
    plain_unpool(target, gradient, argmax, pooled, at, shape, out, to, place, relu)


@overload(unpool_pair)
def unpool_pair_for(target, gradient, argmax, pooled, at, shape, out, to, place, relu):
    """Vector code, or plain loops for `Plain`."""
    if target.instance_class is simd.Plain:
        return plain_unpool
    return lambda target, gradient, argmax, pooled, at, shape, out, to, place, relu: vector_unpool(
        target, gradient, argmax, pooled, at, shape, out, to, place, relu
    )


def plain_unpool(target, gradient, argmax, pooled, at, shape, out, to, place, relu):
    """`unpool_pair` in plain loops."""
    columns, channels = shape[1:]
    zero = gradient.dtype.type(0)  # an infinite gradient times 0 would be NaN
    for pair in range(shape[0]):
        for c in range(channels):
            index = at + pair * channels + c
            value = gradient[index]
            if relu and pooled[index] <= 0:
                value = zero
            for k in range(4):
                cell = 2 * pair + k % 2 + k // 2 * columns
                mine = argmax[index] == place + cell
                out[to + cell * channels + c] = value if mine else zero


def pairs_only(rows, columns):
    """Whether windows are 2 × 2 and tile the image, apart from a last odd row and column."""
    return all(
        axis.window == axis.stride == 2 and axis.dilation == 1 and not axis.before and axis.high <= axis.size
        for axis in (rows, columns)
    )


def axis_numbers(axis):
    """An axis as compiled code takes it: (size, window, stride, dilation, before, output)."""
    return axis.size, axis.window, axis.stride, axis.dilation, axis.before, axis.output


@device_function
def window_cells(axis, output):
    """The taps of a window that lie in the input, as first and stop, and where the window starts."""
    start = output * axis[2] - axis[4]
    first = max(0, -(start // axis[3]))
    stop = min(axis[1], (axis[0] - 1 - start) // axis[3] + 1)
    return first, max(first, stop), start


@compiled
def pool_pairs(image, pooled, argmax, height, width, channels, target, begin, end):
    """Rows `begin` … `end` of the maxima of 2 × 2 cells, counted through the batch; flat arrays."""
    for task in range(begin, end):
        n, row = task // (height // 2), task % (height // 2)
        at = (n * height + 2 * row) * width * channels
        to = task * (width // 2) * channels
        pool_pair(target, image, at, (width // 2, width, channels), pooled, argmax, to, 2 * row * width)


@compiled
def unpool_pairs(gradient, argmax, pooled, out, height, width, channels, relu, target, begin, end):
    """Rows `begin` … `end` of what `pool_pairs` gave, back to their cells."""
    for task in range(begin, end):
        n, row = task // (height // 2), task % (height // 2)
        at = task * (width // 2) * channels
        to = (n * height + 2 * row) * width * channels
        shape = width // 2, width, channels
        unpool_pair(target, gradient, argmax, pooled, at, shape, out, to, 2 * row * width, relu)
        if width % 2:
            simd.clear(out, to + (width - 1) * channels, channels)
            simd.clear(out, to + (2 * width - 1) * channels, channels)
        if height % 2 and row == height // 2 - 1:
            simd.clear(out, to + 2 * width * channels, width * channels)


@compiled
def maximum_rows(image, pooled, argmax, rows, columns, begin, end):
    """Maxima of any windows, of output rows `begin` … `end`; arrays (N, rows, columns, C)."""
    for task in range(begin, end):
        n, row = task // rows[5], task % rows[5]
        first_i, stop_i, top = window_cells(rows, row)
        for column in range(columns[5]):
            first_j, stop_j, left = window_cells(columns, column)
            best, where = pooled[n, row, column], argmax[n, row, column]
            for i in range(first_i, stop_i):
                for j in range(first_j, stop_j):
                    y, x = top + i * rows[3], left + j * columns[3]
                    cells = image[n, y, x]
                    place = y * columns[0] + x
                    fresh = i == first_i and j == first_j
                    for c in range(len(best)):
                        if fresh or (best[c] == best[c] and not cells[c] <= best[c]):
                            best[c] = cells[c]
                            where[c] = place


@device_function
def rows_of_image(height, begin, end, n):
    """Which rows of image `n` are among the rows `begin` … `end` of a batch, as first and stop."""
    return max(0, begin - n * height), min(height, end - n * height)


@device_function
def windows_over(axis, first, stop):
    """Which windows reach the cells `first` … `stop` of an axis with one of their ends or in between, as first and stop."""
    size, window, stride, dilation, before, outputs = axis
    reach = (window - 1) * dilation
    low = max(0, -((reach - before - first) // stride))
    return low, max(low, min(outputs, (stop - 1 + before) // stride + 1))


@compiled
def give_maxima(gradient, argmax, pooled, out, rows, relu, begin, end):
    """Gradients of maxima back to the cells of rows `begin` … `end` of the batch; windows may overlap.

    Rows share windows, so some are looked at twice; but every cell is added up by one thread, in the order of the windows.
    """
    height, width = out.shape[1], out.shape[2]
    for n in range(begin // height, (end + height - 1) // height):
        first, stop = rows_of_image(height, begin, end, n)
        out[n, first:stop] = 0
        low, high = windows_over(rows, first, stop)
        for row in range(low, high):
            for column in range(gradient.shape[2]):
                for c in range(gradient.shape[3]):
                    place = argmax[n, row, column, c]
                    mine = first * width <= place < stop * width
                    if mine and not (relu and pooled[n, row, column, c] <= 0):
                        out[n, place // width, place % width, c] += gradient[n, row, column, c]


def max_pool(image, rows, columns, out, argmax, target=None):
    """Maxima of a batch's windows.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    rows, columns : convviz.geometry.Axis
    out : ndarray, (N, rows.output, columns.output, C)
    argmax : ndarray of int32, of the same shape
        For the places ``y·W + x`` of the maxima. The first of equals wins, and the first NaN over everything.
    target : a tile of `convviz.kernels.cpu.simd`, optional
    """
    if pairs_only(rows, columns):
        flat = memory.readable(image).reshape(-1), memory.writable(out, "out"), memory.writable(argmax, "argmax")
        share(pool_pairs, len(out) * rows.output, *flat, *image.shape[1:], target or simd.machine())
    else:
        axes = axis_numbers(rows), axis_numbers(columns)
        share(maximum_rows, len(out) * rows.output, memory.readable(image), out, argmax, *axes)


def max_pool_gradient(gradient, argmax, rows, columns, out, pooled=None, target=None):
    """Gradient of `max_pool`, and if wanted of the ReLU before it, with respect to its input.

    Parameters
    ----------
    gradient : ndarray, (N, rows.output, columns.output, C)
    argmax : ndarray of int32, of the same shape
    rows, columns : convviz.geometry.Axis
    out : ndarray, (N, H, W, C)
    pooled : ndarray, shape of `gradient`, optional
        The maxima, if they are of ReLUs: where they are 0 nothing comes back.
    target : a tile of `convviz.kernels.cpu.simd`, optional
    """
    relu = pooled is not None
    gradient, argmax, pooled = (memory.readable(a) for a in (gradient, argmax, pooled if relu else gradient))
    if pairs_only(rows, columns) and rows.output:
        flat = (array.reshape(-1) for array in (gradient, argmax, pooled))
        where = memory.writable(out, "out"), *out.shape[1:], relu, target or simd.machine()
        share(unpool_pairs, len(out) * rows.output, *flat, *where)
    else:
        share(give_maxima, len(out) * rows.size, gradient, argmax, pooled, out, axis_numbers(rows), relu)


@compiled
def mean_rows(image, out, rows, columns, down, across, begin, end):
    """Means of any windows, of output rows `begin` … `end`; `down` and `across` are one over the cells that count.

    They are added up in float64, since in float32 a sum of ones would end at 2²⁴.
    """
    totals = np.empty(image.shape[3], np.float64)
    for task in range(begin, end):
        n, row = task // rows[5], task % rows[5]
        first_i, stop_i, top = window_cells(rows, row)
        for column in range(columns[5]):
            first_j, stop_j, left = window_cells(columns, column)
            totals[:] = 0
            for i in range(first_i, stop_i):
                for j in range(first_j, stop_j):
                    cells = image[n, top + i * rows[3], left + j * columns[3]]
                    for c in range(len(totals)):
                        totals[c] += cells[c]
            weight = down[row] * across[column]
            mean = out[n, row, column]
            for c in range(len(totals)):
                mean[c] = totals[c] * weight


@compiled
def give_means(gradient, out, rows, columns, down, across, begin, end):
    """Gradients of means back to the cells of rows `begin` … `end` of the batch, in the order of the windows."""
    for task in range(begin, end):
        n, y = task // rows[0], task % rows[0]
        line = out[n, y]
        line[:] = 0
        low, high = windows_over(rows, y, y + 1)
        for row in range(low, high):
            if (y + rows[4] - row * rows[2]) % rows[3] == 0:  # dilation steps over other rows
                for column in range(columns[5]):
                    first_j, stop_j, left = window_cells(columns, column)
                    weight = out.dtype.type(down[row] * across[column])
                    given = gradient[n, row, column]
                    for j in range(first_j, stop_j):
                        cells = line[left + j * columns[3]]
                        for c in range(len(cells)):
                            cells[c] += given[c] * weight


def shares(rows, columns, count_include_pad):
    """One over the cells that count in the windows, down and across."""
    return [1 / np.array(axis.counts(count_include_pad), np.float64) for axis in (rows, columns)]


def average_pool(image, rows, columns, out, count_include_pad=False):
    """Means of a batch's windows.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    rows, columns : convviz.geometry.Axis
    out : ndarray, (N, rows.output, columns.output, C)
    count_include_pad : bool
        Whether the zeros of padding count as cells.
    """
    axes = axis_numbers(rows), axis_numbers(columns)
    counts = shares(rows, columns, count_include_pad)
    share(mean_rows, len(out) * rows.output, memory.readable(image), out, *axes, *counts)


def average_pool_gradient(gradient, rows, columns, out, count_include_pad=False):
    """Gradient of `average_pool` with respect to its input, `out` (N, H, W, C)."""
    axes = axis_numbers(rows), axis_numbers(columns)
    share(give_means, len(out) * rows.size, memory.readable(gradient), out, *axes, *shares(rows, columns, count_include_pad))
