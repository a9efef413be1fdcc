"""How long frames are shown, read back from the files, for times of every length."""

import itertools
import math
import re
import struct
import subprocess

import boards
import numpy as np
import pytest
from PIL import Image, ImageSequence

from convviz.render import animation

BOARD = boards.lecture()
#: Seconds of a step and of the last one; None for what the last one gets by default.
TIMES = [(0.37, None), (0.05, 0.13), (0.813, 1.29), (1.5, 0.4), (0.125, None), (2.04, 3.33), (0.999, 0.001)]
SMALL = {"size": (80, 40)}


def wanted(seconds, hold, steps):
    """How long each frame is to be shown: the last 2.5 times as long as the others unless something else is asked for."""
    return [seconds] * (steps - 1) + [2.5 * seconds if hold is None else hold]


def shown_by_pillow(path):
    with Image.open(path) as image:
        found = []
        for frame in ImageSequence.Iterator(image):
            frame.load()
            found.append(frame.info["duration"] / 1000)
        return found


def control_chunks(path):
    """Delays of an animated PNG as they stand in the file: (numerator, denominator) of each frame."""
    data = path.read_bytes()
    found, at = [], 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"fcTL":
            found.append(struct.unpack(">HH", data[at + 28 : at + 32]))
        at += length + 12
    return found


@pytest.mark.parametrize(("seconds", "hold"), TIMES)
@pytest.mark.parametrize("ending", ["gif", "apng", "webp"])
def test_frames_are_shown_as_long_as_was_asked_for(ending, seconds, hold, tmp_path):
    path, board = tmp_path / f"a.{ending}", BOARD.only(0, 4, 9, 15)
    write = {"gif": animation.save_gif, "apng": animation.save_apng, "webp": animation.save_webp}[ending]
    write(board, path, seconds=seconds, hold=hold, **SMALL)
    unit = 0.001 if ending == "webp" else 0.01
    # in hundredths, two at least, because viewers show anything shorter ten times as long
    expected = [max(time, 2 * unit if ending != "webp" else 0) for time in wanted(seconds, hold, 4)]
    found = shown_by_pillow(path)
    assert len(found) == 4
    assert np.abs(np.subtract(found, expected)).max() <= unit / 2 + 1e-9
    if ending == "apng":
        assert [above / below for above, below in control_chunks(path)] == pytest.approx(found)


@pytest.mark.parametrize(("seconds", "hold"), TIMES[:5])
def test_a_video_turns_to_each_step_when_it_is_due(seconds, hold, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()
    board = BOARD.only(0, 4, 9, 15)
    animation.save_mp4(board, tmp_path / "a.mp4", seconds=seconds, hold=hold, size=(160, 80))
    raw = subprocess.run(
        [ffmpeg, "-v", "error", "-i", tmp_path / "a.mp4", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True,
        check=True,
    ).stdout
    said = subprocess.run([ffmpeg, "-i", tmp_path / "a.mp4"], capture_output=True, text=True).stderr
    rate = float(re.search(r"([\d.]+) fps", said)[1])
    pixels = np.frombuffer(raw, np.uint8).reshape(-1, 80, 160).astype(int)
    drawn = [frame.mean(axis=2) for frame in animation.frames(board, size=(160, 80))]
    nearest = [int(np.argmin([np.abs(frame - each).mean() for each in drawn])) for frame in pixels]
    assert nearest == sorted(nearest) and set(nearest) == {0, 1, 2, 3}
    ends = np.cumsum(wanted(seconds, hold, 4))
    counted = [sum(step <= number for step in nearest) / rate for number in range(4)]
    # each step ends at the nearest frame, so that what is rounded does not add up; and shows once at least
    slack = 0.5 / rate + (math.ceil(1 / rate / max(min(seconds, hold or seconds), 1e-3)) > 1) / rate
    assert np.abs(np.subtract(counted, ends)).max() <= slack + 1e-9


@pytest.mark.parametrize(("ending", "seconds"), [("gif", 700), ("apng", 700), ("gif", 90_000), ("webp", 700)])
def test_a_frame_longer_than_a_format_can_say_is_as_long_as_it_can(ending, seconds, tmp_path):
    path = tmp_path / f"a.{ending}"
    write = {"gif": animation.save_gif, "apng": animation.save_apng, "webp": animation.save_webp}[ending]
    write(BOARD.only(0, 1), path, seconds=seconds, hold=1, **SMALL)
    assert shown_by_pillow(path)[0] == pytest.approx(seconds if ending == "webp" else 655.35)


def test_times_that_differ_give_files_that_differ(tmp_path):
    """No two times of a hundredth apart are written alike, in any format that counts in hundredths or less."""
    for ending, write in (("gif", animation.save_gif), ("apng", animation.save_apng), ("webp", animation.save_webp)):
        found = []
        for hundredth in range(31, 35):
            write(BOARD.only(0, 1), tmp_path / "a", seconds=hundredth / 100, hold=hundredth / 50, **SMALL)
            found.append(shown_by_pillow(tmp_path / "a"))
        assert [round(100 * first) for first, _ in found] == [31, 32, 33, 34], ending
        assert all(last == pytest.approx(2 * first) for first, last in found)
        assert all(one != other for one, other in itertools.pairwise(found))
