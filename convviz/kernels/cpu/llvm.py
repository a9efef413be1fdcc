"""Memory in llvm code: addresses, loads and stores, in the same words for every version of llvm.

Since llvm 17 a pointer does not say what it points to (llvmlite 0.45, numba 0.62). Before that it does, and an address is
turned into a pointer to the type in question wherever it is used, which costs nothing.
"""

import llvmlite.binding
from llvmlite import ir

from convviz.kernels.cpu.numba_private import cgutils

__all__ = ["INT", "POINTER", "SHORT", "at", "load", "plain_pointer", "prefetch", "store"]

INT, SHORT, BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(8)
#: Whether pointers say what they point to.
TYPED = llvmlite.binding.llvm_version_info[0] < 17
POINTER = BYTE.as_pointer() if TYPED else ir.PointerType()


def pointer_to(kind):
    """The type of pointers to values of type `kind`."""
    return kind.as_pointer() if TYPED else POINTER


def turned(builder, pointer, kind):
    """A pointer as one to values of type `kind`."""
    return builder.bitcast(pointer, pointer_to(kind)) if TYPED else pointer


def plain_pointer(builder, pointer):
    """A pointer of numba's, which has the type of its cells, as a `POINTER`."""
    return builder.inttoptr(builder.ptrtoint(pointer, INT), POINTER)


def at(builder, pointer, index, element):
    """The address `index` elements after `pointer`."""
    if not TYPED:
        return builder.gep(pointer, [index], source_etype=element)
    return builder.bitcast(builder.gep(turned(builder, pointer, element), [index]), POINTER)


def load(builder, pointer, kind, align=None, mask=None):
    """A value of type `kind`; of a vector only the lanes of `mask`, and 0 in the others, unless that is None."""
    pointer = turned(builder, pointer, kind)
    if mask is None:
        return builder.load(pointer, align=align) if TYPED else builder.load(pointer, typ=kind, align=align)
    function = masked(builder, "load", kind, kind, [pointer_to(kind), SHORT, mask.type, kind])
    return builder.call(function, [pointer, SHORT(align), mask, ir.Constant(kind, None)])


def store(builder, value, pointer, align, mask=None):
    """Write a value; of a vector only the lanes of `mask`, unless that is None."""
    pointer = turned(builder, pointer, value.type)
    if mask is None:
        builder.store(value, pointer, align=align)
    else:
        kinds = [value.type, pointer_to(value.type), SHORT, mask.type]
        function = masked(builder, "store", value.type, ir.VoidType(), kinds)
        builder.call(function, [value, pointer, SHORT(align), mask])


def masked(builder, what, kind, result, arguments):
    """The llvm intrinsic for masked loads or stores of vectors of type `kind`."""
    element = kind.element
    letter = f"i{element.width}" if isinstance(element, ir.IntType) else "f32" if element == ir.FloatType() else "f64"
    vector = f"v{kind.count}{letter}"
    name = f"llvm.masked.{what}.{vector}.p0{vector if TYPED else ''}"
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)


def prefetch(builder, pointer, writing):
    """Ask for the cache line of an address, to be written into the first-level cache, or to be read into the second."""
    kind = ir.FunctionType(ir.VoidType(), [POINTER, SHORT, SHORT, SHORT])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.prefetch.p0{'i8' if TYPED else ''}")
    builder.call(function, [pointer, SHORT(writing), SHORT(3 if writing else 2), SHORT(1)])
