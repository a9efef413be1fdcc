"""PNG pictures, by the PNG specification (ISO/IEC 15948): of a step, and of an array of pixels."""

import base64
import struct
import zlib

import numpy as np

from convviz._support.files import atomic_file
from convviz.render.sizes import DPI

__all__ = ["SIGNATURE", "chunk", "data_url", "png", "save_png"]

#: The first bytes of a file.
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def save_png(board, path, size=None, theme="light", step=None, dpi=DPI, transparent=False):
    """Write one step as a PNG, with its title and its description as a sentence in the file.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in".
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    step : int or None
        Which step of the trace; None for the last that the board shows, of a feature map that is a picture the strongest.
    dpi : float
        Pixels per inch; written into the file.
    transparent : bool
        Whether no background is painted.
    """
    from PIL import Image, PngImagePlugin

    from convviz.render.options import single_step
    from convviz.render.pixels import bled
    from convviz.render.screen import Screen

    scene = board.scene(single_step(board) if step is None else step)
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Title", scene.stage.title)
    about.add_itxt("Description", scene.frame.spoken)
    pixels = Screen(board.stage, size, theme, dpi, transparent).paint(scene)
    image = Image.fromarray(bled(pixels) if transparent else pixels[..., :3].copy())
    with atomic_file(path) as temporary:
        image.save(temporary, "PNG", pnginfo=about, dpi=(dpi, dpi))


def png(pixels):
    """`pixels` as a PNG file.

    Parameters
    ----------
    pixels : array_like of uint8, (height, width) or (height, width, 3)
        Grey values, or red, green and blue.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        For another dtype or shape.

    Notes
    -----
    Follows the PNG specification (ISO/IEC 15948), with filter types 0 and 2 of section 9.2: each row either as it is or
    as the difference to the row above, whichever makes the smaller file.

    Examples
    --------
    >>> import numpy as np
    >>> png(np.zeros((2, 3), np.uint8))[:4]
    b'\\x89PNG'
    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)) or not pixels.size:
        raise ValueError(
            f"a picture is an array of uint8 of shape (height, width) or (height, width, 3); "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)
    differences = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    streams = [_deflated(rows, 0), _deflated(differences, 2)]
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", min(streams, key=len)) + chunk(b"IEND", b"")
    return SIGNATURE + body


def data_url(pixels):
    """The picture `pixels` as a ``data:`` address that an image element takes.

    Examples
    --------
    >>> import numpy as np
    >>> data_url(np.zeros((1, 1), np.uint8))[:33]
    'data:image/png;base64,iVBORw0KGgo'
    """
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")


def _deflated(rows, kind):
    return zlib.compress(np.insert(rows, 0, kind, axis=1).tobytes(), 9)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
