"""How cells look that are still to come in a picture."""

from convviz.stage import theme as themes

__all__ = ["veiled"]


def veiled(pixel, look=themes.LIGHT):
    """The colours of a pixel, ``(red, green, blue)``, under the veil of a theme."""
    over = bytes.fromhex(look.veil[1:])
    return tuple(int(one) * (1 - themes.VEIL) + other * themes.VEIL for one, other in zip(pixel, over, strict=True))
