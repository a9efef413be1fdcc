"""Images, kernels and feature maps as pixels."""

from fractions import Fraction

import numpy as np

__all__ = [
    "PICTURE",
    "SMALL_PICTURE",
    "downsampling_of",
    "extremes",
    "grey_bounds",
    "picture_of",
    "signed_picture",
    "with_padding",
]

#: How many rows of a picture are read at a time.
ROWS = 64
#: Most pixels a side of a picture that is shown, and its side in units when it stands alone or with others.
PIXELS, PICTURE, SMALL_PICTURE = 256, 8.0, 4.8
#: The part of the values of a feature map, at either end, that its greys leave out where they reach so many times as far.
RARE, FAR = 0.005, 1.5
#: The colours of the smallest negative and of the largest positive value; 0 is white.
NEGATIVE, POSITIVE = (0x1B, 0x4F, 0xA8), (0xA8, 0x1F, 0x1B)
#: The grey of padding in a picture, as in the light theme.
PADDING_GREY = 222


def downsampling_of(shape):
    """How many pixels a side of a picture of shape ``(rows, columns, …)`` are shown as one, their mean."""
    return -(-max(shape[:2]) // PIXELS)


def picture_of(values, rare=False):
    """Values as pixels.

    Parameters
    ----------
    values : numpy.ndarray, (rows, columns) or (rows, columns, 3)
    rare : bool
        Whether a few values that lie far from the others may be black and white like lesser ones, so that the others
        differ in grey.

    Returns
    -------
    pixels : numpy.ndarray of uint8
        At most `PIXELS` a side: of a larger picture the means of squares of values.
    low, high : float
        The values that are black and white: 0 and 255 of uint8, 0 and 1 where floats lie between these, else the
        extremes, or those of the values that are not rare.
    """
    step, dtype = downsampling_of(values.shape), values.dtype
    low, high = extremes(values)
    if not (isinstance(low, float) and isinstance(high, float)):  # larger than floats: one of each square
        return greys(beyond_floats(values[::step, ::step], low, high)), low, high
    values = means(values, step)
    usual = usual_bounds(dtype, low, high)
    if usual:
        low, high = usual
    elif rare:
        low, high = without_rare(values, low, high)
    with np.errstate(all="ignore"):
        return greys((values - low) / ((high - low) or 1)), low, high


def grey_bounds(values):
    """The values that are black and white in a picture of an image: those of `picture_of` without `rare`."""
    low, high = extremes(values)
    return usual_bounds(values.dtype, low, high) or (low, high)


def usual_bounds(dtype, low, high):
    """What is black and white in images of a dtype: 0 and 255 of uint8, 0 and 1 where floats lie between these; else None."""
    if dtype == np.uint8:
        return 0.0, 255.0
    return (0.0, 1.0) if dtype.kind == "f" and low >= 0 and high <= 1 else None


def signed_picture(values, rare=False):
    """Values of both signs as pixels in colour: blue below 0, white at 0, red above, the stronger the farther from it.

    Returns
    -------
    pixels : numpy.ndarray of uint8, (rows, columns, 3)
    bound : float
        The distance from 0 at which colours are strongest.

    Examples
    --------
    >>> signed_picture(np.array([[-2, 0, 1]]))[0].tolist(), signed_picture(np.array([[-2, 0, 1]]))[1]
    ([[[27, 79, 168], [255, 255, 255], [212, 143, 141]]], 2.0)
    """
    low, high = extremes(values)
    values = means(values, downsampling_of(values.shape))
    if rare:
        low, high = without_rare(values, low, high)
    bound = max(-low, high)
    scaled = np.clip(np.nan_to_num(values / bound, nan=0, posinf=1, neginf=-1), -1, 1)[:, :, None]
    ends = np.where(scaled < 0, np.array(NEGATIVE, float), np.array(POSITIVE, float))
    return np.rint(255 + abs(scaled) * (ends - 255)).astype(np.uint8), bound


def means(values, step):
    """The means of squares of ``step × step`` values, as floats; at the ends the squares are cut off.

    Examples
    --------
    >>> means(np.array([[0, 2, 5], [4, 6, 7], [1, 3, 9]]), 2)
    array([[3., 6.],
           [2., 9.]])
    """
    if step == 1:
        return np.asarray(values, np.float64)
    starts, rows = np.arange(0, values.shape[1], step), []
    counts = np.diff([*starts, values.shape[1]]).reshape(-1, *[1] * (values.ndim - 2))
    with np.errstate(all="ignore"):
        for top in range(0, len(values), step):  # row by row, so that a large image is not held a second time
            band = np.asarray(values[top : top + step], np.float64).mean(axis=0)
            rows.append(np.add.reduceat(band, starts, axis=0) / counts)
    return np.stack(rows)


def greys(scaled):
    """Pixels of values that are 0 for black and 1 for white."""
    scaled = np.nan_to_num(scaled, nan=0.5, posinf=1, neginf=0)
    return np.clip(np.rint(scaled * 255), 0, 255).astype(np.uint8)


def beyond_floats(values, low, high):
    """Exact numbers, some of them larger than floats, as floats from 0 for `low` to 1 for `high`."""
    span = Fraction(high) - Fraction(low)
    return np.array([[float((value - Fraction(low)) / span) for value in row] for row in values.tolist()])


def extremes(values):
    """The smallest and the largest finite value, as floats unless they are too large; 0 and 0 if there is none."""
    found = []
    for start in range(0, len(values), ROWS):  # in pieces, so that a large image is not held a second time
        part = values[start : start + ROWS]
        part = part[np.isfinite(part)] if part.dtype.kind == "f" else part
        found += [as_float(part.min()), as_float(part.max())] if part.size else []
    return (min(found), max(found)) if found else (0.0, 0.0)


def as_float(number):
    """A number as a float; an exact one that is too large as it is."""
    try:
        return float(number)
    except OverflowError:
        return number


def without_rare(values, low, high):
    """The extremes `low` and `high`; or, where these lie far beyond, those of all values but the `RARE` at either end.

    Examples
    --------
    >>> edges = np.array([0.0] * 500 + [1, 2] * 250 + [90])
    >>> without_rare(edges, 0.0, 90.0), without_rare(edges[:-1], 0.0, 2.0)
    ((0.0, 2.0), (0.0, 2.0))
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return low, high
    inner = np.quantile(finite, (RARE, 1 - RARE)).tolist()
    return tuple(inner) if 0 < FAR * (inner[1] - inner[0]) < high - low else (low, high)


def with_padding(values, axes):
    """Pixels of a padded image: grey around it, or greyed copies, and zeros put between cells as far as the axes say."""
    pixels = picture_of(values)[0]
    if max(values.shape[:2]) > PIXELS:  # a margin of a few cells is thinner than a pixel
        return pixels
    shape = [axis.high - axis.low for axis in axes]
    canvas = np.full((*shape, *pixels.shape[2:]), PADDING_GREY, np.uint8)
    (down, rows), (across, columns) = (drawn_cells(axis) for axis in axes)
    canvas[np.ix_(down, across)] = pixels[np.ix_(rows, columns)]
    inside = np.ix_(*([axis.kind(position) == "cell" for position in range(axis.low, axis.high)] for axis in axes))
    copies = np.ones(shape, bool)
    copies[inside] = False
    canvas[copies] = (canvas[copies].astype(np.uint16) + PADDING_GREY) // 2
    return canvas


def drawn_cells(axis):
    """Where along an axis cells of the image or copies of them are drawn, and which: two lists of numbers."""
    sources = [axis.source(position) for position in range(axis.low, axis.high)]
    drawn = [at for at, source in enumerate(sources) if source is not None]
    return drawn, [sources[at] for at in drawn]
