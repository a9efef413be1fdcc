"""The layers of PyTorch that do what an operation does, after the documentation of PyTorch 2."""

from convviz.operations.code_text import Missing, amounts, drops_a_window, hangs_over, in_order, layer, pad_first, pair, unless

__all__ = ["WRITERS"]

#: The layers that copy cells into the padding, by mode; PyTorch has no "symmetric".
COPYING = {"reflect": "ReflectionPad2d", "replicate": "ReplicationPad2d", "circular": "CircularPad2d"}
#: By how many cells less than the image has a mode pads at most; others pad by any number.
LEAST_LESS = {"reflect": 1, "circular": 0}


def copies_border(where):
    """Whether PyTorch can copy cells into the padding as an operation does."""
    mode = where.rows.padding_mode
    axes = where.rows, where.columns
    return mode in COPYING and all(
        max(axis.before, axis.after) <= axis.size - LEAST_LESS[mode] for axis in axes if mode in LEAST_LESS
    )


def torch_padding(where, value="Zero"):
    """PyTorch's argument for padding, and the layer that has to come first where the sides differ."""
    (top, bottom), (left, right) = amounts(where)
    if (top, left) == (bottom, right):
        return unless(pair((top, left)), "0"), None
    sides = f"({left}, {right}, {top}, {bottom})"
    if where.copies:
        return None, layer(f"torch.nn.{COPYING[where.rows.padding_mode]}", sides)
    if value == "Zero":
        return None, layer("torch.nn.ZeroPad2d", sides)
    return None, layer("torch.nn.ConstantPad2d", sides, "-float('inf')")


def torch_convolution(operation, where, channels):
    """PyTorch's Conv2d, and what is to be said of it."""
    padded_first = where.copies and not copies_border(where)
    padding, before = (None, None) if padded_first else torch_padding(where)
    mode = where.rows.padding_mode
    made = layer(
        f"torch.nn.{operation.names.torch}",
        channels,
        operation.filters(channels),
        pair(operation.kernel_size),
        stride=unless(pair(operation.strides), "1"),
        padding=padding,
        dilation=unless(pair(operation.dilation_rate), "1"),
        groups=unless(operation.groups, 1),
        bias=False if operation.bias is None else None,
        padding_mode=repr(mode) if where.copies and padding else None,
    )
    why = f"PyTorch {'cannot pad so far with' if mode in COPYING else 'has no'} padding_mode {mode!r}"
    return in_order("torch", before, made), f"{why}: {pad_first(where, channels_first=True)}" if padded_first else ""


def torch_transposed(operation, where, channels):
    """PyTorch's ConvTranspose2d, which cuts as much off both ends and adds cells at the end."""
    axes = where.rows, where.columns
    cut = tuple(axis.before for axis in axes)
    least = (axis.stride * (axis.size - 1) + axis.reach - 2 * axis.before for axis in axes)
    extra = tuple(axis.output - size for axis, size in zip(axes, least, strict=True))
    fits = (0 <= more < max(axis.stride, axis.dilation) for more, axis in zip(extra, axes, strict=True))
    if not all(more == 0 or fit for more, fit in zip(extra, fits, strict=True)):
        raise Missing("cuts as much off both ends; here more is cut off at the bottom and right")
    return layer(
        f"torch.nn.{operation.names.torch}",
        channels,
        operation.filters(channels),
        pair(operation.kernel_size),
        stride=unless(pair(operation.strides), "1"),
        padding=unless(pair(cut), "0"),
        output_padding=unless(pair(extra), "0"),
        groups=unless(operation.groups, 1),
        bias=False if operation.bias is None else None,
        dilation=unless(pair(operation.dilation_rate), "1"),
    )


def torch_pooling(operation, where, channels):
    """PyTorch's MaxPool2d and AvgPool2d."""
    averages = operation.kind == "average_pooling"
    if averages and operation.dilation_rate != (1, 1):
        raise Missing("has no dilation in AvgPool2d")
    counted = getattr(operation, "count_include_pad", False)
    padding, before = torch_padding(where, "Zero" if counted else "-inf")
    if before is None and any(2 * axis.before > axis.window for axis in (where.rows, where.columns)):
        raise Missing("pads pooling by half the window at most")
    if before and averages and not counted:
        raise Missing("pads average pooling by as much at both ends")
    if before and operation.ceil_mode and (hangs_over(where) or drops_a_window(where)):
        raise Missing("pads by as much at both ends; with a layer of padding before, ceil mode finds other windows")
    strides = unless(operation.strides, operation.pool_size)
    made = layer(
        f"torch.nn.{operation.names.torch}",
        pair(operation.pool_size),
        stride=strides and pair(strides),
        padding=padding,
        dilation=unless(pair(operation.dilation_rate), "1"),
        ceil_mode=True if operation.ceil_mode else None,
        count_include_pad=False if padding and averages and not counted else None,
    )
    return in_order("torch", before, made)


def torch_global(operation, where, channels):
    """PyTorch's poolings to a single cell."""
    return f"torch.nn.{operation.names.torch}(1)"


#: By kind of operation.
WRITERS = {
    "convolution": torch_convolution,
    "transposed_convolution": torch_transposed,
    "max_pooling": torch_pooling,
    "average_pooling": torch_pooling,
    "global_max_pooling": torch_global,
    "global_average_pooling": torch_global,
}
