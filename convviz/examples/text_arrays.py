"""Arrays written as text, as the tables of examples and kernels hold them."""

import numpy as np

__all__ = ["frozen", "numbers"]


def numbers(text, divisor=1):
    """Rows of numbers, written ``1 2 / 3 4``, as an array; divided by `divisor` if that is not 1.

    Channels stand apart by ``|``, and filters by ``||``: each becomes a further axis at the end.
    """
    if "||" in text:
        return np.stack([np.atleast_3d(numbers(part)) for part in text.split("||")], axis=3)
    if "|" in text:
        return np.stack([numbers(part) for part in text.split("|")], axis=2)
    rows = [row.split() for row in text.split("/")]
    array = np.array([[float(word) if "." in word else int(word) for word in row] for row in rows])
    return array if divisor == 1 else array / divisor


def frozen(text):
    """An array from text, or from ``(text, divisor)``, that cannot be written to."""
    array = numbers(text) if isinstance(text, str) else numbers(*text)
    array.flags.writeable = False
    return array
