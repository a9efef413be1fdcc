"""How the padding around an image is filled: with zeros, or with copies of cells of the image.

A mode is a map from positions along an axis to cells of the image. Whatever is computed, drawn or explained of a padded
image asks this map, so that no two of them disagree. The names are those of PyTorch, and numpy's for "symmetric".
"""

from convviz._support.values import brief

__all__ = ["PADDING_MODES", "checked_padding_mode", "copied_cell"]

#: The modes, and the row 1 2 3 4 as each of them pads it with two cells on either side.
PADDING_MODES = {
    "zeros": "0 0 | 1 2 3 4 | 0 0",
    "reflect": "3 2 | 1 2 3 4 | 3 2",
    "symmetric": "2 1 | 1 2 3 4 | 4 3",
    "replicate": "1 1 | 1 2 3 4 | 4 4",
    "circular": "3 4 | 1 2 3 4 | 1 2",
}

#: What other libraries call a mode, where only one reading is possible: numpy, SciPy, OpenCV, TensorFlow, scikit-image.
#: SciPy's "reflect", which repeats the cells of the edge, is not among them: here, as in numpy and PyTorch, it does not.
SYNONYMS = {
    "zeros": "zero constant fill grid_constant border_constant",
    "reflect": "mirror reflect101 reflect_101 border_reflect101 border_reflect_101 border_default",
    "symmetric": "symm grid_mirror border_reflect",
    "replicate": "edge nearest border_replicate",
    "circular": "wrap periodic grid_wrap border_wrap",
}
MODE_OF = {word: mode for mode, words in SYNONYMS.items() for word in (mode, *words.split())}


def checked_padding_mode(value):
    """A mode by its name, or by the name that another library has for it.

    Raises
    ------
    TypeError, ValueError
        For anything else.

    Examples
    --------
    >>> checked_padding_mode("circular"), checked_padding_mode("BORDER_REFLECT_101"), checked_padding_mode("edge")
    ('circular', 'reflect', 'replicate')
    >>> checked_padding_mode("mirrored")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: padding_mode is 'mirrored'; expected 'zeros' (0 0 | 1 2 3 4 | 0 0), 'reflect' (3 2 | 1 2 3 4 | ...
    """
    if isinstance(value, str) and value in PADDING_MODES:
        return value
    *others, last = (f"{mode!r} ({around})" for mode, around in PADDING_MODES.items())
    expected = f"expected {', '.join(others)} or {last}"
    if not isinstance(value, str):
        number = "; OpenCV's constants are given by name, such as 'BORDER_REFLECT_101'" if isinstance(value, int) else ""
        raise TypeError(f"padding_mode is {brief(value)}; {expected}{number}")
    word = value.strip().lower().removeprefix("cv2.").removeprefix("cv.").replace("-", "_")
    if word not in MODE_OF:
        raise ValueError(f"padding_mode is {brief(value)}; {expected}")
    return MODE_OF[word]


def copied_cell(position, size, mode):
    """The cell whose value a padded axis of `size` cells has at `position`; None for a zero.

    Farther out than the image is long the pattern repeats, as in ``numpy.pad``.

    Parameters
    ----------
    position : int
        Any; from 0 to ``size − 1`` it is the cell itself.
    size : int
    mode : str
        One of `PADDING_MODES`.

    Examples
    --------
    >>> [copied_cell(position, 4, "reflect") for position in range(-5, 9)]
    [1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2]
    """
    if 0 <= position < size:
        return position
    if mode == "zeros":
        return None
    if mode == "replicate":
        return 0 if position < 0 else size - 1
    if mode == "circular":
        return position % size
    # there and back again: "reflect" meets the cells at both ends once a turn, "symmetric" twice
    turn = max(2 * size - 2, 1) if mode == "reflect" else 2 * size
    place = position % turn
    return place if place < size else turn - place - (mode == "symmetric")
