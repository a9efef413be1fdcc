"""Calls of layers as text, and what frameworks ask about padding."""

__all__ = ["Missing", "amounts", "drops_a_window", "hangs_over", "in_order", "layer", "pad_first", "pair", "unless"]

#: numpy's names of the padding modes.
NUMPY_MODES = {"reflect": "reflect", "symmetric": "symmetric", "replicate": "edge", "circular": "wrap"}


class Missing(Exception):
    """Why a framework has no layer for an operation."""


def layer(name, *settings, **options):
    """A call as text; options that are None are left out."""
    words = [*map(str, settings), *(f"{name}={value}" for name, value in options.items() if value is not None)]
    return f"{name}({', '.join(words)})"


def pair(values):
    """A setting of both axes: one number where they are equal."""
    rows, columns = values
    return str(rows) if rows == columns else f"({rows}, {columns})"


def unless(value, usual):
    """`value`, or None where it is what the framework takes anyway."""
    return None if value == usual else value


def in_order(module, *layers):
    """Several layers, one after the other."""
    layers = [each for each in layers if each]
    if len(layers) == 1:
        return layers[0]
    return f"keras.Sequential([{', '.join(layers)}])" if module == "keras" else f"torch.nn.Sequential({', '.join(layers)})"


def amounts(where):
    """Cells of padding: ``((top, bottom), (left, right))``."""
    return tuple((axis.before, axis.after) for axis in (where.rows, where.columns))


def pad_first(where, channels_first):
    """The call that pads a batch before a layer without padding gets it; empty where nothing is copied into padding."""
    if not where.copies:
        return ""
    around = ((0, 0), *amounts(where), (0, 0)) if not channels_first else ((0, 0), (0, 0), *amounts(where))
    return f"give it np.pad(images, {around}, mode={NUMPY_MODES[where.rows.padding_mode]!r})"


def hangs_over(where):
    """Whether a window reaches beyond the padding."""
    return any(axis.high > axis.size + axis.after for axis in (where.rows, where.columns))


def drops_a_window(where):
    """Whether ceil mode left out a window that would begin in the padding at the end."""
    return any(
        -(-(axis.size + axis.before + axis.after - axis.reach) // axis.stride) + 1 > axis.output
        for axis in (where.rows, where.columns)
    )
