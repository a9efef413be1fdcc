"""What a convolution's forward pass and its two gradients have in common: sweeps of windows over an array of pixels.

The forward pass sweeps windows over the image. The gradient with respect to the input sweeps windows over the
gradient of the output, with the kernel rotated: where the stride is s, input cells fall into s × s phases, each of
which is reached by its own taps only, and each phase is a sweep with stride 1 of its own. So no zero is multiplied
that a stride put between cells. See V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning"
(2016), chapter 4.
"""

import functools
from typing import NamedTuple

import numpy as np

from convviz.kernels.cpu import memory

__all__ = ["Sweep", "backward_sweeps", "forward_sweep", "kernel_sweep"]

#: Bytes of padded input that are worked on at a time: they stay close to the core.
BAND_BYTES = 64 * 1024

#: Bytes of a photograph that are worked on at a time: blocks of a few rows that stay in the first-level cache, but whole
#: rows in the second-level cache where a few are more than `WIDE_BYTES`, since memory is slow in giving parts of long rows.
BLOCK_BYTES, PLANE_BYTES, WIDE_BYTES = 32 * 1024, 384 * 1024, 128 * 1024

#: Bytes that scratch space may take where twice the padded input is less: a chunk and a few rows have their least sizes.
SMALL_BYTES = 64 * 1024

#: Elements that vectors may read beyond the last pixel of a halo: more than any tile is wide.
OVERREACH = 64

#: Bytes of images and results together from where on depthwise sweeps, which hardly compute, ask for memory ahead of time.
FAR_BYTES = 3 * 1024 * 1024

#: Bytes of weights that are gone through for every tile of pixels: they stay in the second-level cache.
SHEET_BYTES = 512 * 1024


class Line(NamedTuple):
    """A sweep along one axis: output q reads the source at ``first + q·step + t`` for all t of `shifts`."""

    size: int
    first: int
    step: int
    outputs: int
    out_size: int
    out_first: int
    out_step: int
    taps: tuple
    shifts: tuple

    @property
    def reach(self):
        """Cells from the first tap to the last."""
        return self.shifts[-1] + 1 if self.shifts else 0

    def cells(self, outputs):
        """Cells that so many outputs in a row read, gaps included."""
        return (outputs - 1) * self.step + self.reach

    def missing(self, output):
        """How many taps of an output lie in padding, before the source and after it."""
        cells = [self.first + output * self.step + shift for shift in self.shifts]
        return sum(cell < 0 for cell in cells), sum(cell >= self.size for cell in cells)

    @property
    def edges(self):
        """The taps in padding of the first output and of the last, or None if that is not all there is to say."""
        if self.outputs < 1:
            return 0, 0
        if self.outputs > 1 and (self.missing(1)[0] or self.missing(self.outputs - 2)[1]):
            return None
        left, right = self.missing(0)[0], self.missing(self.outputs - 1)[1]
        return (left, right) if left + right <= len(self.shifts) else None


class Sweep(NamedTuple):
    """The numbers of one sweep, as compiled code takes them. Offsets and sizes of arrays count elements."""

    images: int
    height: int
    width: int
    channels: int  # of the source
    top: int  # where the first window begins; negative in padding
    left: int
    row_step: int
    column_step: int
    rows: int  # outputs
    columns: int
    reach: int  # rows of a window, gaps included
    halo: int  # elements of a band's rows where they are copied with padding around them, else 0
    pitch: int  # from row to row of what is read
    halo_columns: int
    band: int  # output rows worked on at a time
    bands: int  # per image
    groups: int
    depth: int  # source channels of a group
    filters: int  # output channels of a group
    sheet: int  # of them so many at a time
    tap_rows: int  # rows of taps
    row_spacing: int  # source rows between them
    runs: int  # per row of taps
    run: int  # contiguous steps of a run
    left_steps: int  # of them those that lie in padding for the first column of outputs, where no halo is copied
    right_steps: int  # and for the last
    tap_step: int  # depthwise: from tap to tap along the columns
    depthwise: int
    far: int  # elements of a cache line, where memory is asked for ahead of time, else 0
    steps: int  # rows of packed weights
    packed_at: int
    out_height: int
    out_width: int
    out_channels: int
    out_top: int
    out_left: int
    out_row_step: int
    out_column_step: int

    @property
    def padded(self):
        """Elements of the source with its padding."""
        return self.images * ((self.rows - 1) * self.row_step + self.reach) * max(self.pitch, self.width * self.channels)

    def scratch_limit(self, itemsize):
        """Elements of scratch space that all threads together may take: twice the padded source, or `SMALL_BYTES`."""
        return max(2 * self.padded, SMALL_BYTES // itemsize)

    def spaces(self, size, itemsize, held=0):
        """How many threads may work at once if each takes `size` elements, and `held` are taken already; at least one."""
        return max(1, (self.scratch_limit(itemsize) - held) // memory.whole_lines(size, itemsize))


class Planned(NamedTuple):
    """A sweep, the offsets of its runs, and its taps (i, j) in the order in which weights are packed."""

    sweep: Sweep
    offsets: np.ndarray
    taps: np.ndarray


def forward_line(axis):
    """The line of a forward pass along a `convviz.geometry.Axis`."""
    taps = tuple(range(axis.window))
    shifts = tuple(tap * axis.dilation for tap in taps)
    return Line(axis.size, -axis.before, axis.stride, axis.output, axis.output, 0, 1, taps, shifts)


def backward_lines(axis):
    """The lines of the gradient with respect to the input along an axis: one for each phase of the stride."""
    return [line for phase in range(axis.stride) if (line := phase_line(axis, phase)).outputs > 0]


def phase_line(axis, phase):
    """The inputs x with ``x + before ≡ phase`` modulo the stride, and the taps that reach them.

    Output o reads x by tap j if ``o·stride + j·dilation = x + before``.
    """
    quotient = -((phase - axis.before) // axis.stride)
    first = quotient * axis.stride + phase - axis.before
    outputs = len(range(first, axis.size, axis.stride))
    taps = tuple(j for j in reversed(range(axis.window)) if (j * axis.dilation - phase) % axis.stride == 0)
    back = [(j * axis.dilation - phase) // axis.stride for j in taps]
    shifts = tuple(back[0] - number for number in back)
    begin = quotient - (back[0] if back else 0)
    return Line(axis.output, begin, 1, outputs, axis.size, first, axis.stride, taps, shifts)


def merged(images, rows, columns):
    """For windows of one cell without padding or strides: all pixels of the batch as one image of long rows."""
    pixels = images * rows.size * columns.size
    widths = [w for w in range(1, min(pixels, 1024) + 1) if pixels % w == 0]
    width = max(widths, key=lambda w: (w % 14 == 0, w))  # whole tiles, if it can be
    if width < columns.size:
        return images, rows, columns
    line = {"taps": (0,), "shifts": (0,), "first": 0, "step": 1, "out_first": 0, "out_step": 1}
    height = pixels // width
    return (
        1,
        Line(size=height, outputs=height, out_size=height, **line),
        Line(size=width, outputs=width, out_size=width, **line),
    )


def maps_cell_to_cell(line):
    """Whether a line maps cell to cell."""
    return line.shifts == (0,) and line.step == line.out_step == 1 and line.first == 0 and line.outputs == line.size


def planned(images, rows, columns, groups, depth, filters, itemsize, packed_at=0, even=False, merge=True, skip=True):
    """A `Planned` sweep from its two lines.

    `depth` and `filters` are the source's and the output's channels per group; `even` makes bands of an even number of
    rows; `skip` says whether the taps that lie in padding can be left out, where they are those of a row's ends.
    """
    if maps_cell_to_cell(rows) and maps_cell_to_cell(columns) and merge and not even:
        images, rows, columns = merged(images, rows, columns)
    channels = groups * depth
    depthwise = int(groups > 1 and depth == filters == 1)
    row_spacing, spacing = spacing_of(rows), spacing_of(columns)
    along = groups == 1 and spacing == 1  # the taps of a row lie side by side
    edges = columns.edges
    # vectors of channels may reach beyond the last pixel, where a halo has room and an array of the caller has none
    copied = edges is None or (edges != (0, 0) and not (skip and (depthwise or along))) or (depthwise and channels % 16 > 0)
    left, right = (0, 0) if copied else (missing * (1 if depthwise else depth) for missing in edges)
    wide = columns.cells(columns.outputs) if copied else columns.size
    pitch = wide * channels
    band = band_of(rows, pitch * itemsize, even)
    halo = rows.cells(band) * pitch + OVERREACH if copied else 0
    cells = images * (rows.size * columns.size + rows.outputs * columns.outputs) * channels
    far = depthwise * (memory.LINE // itemsize) * (cells * itemsize > FAR_BYTES)
    taps = [(i, j) for i in rows.taps for j in columns.taps]
    if depthwise or along:
        offsets = [shift * pitch for shift in rows.shifts] if columns.taps else []
        run = len(columns.taps) * depth
    else:
        offsets = [down * pitch + right * channels for down in rows.shifts for right in columns.shifts]
        run = depth
    sweep = Sweep(
        images=images,
        height=rows.size,
        width=columns.size,
        channels=channels,
        top=rows.first,
        left=columns.first,
        row_step=rows.step,
        column_step=columns.step,
        rows=rows.outputs,
        columns=columns.outputs,
        reach=rows.reach,
        halo=halo,
        pitch=pitch,
        halo_columns=wide,
        band=band,
        bands=-(-rows.outputs // band),
        groups=1 if depthwise else groups,
        depth=depth,
        filters=channels if depthwise else filters,
        sheet=sheet_of(channels if depthwise else filters, len(taps) * depth * itemsize),
        tap_rows=len(rows.taps),
        row_spacing=row_spacing,
        runs=len(offsets) // max(len(rows.taps), 1),
        run=run,
        left_steps=left,
        right_steps=right,
        tap_step=spacing * channels,
        depthwise=depthwise,
        far=far,
        steps=len(taps) * depth,
        packed_at=packed_at,
        out_height=rows.out_size,
        out_width=columns.out_size,
        out_channels=groups * filters,
        out_top=rows.out_first,
        out_left=columns.out_first,
        out_row_step=rows.out_step,
        out_column_step=columns.out_step,
    )
    return Planned(sweep, np.array(offsets or [0], np.int64), np.array(taps, np.int64).reshape(-1, 2))


@functools.lru_cache(maxsize=64)
def plane_sweep(images, rows, columns, channels, itemsize, target):
    """The sweep of one kernel over every channel by itself; arguments as in `forward_sweep`."""
    plan = planned(images, forward_line(rows), forward_line(columns), channels, 1, 1, itemsize, merge=False)
    line, wide = columns.output * channels, target.bytes // itemsize * target.vectors
    around = (columns.reach - 1) * channels
    tall = target.rows - 1 + rows.reach
    if tall * (line + around) * itemsize > WIDE_BYTES:
        fitting = PLANE_BYTES // ((line + around) * itemsize) - rows.reach + 1
        band, block = max(1, fitting // target.rows) * target.rows, line
    else:
        fitting = max(BLOCK_BYTES // (tall * itemsize) - around, 4 * wide)
        band, block = target.rows, -(-line // -(-line // fitting))
    band = min(rows.output, band)
    block = -(-block // wide) * wide
    pitch = block + around
    numbers = plan.sweep._replace(
        channels=1,
        width=columns.size * channels,
        left=plan.sweep.left * channels,
        columns=line,
        sheet=block,
        pitch=pitch,
        halo_columns=pitch,
        halo=(band - 1 + rows.reach) * pitch + OVERREACH,
        band=band,
        bands=-(-rows.output // band),
        tap_step=columns.dilation * channels,
    )
    offsets = np.arange(rows.window, dtype=np.int64) * rows.dilation * pitch
    return Planned(numbers, offsets, plan.taps)


def spacing_of(line):
    """Cells from one tap to the next, 1 if there is one only."""
    return line.shifts[1] - line.shifts[0] if len(line.shifts) > 1 else 1


def band_of(rows, row_bytes, even):
    """How many output rows to work on at a time: what fits `BAND_BYTES`, but four, since rows are copied again."""
    fitting = (BAND_BYTES // max(row_bytes, 1) - rows.reach) // rows.step + 1
    band = min(rows.outputs, max(4, fitting))
    band = -(-rows.outputs // -(-rows.outputs // band))
    return band + band % 2 if even else band


def sheet_of(filters, bytes_each):
    """How many output channels' weights stay in the second-level cache: a multiple of 64, which suits every tile."""
    fitting = max(1, SHEET_BYTES // max(bytes_each * 64, 1)) * 64
    return max(1, min(filters, fitting))


@functools.lru_cache(maxsize=256)
def forward_sweep(images, rows, columns, groups, depth, filters, itemsize, even=False):
    """The sweep of a forward pass.

    Parameters
    ----------
    images : int
    rows, columns : convviz.geometry.Axis
    groups, depth, filters : int
        `depth` and `filters` are the input and output channels of a group.
    itemsize : int
        Bytes of a number.
    even : bool
        Whether rows are pooled in pairs.
    """
    return planned(images, forward_line(rows), forward_line(columns), groups, depth, filters, itemsize, even=even)


@functools.lru_cache(maxsize=256)
def kernel_sweep(images, rows, columns, groups, depth, filters, itemsize):
    """The sweep of a forward pass as the gradient of the kernel goes through it; arguments as in `forward_sweep`.

    Its tiles have taps for rows, and only those of a depthwise kernel can leave out one at a row's ends.
    """
    line = forward_line(columns)
    skip = groups > 1 and depth == filters == 1 and line.outputs > 1 and max(line.edges or (2,)) < 2
    return planned(images, forward_line(rows), line, groups, depth, filters, itemsize, skip=skip)


@functools.lru_cache(maxsize=256)
def backward_sweeps(images, rows, columns, groups, depth, filters, itemsize, target):
    """The sweeps of the gradient with respect to the input, one per phase; arguments as in `forward_sweep`."""
    sweeps, at = [], 0
    for down in backward_lines(rows):
        for right in backward_lines(columns):
            one = planned(images, down, right, groups, filters, depth, itemsize, at)
            sweeps.append(one)
            at += packed_size(one.sweep, target.bytes // itemsize)
    return tuple(sweeps)


def packed_size(sweep, lanes):
    """Elements of a sweep's packed weights."""
    steps = sweep.steps
    return sweep.groups * steps * (-(-sweep.filters // lanes) * lanes)
