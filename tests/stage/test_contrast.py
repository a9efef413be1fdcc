"""Areas of different roles are told apart on paper, under a projector and on a photocopy, and their letters are read."""

import pytest

from convviz.stage.theme import DARK, LIGHT, ROLES

#: Roles that stand beside each other in one grid, or in grids side by side.
NEIGHBOURS = [
    ("cell", "window"),
    ("cell", "padding"),
    ("cell", "stuffed"),
    ("padding", "window"),
    ("padding", "padding_window"),
    ("copy", "copy_window"),
    ("window", "padding_window"),
    ("window", "copy_window"),
    ("window", "stuffed"),
    ("window", "winner"),
    ("done", "pending"),
    ("done", "current"),
    ("current", "pending"),
    ("cell", "lit"),
    ("window", "lit"),
    ("weight", "product"),
]
#: What light falls on a picture beside its own, in parts of white: on paper or a screen by the usual measure, under a projector
#: in a room that is not dark. A photocopier sees the luminance alone, in grey.
LIGHTS = {"paper": 0.05, "projector": 0.08, "photocopy": 0.05}


def luminance(colour):
    """The relative luminance of sRGB, as WCAG 2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def seen(colour, medium):
    """How much light comes from an area."""
    light = luminance(colour)
    if medium == "photocopy":  # 16 greys are what a copier keeps apart
        light = round(light * 63) / 63
    return light + LIGHTS[medium]


def ratio(one, other, medium="paper"):
    dark, bright = sorted((seen(one, medium), seen(other, medium)))
    return bright / dark


@pytest.mark.parametrize("medium", LIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_neighbouring_areas_are_told_apart(theme, medium):
    ratios = {(one, other): ratio(theme.cells[one].fill, theme.cells[other].fill, medium) for one, other in NEIGHBOURS}
    assert min(ratios.values()) >= 1.25, {pair: round(found, 2) for pair, found in ratios.items() if found < 1.25}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_letters_are_read_in_every_cell(theme):
    for role in ROLES:
        assert ratio(theme.cells[role].fill, theme.cells[role].text) >= 4.5, role
    for colour in (theme.text, theme.faint, *(theme.mark[name] for name in theme.mark if name.startswith("channel"))):
        assert ratio(theme.background, colour) >= 4.5, colour


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_cells_of_the_window_stand_out_before_the_others(theme):
    inside, outside = theme.cells["window"], theme.cells["cell"]
    assert ratio(inside.fill, inside.text) > ratio(outside.fill, outside.text) or theme is DARK
    assert ratio(theme.background, inside.fill) > ratio(theme.background, outside.fill)
