"""How bright colours are on paper, under a projector and on a photocopy."""

__all__ = ["LIGHTS", "coded", "luminance", "ratio", "seen"]

#: What light falls on a picture beside its own, in parts of white: on paper or a screen by the usual measure, under a projector
#: in a room that is not dark. A photocopier sees the luminance alone, in grey.
LIGHTS = {"paper": 0.05, "projector": 0.08, "photocopy": 0.05}


def luminance(colour):
    """The relative luminance of sRGB, as WCAG 2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def coded(parts):
    """Red, green and blue as #rrggbb."""
    return "#" + "".join(f"{round(part):02x}" for part in parts)


def seen(colour, medium):
    """How much light comes from an area."""
    light = luminance(colour)
    if medium == "photocopy":  # 16 greys are what a copier keeps apart
        light = round(light * 63) / 63
    return light + LIGHTS[medium]


def ratio(one, other, medium="paper"):
    dark, bright = sorted((seen(one, medium), seen(other, medium)))
    return bright / dark
