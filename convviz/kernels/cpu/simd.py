"""The micro-kernel: a tile of sums that stays in vector registers while all of its products are added up.

Every fast kernel of this package is this one loop with other operands. A tile has up to `rows` × `vectors` registers of
sums; at each step k a column of `a` meets a row of `b`::

                              b: one load per vector
                           ┌─────────────┬─────────────┐
                           │  b[k, 0…15] │ b[k, 16…31] │
            a: one cell    └─────────────┴─────────────┘
              per row      ┌─────────────┬─────────────┐
            │ a[0, k] │ ─► │ += a·b      │ += a·b      │      28 sums in registers (AVX-512: 14 × 2 of 32),
            │ a[1, k] │ ─► │ += a·b      │ += a·b      │      2 registers for b; a is the memory operand of
            │    ⋮    │    │      ⋮      │      ⋮      │      the multiply-add, which spreads one number over
            │ a[13, k]│ ─► │ += a·b      │ += a·b      │      all lanes at no cost
                           └─────────────┴─────────────┘

A core multiplies and adds two vectors per cycle, and loads two. A step of the tile needs 14 + 2 loads for 28
multiply-adds, so that arithmetic and not memory sets the pace; each sum waits 14 cycles for its next turn, longer than a
multiply-add takes (4). Sums leave the registers once, at the end.

What the rows and the steps mean is up to the caller, who says where cells stand:

- `a` of row r at step (s, k) is ``a[start + offsets[s] + r·row_step + k·step]``, for s < outer and k < inner (where rows
  go in threes, from three to three it is `three_step` instead);
- `b` is read from ``start`` on, step after step: one vector row (or one number) each.

Where padding ends a row of pixels, the first pixel has nothing to its left and the last nothing to its right. A run then
begins with steps for all rows but the first and ends with steps for all but the last, so that pixels are read where
they lie, padding is neither stored nor multiplied, and nothing before or after the row of pixels is touched::

            left   inner    right
    row  0   ·     +=  +=    +=        ·  the tap lies in padding: no step
    row  1   +=    +=  +=    +=
      ⋮      ⋮      ⋮   ⋮     ⋮
    row 13   +=    +=  +=    ·

`kind` says what is one number and what is a vector:

========== ======= ======= ==========================================================================
kind       a       b       used for
========== ======= ======= ==========================================================================
"pixels"   number  vector  convolution: rows are pixels, steps run along the channels of a window
"taps"     number  vector  gradient of a kernel: rows are cells of the window, steps are pixels
"channels" vector  vector  depthwise convolution and its kernel's gradient: channels lie in the lanes
"plane"    vector  number  one channel: columns of the image lie in the lanes, rows are rows of it
========== ======= ======= ==========================================================================

In "pixels" `step` must be 1, in "taps" `row_step` must be 1: the addresses then cost nothing.
"""

import functools
import math
import os
from typing import NamedTuple

import llvmlite.binding
import numba.extending
import numpy as np
from llvmlite import ir
from numba import typeof, types

from convviz.kernels.cpu import llvm
from convviz.kernels.cpu.compile import intrinsic, library
from convviz.kernels.cpu.llvm import INT, POINTER
from convviz.kernels.cpu.numba_private import RUNS_WHEN_LOADED, TypingError, cgutils, run_when_loaded, symbol_address
from convviz.kernels.interpreted import INTERPRETED

__all__ = ["Avx2", "Avx512", "Neon", "Plain", "Sse", "clear", "copy", "fetch", "fetch_cells", "machine", "selected", "tile"]


class Avx512(NamedTuple):
    """64-byte vectors, 32 registers."""

    bytes: int = 64
    rows: int = 14
    vectors: int = 2


class Avx2(NamedTuple):
    """32-byte vectors, 16 registers."""

    bytes: int = 32
    rows: int = 6
    vectors: int = 2


class Neon(NamedTuple):
    """16-byte vectors, 32 registers: the broad tile makes up for numbers that have to be spread one by one."""

    bytes: int = 16
    rows: int = 6
    vectors: int = 4


class Sse(NamedTuple):
    """16-byte vectors, 16 registers, no fused multiply-add: a product needs a register of its own."""

    bytes: int = 16
    rows: int = 5
    vectors: int = 2


class Plain(NamedTuple):
    """No vector code: the same loops in plain numba."""

    bytes: int = 32
    rows: int = 4
    vectors: int = 1


@functools.lru_cache(maxsize=1)
def machine():
    """The tile for the processor that this runs on."""
    if INTERPRETED:
        return Plain(bytes=64, rows=14, vectors=2)  # large tiles: NumPy takes as long for a small one
    triple = llvmlite.binding.get_process_triple()
    features = llvmlite.binding.get_host_cpu_features()
    if triple.startswith(("aarch64", "arm64")):
        return Neon()
    if not triple.startswith(("x86_64", "amd64")):
        return Plain()
    if features.get("avx512f"):
        return Avx512()
    if features.get("avx2") and features.get("fma"):
        return Avx2()
    return Sse()


def selected():
    """The tile that the environment variable ``CONVVIZ_SIMD`` names, or else the processor's.

    Names are "avx512", "avx2", "sse", "neon", and "plain" for loops that the compiler alone turns into vectors. Vectors
    wider than the processor's are split, and slow.
    """
    name = os.environ.get("CONVVIZ_SIMD", "")
    if not name:
        return machine()
    tiles = {kind.__name__.lower(): kind for kind in (Avx512, Avx2, Sse, Neon, Plain)}
    if name.lower() not in tiles:
        raise ValueError(f"the environment variable CONVVIZ_SIMD is {name!r}; expected one of {', '.join(tiles)}, or nothing")
    return tiles[name.lower()]()


class Emitter:
    """Writes the llvm code of one kind of tile for one dtype and one machine."""

    def __init__(self, module, kind, element, target):
        self.kind, self.element, self.target = kind, element, target
        self.size = 4 if element == ir.FloatType() else 8
        self.lanes = target.bytes // self.size
        self.vector = ir.VectorType(element, self.lanes)
        self.mask_type = ir.VectorType(ir.IntType(1), self.lanes)
        self.module = module
        width = f"v{self.lanes}f{8 * self.size}"
        kind_of = ir.FunctionType(self.vector, [self.vector] * 3)
        self.multiply_add = cgutils.get_or_insert_function(module, kind_of, f"llvm.fmuladd.{width}")

    def at(self, builder, pointer, index):
        """The address `index` elements after `pointer`."""
        return llvm.at(builder, pointer, index, self.element)

    def load(self, builder, pointer, spread):
        """A vector from `pointer`; with `spread` the one number there in all lanes."""
        if not spread:
            return llvm.load(builder, pointer, self.vector, self.size)
        number = llvm.load(builder, pointer, self.element, self.size)
        return self.spread(builder, number)

    def spread(self, builder, number):
        """One number in all lanes."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes))

    def mask(self, builder, lanes):
        """The mask of the first `lanes` lanes."""
        wide = ir.VectorType(INT, self.lanes)
        nothing = ir.Constant(wide, ir.Undefined)
        count = builder.insert_element(nothing, lanes, ir.Constant(ir.IntType(32), 0))
        count = builder.shuffle_vector(count, nothing, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes))
        return builder.icmp_signed("<", ir.Constant(wide, list(range(self.lanes))), count)

    def function(self):
        """The function of all tile sizes."""
        function = declared(self.module, self.kind, self.target, self.element)
        function.linkage = "external" if RUNS_WHEN_LOADED else "linkonce_odr"
        function.attributes.add("optsize")  # no unrolling: the loops are wide enough as they stand
        builder = ir.IRBuilder(function.append_basic_block())
        done = function.append_basic_block("done")
        rows, vectors = function.args[15:17]
        index = builder.add(builder.mul(rows, INT(self.target.vectors)), vectors)
        choice = builder.switch(index, done)
        for r in range(1, self.target.rows + 1):
            for v in range(1, self.target.vectors + 1):
                block = function.append_basic_block(f"rows{r}.vectors{v}")
                choice.add_case(INT(r * self.target.vectors + v), block)
                builder.position_at_start(block)
                self.tile(builder, r, v, function.args)
                builder.branch(done)
        builder.position_at_start(done)
        builder.ret_void()
        return function

    def tile(self, builder, rows, vectors, arguments):
        """One tile size: load the sums, add all products, store the sums."""
        init, init_step, out, out_step = arguments[11:15]
        lanes, floor = arguments[17:19]
        whole = builder.icmp_signed("==", lanes, INT(self.lanes))
        mask = self.mask(builder, lanes)
        places = [(r, v) for r in range(rows) for v in range(vectors)]
        sums = [self.first(builder, init, init_step, r, v, mask if v == vectors - 1 else None) for r, v in places]
        sums = self.products(builder, rows, vectors, arguments, sums)
        sums = self.clamped(builder, sums, floor)
        with builder.if_else(whole) as (then, otherwise):
            for choice, masks in (then, None), (otherwise, mask):
                with choice:
                    for (r, v), value in zip(places, sums, strict=True):
                        pointer = self.pointer(builder, out, out_step, r, v)
                        llvm.store(builder, value, pointer, self.size, masks if v == vectors - 1 else None)

    def clamped(self, builder, sums, floor):
        """The sums, none below `floor`. With −inf, which is usual, that takes no time."""
        before = builder.block
        with builder.if_then(builder.fcmp_ordered(">", floor, ir.Constant(self.element, -math.inf))):
            low = self.spread(builder, floor)
            values = [builder.select(builder.fcmp_ordered("<", value, low), low, value) for value in sums]
            inside = builder.block
        results = self.phis(builder, [self.vector] * len(sums))
        self.join(results, (before, sums), (inside, values))
        return results

    def pointer(self, builder, first, row_step, row, vector):
        """Address of vector number `vector` in row number `row`."""
        start = self.at(builder, first, builder.mul(row_step, INT(row)))
        return self.at(builder, start, INT(vector * self.lanes))

    def first(self, builder, init, init_step, row, vector, mask):
        """What a register of sums starts from."""
        pointer = self.pointer(builder, init, init_step, row, vector)
        return llvm.load(builder, pointer, self.vector, self.size, mask)

    def products(self, builder, rows, vectors, arguments, sums):
        """The sums after all steps: a loop over `outer` offsets, in it those over the steps of a run."""
        a, row_step, step, three_step, offsets, outer, left, inner, right, b, b_step = arguments[:11]
        before = builder.block
        head, after = (builder.append_basic_block(name) for name in ("outer", "after"))
        builder.cbranch(builder.icmp_signed("<=", outer, INT(0)), after, head)

        builder.position_at_start(head)
        count, place, *held = self.phis(builder, [INT, POINTER, *[self.vector] * len(sums)])
        offset = llvm.load(builder, llvm.at(builder, offsets, count, INT), INT)
        bases = self.bases(builder, self.at(builder, a, offset), three_step, rows)
        forward = row_step, INT(1) if self.kind == "pixels" else step, self.pace(vectors, b_step)
        state = [place, *bases, *held]
        if self.kind in ("pixels", "channels"):
            state = self.run(builder, left, range(1, rows), vectors, forward, state)
        state = self.run(builder, inner, range(rows), vectors, forward, state)
        if self.kind in ("pixels", "channels"):
            state = self.run(builder, right, range(rows - 1), vectors, forward, state)
        tail, added = builder.block, state[1 + len(bases) :]
        counted = builder.add(count, INT(1))
        builder.cbranch(builder.icmp_signed("<", counted, outer), head, after)

        entering, repeating = [INT(0), b, *sums], [counted, state[0], *added]
        self.join([count, place, *held], (before, entering), (tail, repeating))
        builder.position_at_start(after)
        results = self.phis(builder, [self.vector] * len(sums))
        self.join(results, (before, sums), (tail, added))
        return results

    def run(self, builder, count, rows, vectors, forward, state):
        """What is held (pointers to `b` and to rows of `a`, sums) after `count` more steps for some of the rows."""
        row_step, step, b_step = forward
        kinds = [value.type for value in state]
        pointers = kinds.count(POINTER)
        before = builder.block
        body, after = (builder.append_basic_block(name) for name in ("steps", "rest"))
        builder.cbranch(builder.icmp_signed(">", count, INT(0)), body, after)

        builder.position_at_start(body)
        k, *held = self.phis(builder, [INT, *kinds])
        added = self.step(builder, rows, vectors, (held[1:pointers], row_step, held[0]), held[pointers:])
        more = builder.add(k, INT(1))
        bases = [self.at(builder, base, step) for base in held[1:pointers]]
        repeating = [self.at(builder, held[0], b_step), *bases, *added]
        builder.cbranch(builder.icmp_signed("<", more, count), body, after)

        self.join([k, *held], (before, [INT(0), *state]), (body, [more, *repeating]))
        builder.position_at_start(after)
        results = self.phis(builder, kinds)
        self.join(results, (before, state), (body, repeating))
        return results

    def pace(self, vectors, b_step):
        """Cells of `b` from step to step."""
        if self.kind == "plane":
            return INT(1)
        return b_step if self.kind == "channels" else INT(vectors * self.lanes)

    @staticmethod
    def join(phis, *ways):
        """What each phi is, for each way that leads to it: pairs of a block and values."""
        for block, values in ways:
            for phi, value in zip(phis, values, strict=True):
                phi.add_incoming(value, block)

    @staticmethod
    def phis(builder, kinds):
        """One phi of each type."""
        return [builder.phi(kind) for kind in kinds]

    def bases(self, builder, start, three_step, rows):
        """Every third row has a pointer; the two after it are one and two steps on, which x86 adds for free."""
        if self.kind == "taps":
            return [start]
        return [self.at(builder, start, builder.mul(three_step, INT(r))) for r in range(-(-rows // 3))]

    def cell(self, builder, bases, row_step, row):
        """Address of a row's cell at the present step."""
        if self.kind == "taps":
            return self.at(builder, bases[0], INT(row))
        return self.at(builder, bases[row // 3], builder.mul(row_step, INT(row % 3))) if row % 3 else bases[row // 3]

    def step(self, builder, rows, vectors, operands, sums):
        """One step: the sums of `rows` plus the products of a column of `a` and a row of `b`."""
        bases, row_step, b = operands
        if self.kind == "plane":
            right = [self.load(builder, b, True)] * vectors
        else:
            right = [self.load(builder, self.at(builder, b, INT(v * self.lanes)), False) for v in range(vectors)]
        added = list(sums)
        for row in rows:
            cell = self.cell(builder, bases, row_step, row)
            if self.kind in ("pixels", "taps"):
                left = [self.load(builder, cell, True)] * vectors
            else:
                left = [self.load(builder, self.at(builder, cell, INT(v * self.lanes)), False) for v in range(vectors)]
            for v in range(vectors):
                number = row * vectors + v
                added[number] = builder.call(self.multiply_add, [left[v], right[v], sums[number]])
        return added


def instance_of(target, dtype):
    """The target as an instance, from the types that numba sees; an error for numbers that no tile is for."""
    if dtype not in (types.float32, types.float64):
        raise TypingError(f"a tile is for float32 or float64, not {dtype}")
    return target.instance_class()


def symbol(kind, target, bits):
    """The name under which the llvm function of a kind of tile is known."""
    return f"convviz.tile.{kind}.{type(target).__name__}.f{bits}"


def declared(module, kind, target, element):
    """The llvm function of a kind of tile, to be called or to be written."""
    bits = 32 if element == ir.FloatType() else 64
    a, steps, size = [POINTER, INT, INT, INT], [POINTER, INT, INT, INT, INT], [INT, INT, INT]
    arguments = [*a, *steps, POINTER, INT, POINTER, INT, POINTER, INT, *size, element]
    kind_of = ir.FunctionType(ir.VoidType(), arguments)
    function = cgutils.get_or_insert_function(module, kind_of, symbol(kind, target, bits))
    function.attributes.add("nounwind")
    return function


@numba.extending.intrinsic(prefer_literal=True)
def write(typing, kind, target, number):
    """Write the llvm function of a kind of tile for numbers like `number` into the caller's module."""
    chosen = instance_of(target, number)

    def codegen(context, builder, signature, arguments):
        Emitter(builder.module, kind.literal_value, context.get_data_type(number), chosen).function()
        return context.get_dummy_value()

    return types.void(kind, target, number), codegen


@library
def tile_library(kind, target, number):
    """Holds the llvm function of a kind of tile for numbers like `number`. It is compiled once, not in every caller."""
    write(kind, target, number)


@functools.cache
def provide(kind, target, bits):
    """Make the function of a kind of tile known to llvm under its `symbol`."""
    given = types.literal(kind), typeof(target), types.float32 if bits == 32 else types.float64
    name = symbol(kind, target, bits)
    llvmlite.binding.add_symbol(name, symbol_address(tile_library, given, name))


@functools.cache
def provider(*arguments):
    """`provide` with its arguments, to be called later."""
    return functools.partial(provide, *arguments)


def plain_tile(kind, target, a, steps, b, start, out, size, floor):
    """The tile in plain loops, in the same order of sums."""
    width = target.bytes // a[0].itemsize
    wide = (size[1] - 1) * width + size[2]
    pace = b[2] if kind == "channels" else 1 if kind == "plane" else size[1] * width
    left, right = steps[3], steps[5]
    run = left + steps[4] + right
    for row in range(size[0]):
        line = out[0][out[1] + row * out[2] : out[1] + row * out[2] + wide]
        line[:] = start[0][start[1] + row * start[2] : start[1] + row * start[2] + wide]
        first, stop = left if row == 0 else 0, run - right if row == size[0] - 1 else run
        for s in range(steps[2]):
            cells = a[1] + steps[0][steps[1] + s] + row % 3 * a[2] + row // 3 * a[4]
            for k in range(first, stop):
                cell, at = cells + k * a[3], b[1] + (s * run + k) * pace
                if kind == "plane":
                    weight = b[0][at]
                    for lane in range(wide):
                        line[lane] += a[0][cell + lane] * weight
                elif kind == "channels":
                    for lane in range(wide):
                        line[lane] += a[0][cell + lane] * b[0][at + lane]
                else:
                    value = a[0][cell]
                    for lane in range(wide):
                        line[lane] += value * b[0][at + lane]
        for lane in range(wide):
            if line[lane] < floor:
                line[lane] = floor


def array_tile(kind, target, a, steps, b, start, out, size, floor):
    """The tile in operations of NumPy, in the same order of sums."""
    rows, width = size[0], target.bytes // a[0].itemsize
    wide = (size[1] - 1) * width + size[2]
    pace = b[2] if kind == "channels" else 1 if kind == "plane" else size[1] * width
    left, inner, right = steps[3:]
    run = left + inner + right
    lanes = np.arange(wide)
    begin, end = (place[1] + np.arange(rows)[:, None] * place[2] + lanes for place in (start, out))
    sums = start[0][begin]
    tops = np.array([row % 3 * a[2] + row // 3 * a[4] for row in range(rows)])[:, None]
    across, down = lanes if kind in ("channels", "plane") else 0, 0 if kind == "plane" else lanes
    for s in range(steps[2]):
        cells = a[1] + steps[0][steps[1] + s] + tops + across
        for k in range(run):
            some = slice(1 if k < left else 0, rows - 1 if k >= run - right else rows)
            sums[some] += a[0][cells[some] + k * a[3]] * b[0][b[1] + (s * run + k) * pace + down]
    sums[sums < floor] = floor
    out[0][end] = sums


@intrinsic(instead=array_tile, prefer_literal=True)
def tile(typing, kind, target, a, steps, b, start, out, size, floor):
    """Add up one tile.

    Parameters
    ----------
    kind : str
        "pixels", "taps", "channels" or "plane"; a literal.
    target : Avx512, Avx2, Neon, Sse or Plain
    a : (array, start, row_step, step, three_step)
        `three_step` is three times `row_step`, unless rows go in threes.
    steps : (offsets, first, outer, left, inner, right)
        `offsets` is int64: where in `a` each of the `outer` runs begins, from number `first` on. A run is `left` steps
        without the first row, `inner` steps, and `right` steps without the last row; "taps" and "plane" know inner steps
        only.
    b : (array, start, step)
        Rows of `vectors` vectors (for "plane": single numbers), in the order of the steps. For "channels" they are `step`
        apart, for the other kinds there is no gap.
    start : (array, start, row_step)
        What the sums start from; `row_step` 0 for one row of biases, or the output itself to add to it.
    out : (array, start, row_step)
    size : (rows, vectors, lanes)
        Of the last vector only the first `lanes` are read and written.
    floor : float
        Results below it become it: 0 for ReLU, -inf for none. NaN stays NaN.
    """
    dtype = a.types[0].dtype
    chosen = instance_of(target, dtype)

    if target.instance_class is not Plain and RUNS_WHEN_LOADED:
        provide(kind.literal_value, chosen, dtype.bitwidth)

    def loops(context, builder, signature, arguments):
        return context.compile_internal(builder, plain_tile, signature, arguments)

    def codegen(context, builder, signature, arguments):
        def number(group, index):
            value = builder.extract_value(arguments[group], index)
            return context.cast(builder, value, signature.args[group].types[index], types.int64)

        def pointer(group):
            array = builder.extract_value(arguments[group], 0)
            data = context.make_array(signature.args[group].types[0])(context, builder, array).data
            return llvm.at(builder, builder.bitcast(data, POINTER), number(group, 1), context.get_data_type(dtype))

        table = context.make_array(signature.args[3].types[0])(context, builder, builder.extract_value(arguments[3], 0)).data
        table = llvm.at(builder, builder.bitcast(table, POINTER), number(3, 1), INT)
        element = context.get_data_type(dtype)
        function = declared(builder.module, kind.literal_value, chosen, element)
        if RUNS_WHEN_LOADED:
            # what is loaded from a cache must find the function too
            run_when_loaded(context, provider(kind.literal_value, chosen, dtype.bitwidth))
        elif function.is_declaration:
            Emitter(builder.module, kind.literal_value, element, chosen).function()
        low = context.cast(builder, arguments[8], signature.args[8], dtype)
        builder.call(
            function,
            [
                pointer(2),
                number(2, 2),
                number(2, 3),
                number(2, 4),
                table,
                number(3, 2),
                number(3, 3),
                number(3, 4),
                number(3, 5),
                pointer(4),
                number(4, 2),
                pointer(5),
                number(5, 2),
                pointer(6),
                number(6, 2),
                number(7, 0),
                number(7, 1),
                number(7, 2),
                low,
            ],
        )
        return context.get_dummy_value()

    return types.void(kind, target, a, steps, b, start, out, size, floor), loops if chosen == Plain() else codegen


def address(context, builder, kind, array, index_kind, index):
    """The llvm address of a cell of a flat array."""
    data = context.make_array(kind)(context, builder, array).data
    number = context.cast(builder, index, index_kind, types.int64)
    return llvm.at(builder, llvm.plain_pointer(builder, data), number, context.get_data_type(kind.dtype))


def nothing(*arguments):
    """What asking for memory ahead of time is where Python runs the kernels."""


@intrinsic(instead=nothing)
def fetch(typing, array, start):
    """Ask for the cache line of cell `start` of the flat `array` ahead of time, into the second-level cache."""

    def codegen(context, builder, signature, arguments):
        llvm.prefetch(builder, address(context, builder, array, arguments[0], start, arguments[1]), 0)
        return context.get_dummy_value()

    return types.void(array, start), codegen


def fetching(module, writing):
    """The llvm function that asks for so many bytes. In line it would take registers from the loops around."""
    name = "convviz.fetch_to_write" if writing else "convviz.fetch"
    if name in module.globals:
        return module.get_global(name)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER, INT]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block())
    start, size = function.args
    with cgutils.for_range_slice(builder, INT(0), size, INT(64), intp=INT) as (line, _):
        llvm.prefetch(builder, llvm.at(builder, start, line, ir.IntType(8)), int(writing))
    builder.ret_void()
    return function


@intrinsic(instead=nothing, prefer_literal=True)
def fetch_cells(typing, array, start, count, writing):
    """Ask for `count` cells of the flat `array` from `start` on, or for none if the array ends before.

    To be read, into the second-level cache, or with the literal True for `writing` to be written, into the first: then
    stores need not wait.
    """

    def codegen(context, builder, signature, arguments):
        kind = signature.args[0]
        size = INT(context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        first, number = (context.cast(builder, arguments[i], signature.args[i], types.int64) for i in (1, 2))
        cells = context.make_array(kind)(context, builder, arguments[0]).nitems
        with builder.if_then(builder.icmp_signed("<=", builder.add(first, number), cells)):
            pointer = address(context, builder, kind, arguments[0], types.int64, first)
            builder.call(fetching(builder.module, writing.literal_value), [pointer, builder.mul(number, size)])
        return context.get_dummy_value()

    return types.void(array, start, count, writing), codegen


def copy_slice(target, to, source, start, count):
    """`copy` in Python."""
    if count > 0:
        target[to : to + count] = source[start : start + count]


@intrinsic(instead=copy_slice)
def copy(typing, target, to, source, start, count):
    """Copy `count` cells of `source` from `start` on to `target` from `to` on, as fast as the C library can; both are flat."""

    def codegen(context, builder, signature, arguments):
        into = address(context, builder, target, arguments[0], to, arguments[1])
        out_of = address(context, builder, source, arguments[2], start, arguments[3])
        number = context.cast(builder, arguments[4], count, types.int64)
        size = context.get_abi_sizeof(context.get_data_type(target.dtype))
        cgutils.raw_memcpy(builder, into, out_of, number, size)
        return context.get_dummy_value()

    return types.void(target, to, source, start, count), codegen


def clear_slice(target, to, count):
    """`clear` in Python."""
    if count > 0:
        target[to : to + count] = 0


@intrinsic(instead=clear_slice)
def clear(typing, target, to, count):
    """Make `count` cells of the flat array `target` 0, from `to` on."""

    def codegen(context, builder, signature, arguments):
        into = address(context, builder, target, arguments[0], to, arguments[1])
        number = context.cast(builder, arguments[2], count, types.int64)
        size = context.get_abi_sizeof(context.get_data_type(target.dtype))
        cgutils.memset(builder, into, builder.mul(number, INT(size)), 0)
        return context.get_dummy_value()

    return types.void(target, to, count), codegen
