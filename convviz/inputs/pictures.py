"""Pictures from the bytes of their files, and what is lost of them."""

import io
import re
import struct
import warnings
import zlib

from convviz.inputs.errors import Usage

__all__ = ["EXPECTED", "decoded"]

EXPECTED = "give an image file, a .npy or .csv file, or numbers such as '1 2 3 / 4 5 6'"
#: Modes whose numbers are taken as they are: grey in 8, 16 or 32 bits.
GREY = ("L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")
#: Modes that are converted without a loss; of the others it is said.
COLOUR = ("1", "P", "RGB", "RGBA", "RGBX", "LA", "PA", "La", "RGBa")
#: What Pillow raises for damaged files.
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, struct.error, zlib.error)
#: Pixels from which reading takes long.
MANY = 50_000_000


def decoded(content, name, colour, frame=None):
    """A picture from the bytes of its file.

    Parameters
    ----------
    content : bytes
    name : str or os.PathLike
        What the file is called in errors.
    colour : bool
        Keep red, green and blue.
    frame : int, optional
        Which frame of an animation, or page, counting from 1; the first if not given.

    Returns
    -------
    numpy.ndarray, (H, W), in colour (H, W, 3)
    list of str
        What was lost, in words that follow the name: "has 3 frames; the first was read".

    Raises
    ------
    Usage
        For what is empty or no picture, and for a frame that is not there.
    """
    from PIL import Image, UnidentifiedImageError

    if not content:
        raise Usage(f"{name} is empty (0 bytes); {EXPECTED}")
    try:
        with warnings.catch_warnings():
            # what Pillow says of large pictures, and of data in a file that it does not use
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as file:
                notes = [*size_notes(file), *frame_notes(file, name, frame)]
                pixels, losses = pixels_of(file, content, colour)
                return pixels, notes + losses
    except UnidentifiedImageError:
        raise Usage(f"{name} is not a picture that can be read; {EXPECTED}") from None
    except Image.DecompressionBombError as error:
        raise Usage(f"{name} {too_large(error)}") from None
    except BROKEN as error:
        words = str(error) or type(error).__name__
        raise Usage(f"{name} cannot be read as a picture: {words}") from None


def too_large(error):
    """Words for Pillow's error about a picture that is too large."""
    sizes = [int(size) for size in re.findall(r"\d+", str(error))]
    if len(sizes) < 2:
        return "has too many pixels; make it smaller first"
    return f"has {sizes[0]:,} pixels, more than the {sizes[1]:,} that are read; make it smaller first"


def size_notes(file):
    """A note on a picture that takes long."""
    pixels = file.width * file.height
    return [f"has {pixels / 1e6:.0f} million pixels; this takes time and memory"] if pixels >= MANY else []


def frame_notes(file, name, frame):
    """Go to the frame that is asked for, and note that there are others."""
    frames = getattr(file, "n_frames", 1)
    if frame is not None and not 1 <= frame <= frames:
        there = "only 1 frame" if frames == 1 else f"the frames 1 to {frames}"
        raise Usage(f"{name} has {there}, but --frame is {frame}")
    file.seek((frame or 1) - 1)
    if frames == 1 or frame is not None:
        return []
    return [f"has {frames} frames, of which the first was read; --frame 2 reads the second"]


def pixels_of(file, content, colour):
    """The pixels of the present frame, and what was lost."""
    import numpy as np
    from PIL import ImageOps

    file.load()
    notes = [*profile_notes(file), *depth_notes(file, content)]
    turned = ImageOps.exif_transpose(file)
    if file.format == "PNG" and isinstance(turned.info.get("transparency"), int | tuple):
        turned.info["transparency"] = transparent_value(turned, content[24])
    transparent = "transparency" in file.info or file.mode in ("RGBA", "LA", "PA", "La", "RGBa")
    if transparent:
        turned, seen = on_white(turned)
        notes += ["has transparent parts, which were laid on white"] if seen else []
    if turned.mode == "1":
        turned = turned.convert("L")
    if turned.mode in GREY:
        return np.array(turned), notes
    if turned.mode not in COLOUR:
        notes.append(f"is in {turned.mode} and was turned into red, green and blue")
    pixels = np.array(turned.convert("RGB"))
    if all(np.array_equal(pixels[:, :, 0], pixels[:, :, channel]) for channel in (1, 2)):
        return pixels[:, :, 0], notes
    if colour:
        return pixels, notes
    notes.append("is in colour and was turned grey; --colour keeps red, green and blue")
    return np.array(turned.convert("L")), notes


def transparent_value(picture, bits):
    """The transparent value or colour of a PNG, converted like its pixels: to 8 bits where the file has fewer or more.

    Pillow scales pixels of 1, 2 and 4 bits to the range 0 to 255 and keeps the upper 8 of 16 bits in colour, but it returns the
    transparent value unchanged.
    """
    value = picture.info["transparency"]
    if picture.mode in ("1", "L"):
        return min(255, value * (255 // (2**bits - 1)))
    return tuple(part >> 8 for part in value) if picture.mode == "RGB" and bits == 16 else value


def on_white(picture):
    """A picture laid on white, and whether white shows anywhere."""
    from PIL import Image

    if picture.mode in GREY:
        return grey_on_white(picture)
    layer = picture.convert("RGBA")
    seen = layer.getextrema()[3][0] < 255
    if seen:
        layer = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return layer.convert("RGB"), seen


def grey_on_white(picture):
    """A grey picture in which one value means transparent, with white in its place."""
    import numpy as np
    from PIL import Image

    pixels = np.array(picture)
    hidden = pixels == picture.info["transparency"]
    white = 255 if pixels.dtype.itemsize == 1 else 65535
    return Image.fromarray(np.where(hidden, pixels.dtype.type(white), pixels)), bool(hidden.any())


def profile_notes(file):
    """A note on a colour profile other than sRGB, by which no numbers are changed."""
    profile = file.info.get("icc_profile")
    if not profile:
        return []
    try:
        from PIL import ImageCms

        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImportError, OSError, SyntaxError, ValueError):
        name = "unknown"
    if "srgb" in name.lower():
        return []
    return [f"has a colour profile ({name[:40]}), which was not applied"]


def depth_notes(file, content):
    """A note on a picture of 16 bits in several channels, of which 8 are read."""
    bits = content[24] if file.format == "PNG" else max(tiff_bits(file), default=8)
    if bits <= 8 or file.mode in GREY:
        return []
    return [f"has {bits} bits in each channel, of which the upper 8 were read"]


def tiff_bits(file):
    """Bits in each channel of a TIFF; empty for other files."""
    return file.tag_v2.get(258, ()) if file.format == "TIFF" else ()
