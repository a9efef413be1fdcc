"""MP4 videos, written by ffmpeg."""

import contextlib
import functools
import itertools
import os
import subprocess
import tempfile

from convviz._support.files import atomic_file
from convviz._support.termination import postponed, undone
from convviz.render.animation.options import VIDEO_RATE, delays
from convviz.render.progress import watched
from convviz.render.screen import Screen
from convviz.render.sizes import DPI, pixel_size

__all__ = ["save_mp4"]

#: How many seconds a program that was killed has to end.
PATIENCE = 1


def save_mp4(board, path, size=None, theme="light", seconds=None, hold=None, progress=None, dpi=DPI):
    """Write an MP4 (H.264) of the steps. An odd size loses one pixel.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    size, theme, seconds, hold, progress, dpi
        As in `convviz.render.animation.options.AnimationOptions`.

    Raises
    ------
    ImportError
        When the package imageio-ffmpeg is not installed.
    """
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise ImportError(
            "to write .mp4, install imageio-ffmpeg, which is the extra [video] of convviz: pip install imageio-ffmpeg"
        ) from error
    size = tuple(side - side % 2 for side in pixel_size(size, board.stage, dpi))
    screen = Screen(board.stage, size, theme)
    ends = [round(VIDEO_RATE * end) for end in itertools.accumulate(delays(board, seconds, hold))]
    with atomic_file(path) as temporary, _encoder(imageio_ffmpeg.get_ffmpeg_exe(), temporary, size) as video:
        written = 0
        for index, end in zip(watched(board.indices, progress), ends, strict=True):
            pixels = screen.paint(board.scene(index)).tobytes()
            for _ in range(max(end - written, 1)):
                video.write(pixels)
                written += 1


def stop(process):
    """Kill a program that runs, and wait for its end."""
    process.kill()
    # not for ever: where a signal interrupts `process.wait`, that holds the lock which another `wait` needs
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)


@contextlib.contextmanager
def _encoder(program, path, size):
    """A file to write frames to, as bytes of (rows, columns, RGBA); `program` encodes them as an MP4 and ends with the file.

    Raises
    ------
    OSError
        If the program fails, with its last message.
    """
    frames = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{size[0]}x{size[1]}", "-r", str(VIDEO_RATE), "-i", "-"]
    coded = ["-an", "-vcodec", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", "-preset", "veryfast", "-tune", "animation"]
    command = [program, "-y", "-v", "error", *frames, *coded, "-movflags", "+faststart", str(path)]
    # in a group of its own the program does not receive Ctrl-C from the terminal
    apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"process_group": 0}
    with tempfile.TemporaryFile() as words:
        broken = None
        with contextlib.ExitStack() as stack:
            with postponed():  # until there is something to kill
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words, **apart)
                stack.enter_context(undone(functools.partial(stop, process)))
                stack.callback(stop, process)
            try:
                with process.stdin:
                    yield process.stdin
            except BrokenPipeError as error:  # the program stopped reading; its message says why
                broken = error
            process.wait()
        if process.returncode:
            words.seek(0)
            said = words.read().decode(errors="replace").split("\n")
            last = next((line for line in reversed(said) if line.strip()), f"status {process.returncode}")
            raise OSError(f"the video could not be written: {last.split('] ')[-1].strip()}")
        if broken:  # another pipe broke, such as that of the progress bar, so the video is not complete
            raise broken
