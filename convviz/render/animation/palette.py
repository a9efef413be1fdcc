"""The colours of a GIF."""

import numpy as np
from PIL import Image

__all__ = ["TRANSPARENT", "Palette"]

#: Colours of a GIF's palette beside the transparent one.
COLOURS, TRANSPARENT = 255, 255
#: Of these, how many are chosen only because the others are far from them; and among how many colours they are sought.
RARE, SOUGHT = 32, 10_000


class Palette:
    """Up to 255 colours, and for every colour the index of the nearest.

    Parameters
    ----------
    colours : numpy.ndarray of uint8, (n, 3)
    """

    def __init__(self, colours):
        self.colours = np.empty((0, 3), np.uint8)
        # One byte for each of the 2²⁴ colours: the index plus 1, or 0 if not looked up yet.
        self.nearest = np.zeros(1 << 24, np.uint8)
        self._add(colours)

    def _add(self, colours):
        start = len(self.colours) + 1
        self.colours = np.concatenate([self.colours, colours])
        self.nearest[_keys(colours)] = np.arange(start, start + len(colours))

    @classmethod
    def of(cls, screen, board):
        """The palette of a board: the theme's colours and those that a few steps show between them."""
        palette = cls(_theme_colours(screen.drawing.theme))
        samples = sorted({len(board.indices) // 2, len(board.indices) - 1})
        shown = [screen.paint_keys(board.scene(board.indices[sample])) for sample in samples]
        others = np.concatenate([keys[palette.nearest[keys] == 0] for keys in shown])
        palette._add(_summary(others, COLOURS - len(palette.colours)))
        return palette

    def indices(self, keys):
        """Indices of the nearest colours, of the shape of `keys`."""
        found = self.nearest[keys]
        unknown = found == 0
        if unknown.any():
            new = np.unique(keys[unknown])
            for part in np.array_split(new, len(new) // 4096 + 1):
                self.nearest[part] = self._search(part) + 1
            found = self.nearest[keys]
        return found - np.uint8(1)

    def _search(self, keys):
        colours = self.colours.astype(np.float32)
        asked = _channels(keys).astype(np.float32)
        return np.argmin((colours**2).sum(axis=1) - 2 * asked @ colours.T, axis=1)


def _keys(colours):
    return colours.astype(np.uint32) @ np.array([1, 1 << 8, 1 << 16], np.uint32)


def _channels(keys):
    return np.stack([keys & 255, keys >> 8 & 255, keys >> 16], axis=1)


def _theme_colours(theme):
    names = [theme.background, theme.text, theme.faint, theme.edge, *theme.mark.values()]
    names += [colour for style in theme.cells.values() for colour in (style.fill, style.text)]
    return np.array([list(bytes.fromhex(name[1:])) for name in dict.fromkeys(names)], np.uint8)


def _summary(keys, count):
    """At most `count` colours that approximate those of `keys`, (n, 3)."""
    if not len(keys) or count < 1:
        return np.empty((0, 3), np.uint8)
    # The square root gives more weight to rare colours, such as those at the edges of letters.
    colours, counts = np.unique(keys, return_counts=True)
    thin = np.repeat(colours, np.ceil(np.sqrt(counts)).astype(int))
    thin = thin[:: len(thin) // 200_000 + 1]
    image = Image.fromarray(_channels(thin).astype(np.uint8)[None])
    common = max(1, count - RARE)
    palette = image.quantize(common, method=Image.Quantize.MEDIANCUT).getpalette()
    chosen = np.unique(np.reshape(palette, (-1, 3))[:common], axis=0)
    return _with_farthest(chosen, _channels(colours[:: len(colours) // SOUGHT + 1]), count).astype(np.uint8)


def _with_farthest(chosen, colours, count):
    """`chosen` and, until they are `count`, again and again the one of `colours` that is farthest from all of them.

    Median cut, in some versions of Pillow more than in others, gives a rare colour that of others which are far from it.
    """
    chosen, colours = list(chosen.astype(np.float32)), colours.astype(np.float32)
    distances = np.min([((colours - colour) ** 2).sum(axis=1) for colour in chosen], axis=0)
    while len(chosen) < count and distances.max() > 0:
        chosen.append(colours[distances.argmax()])
        distances = np.minimum(distances, ((colours - chosen[-1]) ** 2).sum(axis=1))
    return np.array(chosen)
