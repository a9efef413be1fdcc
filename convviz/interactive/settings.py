"""Settings of an operation on an image that are changed one at a time, and which values of each give an output."""

from dataclasses import dataclass, replace

import numpy as np

from convviz import examples, geometry
from convviz._support.suggestions import nearest
from convviz.arrays import as_batch, read_numbers
from convviz.operations import (
    AveragePooling,
    Convolution,
    Global,
    GlobalAveragePooling,
    GlobalMaxPooling,
    MaxPooling,
    TransposedConvolution,
)

__all__ = ["KINDS", "Exploration", "Options", "begin"]

#: What can be explored, by the class that computes it.
CLASSES = {
    "convolution": Convolution,
    "transposed_convolution": TransposedConvolution,
    "max_pooling": MaxPooling,
    "average_pooling": AveragePooling,
    "global_max_pooling": GlobalMaxPooling,
    "global_average_pooling": GlobalAveragePooling,
}
KINDS = tuple(CLASSES)
#: The worked example to begin with.
FIRST = {
    "convolution": "lecture_6x6",
    "transposed_convolution": "no_padding_strides_transposed",
    "max_pooling": "lecture_max_pooling",
    "average_pooling": "numerical_average_pooling",
}
#: The settings that a kind has.
SETTINGS = {
    "convolution": ("strides", "padding", "dilation_rate", "groups", "filters", "bias", "flip_kernel"),
    "transposed_convolution": (
        "strides",
        "padding",
        "output_padding",
        "dilation_rate",
        "groups",
        "filters",
        "bias",
        "view",
    ),
    "max_pooling": ("pool_size", "strides", "padding", "dilation_rate", "ceil_mode"),
    "average_pooling": ("pool_size", "strides", "padding", "dilation_rate", "ceil_mode", "count_include_pad"),
    "global_max_pooling": (),
    "global_average_pooling": (),
}
#: The values that are tried of each setting, along one axis where it has two.
CANDIDATES = {
    "kernel_size": range(1, 8),
    "pool_size": range(1, 7),
    "strides": range(1, 5),
    "dilation_rate": range(1, 5),
    "amounts": range(5),
    "output_padding": range(4),
    "groups": range(1, 9),
    "filters": range(1, 5),
    "size": range(1, 11),
    "channels": range(1, 5),
    "padding": ("valid", "same", "full", "amounts"),
    "kind": KINDS,
    "view": ("gather", "scatter"),
}
#: Settings of both axes: rows, then columns. Amounts of padding have four: top, bottom, left, right.
PAIRS = ("kernel_size", "pool_size", "strides", "dilation_rate", "output_padding", "size")


@dataclass(frozen=True)
class Options:
    """Values of a setting that give an output.

    Attributes
    ----------
    values : tuple
    reason : str
        Why the next value is not among them, as an error says it; empty where all that are tried are.
    refused : object
        That value.
    """

    values: tuple
    reason: str = ""
    refused: object = None


@dataclass(frozen=True, eq=False)
class Exploration:
    """An operation on an image, as settings. Made by `begin`; `change` gives another one.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    image : numpy.ndarray, (H, W, C)
    kernel : numpy.ndarray
        (kh, kw, C // groups, filters); of a transposed convolution (kh, kw, filters // groups, C).
    bias : tuple of numbers, or None
        One for each filter.
    strides : tuple of int, or None
        None for those of a pooling that are its pool size.
    padding : {"valid", "same", "full", "amounts"}
    amounts : tuple of int
        Top, bottom, left, right.
    plain : bool
        The kernel's numbers came as text or lists, not as an array whose dtype counts.

    Examples
    --------
    >>> now = begin("convolution")
    >>> now.operation()
    Convolution(kernel=[[1, 2, 2], [0, 0, 1], [2, 1, 1]], bias=None, strides=(1, 1), padding='valid', \
dilation_rate=(1, 1), groups=1, flip_kernel=False)
    >>> now.change("strides", (2, 2)).trace().output.tolist()
    [[18, 19], [18, 21]]
    >>> now.options("dilation_rate", 0).values
    (1, 2)
    """

    kind: str
    image: np.ndarray
    kernel: np.ndarray
    bias: tuple | None = None
    strides: tuple | None = (1, 1)
    padding: str = "valid"
    amounts: tuple = (0, 0, 0, 0)
    dilation_rate: tuple = (1, 1)
    groups: int = 1
    flip_kernel: bool = False
    output_padding: tuple = (0, 0)
    view: str = "gather"
    pool_size: tuple = (2, 2)
    ceil_mode: bool = False
    count_include_pad: bool = False
    plain: bool = True

    @property
    def weighted(self):
        """Whether the operation has a kernel."""
        return self.kind in ("convolution", "transposed_convolution")

    @property
    def settings(self):
        """Names of the settings that the operation has."""
        return SETTINGS[self.kind]

    @property
    def channels(self):
        """How many channels the image has."""
        return self.image.shape[2]

    @property
    def filters(self):
        """How many filters the kernel has."""
        return self.kernel.shape[3] if self.kind != "transposed_convolution" else self.kernel.shape[2] * self.groups

    @property
    def kernel_size(self):
        """Rows and columns of the kernel."""
        return self.kernel.shape[:2]

    @property
    def size(self):
        """Rows and columns of the image."""
        return self.image.shape[:2]

    def operation(self):
        """The operation with these settings; ValueError where there is none."""
        if issubclass(CLASSES[self.kind], Global):
            return CLASSES[self.kind]()
        top, bottom, left, right = self.amounts
        padding = ((top, bottom), (left, right)) if self.padding == "amounts" else self.padding
        given = {"strides": self.strides, "padding": padding, "dilation_rate": self.dilation_rate}
        for name in ("pool_size", "ceil_mode", "count_include_pad", "output_padding", "groups", "flip_kernel"):
            if name in self.settings:
                given[name] = getattr(self, name)
        if not self.weighted:
            return CLASSES[self.kind](**given)
        kernel = self.kernel if self.kernel.shape[2:] != (1, 1) else self.kernel[:, :, 0, 0]
        bias = None if self.bias is None else list(self.bias)
        return CLASSES[self.kind](kernel.tolist() if self.plain else kernel, bias, **given)

    def trace(self):
        """Every step of the operation on the image."""
        view = {"view": "scatter"} if self.view == "scatter" and self.kind == "transposed_convolution" else {}
        return self.operation().trace(self.image[:, :, 0] if self.channels == 1 else self.image, **view)

    def require_output(self):
        """Raise the error that says why these settings give no output; nothing is computed."""
        operation = self.operation()
        operation.geometry(self.size)
        if self.weighted and self.kernel.ndim == 4 and self.kernel.shape[2:] != (1, 1):
            operation.check_channels(self.channels)

    def change(self, name, value, place=None):
        """The settings with one of them changed, and what depends on it fitted to that.

        Parameters
        ----------
        name : str
            A field, or "kernel_size", "filters", "size" and "channels" of the image, "cell" (of the kernel), "pixel".
        value : object
        place : tuple of int, optional
            Of a cell of the kernel or a pixel: its index.

        Returns
        -------
        Exploration

        Raises
        ------
        ValueError, TypeError
            Where the new settings give no output.
        """
        changed = CHANGES.get(name, put)(self, name, value, place)
        changed.require_output()
        return changed

    def options(self, name, axis=None):
        """Which values of a setting give an output while the others stay.

        Parameters
        ----------
        name : str
            "kernel_size", "pool_size", "strides", "dilation_rate", "output_padding" or "size" (with `axis` 0 for
            rows, 1 for columns), "amounts" (0 to 3 for top, bottom, left, right), "padding", "groups", "filters",
            "channels" or "kind".
        axis : int, optional

        Returns
        -------
        Options
        """
        present = getattr(self, name) or self.pool_size
        tried = CANDIDATES[name]
        if axis is not None:
            present = present[axis]
        if present not in tried:
            tried = sorted({*tried, present})
        good, reason, refused = [], "", None
        for value in tried:
            whole = value if axis is None else (*self.both(name)[:axis], value, *self.both(name)[axis + 1 :])
            try:
                self.change(name, whole)
                good.append(value)
            except (TypeError, ValueError) as error:
                refused, reason = (refused, reason) if reason else (value, str(error))
        return Options(tuple(good), reason, refused)

    def both(self, name):
        """A setting along all its axes; strides of a pooling that are its pool size, too."""
        return getattr(self, name) or self.pool_size


def put(now, name, value, place):
    """A setting that nothing else depends on."""
    return replace(now, **{name: value})


def put_kind(now, name, value, place):
    """Another operation: strides that are usual for it, and a kernel in its layout."""
    pools = "pool" in value
    strides = now.strides if pools == ("pool" in now.kind) else None if pools else (1, 1)
    whole = now.channels % now.groups == 0 and now.filters % now.groups == 0
    changed = replace(now, kind=value, strides=strides, groups=now.groups if whole else 1)
    return fitted(changed, now.kernel_size, now.filters) if changed.weighted else changed


def put_kernel_size(now, name, value, place):
    """A larger or smaller kernel: weights stay where they are, new ones are 0."""
    return fitted(now, value, now.filters)


def put_filters(now, name, value, place):
    """More or fewer filters: new ones repeat those that are there."""
    if value % now.groups:
        raise ValueError(f"{value} filters cannot be cut into {now.groups} groups")
    return fitted(now, now.kernel_size, value)


def put_groups(now, name, value, place):
    """Other groups: the kernel gets as many channels as a group has."""
    for thing, number in (("channels", now.channels), ("filters", now.filters)):
        if number % value:
            raise ValueError(f"{number} {thing if number > 1 else thing[:-1]} cannot be cut into {value} groups")
    return fitted(replace(now, groups=value), now.kernel_size, now.filters)


def put_kernel(now, name, value, place):
    """Another kernel for every channel and filter, (kh, kw), or for all at once."""
    value = read_numbers(value, "kernel").array
    plain = value.reshape((*value.shape, 1, 1)) if value.ndim == 2 else value
    return fitted(replace(now, kernel=plain, plain=True), plain.shape[:2], now.filters)


def put_cell(now, name, value, place):
    """One weight."""
    return replace(now, kernel=with_cell(now.kernel, place, value), plain=True)


def put_pixel(now, name, value, place):
    """One number of the image."""
    return replace(now, image=with_cell(now.image, place, value))


def put_size(now, name, value, place):
    """A larger or smaller image: numbers stay where they are, new ones are 0."""
    return replace(now, image=resized(now.image, value))


def put_image(now, name, value, place):
    """Another image; the kernel gets its channels, and groups that do not divide these are given up."""
    image = checked_image(value)
    groups = now.groups if image.shape[2] % now.groups == 0 else 1
    changed = replace(now, image=image, groups=groups)
    return fitted(changed, now.kernel_size, now.filters) if now.weighted else changed


def put_channels(now, name, value, place):
    """More or fewer channels of the image: new ones repeat those that are there."""
    return put_image(now, name, now.image[:, :, np.arange(value) % now.channels], place)


def put_bias(now, name, value, place):
    """One bias for each filter, or none."""
    if value is not None and len(value) != now.filters:
        raise ValueError(
            f"bias has {len(value)} number{'' if len(value) == 1 else 's'}, but there "
            f"{'is 1 filter' if now.filters == 1 else f'are {now.filters} filters'}; "
            "give one for each"
        )
    return replace(now, bias=None if value is None else tuple(value))


CHANGES = {
    "kind": put_kind,
    "kernel_size": put_kernel_size,
    "filters": put_filters,
    "groups": put_groups,
    "kernel": put_kernel,
    "cell": put_cell,
    "pixel": put_pixel,
    "size": put_size,
    "channels": put_channels,
    "image": put_image,
    "bias": put_bias,
}


def checked_image(image):
    """An image as (H, W, C), or the error that says why it is none."""
    batch, layout = as_batch(image, "channels_last")
    if layout.ndim == 4 and len(batch.array) != 1:
        raise ValueError(f"the image has shape {np.shape(image)}, a batch of {len(batch.array)}; choose one of them: image[0]")
    own = isinstance(image, np.ndarray) and image.dtype.kind in "biuf"
    return np.asarray(image).reshape(batch.array.shape[1:]) if own else batch.array[0]


def with_cell(array, place, value):
    """A copy of an array of numbers with one of them changed, in a dtype that holds it."""
    cells = array.astype(object)
    cells[place] = value
    return read_numbers(cells.tolist(), "value").array


def resized(array, size):
    """The top left `size` of an array, filled up with zeros."""
    rows, columns = size
    filled = np.zeros((rows, columns, *array.shape[2:]), array.dtype)
    kept = array[:rows, :columns]
    filled[: kept.shape[0], : kept.shape[1]] = kept
    return filled


def fitted(now, size, filters):
    """The settings with a kernel and a bias for so many filters, and for the channels and groups there are."""
    if now.channels % now.groups or filters % now.groups:
        raise ValueError(f"{now.channels} channels and {filters} filters cannot be cut into {now.groups} groups")
    last = (now.channels // now.groups, filters)
    if now.kind == "transposed_convolution":
        last = (filters // now.groups, now.channels)
    kernel = resized(now.kernel, size)
    channel, each = (np.arange(wanted) % there for wanted, there in zip(last, kernel.shape[2:], strict=True))
    bias = None if now.bias is None else tuple(now.bias[f % len(now.bias)] for f in range(filters))
    return replace(now, kernel=kernel[:, :, channel][:, :, :, each], bias=bias)


def begin(operation, image=None):
    """The settings of an operation on an image.

    Parameters
    ----------
    operation : convviz.operations.Operation, convviz.examples.Example, or str
        A kind of `KINDS`, or the name of a worked example.
    image : array_like, (H, W) or (H, W, C), optional
        That of a worked example unless given.

    Returns
    -------
    Exploration

    Raises
    ------
    ValueError, TypeError
        For what is neither, and an image that does not fit.

    Examples
    --------
    >>> begin("max_pooling").operation().pool_size
    (2, 2)
    """
    if isinstance(operation, str):
        operation, image = named(operation, image)
    elif isinstance(operation, examples.Example):
        operation, image = operation.operation, operation.image if image is None else image
    kind = next((kind for kind, known in CLASSES.items() if type(operation) is known), None)
    if kind is None:
        raise TypeError(f"got {operation!r}; expected an operation such as convviz.Convolution(…), or {listed(KINDS)}")
    image = checked_image(example_image(kind) if image is None else image)
    operation.geometry(image.shape[:2])
    kernel = examples.get(FIRST["convolution"]).operation.kernel
    now = Exploration(kind, image, kernel[:, :, None, None], strides=(1, 1) if "volution" in kind else None)
    return taken(now, operation)


def named(name, image):
    """Operation and image of a kind, or of a worked example."""
    if name in KINDS:
        example = examples.get(FIRST.get(name, "lecture_max_pooling"))
        operation = example.operation if name in FIRST else CLASSES[name]()
        if image is not None and name in ("convolution", "transposed_convolution"):
            now = fitted(replace(begin(example), image=checked_image(image)), operation.kernel_size, 1)
            operation = now.operation()
        return operation, example.image if image is None else image
    if name not in (known := [each for kind in examples.KINDS[:3] for each in examples.names(kind)]):
        hint = nearest(name, [*KINDS, *known], "convviz.examples.names()")
        raise ValueError(f"operation is {name!r}; expected {listed(KINDS)}, or the name of a worked example; {hint}")
    example = examples.get(name)
    return example.operation, example.image if image is None else image


def listed(names):
    """Names as a sentence lists them."""
    return " or ".join([", ".join(map(repr, names[:-1])), repr(names[-1])])


def example_image(kind):
    """The image of the worked example of a kind."""
    return examples.get(FIRST.get(kind, "lecture_max_pooling")).image


def taken(now, operation):
    """The settings of an operation."""
    given = {name: getattr(operation, name) for name in SETTINGS[now.kind] if hasattr(operation, name)}
    given.pop("bias", None)
    if "pool_size" in given and given["strides"] == given["pool_size"]:
        given["strides"] = None
    given.pop("filters", None)
    if "padding" in given:
        given["padding"], given["amounts"] = padding_of(operation)
    now = replace(now, **given)
    if not now.weighted:
        return now
    kernel = operation.spread_kernel(now.channels)
    now = replace(now, kernel=kernel, plain=operation.weak)
    return now if operation.bias is None else replace(now, bias=tuple(operation.spread_bias(now.filters).tolist()))


def padding_of(operation):
    """The padding as a rule, or as "amounts" with top, bottom, left and right."""
    rules = geometry.padding_rules(operation.padding)
    if isinstance(rules[0], str):
        return rules[0], (0, 0, 0, 0)
    return "amounts", (*rules[0], *rules[1])
