"""What each weight of a kernel is multiplied by, so that the answers of many kernels are one product of matrices."""

import numpy as np

from convviz.arrays import Numbers

__all__ = ["as_matrix", "kernels_of", "maps_of", "tap_windows"]


def channels_of(operation):
    """How many channels one filter of a weighted operation sees."""
    kernel = operation.kernel
    if kernel.ndim == 2:
        return 1
    return kernel.shape[2] if operation.channel_axis == 2 else kernel.shape[3] // operation.groups


def unit_kernels(operation):
    """A kernel whose filters have one weight each, which is 1: one filter for each weight."""
    rows, columns = operation.kernel_size
    depth, groups = channels_of(operation), operation.groups
    taps = rows * columns * depth
    units = np.eye(taps).reshape(rows, columns, depth, taps)
    if operation.channel_axis == 3:
        return np.tile(units.transpose(0, 1, 3, 2), (1, 1, 1, groups))
    return np.tile(units, (1, 1, 1, groups))


def tap_windows(operation, images, **settings):
    """The cells that meet each weight, (images, rows, columns, groups, weights), as floats.

    Parameters
    ----------
    operation : convviz.operations.Operation
        With a kernel.
    images : numpy.ndarray, (N, H, W, C)
    **settings
        Other settings of the operation.
    """
    single = operation.changed(**{**settings, "kernel": unit_kernels(operation), "bias": None})
    found = single.compute(Numbers(images.astype(np.float64)))
    return found.reshape(*found.shape[:3], operation.groups, -1)


def kernels_of(operation, attempts):
    """The kernels that mistakes with the kernel only give, (kernel's axes, V), as floats."""
    kernel = operation.kernel.astype(np.float64)
    return np.stack([attempt.change.kernel(kernel) for attempt in attempts], axis=-1)


def as_matrix(operation, kernels):
    """Kernels (kernel's axes, V) as (groups, weights, filters of a group, V), as floats, to meet `tap_windows`."""
    kernels = kernels.astype(np.float64)
    groups, count = operation.groups, kernels.shape[-1]
    if operation.kernel.ndim == 2:
        flat = kernels.reshape(1, -1, 1, count)
        return np.broadcast_to(flat, (groups, *flat.shape[1:]))
    rows, columns = operation.kernel_size
    if operation.channel_axis == 3:
        kernels = kernels.reshape(rows, columns, kernels.shape[2], groups, -1, count).transpose(3, 0, 1, 4, 2, 5)
    else:
        kernels = kernels.reshape(rows, columns, kernels.shape[2], groups, -1, count).transpose(3, 0, 1, 2, 4, 5)
    return kernels.reshape(groups, -1, kernels.shape[4], count)


def maps_of(operation, windows, kernels):
    """The results of many kernels without bias, (V, N, rows, columns, C).

    Parameters
    ----------
    operation : convviz.operations.Operation
    windows : numpy.ndarray
        From `tap_windows`.
    kernels : numpy.ndarray, (kernel's axes, V)

    Examples
    --------
    >>> from convviz import Convolution
    >>> conv, image = Convolution([[1, 2]]), np.array([[3, 4, 5]]).reshape(1, 1, 3, 1)
    >>> windows = tap_windows(conv, image)
    >>> windows[0, 0, :, 0].tolist()
    [[3.0, 4.0], [4.0, 5.0]]
    >>> maps_of(conv, windows, np.array([[[1, 0], [2, 1]]])).ravel().tolist()
    [11.0, 14.0, 4.0, 5.0]
    """
    matrix = as_matrix(operation, kernels)
    groups, taps, filters, count = matrix.shape
    shape = windows.shape[:3]
    found = np.moveaxis(windows, 3, 0).reshape(groups, -1, taps) @ matrix.reshape(groups, taps, filters * count)
    found = found.reshape(groups, *shape, filters, count).transpose(5, 1, 2, 3, 0, 4)
    return found.reshape(count, *shape, groups * filters)
