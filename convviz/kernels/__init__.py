"""Compute kernels: the arithmetic of one cell in `scalar`, whole arrays on the CPU in `cpu` and on an NVIDIA GPU in `cuda`.

What both devices have stands in files, functions and arguments of the same names. `interface` describes the functions by which
operations compute whole arrays on either.

Arguments of kernels have the same meaning everywhere. Arrays are C-ordered and of one dtype in a call unless something else is
said; positions and strides count elements, never bytes.

================= =====================================================================================================
image             (N, H, W, C): images, rows, columns, channels
kernel            (kh, kw, C_in // groups, C_out); of a transposed convolution (kh, kw, C_out // groups, C_in)
weights           a kernel, or all weights of a model in one row
bias              (C_out,), what sums begin with
groups            an int: into how many parts channels and filters are cut
gradient          of the loss with respect to a result; of that result's shape
out               the result, which is written
x, y              what goes into a function of cells, and what comes out; y may be x
pool              (rows, columns) of a pooling window, in cells
sampling          a `convviz.kernels.sampling.Sampling`: where windows stand, in cells
argmax            of each maximum its place ``y·W + x`` in its plane, an int32 or int64; of the shape of the maxima
pooled            the maxima or means of windows
down, across      (rows,) and (columns,): how many cells count in the windows of an output row, and of an output column
zero              0 of the dtype that sums have
logits            (N, K): what softmax and sigmoid take
probabilities     (N, K): what they give
predictions       (N, K): what a model gave
targets, target   (N, K): what it should have given, or labels
labels            (N,), int64: the class that it should have given
losses            (N,): the loss of each row, which is written
scale             a number by which results are multiplied
wanted            whether a gradient is to be written at all
epsilon           how far a number is kept from 0
clock             (3,), int64: where a run of batches stands, see `convviz.kernels.cuda.clock`
bits              a row has ``1 << bits`` threads, see `convviz.kernels.cuda.row_reductions`
fours             how many groups of four cells there are, where four are moved at once, else 0
n                 number of an image in its batch, or of a row
stride, dilation  of windows along one axis, in cells
highs, lows       CUDA: shared by a block, a number a thread: sums, and what rounding took from them
typing            of intrinsics: numba's typing context; what comes after it are the types of the arguments
begin, end        CPU: which cells, rows or tasks of all a call computes, since threads share them
================= =====================================================================================================
"""
