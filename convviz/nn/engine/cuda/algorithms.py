"""The two ways to compute a convolution on a GPU, behind the same methods: in tiles, or cell by cell."""

import numpy as np

from convviz import geometry
from convviz.kernels.cuda import activations, cellwise, convolution, elementwise, pooling, sums

__all__ = ["choose"]


class Way:
    """A way to compute a convolution.

    Parameters
    ----------
    rows, columns : convviz.geometry.Axis
    groups : int
    room : convviz.nn.engine.cuda.executor.Executor
        Gives the stream, the precision and room for sums of slabs.
    """

    def __init__(self, rows, columns, groups, room):
        self.rows, self.columns, self.groups, self.room, self.cells = rows, columns, groups, room, {}

    @property
    def options(self):
        """What all functions of `convviz.kernels.cuda.convolution` are told."""
        return {"stream": self.room.stream, "keep": self.room.tables}

    def scratch(self, kind, image, kernel):
        """Room for the slabs of sums of a function of `convviz.kernels.cuda.convolution`."""
        key = kind, image.shape[0]
        if key not in self.cells:  # to know it takes tables as large as those that the GPU reads
            depth, filters = kernel.shape[2], kernel.shape[3] // self.groups
            where = self.rows, self.columns, self.groups
            self.cells[key] = convolution.scratch_cells(*key, *where, depth, filters, self.room.precision)
        return self.room.scratch("slabs", self.cells[key])

    def bias_gradient(self, gradient, out):
        """Sums of the gradient's pixels into `out`."""
        lines = gradient.reshape(gradient.size // gradient.shape[3], gradient.shape[3])
        pieces = sums.pieces_of(lines.shape[0])
        partial = self.room.scratch("pieces", pieces, lines.shape[1]) if pieces > 1 else None
        sums.column_sums(lines, out, partial, stream=self.room.stream)


class Tiled(Way):
    """Products of tiles, for all that `convviz.kernels.cuda.convolution.tiled` says."""

    def forward(self, image, kernel, bias, out, winners, relu):
        """The convolution, with `winners` its 2 × 2 maxima and their places."""
        convolution.convolve(
            image,
            kernel,
            bias,
            self.rows,
            self.columns,
            self.groups,
            out,
            winners,
            relu,
            self.room.precision,
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
            self.room.precision,
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
            self.room.precision,
            scratch=self.scratch("kernel_gradient", image, out),
            **self.options,
        )


class Plain(Way):
    """A thread a cell, whatever the settings."""

    def forward(self, image, kernel, bias, out, winners, relu):
        """The convolution, with `winners` its 2 × 2 maxima and their places."""
        whole = out
        if winners is not None:
            shape = image.shape[0], self.rows.output, self.columns.output, kernel.shape[3]
            whole = self.room.scratch("whole", *shape)
        stream = self.room.stream
        cellwise.convolve(image, kernel, bias, self.rows, self.columns, self.groups, whole, stream=stream)
        if relu:
            activations.activate("relu", whole, whole, stream=stream)
        if winners is not None:
            pooling.max_pool(whole, *pairs(self.rows.output, self.columns.output), out, winners, stream=stream)

    def input_gradient(self, gradient, kernel, out, bias=None):
        """The gradient with respect to the image; with `bias` a transposed convolution."""
        where = self.rows, self.columns, self.groups
        cellwise.input_gradient(gradient, kernel, *where, out, stream=self.room.stream)
        if bias is not None:
            elementwise.add_bias(out, bias, stream=self.room.stream)

    def kernel_gradient(self, image, gradient, out):
        """The gradient with respect to the kernel."""
        partial = self.room.scratch("slabs", cellwise.slabs_of(gradient, out), out.size)
        cellwise.kernel_gradient(
            image, gradient, self.rows, self.columns, self.groups, out, None, partial, stream=self.room.stream
        )


def pairs(rows, columns):
    """The axes of 2 × 2 pooling of so many rows and columns."""
    found = geometry.window_geometry((rows, columns), (2, 2), (2, 2), kind="pool")
    return found.rows, found.columns


def choose(rows, columns, groups, depth, filters, room):
    """The way for a convolution with so many input channels and filters of a group: tiles where there are some for it."""
    shape = room.capacity, rows.size, columns.size, depth * groups
    tiles = convolution.tiled(shape, rows, columns, groups, filters * groups, np.dtype(np.float32))
    return (Tiled if tiles else Plain)(rows, columns, groups, room)
