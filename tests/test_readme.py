"""The README's animations are what convviz draws today, and what once stood in the README is true where it stands now."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from documents import blocks
from matplotlib import ft2font
from PIL import Image, ImageSequence

import convviz as cv

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
THEMES = "light", "dark"
#: How many steps the animations show.
STEPS = 4
#: The most that the mean colour of a square may differ, of 255, by the square's side in pixels. Another program that draws
#: letters spaces them otherwise: texts come to stand elsewhere, cells do not.
SAME_LETTERS, OTHER_LETTERS = {8: 16}, {16: 80}


def animation(theme):
    """The committed file."""
    return ROOT / "docs" / "static" / f"lecture_6x6_{theme}.gif"


def frames(path):
    """An animation as (frames, rows, columns, 3), and how long each frame stays, in milliseconds."""
    with Image.open(path) as image:
        found = [(np.asarray(frame.convert("RGB"), float), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]
    pictures, durations = zip(*found, strict=True)
    return np.stack(pictures), durations


def largest_difference(some, others, side):
    """How far the mean colours of squares of pixels are apart, at most."""
    difference = some - others
    rows, columns = (length // side for length in difference.shape[1:3])
    cut = difference[:, : rows * side, : columns * side].reshape(-1, rows, side, columns, side, 3)
    return abs(cut.mean((2, 4))).max()


def alike(some, others, allowed):
    """Whether two animations show the same."""
    return all(largest_difference(some, others, side) <= most for side, most in allowed.items())


def allowed():
    """What differences are allowed: few where letters are drawn by the matplotlib that drew the committed ones."""
    pinned = re.search(r"^    matplotlib == (\S+)$", (ROOT / "setup.cfg").read_text("utf-8"), re.MULTILINE)[1]
    own = matplotlib.__version__ == pinned and ft2font.__freetype_build_type__ == "local"
    return SAME_LETTERS if own else OTHER_LETTERS


# The animations


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The folder into which the command of CONTRIBUTING.md draws the animations anew."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "docs" / "static").mkdir(parents=True)
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (command,) = (block for _, block in blocks(text, "sh") if "lecture_6x6_$theme.gif" in block)
    assert ".venv/bin/convviz " in command
    command = command.replace(".venv/bin/convviz", f"'{sys.executable}' -m convviz")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(["sh", "-ec", command], cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "docs" / "static"


@pytest.mark.parametrize("theme", THEMES)
def test_the_animation_is_what_convviz_draws(theme, drawn):
    committed, durations = frames(animation(theme))
    new, again = frames(drawn / animation(theme).name)
    assert durations.count(2000) == STEPS - 1 and durations[-1] > 2000 and len(durations) > 20 * STEPS
    assert (committed.shape, durations) == (new.shape, again)
    assert alike(committed, new, allowed()), "draw it anew: the command stands in CONTRIBUTING.md"


def test_another_animation_is_told_apart(tmp_path):
    committed, _ = frames(animation("light"))
    late = np.roll(committed, 1, axis=0)
    assert not alike(committed, late, OTHER_LETTERS)
    example = cv.examples.lecture_6x6
    image = np.array(example.image)
    image[0, 5] = 8  # it is multiplied with 2, in the last step that is shown
    other = example.operation.trace(image)
    other.save(tmp_path / "other.gif", size=(800, 450), motion=True, steps=range(STEPS), seconds=2)
    other, _ = frames(tmp_path / "other.gif")
    assert not alike(committed, other, SAME_LETTERS)
    assert alike(committed, committed, SAME_LETTERS)


def test_the_readme_shows_an_animation_for_either_theme_of_the_page():
    (picture,) = re.findall("<picture>.*?</picture>", README, re.DOTALL)
    dark = re.search(r'<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">', picture)[1]
    light = re.search(r'<img src="([^"]+)"', picture)[1]
    assert [ROOT / light, ROOT / dark] == [animation(theme) for theme in THEMES]
    assert len(re.search(r'alt="([^"]+)"', picture)[1]) > 100
    assert README.index(picture) < 1000  # on the first screen
    assert [theme for theme in THEMES if animation(theme).stat().st_size > 250_000] == []


# What stands in the pages of the documentation


def test_the_text_of_a_step_is_as_shown():
    ((_, shown),) = blocks((ROOT / "docs" / "first_steps.md").read_text("utf-8"), "text")
    text = cv.examples.lecture_6x6.trace().text(0)
    assert [line.rstrip() for line in text.splitlines()] == shown.splitlines()
