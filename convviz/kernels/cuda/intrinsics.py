"""What tiled kernels ask of a GPU beyond numba's own: four numbers in one load or store, and the tensor cores.

Each has a twin in plain Python. numba's simulator runs the twins, and so do the tests that run the phases of a kernel
on the CPU. The intrinsics neither check bounds nor take negative indices, and four numbers must begin at a multiple of
16 bytes.

None of these has run on a GPU so far: ptxas takes them, and a twin of ``mma`` that tests write from the manual gives
right products.

The instructions are described in NVIDIA's "Parallel Thread Execution ISA", under ``mma.sync.aligned.m16n8k8`` and
``cvt.rna.tf32.f32``.
"""

from typing import NamedTuple

from convviz.kernels.cuda import launch

__all__ = ["PLAIN", "TENSOR", "Tools", "tools"]


class Tools(NamedTuple):
    """What the phases of a kernel are made with.

    Attributes
    ----------
    device_function : callable
        Compiles a function for use inside others.
    load4, store4 : callable
        ``load4(array, i)`` gives cells i … i + 3 of a one-dimensional float32 array; ``store4(array, i, a, b, c, d)``.
    rounded : callable
        A float32 with the 10 bits after the point that tensor cores read, ties away from 0.
    products : callable
        ``products(sums, a, b)``: the products of a warp's fragments added to `sums`, each a tuple; see `TENSOR`.
    """

    device_function: callable
    load4: callable
    store4: callable
    rounded: callable
    products: callable


#: Rows, columns and steps of what one instruction of a tensor core multiplies. Lane l of a warp, with ``g = l // 4``
#: and ``t = l % 4``, holds a[g, t], a[g + 8, t], a[g, t + 4], a[g + 8, t + 4]; b[t, g], b[t + 4, g]; and of the sums
#: c[g, 2t], c[g, 2t + 1], c[g + 8, 2t], c[g + 8, 2t + 1].
TENSOR = 16, 8, 8


def load4_plain(array, i):
    """Four neighbours."""
    return array[i], array[i + 1], array[i + 2], array[i + 3]


def store4_plain(array, i, a, b, c, d):
    """Write four neighbours."""
    array[i] = a
    array[i + 1] = b
    array[i + 2] = c
    array[i + 3] = d


def unchanged(number):
    """The twin of rounding where nothing is rounded."""
    return number


def no_products(sums, a, b):
    """There is no twin: the products are those of a whole warp."""
    return sums


PLAIN = Tools(None, load4_plain, store4_plain, unchanged, no_products)


def intrinsics():
    """The intrinsics themselves; numba-cuda is needed, the simulator has none."""
    from llvmlite import ir
    from numba.cuda import types
    from numba.cuda.extending import intrinsic

    single = ir.FloatType()
    four = ir.VectorType(single, 4)
    number = types.float32

    def pointer_to(context, builder, array_type, array, index):
        """A pointer to four numbers."""
        data = context.make_array(array_type)(context, builder, value=array).data
        return builder.bitcast(builder.gep(data, [index]), ir.PointerType(four))

    @intrinsic
    def load4(typing, array, i):
        """Four cells of the float32 `array` (cells,), from cell `i` on."""

        def generate(context, builder, signature, arguments):
            pointer = pointer_to(context, builder, signature.args[0], *arguments)
            loaded = builder.load(pointer, align=16)
            cells = [builder.extract_element(loaded, ir.IntType(32)(lane)) for lane in range(4)]
            return context.make_tuple(builder, signature.return_type, cells)

        return types.UniTuple(number, 4)(array, types.int64), generate

    @intrinsic
    def store4(typing, array, i, a, b, c, d):
        """Write `a`, `b`, `c` and `d` to the float32 `array` (cells,), from cell `i` on."""

        def generate(context, builder, signature, arguments):
            pointer = pointer_to(context, builder, signature.args[0], *arguments[:2])
            cells = ir.Constant(four, ir.Undefined)
            for lane, cell in enumerate(arguments[2:]):
                cells = builder.insert_element(cells, cell, ir.IntType(32)(lane))
            builder.store(cells, pointer, align=16)
            return context.get_dummy_value()

        return types.void(array, types.int64, number, number, number, number), generate

    @intrinsic
    def rounded(typing, value):
        """`value`, a float32, rounded to TF32."""

        def generate(context, builder, signature, arguments):
            bits = ir.FunctionType(ir.IntType(32), [single])
            convert = ir.InlineAsm(bits, "cvt.rna.tf32.f32 $0, $1;", "=r,f")
            return builder.bitcast(builder.call(convert, arguments), single)

        return number(number), generate

    @intrinsic
    def products(typing, sums, a, b):
        """A thread's four `sums`, to which a warp adds the products of the fragments `a` and `b`, of four and two numbers."""

        def generate(context, builder, signature, arguments):
            results = ir.LiteralStructType([single] * 4)
            given = [builder.extract_value(arguments[0], k) for k in range(4)]
            for fragment, size in (arguments[1], 4), (arguments[2], 2):
                cells = [builder.extract_value(fragment, k) for k in range(size)]
                given += [builder.bitcast(cell, ir.IntType(32)) for cell in cells]
            multiply = ir.InlineAsm(
                ir.FunctionType(results, [value.type for value in given]),
                "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {$0,$1,$2,$3}, {$8,$9,$10,$11}, {$12,$13}, {$4,$5,$6,$7};",
                "=f,=f,=f,=f,f,f,f,f,r,r,r,r,r,r",
                side_effect=True,  # a warp's threads meet here
            )
            added = builder.call(multiply, given)
            cells = [builder.extract_value(added, k) for k in range(4)]
            return context.make_tuple(builder, signature.return_type, cells)

        four_numbers = types.UniTuple(number, 4)
        return four_numbers(four_numbers, four_numbers, types.UniTuple(number, 2)), generate

    return load4, store4, rounded, products


def tools():
    """`Tools` for the GPU, or for its simulator."""
    if launch.SIMULATED:
        return PLAIN._replace(device_function=launch.device_function)
    return Tools(launch.device_function, *intrinsics())
