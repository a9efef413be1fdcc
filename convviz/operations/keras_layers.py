"""The layers of Keras that do what an operation does, after the documentation of Keras 3."""

from convviz.operations.code_text import Missing, amounts, hangs_over, in_order, layer, pad_first, pair, unless

__all__ = ["WRITERS"]


def keras_padding(operation, where):
    """Keras's argument for padding, and the layer that has to come first: each None where there is none."""
    around = amounts(where)
    if around == ((0, 0), (0, 0)) or where.copies:
        return None, None
    if operation.padding == "same":
        return "'same'", None
    (top, bottom), (left, right) = around
    simple = pair((top, left)) if top == bottom and left == right else f"({pair_of(top, bottom)}, {pair_of(left, right)})"
    return None, layer("keras.layers.ZeroPadding2D", simple)


def pair_of(before, after):
    """Two numbers as a tuple is written."""
    return f"({before}, {after})"


def keras_convolution(operation, where, channels):
    """Keras's Conv2D, and what is to be said of it."""
    strides, dilation = operation.strides, operation.dilation_rate
    if max(strides) > 1 and max(dilation) > 1:
        raise Missing("takes strides or a dilation_rate, not both")
    padding, before = keras_padding(operation, where)
    made = layer(
        f"keras.layers.{operation.names.keras}",
        operation.filters(channels),
        pair(operation.kernel_size),
        strides=unless(pair(strides), "1"),
        padding=padding,
        dilation_rate=unless(pair(dilation), "1"),
        groups=unless(operation.groups, 1),
        use_bias=False if operation.bias is None else None,
    )
    first = pad_first(where, channels_first=False)
    return in_order("keras", before, made), first and f"Keras pads with zeros only: {first}"


def keras_transposed(operation, where, channels):
    """Keras's Conv2DTranspose."""
    strides, dilation = operation.strides, operation.dilation_rate
    if operation.groups > 1:
        raise Missing("has no groups in Conv2DTranspose")
    if max(strides) > 1 and max(dilation) > 1:
        raise Missing("takes strides or a dilation_rate, not both")
    same = operation.padding == "same"
    if same and max(operation.output_padding):
        raise Missing("counts output_padding otherwise when padding is 'same'")
    if not same and amounts(where) != ((0, 0), (0, 0)):
        raise Missing("pads Conv2DTranspose by 'valid' or 'same' only; cut the result with keras.layers.Cropping2D")
    # without output_padding Keras makes the result at least as large as the strides ask for
    short = not same and any(axis.reach < axis.stride for axis in (where.rows, where.columns))
    extra = pair(operation.output_padding)
    return layer(
        f"keras.layers.{operation.names.keras}",
        operation.filters(channels),
        pair(operation.kernel_size),
        strides=unless(pair(strides), "1"),
        padding="'same'" if same else None,
        output_padding=extra if extra != "0" or short else None,
        dilation_rate=unless(pair(dilation), "1"),
        use_bias=False if operation.bias is None else None,
    )


def keras_pooling(operation, where, channels):
    """Keras's MaxPooling2D and AveragePooling2D."""
    if operation.dilation_rate != (1, 1):
        raise Missing("has no dilation_rate in pooling")
    if operation.ceil_mode and hangs_over(where):
        raise Missing("has no ceil mode: it leaves out windows that hang over")
    padding, before = keras_padding(operation, where)
    counted = getattr(operation, "count_include_pad", False)
    if before and not counted:
        wrong = "count the zeros" if operation.padding_value == 0 else "let 0 win"
        raise Missing(f"pads pooling by 'same' only; ZeroPadding2D would {wrong}")
    if padding and counted:
        before, padding = layer("keras.layers.ZeroPadding2D", str(amounts(where))), None
    strides = unless(operation.strides, operation.pool_size)
    made = layer(
        f"keras.layers.{operation.names.keras}", pair(operation.pool_size), strides=strides and pair(strides), padding=padding
    )
    return in_order("keras", before, made)


def keras_global(operation, where, channels):
    """Keras's global poolings."""
    return f"keras.layers.{operation.names.keras}()"


#: By kind of operation.
WRITERS = {
    "convolution": keras_convolution,
    "transposed_convolution": keras_transposed,
    "max_pooling": keras_pooling,
    "average_pooling": keras_pooling,
    "global_max_pooling": keras_global,
    "global_average_pooling": keras_global,
}
