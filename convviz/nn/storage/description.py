"""The description of a model as a file holds it, read with errors that say what is wrong."""

__all__ = ["NONSENSE", "element", "field", "numbers", "said", "shortened", "take"]

#: What constructors and settings of layers raise for data that make no sense.
NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def said(error):
    """An error as a reason: one that looks a name up says nothing but that name."""
    return f"its description has no {error}" if isinstance(error, KeyError) else str(error)


def field(description, name, kind, least=None):
    """An entry of a description, of a kind; a ValueError where it is missing or something else."""
    if not isinstance(description, dict) or name not in description:
        raise ValueError(f"its description has no {name!r}")
    value = description[name]
    wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    if wrong or (least is not None and value < least):
        raise ValueError(f"{name!r} of its description is {shortened(value)}")
    return value


def shortened(value):
    """A value as text of bearable length."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def numbers(description, name):
    """An entry that is a list of whole numbers."""
    values = field(description, name, list)
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        raise ValueError(f"{name!r} of its description is {shortened(values)}")
    return values


def element(items, place, what):
    """An item of a list by its place, or a ValueError."""
    if not 0 <= place < len(items):
        raise ValueError(f"it names {what} {place}, but there are {len(items)}")
    return items[place]


def take(arrays, name, shape, dtype, what):
    """An array, out of those of a file; a ValueError where it is missing or of another shape or dtype."""
    if name not in arrays:
        raise ValueError(f"{what} is missing in it")
    array = arrays.pop(name)
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"{what} is {dtype} of shape {shape}, but {array.dtype} of shape {array.shape} is in it")
    return array
