"""Stills and animations of the same steps have the same size, whatever their format."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import convviz as cv

IMAGE = np.arange(36).reshape(6, 6) % 7 / 3
TRACES = {
    "convolution": cv.Convolution([[1, 2], [3, 1 / 3]], bias=1).trace(IMAGE),
    "several channels": cv.Convolution(np.full((2, 2, 2, 5), 0.1)).trace(np.dstack([IMAGE, IMAGE])),
    "scatter": cv.TransposedConvolution([[1, 2], [3, 4]], strides=2).trace(IMAGE[:3, :3], view="scatter"),
    "backward": cv.MaxPooling(2).trace(IMAGE, view="backward", gradient=IMAGE[:3, :3]),
    "photograph": cv.MaxPooling(3).trace(np.add.outer(np.arange(60), np.arange(60))),
    "compared": cv.compare(cv.MaxPooling(2), cv.AveragePooling(2, strides=1), IMAGE),
}


def pixels(path):
    """Width and height of a picture."""
    with Image.open(path) as picture:
        return picture.size


def video(path):
    """Width and height of a video."""
    return next(pytest.importorskip("imageio_ffmpeg").read_frames(str(path)))["size"]


def shape(path):
    """Width over height of a drawing or of a page."""
    source = path.read_bytes().decode("latin1")
    found = re.search(
        r'viewBox="0 0 ([\d.]+) ([\d.]+)"' if path.suffix == ".svg" else r"MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", source
    )
    return float(found[1]) / float(found[2])


@pytest.mark.parametrize("name, steps", [("convolution", [0]), *((name, [0, 2, 4]) for name in TRACES)])
def test_all_formats_have_the_same_size(name, steps, tmp_path):
    trace = TRACES[name]
    sizes = {ending: pixels(trace.save(tmp_path / f"a{ending}", steps=steps)) for ending in (".png", ".gif")}
    sizes["{step}"] = pixels(trace.save(tmp_path / "b-{step}.png", steps=steps)[0])
    assert len(set(sizes.values())) == 1, sizes
    width, height = sizes[".png"]
    for ending in (".svg", ".pdf"):
        assert shape(trace.save(tmp_path / f"a{ending}", steps=steps)) == pytest.approx(width / height, rel=2 / height)
    if steps == [0]:
        assert (trace.figure(0).get_size_inches() * 100).round().tolist() == [width, height]


@pytest.mark.parametrize("ending, read", [(".webp", pixels), (".apng", pixels), (".mp4", video)])
def test_the_other_animations_have_it_too(ending, read, tmp_path):
    trace = TRACES["convolution"]
    width, height = pixels(trace.save(tmp_path / "a.png", steps=3))
    if ending == ".mp4":
        pytest.importorskip("imageio_ffmpeg")
    # a video has an even number of rows
    assert read(trace.save(tmp_path / f"a{ending}", steps=3)) == (width, height + height % 2 * (ending == ".mp4"))


@given(st.sampled_from(list(TRACES)), st.sets(st.integers(0, 8), min_size=1), st.sampled_from(["en", "ja"]))
@settings(max_examples=40)
def test_stages_of_the_same_steps_are_alike(name, steps, lang):
    trace = TRACES[name]
    still, moving = (trace.board(lang, sorted(steps), each).stage for each in (True, False))
    assert (still.width, still.height) == (moving.width, moving.height)
    assert [(grid.name, grid.x, grid.y, grid.pitch) for grid in still.grids] == [
        (grid.name, grid.x, grid.y, grid.pitch) for grid in moving.grids
    ]
    said = [{text.name: text.text for text in stage.texts if text.text} for stage in (still, moving)]
    assert said[0].items() <= said[1].items()
    picked = [text for name, text in said[1].items() if name not in said[0]]
    assert len(picked) == (1 < len(steps) < len(trace)) * (2 if name == "compared" else 1) or name == "compared"
