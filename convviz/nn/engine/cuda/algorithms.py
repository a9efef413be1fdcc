"""The two algorithms for a convolution on a GPU, with the same methods: in tiles, or cell by cell."""

import numpy as np

from convviz import geometry
from convviz.kernels.cuda import activations, cellwise, convolution, elementwise, pooling, sums

__all__ = ["choose"]


class Algorithm:
    """Base class of the algorithms for a convolution.

    Parameters
    ----------
    rows, columns : convviz.geometry.Axis
    groups : int
    executor : convviz.nn.engine.cuda.executor.Executor
        Gives the stream, the precision and memory for partial sums.
    """

    def __init__(self, rows, columns, groups, executor):
        self.rows, self.columns, self.groups, self.executor, self.cells = rows, columns, groups, executor, {}

    @property
    def options(self):
        """The keyword arguments of all functions of `convviz.kernels.cuda.convolution`."""
        return {"stream": self.executor.stream, "keep": self.executor.tables}

    def scratch(self, kind, image, kernel):
        """Memory for the partial sums of a function of `convviz.kernels.cuda.convolution`."""
        key = kind, image.shape[0]
        if key not in self.cells:  # to know it takes tables as large as those that the GPU reads
            depth, filters = kernel.shape[2], kernel.shape[3] // self.groups
            where = self.rows, self.columns, self.groups
            self.cells[key] = convolution.scratch_cells(*key, *where, depth, filters, self.executor.precision)
        return self.executor.scratch("splits", self.cells[key])

    def bias_gradient(self, gradient, out):
        """Sums of the gradient's pixels into `out`."""
        lines = gradient.reshape(gradient.size // gradient.shape[3], gradient.shape[3])
        chunks = sums.chunks_of(lines.shape[0])
        partial = self.executor.scratch("chunks", chunks, lines.shape[1]) if chunks > 1 else None
        sums.column_sums(lines, out, partial, stream=self.executor.stream)


class Tiled(Algorithm):
    """Products of tiles, for all that `convviz.kernels.cuda.convolution.tiled` says."""

    def forward(self, image, kernel, bias, out, argmax, relu):
        """The convolution, with `argmax` its 2 × 2 maxima and their places."""
        convolution.convolve(
            image,
            kernel,
            bias,
            self.rows,
            self.columns,
            self.groups,
            out,
            argmax,
            relu,
            self.executor.precision,
            scratch=self.scratch("convolve", image, kernel),
            **self.options,
        )

    def input_gradient(self, gradient, kernel, out, bias=None):
        """The gradient with respect to the image; with `bias` a transposed convolution."""
        convolution.input_gradient(
            gradient,
            kernel,
            self.rows,
            self.columns,
            self.groups,
            out,
            bias,
            False,
            self.executor.precision,
            scratch=self.scratch("input_gradient", out, kernel),
            **self.options,
        )

    def kernel_gradient(self, image, gradient, out):
        """The gradient with respect to the kernel."""
        convolution.kernel_gradient(
            image,
            gradient,
            self.rows,
            self.columns,
            self.groups,
            out,
            None,
            self.executor.precision,
            scratch=self.scratch("kernel_gradient", image, out),
            **self.options,
        )


class Cellwise(Algorithm):
    """A thread for each cell, for all settings."""

    def forward(self, image, kernel, bias, out, argmax, relu):
        """The convolution, with `argmax` its 2 × 2 maxima and their places."""
        whole = out
        if argmax is not None:
            shape = image.shape[0], self.rows.output, self.columns.output, kernel.shape[3]
            whole = self.executor.scratch("whole", *shape)
        stream = self.executor.stream
        cellwise.convolve(image, kernel, bias, self.rows, self.columns, self.groups, whole, stream=stream)
        if relu:
            activations.activate("relu", whole, whole, stream=stream)
        if argmax is not None:
            pooling.max_pool(whole, *pairs(self.rows.output, self.columns.output), out, argmax, stream=stream)

    def input_gradient(self, gradient, kernel, out, bias=None):
        """The gradient with respect to the image; with `bias` a transposed convolution."""
        where = self.rows, self.columns, self.groups
        cellwise.input_gradient(gradient, kernel, *where, out, stream=self.executor.stream)
        if bias is not None:
            elementwise.add_bias(out, bias, stream=self.executor.stream)

    def kernel_gradient(self, image, gradient, out):
        """The gradient with respect to the kernel."""
        partial = self.executor.scratch("splits", cellwise.splits_of(gradient, out), out.size)
        cellwise.kernel_gradient(
            image, gradient, self.rows, self.columns, self.groups, out, None, partial, stream=self.executor.stream
        )


def pairs(rows, columns):
    """The axes of 2 × 2 pooling of a number of rows and columns."""
    found = geometry.window_geometry((rows, columns), (2, 2), (2, 2), kind="pool")
    return found.rows, found.columns


def choose(rows, columns, groups, depth, filters, executor):
    """The algorithm for a convolution with these input channels and filters of a group: tiles if there are some for it."""
    shape = executor.capacity, rows.size, columns.size, depth * groups
    tiles = convolution.tiled(shape, rows, columns, groups, filters * groups, np.dtype(np.float32))
    return (Tiled if tiles else Cellwise)(rows, columns, groups, executor)
