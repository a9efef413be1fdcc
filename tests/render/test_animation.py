"""Animations: every frame against a figure drawn from nothing, and what the written files hold."""

import os
import re
import signal
import subprocess
import sys
import tracemalloc
import zlib
from dataclasses import replace
from pathlib import Path

import boards
import numpy as np
import pytest
from PIL import Image, ImageSequence

from convviz.render import animation
from convviz.render.animation import mp4
from convviz.render.animation.palette import Palette, _summary
from convviz.render.figure import figure
from convviz.render.pdf import save_pdf
from convviz.render.pixels import packed
from convviz.render.png import save_png
from convviz.stage import theme as themes
from convviz.stage.scene import Link, Text

ROOT = Path(__file__).resolve().parents[2]
LECTURE = boards.lecture()
BOARDS = {
    "lecture": LECTURE,
    "japanese": boards.lecture("ja"),
    "padded": boards.padded(),
    "picture": boards.picture(8),
}
ANIMATIONS = {"gif": animation.save_gif, "apng": animation.save_apng, "webp": animation.save_webp}
LOSSLESS = {"apng", "webp"}
#: How far a channel of a GIF's pixel may be from the drawn one, all but one channel in 10,000: 255 colours stand for
#: the edges of all letters, and are chosen from a few of the frames.
GIF_ERROR, GIF_WORST = 24, 64
#: How far a channel of a transparent picture over the theme's background may be from the opaque picture: colours and
#: alpha are rounded to whole numbers once for each layer of letters and lines that partly cover a pixel.
ALPHA_ERROR = 2


def assert_close(pixels, frame, ending):
    error = np.abs(pixels.astype(int) - frame)
    if ending in LOSSLESS:
        assert error.max() == 0
    else:
        assert error.max() <= GIF_WORST and (error > GIF_ERROR).mean() < 1e-4


def redraw(scene, **options):
    drawn = figure(scene, **options)
    drawn.canvas.draw()
    shown = np.asarray(drawn.canvas.buffer_rgba()).copy()
    return shown if options.get("transparent") else shown[..., :3]


def stored(path):
    """All frames of a file, and how long each is shown in milliseconds."""
    with Image.open(path) as image:
        return [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]


def stored_with_alpha(path):
    with Image.open(path) as image:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]


def over(pixels, colour):
    """An RGBA picture on paper of a colour ``#rrggbb``."""
    alpha, paper = pixels[..., 3:] / 255, np.array(list(bytes.fromhex(colour[1:])))
    return np.rint(pixels[..., :3] * alpha + paper * (1 - alpha))


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_frames_are_the_pixels_of_a_full_redraw(name, theme):
    board = BOARDS[name]
    for index, frame in zip(board.indices, animation.frames(board, theme=theme), strict=True):
        assert (frame == redraw(board.scene(index), theme=theme)).all(), index


def test_a_screen_can_go_to_any_step_in_an_odd_size():
    board = boards.padded()
    screen = animation.Screen(board.stage, (333, 171))
    for index in (9, 2, 15, 0, 9):
        assert (screen.paint(board.scene(index))[..., :3] == redraw(board.scene(index), size=(333, 171))).all()


def test_lines_that_turn_solid_are_drawn_again():
    board = boards.padded()
    solid = replace(board.frames[1], cells={"input": {(0, 3): (None, "window", None)}})
    board = replace(board, frames=(board.frames[0], solid, *board.frames[2:]))
    for index, frame in zip(board.indices, animation.frames(board), strict=True):
        assert (frame == redraw(board.scene(index))).all(), index


@pytest.mark.parametrize("place", ["a link crosses it", "a grid lies under it", "its words change late"])
def test_captions_that_do_not_stay_alone_are_drawn_again(place):
    caption = Text("late", *((8.5, 6.2) if place == "a grid lies under it" else (4, 8.2)), "a caption", 0.6)
    stage = replace(LECTURE.stage, texts=(*LECTURE.stage.texts, caption))
    frames = list(LECTURE.frames)
    if place == "a link crosses it":
        frames[2] = replace(frames[2], links=(Link(2, 7.6, 9, 8.8, "window"),))
    elif place == "its words change late":
        frames[2] = replace(frames[2], texts={**frames[2].texts, "late": "another"})
    board = boards.Board(stage, tuple(frames), (0, 1, 2, 3, 4, 1))
    for index, frame in zip(board.indices, animation.frames(board), strict=True):
        assert (frame == redraw(board.scene(index))).all(), index


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_transparent_screen_has_the_pixels_of_a_full_redraw(name, theme):
    board, options = BOARDS[name], {"theme": theme, "transparent": True}
    screen = animation.Screen(board.stage, **options)
    for index in board.indices[::2]:
        assert (screen.paint(board.scene(index)) == redraw(board.scene(index), **options)).all(), index


def test_a_transparent_screen_can_go_to_any_step_in_an_odd_size():
    board, options = boards.padded(), {"size": (333, 171), "transparent": True}
    screen = animation.Screen(board.stage, **options)
    for index in (9, 2, 15, 0, 9):
        assert (screen.paint(board.scene(index)) == redraw(board.scene(index), **options)).all(), index


@pytest.mark.parametrize("at_the_edge", [False, True])
@pytest.mark.parametrize("transparent", [True, False])
def test_lines_that_turn_dashed_leave_nothing_in_their_gaps(transparent, at_the_edge):
    board = boards.padded()
    solid = replace(board.frames[0], cells={"input": {(0, 3): (None, "window", None), (5, 0): (None, "cell", None)}})
    grids = tuple(replace(grid, x=0, y=0) if at_the_edge and grid.name == "input" else grid for grid in board.stage.grids)
    board = replace(board, stage=replace(board.stage, grids=grids), frames=(solid, *board.frames[1:]))
    screen = animation.Screen(board.stage, size=1600, transparent=transparent)
    for index in (0, 1, 0, 2):
        drawn = redraw(board.scene(index), size=1600, transparent=transparent)
        assert (screen.paint(board.scene(index))[..., : drawn.shape[2]] == drawn).all(), index


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(800, 400), (333, 171)])
def test_on_the_theme_s_background_a_transparent_picture_looks_like_an_opaque_one(name, theme, size):
    board, paper = BOARDS[name], themes.theme(theme).background
    clear = animation.Screen(board.stage, size, theme, transparent=True)
    opaque = animation.Screen(board.stage, size, theme)
    for index in board.indices[::5]:
        expected = opaque.paint(board.scene(index))[..., :3].astype(int)
        assert np.abs(over(clear.paint(board.scene(index)), paper) - expected).max() <= ALPHA_ERROR


def test_nothing_is_painted_around_grids_and_letters_and_cells_keep_their_fills():
    pixels = animation.Screen(LECTURE.stage, transparent=True).paint(LECTURE.scene(0))
    unit = 800 / 19.2
    for grid in LECTURE.stage.grids:
        rows = slice(round(unit * grid.y) + 1, round(unit * (grid.y + grid.height)) - 1)
        columns = slice(round(unit * grid.x) + 1, round(unit * (grid.x + grid.width)) - 1)
        assert (pixels[rows, columns, 3] == 255).all(), grid.name
    assert tuple(pixels[round(unit * 5), round(unit * 1)]) == (255, 255, 255, 255), "a cell as white as paper is a cell"
    assert (pixels[:, : round(unit * 0.6), 3] == 0).all() and (pixels[-4:, :, 3] == 0).all()
    assert 0.4 < (pixels[..., 3] == 0).mean() < 0.8


def test_letters_have_their_own_colour_up_to_the_edge():
    caption = Text("alone", 4, 8.2, "letters", 0.6)
    board = boards.Board(replace(LECTURE.stage, grids=(), links=(), texts=(caption,)), LECTURE.frames, (0,))
    scene = replace(board.scene(0), frame=replace(board.frames[0], marks=(), links=()))
    pixels = animation.Screen(board.stage, theme="dark", transparent=True).paint(scene)
    drawn = pixels[pixels[..., 3] > 0]
    assert len(np.unique(drawn[:, 3])) > 20
    # Rounding alone may change a colour where two letters overlap.
    assert np.abs(drawn[:, :3].astype(int) - list(bytes.fromhex(themes.DARK.text[1:]))).max() <= 1


def test_frames_are_kept_by_their_caller():
    first, second = list(animation.frames(LECTURE.only(0, 1)))
    assert (first != second).any() and first.dtype == np.uint8 and first.shape == (400, 800, 3)


@pytest.mark.parametrize("ending", ANIMATIONS)
@pytest.mark.parametrize("name", BOARDS)
def test_a_file_shows_the_frames(ending, name, tmp_path):
    board = BOARDS[name]
    ANIMATIONS[ending](board, tmp_path / "a", size=(401, 200))
    shown = stored(tmp_path / "a")
    assert len(shown) == len(board.indices)
    for frame, (pixels, _) in zip(animation.frames(board, size=(401, 200)), shown, strict=True):
        assert_close(pixels, frame, ending)


@pytest.mark.parametrize("ending", ANIMATIONS)
@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_transparent_file_shows_the_frames_and_nothing_of_earlier_ones(ending, name, theme, tmp_path):
    board, options = BOARDS[name].only(*BOARDS[name].indices[::-3], 3), {"size": (401, 200), "theme": theme}
    ANIMATIONS[ending](board, tmp_path / "a", transparent=True, **options)
    shown = stored_with_alpha(tmp_path / "a")
    assert len(shown) == len(board.indices)
    screen, paper = animation.Screen(board.stage, transparent=True, **options), themes.theme(theme).background
    for index, pixels in zip(board.indices, shown, strict=True):
        drawn, frame = screen.paint(board.scene(index)), redraw(board.scene(index), **options)
        if ending in LOSSLESS:
            assert (pixels[..., 3] == drawn[..., 3]).all()
            assert (pixels[drawn[..., 3] > 0] == drawn[drawn[..., 3] > 0]).all()
            assert np.abs(over(pixels, paper) - frame).max() <= ALPHA_ERROR
        else:
            assert ((pixels[..., 3] == 0) == (drawn[..., 3] == 0)).all()
            assert set(np.unique(pixels[..., 3])) == {0, 255}
            assert_close(over(pixels, paper), frame, ending)


def test_a_transparent_gif_takes_each_frame_away_before_the_next(tmp_path):
    animation.save_gif(LECTURE.only(0, 5, 15), tmp_path / "a.gif", size=(80, 40), transparent=True)
    with Image.open(tmp_path / "a.gif") as image:
        for frame in ImageSequence.Iterator(image):
            assert frame.disposal_method == 2


@pytest.mark.parametrize("ending", [*ANIMATIONS, "png"])
def test_lengths_and_pixels_per_inch(ending, tmp_path):
    write = {**ANIMATIONS, "png": save_png}[ending]
    for size, dpi, pixels in [
        (("8in", "4.5in"), 200, (1600, 900)),
        ("20cm", 50, (394, 197)),
        ("slide", 200, (1280, 720)),
        (500, 100, (500, 250)),
    ]:
        write(LECTURE.only(5), tmp_path / "a", size=size, dpi=dpi)
        with Image.open(tmp_path / "a") as image:
            assert image.size == pixels
            if ending in ("png", "apng"):
                # The file counts whole pixels per metre.
                assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)


@pytest.mark.parametrize("ending", ANIMATIONS)
def test_times_and_repetition(ending, tmp_path):
    for loop, hold, last in [(True, None, 1250), (False, 0.7, 700)]:
        ANIMATIONS[ending](LECTURE.only(0, 7, 15), tmp_path / "a", size=(80, 40), seconds=0.5, loop=loop, hold=hold)
        assert [round(time) for _, time in stored(tmp_path / "a")] == [500, 500, last]
        with Image.open(tmp_path / "a") as image:
            # A GIF plays once when it does not say how often.
            assert image.info.get("loop") == (0 if loop else None if ending == "gif" else 1)


@pytest.mark.parametrize("ending", ANIMATIONS)
def test_one_step_makes_a_file_too(ending, tmp_path):
    ANIMATIONS[ending](LECTURE.only(4), tmp_path / "a", size=(80, 40))
    with Image.open(tmp_path / "a") as image:
        assert_close(np.asarray(image.convert("RGB")), redraw(LECTURE.scene(4), size=(80, 40)), ending)


@pytest.mark.parametrize("ending", ANIMATIONS)
def test_steps_that_look_the_same_keep_their_time(ending, tmp_path):
    board = LECTURE.only(3, 3, 4)
    ANIMATIONS[ending](board, tmp_path / "a", size=(80, 40), seconds=0.5, hold=0.5)
    assert sum(round(time) for _, time in stored(tmp_path / "a")) == 1500


def test_a_gif_has_the_colours_of_the_theme_exactly(tmp_path):
    animation.save_gif(LECTURE, tmp_path / "a.gif")
    pixels, _ = stored(tmp_path / "a.gif")[5]
    frame = redraw(LECTURE.scene(5))
    window = tuple(bytes.fromhex(themes.LIGHT.cells["window"].fill[1:]))
    flat = (frame == window).all(axis=2)
    assert flat.sum() > 1000 and (pixels[flat] == window).all()


def test_a_palette_finds_the_nearest_colour():
    numbers = np.random.default_rng(0)
    colours = np.unique(numbers.integers(0, 256, (255, 3), dtype=np.uint8), axis=0)
    asked = numbers.integers(0, 256, (40, 50, 4), dtype=np.uint8)
    found = colours[Palette(colours).indices(packed(asked))].astype(int)
    distances = ((asked[:, :, None, :3].astype(int) - colours.astype(int)) ** 2).sum(axis=3).min(axis=2)
    assert (((asked[..., :3] - found) ** 2).sum(axis=2) == distances).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_rare_colour_is_not_lost_among_common_ones(seed):
    numbers = np.random.default_rng(seed)
    common = numbers.integers(0, 100, (2000, 4)).repeat(50, axis=0)
    rare = numbers.integers(160, 256, (10, 4))
    found = _summary(packed(np.concatenate([common, rare])[None].astype(np.uint8)).ravel(), 200).astype(int)
    assert len(found) == len(np.unique(found, axis=0)) == 200
    assert (np.abs(found - rare[:, None, :3]).max(axis=2).min(axis=1) <= 20).all()


def test_few_colours_are_all_in_the_palette():
    numbers = np.random.default_rng(0)
    colours = numbers.integers(0, 256, (150, 4), dtype=np.uint8)
    found = {tuple(colour) for colour in _summary(packed(colours[None]).ravel(), 200).tolist()}
    assert {tuple(colour) for colour in colours[:, :3].tolist()} <= found


def test_many_frames_are_not_kept(tmp_path):
    board = boards.picture(14)
    size, count = (600, 300), len(board.indices)
    tracemalloc.start()
    animation.save_gif(board, tmp_path / "a.gif", size=size, progress=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 17 MB hold the nearest colours; the frames would be 104 MB in colour, 26 MB as indices.
    assert count == 144 and peak < 30e6


@pytest.mark.parametrize("size", [(320, 160), (321, 161)])
@pytest.mark.parametrize("steps", [(0, 5, 15), (5,)])
def test_an_mp4_shows_the_frames(size, steps, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    animation.save_mp4(LECTURE.only(*steps), tmp_path / "a.mp4", size=size, seconds=0.4, hold=0.8)
    command = [ffmpeg.get_ffmpeg_exe(), "-i", tmp_path / "a.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    read = subprocess.run(command, capture_output=True, check=True)
    assert b"h264" in read.stderr and b"yuv420p" in read.stderr and b"320x160" in read.stderr
    shown = np.frombuffer(read.stdout, np.uint8).reshape(-1, 160, 320, 3)
    assert len(shown) == 12 * (len(steps) - 1) + 24  # 30 a second
    for number, step in enumerate(steps):
        error = np.abs(shown[12 * number + 6].astype(int) - redraw(LECTURE.scene(step), size=(320, 160)))
        # Colours of 2 × 2 pixels are stored once, so thin lines and letters differ more than areas.
        assert np.median(error) <= 3 and error.mean() < 6


def test_an_mp4_has_an_even_number_of_pixels(tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    animation.save_mp4(LECTURE.only(5), tmp_path / "a.mp4", size=("3.01in", "1.51in"), dpi=100, seconds=0.1)
    read = subprocess.run([ffmpeg.get_ffmpeg_exe(), "-i", tmp_path / "a.mp4"], capture_output=True)
    assert b"300x150" in read.stderr


def test_without_the_video_extra_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match="pip install imageio-ffmpeg"):
        animation.save_mp4(LECTURE, tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_a_pdf_has_a_page_for_each_step(tmp_path):
    save_pdf(LECTURE.only(0, 5, 15), tmp_path / "a.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type /Page\b", data)) == 3
    assert set(re.findall(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", data)) == {(b"576", b"288")}
    assert b"/Title (Convolution)" in data


@pytest.mark.parametrize(
    ("size", "points"),
    [
        (("8in", "4.5in"), (576, 324)),
        (("210mm", "297mm"), (210 / 25.4 * 72, 297 / 25.4 * 72)),
        (("100pt", "77.7pt"), (100, 77.7)),
        ((801, 333), (576.72, 239.76)),
        ("12cm", (12 / 2.54 * 72, 6 / 2.54 * 72)),
    ],
)
def test_pages_of_a_pdf_have_exactly_the_size_asked_for(size, points, tmp_path):
    save_pdf(LECTURE.only(0, 5), tmp_path / "a.pdf", size=size)
    boxes = re.findall(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", (tmp_path / "a.pdf").read_bytes())
    assert len(boxes) == 2
    for box in boxes:
        assert [float(side) for side in box] == pytest.approx(points, abs=1e-3)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_a_transparent_pdf_have_no_background(theme, tmp_path):
    # A theme of its own colour, that nothing else has.
    look = replace(themes.theme(theme), background="#336699")
    paper = b"0.2 0.4 0.6 rg"
    for transparent in (False, True):
        save_pdf(LECTURE.only(5), tmp_path / "a.pdf", theme=look, transparent=transparent)
        streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", (tmp_path / "a.pdf").read_bytes(), re.DOTALL)
        pages = [text for text in map(inflated, streams) if b" re" in text or b" l\n" in text]
        assert any(paper in page for page in pages) == (not transparent)


def inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_a_pdf_of_one_step_has_one_page(tmp_path):
    save_pdf(LECTURE, tmp_path / "a.pdf", step=5)
    save_pdf(LECTURE.only(5), tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_transparent_png_can_be_scaled_by_those_who_scale_colours_and_alpha_apart(theme, tmp_path):
    board = boards.padded()
    save_png(board, tmp_path / "a.png", theme=theme, step=5, transparent=True)
    with Image.open(tmp_path / "a.png") as image:
        picture = image.copy()
    drawn = redraw(board.scene(5), theme=theme, transparent=True)
    pixels = np.asarray(picture)
    assert picture.mode == "RGBA" and (pixels[..., 3] == drawn[..., 3]).all()
    assert (pixels[drawn[..., 3] > 0] == drawn[drawn[..., 3] > 0]).all()
    planes = [plane.resize((1600, 800), Image.Resampling.BILINEAR) for plane in picture.split()]
    together = picture.convert("RGBa").resize((1600, 800), Image.Resampling.BILINEAR).convert("RGBA")
    for paper in ("#ff00ff", "#00ff00"):
        apart = over(np.asarray(Image.merge("RGBA", planes)).astype(float), paper)
        # about 50 with white beside the letters of either theme
        assert np.abs(apart - over(np.asarray(together).astype(float), paper)).max() <= 18


def test_a_png_shows_one_step_and_describes_it(tmp_path):
    for step, shown in [(None, 15), (3, 3)]:
        save_png(LECTURE, tmp_path / "a.png", step=step)
        with Image.open(tmp_path / "a.png") as image:
            assert image.text == {"Title": "Convolution", "Description": f"Step {shown + 1} of 16"}
            assert (np.asarray(image) == redraw(LECTURE.scene(shown))).all()


WRITERS = {**ANIMATIONS, "mp4": animation.save_mp4, "pdf": save_pdf}


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("no space left on device")])
@pytest.mark.parametrize("ending", WRITERS)
def test_an_interruption_leaves_what_was_there(ending, error, tmp_path, monkeypatch):
    if ending == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    (tmp_path / f"a.{ending}").write_bytes(b"older")
    scene = boards.Board.scene
    seen = []

    def failing(board, index):
        seen.append(index)
        if len(seen) > 8:
            raise error
        return scene(board, index)

    monkeypatch.setattr(boards.Board, "scene", failing)
    with pytest.raises(error if isinstance(error, type) else type(error)):
        WRITERS[ending](LECTURE, tmp_path / f"a.{ending}", size=(80, 40))
    assert [path.name for path in tmp_path.iterdir()] == [f"a.{ending}"]
    assert (tmp_path / f"a.{ending}").read_bytes() == b"older"


@pytest.mark.parametrize("ending", WRITERS)
def test_a_progress_bar_when_asked_for(ending, tmp_path, capfd):
    if ending == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    for progress, shown in [(True, True), (False, False), (None, False)]:
        options = {"size": (80, 40), "progress": progress}
        WRITERS[ending](LECTURE, tmp_path / f"a.{ending}", **options)
        assert ("/16 " in capfd.readouterr().err) == shown


def test_the_same_steps_make_the_same_file(tmp_path):
    for ending in ("gif", "apng", "webp", "pdf"):
        data = []
        for name in ("a", "b"):
            WRITERS[ending](LECTURE.only(0, 5), tmp_path / name, size=(160, 80))
            data.append((tmp_path / name).read_bytes())
        assert data[0] == data[1], ending


FULL = """
import resource, signal, sys
import convviz
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    convviz.examples.neuron.trace().save(sys.argv[1])
except OSError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has groups of another kind")
def test_the_program_that_encodes_is_in_a_group_of_its_own(tmp_path):
    """So Ctrl-C in the terminal reaches convviz alone, which then ends the program and removes the file."""
    program = tmp_path / "encoder"
    program.write_text(f"#!{sys.executable}\nimport os, sys\nopen(sys.argv[-1], 'w').write(str(os.getpgrp()))\n")
    program.chmod(0o755)
    with mp4._encoder(program, tmp_path / "group", (2, 2)):
        pass
    assert (tmp_path / "group").read_text() != str(os.getpgrp())


def test_an_mp4_that_another_pipe_ended_is_not_kept(tmp_path, monkeypatch):
    pytest.importorskip("imageio_ffmpeg")

    def broken(steps, progress):
        yield from steps[:3]
        raise BrokenPipeError("the terminal is gone")

    monkeypatch.setattr(mp4, "watched", broken)
    with pytest.raises(BrokenPipeError, match="the terminal is gone"):
        animation.save_mp4(LECTURE, tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system has no limit on the size of files")
@pytest.mark.parametrize("ending", WRITERS)
def test_a_full_disk_is_said_and_leaves_no_file(ending, tmp_path):
    if ending == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", FULL, tmp_path / f"a.{ending}"], capture_output=True, env=environment)
    assert done.stdout.decode().startswith("OSError")
    assert done.stderr == b""
    assert list(tmp_path.iterdir()) == []
