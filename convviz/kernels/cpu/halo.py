"""Rows of pixels with padding around them, copied to where vectors may read beyond their ends."""

from convviz.kernels.cpu import simd
from convviz.kernels.cpu.compile import device_function

__all__ = ["copy_padded"]


@device_function
def copy_padded(source, plan, n, top, left, rows, columns, halo, clear_rows):
    """Copy part of image `n` of `source` into `halo`, with zeros left and right of the image; both arrays are flat.

    The part has `rows` rows from row `top` on and `columns` columns from column `left` on, both negative in padding.

    Pixels of the copy lie one behind the other. Its rows that lie above or below the image become zeros with
    `clear_rows`, else they stay as they are, for those who never read them. `plan` is a `convviz.kernels.cpu.sweeps.Sweep`.
    """
    start = max(0, left)
    stop = max(start, min(plan.width, left + columns))
    # windows may stand left of the whole image, where strides or dilation step over it
    before = min(start - left, columns) * plan.channels
    copied = (stop - start) * plan.channels
    pitch = columns * plan.channels
    for i in range(rows):
        line = i * pitch
        if 0 <= top + i < plan.height:
            place = ((n * plan.height + top + i) * plan.width + start) * plan.channels
            simd.clear(halo, line, before)
            simd.copy(halo, line + before, source, place, copied)
            simd.clear(halo, line + before + copied, pitch - before - copied)
        elif clear_rows:
            simd.clear(halo, line, pitch)
