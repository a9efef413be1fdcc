"""What every kernel that is not made of tiles is called with, for compiling it without calling it."""

from numba.cuda import types

INT, SINGLE, BOOLEAN = types.int64, types.float32, types.boolean


def cells(axes, dtype=SINGLE):
    """The type of a C-ordered array."""
    return types.Array(dtype, axes, "C")


def numbers(count):
    """The type of a tuple of whole numbers."""
    return types.UniTuple(INT, count)


IMAGE, MATRIX, ROW, WINNERS, PLACE = cells(4), cells(2), cells(1), cells(4, types.int32), numbers(6)
SIZES = numbers(8)
#: What each kernel beside the tiles is called with.
SIGNATURES = {
    "depthwise.depthwise_cells": (ROW, ROW, ROW, PLACE, SIZES, SINGLE, ROW),
    "depthwise.depthwise_inputs": (ROW, ROW, PLACE, SIZES, SINGLE, ROW),
    "depthwise.depthwise_weights": (ROW, ROW, PLACE, SIZES, SINGLE, INT, ROW),
    "gemm.join": (ROW, INT, INT, ROW, INT, SINGLE, ROW),
    "launch.count_up": (cells(1, INT),),
    "plain.convolve_cells": (IMAGE, IMAGE, ROW, PLACE, INT, IMAGE),
    "plain.extreme_cells": (cells(4, INT), cells(1, INT)),
    "plain.rearrange_cells": (IMAGE, INT, INT, SINGLE, IMAGE),
    "plain.transposed_cells": (IMAGE, IMAGE, ROW, PLACE, INT, IMAGE),
    "plain.weight_cells": (IMAGE, IMAGE, PLACE, INT, numbers(4), SINGLE, MATRIX),
    "pooling.give_maxima": (IMAGE, WINNERS, IMAGE, BOOLEAN, numbers(2), PLACE, SINGLE, IMAGE),
    "pooling.give_maximum_images": (MATRIX, cells(2, types.int32), SINGLE, IMAGE),
    "pooling.give_mean_images": (MATRIX, SINGLE, IMAGE),
    "pooling.give_means": (IMAGE, numbers(2), PLACE, ROW, ROW, SINGLE, IMAGE),
    "pooling.maximum_cells": (IMAGE, numbers(2), PLACE, IMAGE),
    "pooling.maximum_images": (IMAGE, IMAGE, WINNERS),
    "pooling.mean_cells": (IMAGE, SINGLE, numbers(2), PLACE, ROW, ROW, IMAGE),
    "pooling.winner_cells": (IMAGE, numbers(2), PLACE, IMAGE, WINNERS),
    "sums.sum_pieces": (MATRIX, INT, SINGLE, SINGLE, MATRIX),
}
