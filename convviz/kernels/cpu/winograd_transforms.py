"""The transforms of minimal filtering F(2×2, 3×3): tiles of 4 × 4 cells, from which 2 × 2 results come.

Along one axis, four cells a … d of an image and three weights p, q, r give two results with four products instead of
six::

    m0 = (a − c) p
    m1 = (b + c) (p + q + r)/2            first result  = m0 + m1 + m2 = a p + b q + c r
    m2 = (c − b) (p − q + r)/2            second result = m1 − m2 + m3 = b p + c q + d r
    m3 = (d − b) r

Along both axes 16 products take the place of 36. As matrices, the results are Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A; then, for a
gradient y with respect to the results, that with respect to the weights is Gᵀ[(A y Aᵀ) ⊙ (Bᵀ x B)]G. Here stand the
five ways along one axis. They serve numbers in plain loops, and vectors of channels in llvm code.

Sources: S. Winograd, "Arithmetic Complexity of Computations" (1980); A. Lavin and S. Gray, "Fast Algorithms for
Convolutional Neural Networks" (2015), section 4.1, with the signs of m3 turned.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from convviz.kernels.cpu import pooling, simd
from convviz.kernels.cpu.compile import device_function
from convviz.kernels.cpu.llvm import INT, SHORT

__all__ = ["join_pool", "join_tile", "transform"]


def image_way(a, b, c, d):
    """Bᵀ: four cells of an image."""
    return a - c, b + c, c - b, d - b


def kernel_way(a, b, c):
    """G: three weights."""
    return a, (a + c + b) * 0.5, (a + c - b) * 0.5, c


def gradient_way(a, b):
    """A: the gradients of two results."""
    return a, a + b, a - b, b


def kernel_back(a, b, c, d):
    """Gᵀ: the gradients of three weights, from those of the four numbers that `kernel_way` gave."""
    return a + (b + c) * 0.5, (b - c) * 0.5, (b + c) * 0.5 + d


def result_back(a, b, c, d):
    """Aᵀ: two results, from four products."""
    return a + b + c, b - c + d


#: For each kind of tile: what is done along an axis, how many cells that takes and gives.
KINDS = {
    "image": (image_way, 4, 4),
    "kernel": (kernel_way, 3, 4),
    "gradient": (gradient_way, 2, 4),
    "back": (kernel_back, 4, 3),
}


def both(way, cells):
    """A function along one axis, applied along columns and then along rows of cells."""
    return [way(*row) for row in zip(*(way(*column) for column in zip(*cells, strict=True)), strict=True)]


class Lanes:
    """A vector of channels, to be reckoned with like a number."""

    def __init__(self, builder, value):
        self.builder, self.value = builder, value

    def __add__(self, other):
        return Lanes(self.builder, self.builder.fadd(self.value, other.value))

    def __sub__(self, other):
        return Lanes(self.builder, self.builder.fsub(self.value, other.value))

    def __mul__(self, number):
        factor = ir.Constant(self.value.type, [number] * self.value.type.count)
        return Lanes(self.builder, self.builder.fmul(self.value, factor))


class TileEmitter(pooling.PairEmitter):
    """Writes llvm code that transforms tiles, vector by vector of channels."""

    def grid(self, pointer, steps, count):
        """Addresses of ``count`` × ``count`` cells that are `steps` (down, right) apart."""
        down, right = ([self.builder.mul(step, INT(i)) for i in range(count)] for step in steps)
        return [[self.at(self.at(pointer, y), x) for x in right] for y in down]

    def inside(self, grid, extent, blank):
        """The addresses of a grid, but `blank` outside of `extent`: first and stop of rows, then of columns."""
        builder = self.builder

        def within(number, first, stop):
            number = INT(number)
            return builder.and_(builder.icmp_signed("<=", first, number), builder.icmp_signed("<", number, stop))

        rows, columns = ([within(i, *bounds) for i in range(len(grid))] for bounds in (extent[:2], extent[2:]))
        return [
            [builder.select(builder.and_(row, column), cell, blank) for column, cell in zip(columns, line, strict=True)]
            for row, line in zip(rows, grid, strict=True)
        ]

    def cells(self, grid, channel, mask):
        """The vectors that stand at a grid's addresses, from a channel on."""

        def lanes(cell):
            return Lanes(self.builder, self.load(self.at(cell, channel), self.floats, mask))

        return [[lanes(cell) for cell in line] for line in grid]

    def results(self, grid, channel, floor, mask):
        """The 2 × 2 results of the products at a grid's addresses, none below `floor`, row after row."""
        tile = both(result_back, self.cells(grid, channel, mask))
        low = self.spread(floor, self.floats)
        values = [lanes.value for row in tile for lanes in row]
        return [self.builder.select(self.builder.fcmp_ordered("<", value, low), low, value) for value in values]


class Arguments:
    """What compiled code hands to an intrinsic, as llvm has it."""

    def __init__(self, context, builder, signature, arguments):
        self.context, self.builder, self.kinds, self.arguments = context, builder, signature.args, arguments

    def number(self, place):
        """A whole number."""
        return self.context.cast(self.builder, self.arguments[place], self.kinds[place], types.int64)

    def numbers(self, place):
        """The whole numbers of a tuple."""
        kinds = self.kinds[place].types
        parts = zip(pooling.unpacked(self.builder, self.arguments[place], len(kinds)), kinds, strict=True)
        return [self.context.cast(self.builder, part, kind, types.int64) for part, kind in parts]

    def address(self, place):
        """The address of a cell, from (flat array, index)."""
        array, index = pooling.unpacked(self.builder, self.arguments[place], 2)
        kind, index_kind = self.kinds[place].types[:2]
        return simd.address(self.context, self.builder, kind, array, index_kind, index)

    def cell(self, place, kind):
        """A number of the dtype `kind`."""
        return self.context.cast(self.builder, self.arguments[place], self.kinds[place], kind)


def columns_of(count):
    """Functions for plain loops: the cells of a column or row of a tile, as a tuple of `count`."""
    if count == 2:
        return device_function(lambda cells, at, step: (cells[at], cells[at + step]))
    if count == 3:
        return device_function(lambda cells, at, step: (cells[at], cells[at + step], cells[at + 2 * step]))
    return device_function(lambda cells, at, step: (cells[at], cells[at + step], cells[at + 2 * step], cells[at + 3 * step]))


# ---------------------------------------------------------------- there


@intrinsic(prefer_literal=True)
def vector_transform(typing, kind, target, source, steps, extent, blank, to, pace):
    """Vector code for `transform`."""
    chosen, name = target.instance_class(), kind.literal_value
    way, reads, writes = KINDS[name]

    def codegen(context, builder, signature, arguments):
        given = Arguments(context, builder, signature, arguments)
        emit = TileEmitter(builder, context.get_data_type(source.types[0].dtype), chosen)
        down, right, channels = given.numbers(3)
        cells = emit.grid(given.address(2), (down, right), reads)
        if name in ("image", "gradient"):
            cells = emit.inside(cells, given.numbers(4), given.address(5))
        into = emit.grid(given.address(6), given.numbers(7), writes)

        def body(channel, mask):
            for row, line in zip(both(way, emit.cells(cells, channel, mask)), into, strict=True):
                for lanes, cell in zip(row, line, strict=True):
                    # blocks of weights and of gradients hold whole vectors
                    emit.store(lanes.value, emit.at(cell, channel), mask if name in ("image", "back") else None)

        emit.channels(channels, body)
        return context.get_dummy_value()

    return types.void(kind, target, source, steps, extent, blank, to, pace), codegen


def transform(kind, target, source, steps, extent, blank, to, pace):
    """Transform a tile, channel by channel.

    Parameters
    ----------
    kind : str
        "image" (4 × 4 cells), "kernel" (3 × 3 weights), "gradient" (2 × 2 cells), which give 4 × 4, or "back" (from
        4 × 4 to the gradients of 3 × 3 weights); a literal.
    target : a tile of `convviz.kernels.cpu.simd`
    source : (flat array, index)
        Where the tile's first cell begins.
    steps : (down, right, channels)
        From row to row and from column to column of the source; how many channels.
    extent : (first row, stop, first column, stop)
        Cells of an image or a gradient outside of these are not read, and count as 0.
    blank : (flat array, index)
        As many zeros as there are channels.
    to : (flat array, index)
        Where the first cell of the result goes. For "kernel" and "gradient" the last vector is filled up with zeros.
    pace : (down, right)
        From row to row and from column to column of the result.
    """
    plain_transform(kind)(kind, target, source, steps, extent, blank, to, pace)


@overload(transform, prefer_literal=True)
def transform_for(kind, target, source, steps, extent, blank, to, pace):
    """Vector code, or plain loops for `Plain`."""
    name = kind.literal_value
    if target.instance_class is simd.Plain:
        return plain_transform(name)
    return lambda kind, target, source, steps, extent, blank, to, pace: vector_transform(
        name, target, source, steps, extent, blank, to, pace
    )


def plain_transform(name):
    """`transform` for a kind of tile in plain loops."""
    way, reads, writes = device_function(KINDS[name][0]), *KINDS[name][1:]
    cut, whole = name in ("image", "gradient"), name in ("kernel", "gradient")
    some = columns_of(reads)

    def transform_cells(kind, target, source, steps, extent, blank, to, pace):
        lanes = target.bytes // source[0].itemsize
        cells, between = np.zeros(reads * reads), np.zeros(writes * reads)
        for c in range(steps[2]):
            for i in range(reads):
                for j in range(reads):
                    read = not cut or (extent[0] <= i < extent[1] and extent[2] <= j < extent[3])
                    cells[i * reads + j] = source[0][source[1] + i * steps[0] + j * steps[1] + c] if read else 0
            for j in range(reads):
                column = way(*some(cells, j, reads))
                for i in range(writes):
                    between[i * reads + j] = column[i]
            for i in range(writes):
                row = way(*some(between, i * reads, 1))
                for j in range(writes):
                    to[0][to[1] + i * pace[0] + j * pace[1] + c] = row[j]
        for c in range(steps[2], (steps[2] + lanes - 1) // lanes * lanes if whole else 0):
            for i in range(writes):
                for j in range(writes):
                    to[0][to[1] + i * pace[0] + j * pace[1] + c] = 0

    return transform_cells


# ---------------------------------------------------------------- and back to results


@intrinsic
def vector_join(typing, target, products, pace, out, steps, size, mask, floor):
    """Vector code for `join_tile`."""
    chosen = target.instance_class()

    def codegen(context, builder, signature, arguments):
        given = Arguments(context, builder, signature, arguments)
        emit = TileEmitter(builder, context.get_data_type(products.types[0].dtype), chosen)
        grid = emit.grid(given.address(1), given.numbers(2), 4)
        down, right, channels = given.numbers(4)
        write, shown = emit.grid(given.address(3), (down, right), 2), given.address(6)
        moving = given.context.cast(builder, builder.extract_value(arguments[6], 2), mask.types[2], types.int64)
        shown = emit.grid(shown, (builder.mul(down, moving), builder.mul(right, moving)), 2)
        low, zeros = given.cell(7, products.types[0].dtype), ir.Constant(emit.floats, None)
        tall, broad = (builder.icmp_signed(">", count, INT(1)) for count in given.numbers(5))
        there = [ir.IntType(1)(1), broad, tall, builder.and_(tall, broad)]

        def body(channel, lanes):
            for number, value in enumerate(emit.results(grid, channel, low, lanes)):
                i, j = divmod(number, 2)
                with builder.if_then(there[number], likely=True):
                    seen = emit.load(emit.at(shown[i][j], channel), emit.floats, lanes)
                    value = builder.select(builder.fcmp_unordered(">", seen, zeros), value, zeros)
                    emit.store(value, emit.at(write[i][j], channel), lanes)

        emit.channels(channels, body)
        return context.get_dummy_value()

    return types.void(target, products, pace, out, steps, size, mask, floor), codegen


def join_tile(target, products, pace, out, steps, size, mask, floor):
    """Turn 4 × 4 products per channel into 2 × 2 results.

    Parameters
    ----------
    target : a tile of `convviz.kernels.cpu.simd`
    products : (flat array, index)
    pace : (down, right)
        From row to row and from column to column of the products.
    out : (flat array, index)
        Where the first of the results goes.
    steps : (down, right, channels)
        From row to row and from column to column of the results; how many channels.
    size : (rows, columns)
        How many of the results there are, 1 or 2 each.
    mask : (flat array, index, moving)
        Results become 0 where this is 0 or less. It lies like the results if `moving` is 1, and is one row of channels
        for all if it is 0.
    floor : float
        Results below it become it; NaN stays NaN.
    """
    plain_join(target, products, pace, out, steps, size, mask, floor)


@overload(join_tile)
def join_tile_for(target, products, pace, out, steps, size, mask, floor):
    """Vector code, or plain loops for `Plain`."""
    if target.instance_class is simd.Plain:
        return plain_join
    return lambda target, products, pace, out, steps, size, mask, floor: vector_join(
        target, products, pace, out, steps, size, mask, floor
    )


join_way, four_of = device_function(result_back), columns_of(4)


@device_function
def plain_results(products, at, pace, floor):
    """The 2 × 2 results of one channel, none below `floor`; `products` (flat) begin at `at`; for `pace` see `join_tile`."""
    first = join_way(*four_of(products, at, pace[0]))
    second = join_way(*four_of(products, at + pace[1], pace[0]))
    third = join_way(*four_of(products, at + 2 * pace[1], pace[0]))
    fourth = join_way(*four_of(products, at + 3 * pace[1], pace[0]))
    a, b = join_way(first[0], second[0], third[0], fourth[0])
    c, d = join_way(first[1], second[1], third[1], fourth[1])
    return floor if a < floor else a, floor if b < floor else b, floor if c < floor else c, floor if d < floor else d


def plain_join(target, products, pace, out, steps, size, mask, floor):
    """`join_tile` in plain loops."""
    zero = products[0].dtype.type(0)
    for c in range(steps[2]):
        four = plain_results(products[0], products[1] + c, pace, floor)
        for i in range(size[0]):
            for j in range(size[1]):
                place = i * steps[0] + j * steps[1]
                hidden = mask[0][mask[1] + place * mask[2] + c] <= 0
                out[0][out[1] + place + c] = zero if hidden else four[2 * i + j]


@intrinsic
def vector_join_pool(typing, target, products, pace, pooled, argmax, channels, place, floor):
    """Vector code for `join_pool`."""
    chosen = target.instance_class()

    def codegen(context, builder, signature, arguments):
        given = Arguments(context, builder, signature, arguments)
        emit = TileEmitter(builder, context.get_data_type(products.types[0].dtype), chosen)
        grid = emit.grid(given.address(1), given.numbers(2), 4)
        best_at, where_at, low = given.address(3), given.address(4), given.cell(7, products.types[0].dtype)
        first, below = given.numbers(6)
        under = builder.add(first, below)
        cells = [first, builder.add(first, INT(1)), under, builder.add(under, INT(1))]
        cells = [emit.spread(builder.trunc(cell, SHORT), emit.ints) for cell in cells]

        def body(channel, mask):
            values = emit.results(grid, channel, low, mask)
            best, where = values[0], cells[0]
            for value, cell in zip(values[1:], cells[1:], strict=True):
                best, where = emit.better(best, where, value, cell)
            emit.store(best, emit.at(best_at, channel), mask)
            emit.store(where, emit.at(where_at, channel, SHORT), mask)

        emit.channels(given.number(5), body)
        return context.get_dummy_value()

    return types.void(target, products, pace, pooled, argmax, channels, place, floor), codegen


def join_pool(target, products, pace, pooled, argmax, channels, place, floor):
    """Turn 4 × 4 products per channel into 2 × 2 results, and keep the largest.

    Parameters
    ----------
    target, products, pace, floor : as in `join_tile`
    pooled, argmax : (flat array, index)
        Where the maxima and their places go. The first of equals wins, and the first NaN over everything.
    channels : int
    place : (first, below)
        The place of the first result, and how much further that of the one below it is.
    """
    plain_join_pool(target, products, pace, pooled, argmax, channels, place, floor)


@overload(join_pool)
def join_pool_for(target, products, pace, pooled, argmax, channels, place, floor):
    """Vector code, or plain loops for `Plain`."""
    if target.instance_class is simd.Plain:
        return plain_join_pool
    return lambda target, products, pace, pooled, argmax, channels, place, floor: vector_join_pool(
        target, products, pace, pooled, argmax, channels, place, floor
    )


def plain_join_pool(target, products, pace, pooled, argmax, channels, place, floor):
    """`join_pool` in plain loops."""
    for c in range(channels):
        four = plain_results(products[0], products[1] + c, pace, floor)
        best, tap = four[0], 0
        for number in range(1, 4):
            if best == best and not four[number] <= best:
                best, tap = four[number], number
        pooled[0][pooled[1] + c] = best
        argmax[0][argmax[1] + c] = place[0] + tap % 2 + tap // 2 * place[1]
