"""What the other settings become when one is changed: a kernel that fits its channels, strides that fit the operation.

The first argument of each function is the `convviz.interactive.settings.Settings` to change; each returns a copy.
"""

from dataclasses import replace

import numpy as np

from convviz.arrays import as_batch, read_numbers
from convviz.operations import class_of

__all__ = ["changed", "checked_image", "with_kernel_for"]


def changed(settings, name, value, index=None):
    """The settings with one of them changed; see `convviz.interactive.settings.Settings.change`."""
    if name in CELLS:
        return CELLS[name](settings, value, index)
    if name in CHANGES:
        return CHANGES[name](settings, value)
    return replace(settings, **{name: value})


def with_kind(settings, kind):
    """Another operation: strides that are usual for it, and a kernel in its layout."""
    weighted = class_of(kind).weighted
    strides = settings.strides if weighted == settings.weighted else (1, 1) if weighted else None
    divisible = settings.channels % settings.groups == 0 and settings.filters % settings.groups == 0
    other = replace(settings, kind=kind, strides=strides, groups=settings.groups if divisible else 1)
    return with_kernel_for(other, settings.kernel_size, settings.filters) if weighted else other


def with_kernel_size(settings, size):
    """A larger or smaller kernel: weights stay in its middle, new ones are 0."""
    return with_kernel_for(settings, size, settings.filters)


def with_filters(settings, filters):
    """More or fewer filters: new ones are those that are there, shifted, so that they differ."""
    if filters % settings.groups:
        raise ValueError(f"{filters} filters cannot be cut into {settings.groups} groups")
    return with_kernel_for(settings, settings.kernel_size, filters)


def with_groups(settings, groups):
    """Other groups: the kernel gets as many channels as a group has."""
    for plural, number in (("channels", settings.channels), ("filters", settings.filters)):
        if number % groups:
            raise ValueError(f"{number} {plural if number > 1 else plural[:-1]} cannot be cut into {groups} groups")
    return with_kernel_for(replace(settings, groups=groups), settings.kernel_size, settings.filters)


def with_kernel(settings, kernel):
    """Another kernel: (kh, kw) for every channel and filter, or all of its axes."""
    array = read_numbers(kernel, "kernel").array
    array = array.reshape((*array.shape, 1, 1)) if array.ndim == 2 else array
    return with_kernel_for(replace(settings, kernel=array, weak=True), array.shape[:2], settings.filters)


def with_size(settings, size):
    """A larger or smaller image: numbers stay where they are, new ones are 0."""
    return replace(settings, image=resized(settings.image, size))


def with_image(settings, image):
    """Another image: the kernel gets its channels, and groups that do not divide them become 1."""
    image = checked_image(image)
    groups = settings.groups if image.shape[2] % settings.groups == 0 else 1
    other = replace(settings, image=image, groups=groups)
    return with_kernel_for(other, settings.kernel_size, settings.filters) if settings.weighted else other


def with_channels(settings, channels):
    """More or fewer channels of the image: new ones are those that are there, shifted, so that they differ."""
    return with_image(settings, extended(settings.image, 2, channels))


def with_bias(settings, bias):
    """One bias for each filter, or none."""
    if bias is None:
        return replace(settings, bias=None)
    if len(bias) != settings.filters:
        raise ValueError(
            f"bias has {len(bias)} number{'' if len(bias) == 1 else 's'}, but there "
            f"{'is 1 filter' if settings.filters == 1 else f'are {settings.filters} filters'}; "
            "give one for each"
        )
    return replace(settings, bias=tuple(bias))


def with_weight(settings, value, index):
    """One weight of the kernel changed."""
    return replace(settings, kernel=with_cell(settings.kernel, index, value), weak=True)


def with_pixel(settings, value, index):
    """One number of the image changed."""
    return replace(settings, image=with_cell(settings.image, index, value))


#: What changes a setting on which others depend.
CHANGES = {
    "kind": with_kind,
    "kernel_size": with_kernel_size,
    "filters": with_filters,
    "groups": with_groups,
    "kernel": with_kernel,
    "size": with_size,
    "channels": with_channels,
    "image": with_image,
    "bias": with_bias,
}
#: What changes one number of an array.
CELLS = {"cell": with_weight, "pixel": with_pixel}


def checked_image(image):
    """An image as (H, W, C), or the error that says why it is none."""
    batch, layout = as_batch(image, "channels_last")
    if layout.ndim == 4 and len(batch.array) != 1:
        raise ValueError(f"the image has shape {np.shape(image)}, a batch of {len(batch.array)}; choose one of them: image[0]")
    keeps_dtype = isinstance(image, np.ndarray) and image.dtype.kind in "biuf"
    return np.asarray(image).reshape(batch.array.shape[1:]) if keeps_dtype else batch.array[0]


def with_cell(array, index, value):
    """A copy of an array of numbers with one of them changed, in a dtype that holds it."""
    cells = array.astype(object)
    cells[index] = value
    return read_numbers(cells.tolist(), "value").array


def resized(array, size):
    """The top left `size` of an array, filled up with zeros."""
    rows, columns = size
    filled = np.zeros((rows, columns, *array.shape[2:]), array.dtype)
    kept = array[:rows, :columns]
    filled[: kept.shape[0], : kept.shape[1]] = kept
    return filled


def centred(array, size):
    """The middle of an array, of this size, or the array in the middle of zeros.

    Of an even number of cells the middle is the first of the two, as for padding "same". So the array stands in one place
    whether a size is reached at once or step by step.
    """
    rows, columns = size
    (down, top), (across, left) = (
        (max((new - 1) // 2 - (old - 1) // 2, 0), max((old - 1) // 2 - (new - 1) // 2, 0))
        for new, old in zip(size, array.shape, strict=False)
    )
    kept = array[top : top + rows, left : left + columns]
    filled = np.zeros((rows, columns, *array.shape[2:]), array.dtype)
    filled[down : down + kept.shape[0], across : across + kept.shape[1]] = kept
    return filled


def extended(array, axis, count):
    """So many entries of an axis of (rows, columns, …): new ones are earlier ones, shifted down and to the right."""
    present = array.shape[axis]
    entries = (array.take(entry % present, axis) for entry in range(count))
    shifted = (np.roll(each, entry // present, (0, 1)) for entry, each in enumerate(entries))
    return np.stack(list(shifted), axis)


def with_kernel_for(settings, size, filters):
    """The settings with a kernel of that size and a bias for so many filters, for their channels and groups."""
    channels, groups = settings.channels, settings.groups
    if channels % groups or filters % groups:
        raise ValueError(f"{channels} channels and {filters} filters cannot be cut into {groups} groups")
    last = (filters // groups, channels) if settings.operation_class.transposed else (channels // groups, filters)
    kernel = extended(extended(centred(settings.kernel, size), 2, last[0]), 3, last[1])
    bias = None if settings.bias is None else tuple(settings.bias[f % len(settings.bias)] for f in range(filters))
    return replace(settings, kernel=kernel, bias=bias)
