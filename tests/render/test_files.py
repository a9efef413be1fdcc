"""Saving: files are whole or absent, the ending picks the writer, and errors say what to do."""

import dataclasses
import errno
import inspect
import os
import re
import stat
import xml.etree.ElementTree
from pathlib import Path

import boards
import numpy as np
import pytest
from PIL import Image

import convviz as cv
from convviz import render
from convviz._support.files import atomic_file
from convviz.render import save
from convviz.render.animation.options import AnimationOptions
from convviz.render.options import OPTIONS
from convviz.render.page import page
from convviz.stage import theme as themes

LECTURE = boards.lecture()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "a.gif"
    with atomic_file(path) as temporary:
        temporary.write_bytes(b"half")
        assert temporary.parent == tmp_path and temporary.suffix == ".gif"
        assert not path.exists()
    assert path.read_bytes() == b"half" and names(tmp_path) == ["a.gif"]


@pytest.mark.parametrize("older", [b"older", None])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space left"), KeyboardInterrupt(), SystemExit(1)])
def test_a_failure_leaves_what_was_there(older, error, tmp_path):
    path = tmp_path / "a.gif"
    if older:
        path.write_bytes(older)
    with pytest.raises(type(error)) as caught, atomic_file(path) as temporary:
        temporary.write_bytes(b"half")
        raise error
    assert caught.value is error and "a.gif was not written" in error.__notes__[-1]
    assert names(tmp_path) == (["a.gif"] if older else [])
    assert not older or path.read_bytes() == older


def test_a_failing_rename_leaves_no_second_file(tmp_path, monkeypatch):
    def refuse(*paths):
        raise PermissionError("in use")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError), atomic_file(tmp_path / "a.gif") as temporary:
        temporary.write_bytes(b"x")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="permission bits are POSIX's")
def test_permissions_are_those_of_any_new_file(tmp_path):
    for mask, mode in [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)]:
        before = os.umask(mask)
        try:
            with atomic_file(tmp_path / f"{mask}.txt"):
                pass
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / f"{mask}.txt").stat().st_mode) == mode


@pytest.mark.skipif(os.name == "nt", reason="permission bits are POSIX's")
def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("older")
    path.chmod(0o640)
    with atomic_file(path) as temporary:
        temporary.write_text("newer")
    assert path.read_text() == "newer" and stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_keeps_pointing_to_its_target(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "a.txt"
    link.symlink_to(tmp_path / "real" / "b.txt")
    with atomic_file(link) as temporary:
        temporary.write_text("words")
    assert link.is_symlink() and (tmp_path / "real" / "b.txt").read_text() == "words"


def test_errors_of_the_place_say_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.gif").mkdir()
    for path, error, words in [
        (tmp_path / "missing" / "a.gif", FileNotFoundError, "there is no folder to write 'a.gif' in; make it first"),
        (tmp_path / "file" / "a.gif", NotADirectoryError, "this is a file, so 'a.gif' cannot be written in it"),
        (tmp_path / "folder.gif", IsADirectoryError, "this is a folder; add the name of a file"),
    ]:
        with pytest.raises(error, match=re.escape(words)) as caught, atomic_file(path):
            pytest.fail("the body must not run")
        assert caught.value.errno and Path(caught.value.filename) in (path, path.parent)
    assert names(tmp_path) == ["file", "folder.gif"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_or_device_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "a.gif")
    with pytest.raises(FileExistsError, match="not an ordinary file"), atomic_file(tmp_path / "a.gif"):
        pytest.fail("the body must not run")
    assert stat.S_ISFIFO((tmp_path / "a.gif").stat().st_mode)


@pytest.mark.parametrize("protected", ["", "a.gif"])
def test_protected_places_are_refused(protected, tmp_path, monkeypatch):
    # What chmod forbids the superuser may do all the same, so the answer of the system is replaced.
    (tmp_path / "a.gif").write_text("older")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / protected)
    with pytest.raises(PermissionError, match="change its permissions"), atomic_file(tmp_path / "a.gif"):
        pytest.fail("the body must not run")
    assert (tmp_path / "a.gif").read_text() == "older"


HEADS = {
    "gif": b"GIF89a",
    "webp": b"RIFF",
    "apng": b"\x89PNG",
    "png": b"\x89PNG",
    "pdf": b"%PDF",
    "svg": b"<svg",
    "html": b"<!doctype html>",
    "mp4": b"ftyp",
    "pptx": b"PK",
}


@pytest.mark.parametrize("ending", HEADS)
@pytest.mark.parametrize("kind", [str, Path])
def test_the_ending_picks_the_writer(ending, kind, tmp_path):
    if ending == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    if ending == "pptx":
        pytest.importorskip("pptx")
    path = save(boards.lecture("ja"), kind(tmp_path / f"a.b.{ending.upper()}"))
    assert path == tmp_path / f"a.b.{ending.upper()}" and isinstance(path, Path)
    assert HEADS[ending] in path.read_bytes()[:40].replace(b"DOCTYPE", b"doctype")
    assert names(tmp_path) == [path.name]


def test_text_is_utf_8(tmp_path):
    save(boards.lecture("ja"), tmp_path / "a.svg")
    root = xml.etree.ElementTree.fromstring((tmp_path / "a.svg").read_bytes())
    assert "特徴マップ" in "".join(root.itertext())
    assert "特徴マップ" in save(boards.lecture("ja"), tmp_path / "a.html").read_text("utf-8")


def test_a_file_for_each_step(tmp_path):
    paths = save(LECTURE.only(2, 11), tmp_path / "step{step}.png", size=(80, 40))
    assert paths == [tmp_path / "step02.png", tmp_path / "step11.png"]
    descriptions = []
    for path in paths:
        with Image.open(path) as image:
            descriptions.append(image.text["Description"])
    assert descriptions == ["Step 3 of 16", "Step 12 of 16"]
    assert len(save(LECTURE, tmp_path / "{step}.svg", progress=False)) == 16
    assert save(LECTURE, tmp_path / "{step}.svg", step=-1) == [tmp_path / "15.svg"]


def test_a_pdf_for_each_step_is_numbered_as_latex_s_animate_wants_it(tmp_path):
    """Without gaps from 0 on, all numbers with as many digits."""
    paths = save(LECTURE, tmp_path / "step-{step}.pdf", size="4in", progress=False)
    assert [path.name for path in paths] == [f"step-{number:02}.pdf" for number in range(16)]
    for path in paths:
        assert len(re.findall(rb"/Type /Page\b", path.read_bytes())) == 1
    assert len({path.read_bytes() for path in paths}) == 16
    assert len(re.findall(rb"/Type /Page\b", save(LECTURE, tmp_path / "all.pdf").read_bytes())) == 16
    last = save(LECTURE, tmp_path / "last.pdf", step=-1)
    assert last.read_bytes() == save(LECTURE.only(15), tmp_path / "15.pdf").read_bytes()


def test_sizes_for_slides(tmp_path):
    for size, dpi, pixels in [
        ("slide", 96, (1280, 720)),
        ("8in", 200, (1600, 800)),
        (("8in", 300), 50, (400, 300)),
        (("0.5in", "0.1in"), 1200, (600, 120)),
    ]:
        for ending in ("png", "gif", "webp", "apng"):
            with Image.open(save(LECTURE.only(5), tmp_path / f"a.{ending}", size=size, dpi=dpi)) as image:
                assert image.size == pixels
    assert b"/MediaBox [ 0 0 576 324 ]" in save(LECTURE, tmp_path / "a.pdf", size=("8in", "4.5in")).read_bytes()
    assert ' width="8in" height="4.5in"' in save(LECTURE, tmp_path / "a.svg", size=("8in", "4.5in")).read_text("utf-8")


def test_without_a_size_a_file_is_as_high_as_the_scene_needs(tmp_path):
    high = boards.Board(dataclasses.replace(LECTURE.stage, height=14.4), LECTURE.frames, (5,))
    for ending in ("png", "gif", "webp", "apng"):
        with Image.open(save(high, tmp_path / f"a.{ending}")) as image:
            assert image.size == (800, 600)
    assert b"/MediaBox [ 0 0 576 432 ]" in save(high, tmp_path / "a.pdf").read_bytes()


@pytest.mark.parametrize("ending", ["gif", "webp", "apng", "png"])
def test_a_transparent_file_shows_what_lies_behind(ending, tmp_path):
    for transparent in (True, False):
        with Image.open(save(LECTURE.only(0, 5), tmp_path / f"a.{ending}", transparent=transparent)) as image:
            assert image.convert("RGBA").getpixel((0, 0))[3] == (0 if transparent else 255)


def test_a_transparent_svg_has_no_paper(tmp_path):
    for transparent in (True, False):
        path = save(LECTURE, tmp_path / "a.svg", theme="dark", transparent=transparent)
        assert ('fill="#16181c"/>' in path.read_text("utf-8")) == (not transparent)


def test_one_step_counts_from_either_end(tmp_path):
    for options, shown in [({}, 16), ({"step": 3}, 4), ({"step": -2}, 15), ({"step": None}, 16)]:
        with Image.open(save(LECTURE, tmp_path / "a.png", size=(80, 40), progress=False, **options)) as image:
            assert image.text["Description"] == f"Step {shown} of 16"


def test_a_board_may_be_made_when_it_is_needed(tmp_path):
    made = []

    def make():
        made.append(1)
        return LECTURE

    with pytest.raises(ValueError, match="ending"):
        save(make, tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="at 1200 pixels per inch"):
        save(make, tmp_path / "a.png", size="9in", dpi=1200)
    assert not made
    save(make, tmp_path / "a.png", size=(80, 40))
    assert made == [1]


@pytest.mark.parametrize("path", ["a.jpg", "a", ".gif", "a.gif.zip", "gif", ""])
def test_unknown_endings_list_the_known_ones(path):
    with pytest.raises(ValueError) as caught:
        save(LECTURE, path)
    for ending in HEADS:
        assert f".{ending}" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "options", "error", "words"),
    [
        (b"a.gif", {}, TypeError, "path is b'a.gif'; expected a str"),
        ("a.gif", {"sise": (800, 400)}, TypeError, ".gif has no option 'sise'; did you mean 'size'?"),
        ("a.gif", {"zzz": 1}, TypeError, "it takes dpi, hold, loop, motion, progress, seconds, size, theme, transparent"),
        ("a.mp4", {"transparent": True}, TypeError, "MP4 has no transparency, so use .webp or .apng"),
        ("a.html", {"transparent": True}, TypeError, ".html has no option 'transparent'"),
        ("a.gif", {"transparent": 1}, TypeError, "transparent is 1; expected True or False"),
        ("a.pdf", {"dpi": 200}, TypeError, ".pdf has no option 'dpi'"),
        ("a.svg", {"dpi": 200}, TypeError, ".svg has no option 'dpi'"),
        ("a.png", {"dpi": "200"}, TypeError, "dpi is '200'; expected a number of pixels per inch"),
        ("a.png", {"dpi": 5}, ValueError, "dpi is 5; expected from 10 to 1200"),
        ("a.png", {"size": "9in", "dpi": 1200}, ValueError, "size is '9in'; expected width and height from 16"),
        ("a.pdf", {"size": "8 inches"}, ValueError, "size is '8 inches'; expected width and height"),
        ("a.svg", {"size": ("8in",)}, TypeError, "size is ('8in',); expected width and height"),
        ("a.gif", {"size": float("nan")}, TypeError, "size is nan; expected width and height"),
        ("a.gif", {"size": 0}, ValueError, "size is 0; expected width and height from 16"),
        ("a.png", {"seconds": 1}, TypeError, ".png has no option 'seconds'"),
        ("a.gif", {"step": 1}, TypeError, ".gif has no option 'step'"),
        ("a.html", {"size": (800, 400)}, TypeError, ".html has no option 'size'"),
        ("a{step}.gif", {}, ValueError, "which .pdf, .png and .svg can be"),
        ("a.gif", {"size": (800, -400)}, ValueError, "from 16 to 10000"),
        ("a.gif", {"seconds": 0}, ValueError, "more than 0 and at most 600"),
        ("a.gif", {"seconds": float("nan")}, ValueError, "more than 0 and at most 600"),
        ("a.gif", {"seconds": "1"}, TypeError, "expected a number of seconds"),
        ("a.gif", {"hold": -1}, ValueError, "hold is -1"),
        ("a.gif", {"loop": 0}, TypeError, "loop is 0; expected True or False"),
        ("a.gif", {"progress": "no"}, TypeError, "progress is 'no'; expected True or False"),
        ("a.gif", {"theme": "pink"}, ValueError, "'light', 'dark'"),
        ("a.png", {"step": 16}, ValueError, "step is 16; the trace has 16 steps, 0 to 15"),
        ("a.png", {"step": -17}, ValueError, "the trace has 16 steps"),
        ("a.png", {"step": 1.5}, TypeError, "step is 1.5; expected a whole number"),
    ],
)
def test_options_that_make_no_sense_are_refused(path, options, error, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=re.escape(words)):
        save(LECTURE, path, **options)
    assert names(tmp_path) == []


def test_no_steps_no_file(tmp_path):
    with pytest.raises(ValueError, match="no steps to show"):
        save(LECTURE.only(), tmp_path / "a.gif")


def test_a_theme_of_one_s_own(tmp_path):
    with Image.open(save(LECTURE, tmp_path / "a.png", theme=themes.DARK, size=(80, 40))) as image:
        assert image.getpixel((0, 0)) == tuple(bytes.fromhex(themes.DARK.background[1:]))


def test_the_options_of_each_ending_are_those_of_its_writer():
    for ending, names in OPTIONS.items():
        writer = {".html": page}.get(ending) or render._writer(ending)
        known = set(inspect.signature(writer).parameters) - {"board", "path"}
        if "options" in known:
            known = {field.name for field in dataclasses.fields(AnimationOptions)}
        # a file for each step has a progress bar, and what is between steps is made for all animations and for pages alike
        common = {"progress"} if "step" in known else {"motion"} if "seconds" in known else set()
        common |= {"motion"} if ending == ".pdf" else set()
        assert set(names) == known | common, ending
    assert set(OPTIONS) == set(render.ENDINGS)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
@pytest.mark.parametrize(("filters", "step"), [(5, -1), (6, 20), (8, 12), (5, 0)])
def test_a_step_of_any_filter_can_be_chosen(ending, filters, step, tmp_path):
    trace = cv.Convolution(np.arange(9 * filters).reshape(3, 3, 1, filters) % 5 - 2).trace(np.arange(16).reshape(4, 4))
    path = trace.save(tmp_path / f"a{ending}", step=step)
    assert path.stat().st_size > 1000
    if ending == ".svg":
        assert f"filter {trace[step].channel}" in path.read_text("utf-8")
