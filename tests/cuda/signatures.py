"""What every kernel that is not made of tiles is called with, for compiling it without calling it."""

from numba.cuda import types

from convviz.kernels.sampling import Sampling

INT, SINGLE, BOOLEAN = types.int64, types.float32, types.boolean


def cells(axes, dtype=SINGLE):
    """The type of a C-ordered array."""
    return types.Array(dtype, axes, "C")


def numbers(count):
    """The type of a tuple of whole numbers."""
    return types.UniTuple(INT, count)


def singles(count):
    """The type of a tuple of float32."""
    return types.UniTuple(SINGLE, count)


IMAGE, MATRIX, ROW, ARGMAX = cells(4), cells(2), cells(1), cells(4, types.int32)
SIZES, CLOCK, SAMPLING = numbers(8), cells(1, INT), types.NamedUniTuple(INT, 6, Sampling)
#: What each kernel beside the tiles is called with.
SIGNATURES = {
    "activations.GRADIENTS": (ROW, ROW, SINGLE, INT),
    "activations.VALUES": (ROW, ROW, SINGLE, INT),
    "batches.gather_cells": (cells(2, types.uint8), cells(1, types.int32), CLOCK, INT, MATRIX),
    "clock.tick": (CLOCK,),
    "depthwise.depthwise_cells": (ROW, ROW, ROW, SAMPLING, SIZES, SINGLE, ROW),
    "depthwise.depthwise_inputs": (ROW, ROW, SAMPLING, SIZES, SINGLE, ROW),
    "depthwise.depthwise_weights": (ROW, ROW, SAMPLING, SIZES, SINGLE, INT, ROW),
    "dropout.drop_cells": (ROW, ROW, INT, INT, CLOCK, INT, INT, SINGLE, INT),
    "dropout.relu_dropout_cells": (ROW, ROW, SINGLE, INT),
    "elementwise.add_cells": (ROW, ROW, ROW, INT),
    "elementwise.bias_cells": (ROW, ROW, INT),
    "elementwise.channel_cells": (ROW, ROW, numbers(4), INT, INT, BOOLEAN),
    "elementwise.copy_cells": (ROW, ROW, INT),
    "elementwise.crop_cells": (cells(3), cells(3), INT, INT),
    "elementwise.fill_cells": (ROW, SINGLE, INT),
    "elementwise.pad_cells": (cells(3), cells(3), INT, INT, SINGLE),
    "gemm.join": (ROW, INT, INT, ROW, INT, SINGLE, ROW),
    "launch.count_up": (cells(1, INT),),
    "normalization.join_moments": (cells(3), INT, INT, singles(4), ROW, ROW, ROW, ROW),
    "normalization.join_slopes": (cells(3), ROW, SINGLE, types.UniTuple(BOOLEAN, 2), ROW, ROW),
    "normalization.chunk_moments": (ROW, INT, INT, INT, SINGLE, cells(3)),
    "normalization.chunk_slopes": (ROW, ROW, ROW, INT, INT, INT, cells(3)),
    "normalization.scale_rows": (ROW, ROW, ROW, BOOLEAN, singles(2), ROW, ROW, INT, INT, ROW),
    "normalization.slope_rows": (ROW, ROW, ROW, ROW, ROW, cells(3), INT, INT),
    "losses.binary_rows": (MATRIX, MATRIX, SINGLE, MATRIX, ROW, SINGLE, BOOLEAN, INT),
    "losses.categorical_rows": (MATRIX, MATRIX, SINGLE, MATRIX, ROW, SINGLE, BOOLEAN, INT),
    "losses.labelled_rows": (MATRIX, cells(1, INT), MATRIX, MATRIX, ROW, SINGLE, BOOLEAN, INT),
    "losses.sigmoid_rows": (MATRIX, MATRIX, MATRIX, MATRIX, ROW, SINGLE, BOOLEAN, INT),
    "losses.squared_rows": (MATRIX, MATRIX, MATRIX, ROW, SINGLE, BOOLEAN, INT),
    "losses.target_rows": (MATRIX, MATRIX, MATRIX, MATRIX, ROW, SINGLE, BOOLEAN, INT),
    "metrics.binary_hit_rows": (MATRIX, MATRIX, ROW, INT),
    "metrics.distance_rows": (MATRIX, MATRIX, ROW, INT),
    "metrics.hit_rows": (cells(1, INT), MATRIX, ROW, INT),
    "metrics.record_columns": (MATRIX, MATRIX, CLOCK, INT),
    "penalties.penalty_chunks": (ROW, cells(1, INT), ROW, ROW, INT, ROW),
    "penalties.penalty_total": (ROW, MATRIX, CLOCK, INT, INT),
    "penalties.slope_cells": (ROW, ROW, cells(1, INT), ROW, ROW),
    "optimizers.KERNELS": (ROW, ROW, ROW, ROW, ROW, ROW, CLOCK, singles(4)),
    "cellwise.convolve_cells": (IMAGE, IMAGE, ROW, SAMPLING, INT, IMAGE),
    "cellwise.extreme_cells": (cells(4, INT), cells(1, INT)),
    "cellwise.rearrange_cells": (IMAGE, INT, INT, SINGLE, IMAGE),
    "cellwise.transposed_cells": (IMAGE, IMAGE, ROW, SAMPLING, INT, IMAGE),
    "cellwise.weight_cells": (IMAGE, IMAGE, SAMPLING, INT, numbers(4), SINGLE, MATRIX),
    "pooling.give_maxima": (IMAGE, ARGMAX, IMAGE, BOOLEAN, numbers(2), SAMPLING, SINGLE, IMAGE),
    "global_pooling.give_maximum_images": (MATRIX, cells(2, types.int32), SINGLE, IMAGE),
    "global_pooling.give_mean_images": (MATRIX, SINGLE, IMAGE),
    "pooling.give_means": (IMAGE, numbers(2), SAMPLING, ROW, ROW, SINGLE, IMAGE),
    "pooling.maximum_cells": (IMAGE, numbers(2), SAMPLING, IMAGE),
    "global_pooling.maximum_images": (IMAGE, IMAGE, ARGMAX),
    "pooling.mean_cells": (IMAGE, SINGLE, numbers(2), SAMPLING, ROW, ROW, IMAGE),
    "pooling.argmax_cells": (IMAGE, numbers(2), SAMPLING, IMAGE, ARGMAX),
    "softmax.gradient_rows": (MATRIX, MATRIX, INT),
    "softmax.softmax_rows": (MATRIX, MATRIX, INT),
    "sums.sum_chunks": (MATRIX, INT, SINGLE, SINGLE, MATRIX),
}
