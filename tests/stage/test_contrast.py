"""Areas of different roles are told apart on paper, under a projector and on a photocopy, and their letters are read."""

import pytest
from luminance import LIGHTS, coded, ratio

from convviz.stage.pictures import NEGATIVE, POSITIVE
from convviz.stage.theme import DARK, LIGHT, ROLES, VEIL

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


@pytest.mark.parametrize("medium", LIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_to_come_of_a_picture_is_told_apart_and_seen(theme, medium):
    def veiled(colour):
        return coded(part * (1 - VEIL) + over * VEIL for part, over in zip(colour, bytes.fromhex(theme.veil[1:]), strict=True))

    assert ratio("#ffffff", veiled((255, 255, 255)), medium) >= 1.25
    assert ratio("#000000", veiled((0, 0, 0)), medium) >= 1.25
    for colour in (NEGATIVE, POSITIVE):  # of maps with both signs
        assert ratio(coded(colour), veiled(colour), medium) >= 1.25
        assert ratio(veiled((255, 255, 255)), veiled(colour), medium) >= 1.25
    assert ratio(veiled((0, 0, 0)), veiled((255, 255, 255)), medium) >= 1.25
