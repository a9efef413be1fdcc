"""The steps of a board as frames, and as files that hold them: GIF, WebP, animated PNG, MP4, PDF and PNG.

Only the cells that changed are drawn anew, and equal ones are copied. What lies over the grids (links, marks, captions)
is drawn on a copy of them, so that a frame is the same as a figure drawn from nothing. Frames are written one at a time
and never kept.
"""

import contextlib
import io
import itertools
import math
import os
import struct
import subprocess
import tempfile
import zlib

import numpy as np
from matplotlib.transforms import Bbox
from PIL import Image, PngImagePlugin

from convviz._support.files import whole
from convviz.render import watched
from convviz.render.figure import Drawing, Picture
from convviz.render.sizes import DPI, page_size, pixel_size

__all__ = ["frames", "pages_of", "save_apng", "save_gif", "save_mp4", "save_pdf", "save_png", "save_webp"]

#: The last frame stays this many times as long as the others, unless told otherwise.
LAST = 2.5
#: Colours of a GIF's palette beside the transparent one.
COLOURS, TRANSPARENT = 255, 255
#: How many pictures of cells are kept, of some kilobytes each.
MOST_STAMPS = 2000
#: Frames per second of an MP4: a player may stumble over one frame a second, so frames are repeated.
MP4_RATE = 25


def frames(board, size=None, theme="light"):
    """Draw the steps of a board, one after the other.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in".
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Yields
    ------
    numpy.ndarray of uint8, (height, width, 3)
        One frame for each of `board.indices`: red, green, blue.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from convviz.stage.scene import Frame, Grid, Scene, Stage
    >>> grid = Grid("output", "output", 1, 1, 1, 1, 2, (("3", "4"),), None, first=0, reveals=True)
    >>> stage = Stage(4, 3, (grid,), (), (), 2, "two steps")
    >>> board = SimpleNamespace(stage=stage, indices=range(2), scene=lambda i: Scene(stage, Frame(i)))
    >>> [frame.shape for frame in frames(board, size=(40, 30))]
    [(30, 40, 3), (30, 40, 3)]
    """
    screen = Screen(board.stage, size, theme)
    for index in board.indices:
        yield screen.paint(board.scene(index))[..., :3].copy()


class Screen:
    """Pixels that show a scene, and the next one for little more than the work of what differs.

    Attributes
    ----------
    drawing : convviz.render.figure.Drawing
        Makes the artists. Those of cells are dropped once drawn: equal cells have equal pixels, which are kept.
    pixels : numpy.ndarray of uint8, (height, width, 4)
        What is shown: red, green, blue, and alpha, by which the colours are not multiplied.
    blank : numpy.ndarray of uint8, (4,)
        A pixel of the paper.
    ground : numpy.ndarray of uint8, (height, width, 4)
        The paper, the grids and the captions that have stayed the same and do not touch anything else.
    settled : set of str
        The names of these captions.
    """

    def __init__(self, stage, size=None, theme="light", dpi=DPI, transparent=False):
        self.drawing = Drawing(stage, size, theme, dpi, transparent)
        self.renderer = self.drawing.figure.canvas.get_renderer()
        self.pixels = np.asarray(self.renderer.buffer_rgba())
        self.blank = self.ground = None
        self.settled = set()
        self._stamps = {}
        self._extents = {}
        self._grids = [self._grid_extent(grid) for grid in self.drawing.grids]

    def paint(self, scene):
        """Show a scene; return the (height, width, 4) pixels, which the next scene overwrites."""
        self.drawing.show_lines(scene)
        changed = self.drawing.show_captions(scene)
        if self.ground is None:
            changed = set(scene.frame.texts)
            self.settled = set(self.drawing.captions)
        for name in changed:
            self._extents.pop(name, None)
        lines = [artist.get_window_extent(self.renderer) for artist in self.drawing.lines]
        moved = {name for name in self.settled if name in changed or self._touched(name, lines)}
        self.settled -= moved
        if self.ground is None or moved:
            self._start(scene)
        else:
            np.copyto(self.pixels, self.ground)
            self._draw_grids(scene)
        np.copyto(self.ground, self.pixels)
        self._draw(self.drawing.lines)
        self._draw_captions(set(self.drawing.captions) - self.settled)
        return self.pixels

    def paint_keys(self, scene):
        """Show a scene; return the colours that it has on the theme's paper, packed, (height, width)."""
        pixels = self.paint(scene)
        return _packed(pixels if self.blank[3] else _over(pixels, self.drawing.theme.background))

    def _start(self, scene):
        """Draw the ground anew."""
        self.ground = np.empty_like(self.pixels)
        self.renderer.clear()
        self.drawing.figure.patch.draw(self.renderer)
        self.blank = self.pixels[0, 0].copy()
        for grid in self.drawing.grids:
            grid.forget()
        self._draw_grids(scene)
        self._draw_captions(self.settled)

    def _draw(self, artists):
        for artist in artists:
            artist.draw(self.renderer)

    def _draw_captions(self, names):
        for name, lines in self.drawing.captions.items():
            if name in names:
                self._draw(lines)

    def _draw_grids(self, scene):
        for grid in self.drawing.grids:
            if isinstance(grid, Picture):
                self._draw(grid.show(scene))
            else:
                for cell in grid.changes(scene):
                    self._stamp(grid, cell)
                self._draw_lines(grid)

    def _draw_lines(self, grid):
        """Draw the lines of a grid again if they have changed: what was a dash may be a gap now."""
        lines = grid.show_lines()
        for left, top, right, bottom in grid.line_boxes() if lines else ():
            self.pixels[max(top, 0) : bottom, max(left, 0) : right] = self.blank
        self._draw(lines)

    def _stamp(self, grid, cell):
        """Draw a cell, or copy one that looks the same."""
        left, top, right, bottom = grid.box(cell.row, cell.column)
        place = self.pixels[top:bottom, left:right]
        # Hatching continues from cell to cell, so equal cells differ in it.
        alike = not self.drawing.theme.cells[cell.role].hatched
        look = (cell.text, cell.note, cell.role, place.shape, grid.grid.font, grid.grid.note_font)
        if alike and look in self._stamps:
            place[:] = self._stamps[look]
            return
        for artist in list(grid.draw(cell)):
            artist.draw(self.renderer)
            artist.remove()
        if len(self._stamps) >= MOST_STAMPS:
            self._stamps.clear()
        self._stamps[look] = place.copy()

    def _touched(self, name, lines):
        """Whether a caption may share pixels with a line or a grid."""
        if name not in self._extents:
            parts = [artist.get_window_extent(self.renderer).padded(2) for artist in self.drawing.captions[name]]
            self._extents[name] = Bbox.union(parts) if parts else Bbox.null()
        return self._extents[name].count_overlaps(lines + self._grids) > 0

    def _grid_extent(self, grid):
        """The box of a grid as matplotlib measures: from the bottom up."""
        height, line = self.drawing.size[1], self.drawing.paper.line
        box = Bbox([(grid.columns[0], height - grid.rows[-1]), (grid.columns[-1], height - grid.rows[0])])
        return box.padded(line)


def save_gif(
    board, path, size=None, theme="light", seconds=0.8, hold=None, loop=True, progress=None, dpi=DPI, transparent=False
):
    """Write a GIF of the steps.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in".
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    seconds : float
        How long a step is shown; rounded to hundredths.
    hold : float or None
        How long the last one is shown, in seconds; None for 2.5 times `seconds`.
    loop : bool
        Whether the animation begins again after its end.
    progress : bool or None
        Whether to show a progress bar; None for many frames when a person is at the terminal.
    dpi : float
        Pixels per inch.
    transparent : bool
        Whether no background is painted.

    Notes
    -----
    One palette of 255 colours serves all frames: the theme's colours exactly, and those that stand best for the others
    that a few sampled steps show. A transparent GIF shows nothing where nothing was drawn; pixels that are partly
    covered, at the edges of letters, are mixed with the theme's background.
    """
    screen = Screen(board.stage, size, theme, dpi, transparent)
    palette = Palette.of(screen, board)
    delays = [_hundredths(delay) for delay in _delays(board, seconds, hold)]
    with whole(path) as temporary, open(temporary, "wb") as file:
        file.write(_gif_head(screen.drawing.size, palette, loop))
        previous = None
        for index, delay in zip(watched(board.indices, progress), delays, strict=True):
            keys = screen.paint_keys(board.scene(index))
            if transparent:
                file.write(_gif_frame_alone(keys, screen.pixels[..., 3] == 0, palette, delay))
            else:
                file.write(_gif_frame(keys, previous, palette, delay))
            previous = keys
        file.write(b";")


def save_apng(
    board, path, size=None, theme="light", seconds=0.8, hold=None, loop=True, progress=None, dpi=DPI, transparent=False
):
    """Write an animated PNG of the steps, without loss of colour. The parameters are those of `save_gif`."""
    screen = Screen(board.stage, size, theme, dpi, transparent)
    numbers = itertools.count()
    delays = _delays(board, seconds, hold)
    with whole(path) as temporary, open(temporary, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", *screen.drawing.size, 8, 6, 0, 0, 0)))
        # Pixels per metre, both ways.
        file.write(_chunk(b"pHYs", struct.pack(">IIB", *[round(dpi / 0.0254)] * 2, 1)))
        file.write(_chunk(b"acTL", struct.pack(">II", len(delays), 0 if loop else 1)))
        previous = None
        for index, delay in zip(watched(board.indices, progress), delays, strict=True):
            pixels = screen.paint(board.scene(index))
            file.write(_apng_frame(pixels, previous, delay, numbers, transparent))
            previous = pixels.copy()
        file.write(_chunk(b"IEND", b""))


def save_webp(
    board, path, size=None, theme="light", seconds=0.8, hold=None, loop=True, progress=None, dpi=DPI, transparent=False
):
    """Write an animated WebP of the steps, without loss of colour. The parameters are those of `save_gif`."""
    screen = Screen(board.stage, size, theme, dpi, transparent)
    delays = [round(1000 * delay) for delay in _delays(board, seconds, hold)]
    steps = iter(watched(board.indices, progress))
    screen.paint(board.scene(next(steps)))
    image = Image.frombuffer("RGBA", screen.drawing.size, screen.pixels, "raw", "RGBA", 0, 1)

    def seek(frame):
        # The image looks at the screen's own pixels: to turn to the next frame is to paint it.
        if frame and (index := next(steps, None)) is not None:
            screen.paint(board.scene(index))

    image.n_frames, image.seek = len(delays), seek
    with whole(path) as temporary, open(temporary, "wb") as file:
        times = {"duration": delays, "loop": 0 if loop else 1}
        image.save(file, "WEBP", save_all=True, lossless=True, quality=20, method=1, **times)
        next(steps, None)


def save_mp4(board, path, size=None, theme="light", seconds=0.8, hold=None, progress=None, dpi=DPI):
    """Write an MP4 (H.264) of the steps. The parameters are those of `save_gif`; an odd size loses one pixel.

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
    delays = _delays(board, seconds, hold)
    ends = [round(MP4_RATE * end) for end in itertools.accumulate(delays)]
    with whole(path) as temporary, _encoder(imageio_ffmpeg.get_ffmpeg_exe(), temporary, size) as video:
        written = 0
        for index, end in zip(watched(board.indices, progress), ends, strict=True):
            pixels = screen.paint(board.scene(index)).tobytes()
            for _ in range(max(end - written, 1)):
                video.write(pixels)
                written += 1


@contextlib.contextmanager
def _encoder(program, path, size):
    """A file that takes frames, (rows, columns, RGBA) as bytes, of which `program` makes an MP4; it ends with the file.

    Raises
    ------
    OSError
        With the program's last words, when it failed at any time, the end included.
    """
    frames = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{size[0]}x{size[1]}", "-r", str(MP4_RATE), "-i", "-"]
    coded = ["-an", "-vcodec", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", "-preset", "veryfast", "-tune", "animation"]
    command = [program, "-y", "-v", "error", *frames, *coded, "-movflags", "+faststart", str(path)]
    # Ctrl-C at the terminal would reach the program too, which would say so
    apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"process_group": 0}
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words, **apart)
        broken = None
        try:
            try:
                with process.stdin:
                    yield process.stdin
            except BrokenPipeError as error:  # if it reads no more, its words say why
                broken = error
            process.wait()
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            words.seek(0)
            said = words.read().decode(errors="replace").split("\n")
            last = next((line for line in reversed(said) if line.strip()), f"status {process.returncode}")
            raise OSError(f"the video could not be written: {last.split('] ')[-1].strip()}")
        if broken:  # another pipe broke, such as that of the progress bar: the video is not complete
            raise broken


def save_pdf(board, path, size=None, theme="light", progress=None, step=None, transparent=False):
    """Write a PDF with a page for each step, as lines and letters.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height of a page as lengths such as "8in", or in hundredths of an inch.
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    progress : bool or None
        Whether to show a progress bar; None for many pages when a person is at the terminal.
    step : int or None
        Which step of the trace to write alone; None for all that the board shows.
    transparent : bool
        Whether no background is painted.
    """
    drawing = Drawing(board.stage, size, theme, DPI, transparent)
    # A picture has whole pixels; a page is as large as was asked for.
    drawing.figure.set_size_inches(*page_size(size, board.stage))
    about = {"Title": board.stage.title, "CreationDate": None}
    with whole(path) as temporary, pages_of(temporary, about) as pages:
        for index in watched(board.indices if step is None else [step], progress):
            drawing.show(board.scene(index))
            pages.savefig(drawing.figure)


@contextlib.contextmanager
def pages_of(path, about):
    """A PDF that takes figures. Where the disk is full, that is the error, not what matplotlib says as it closes the file."""
    from matplotlib.backends.backend_pdf import PdfPages

    pages = PdfPages(path, metadata=about)
    try:
        yield pages
    except BaseException:
        with contextlib.suppress(Exception):
            pages.close()
        raise
    pages.close()


def save_png(board, path, size=None, theme="light", step=None, dpi=DPI, transparent=False):
    """Write one step as a PNG, with its title and its description as a sentence in the file.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in".
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    step : int or None
        Which step of the trace; None for the last that the board shows.
    dpi : float
        Pixels per inch; written into the file.
    transparent : bool
        Whether no background is painted.
    """
    scene = board.scene(board.indices[-1] if step is None else step)
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Title", scene.stage.title)
    about.add_itxt("Description", scene.frame.spoken)
    pixels = Screen(board.stage, size, theme, dpi, transparent).paint(scene)
    image = Image.fromarray(_bled(pixels) if transparent else pixels[..., :3].copy())
    with whole(path) as temporary:
        image.save(temporary, "PNG", pnginfo=about, dpi=(dpi, dpi))


class Palette:
    """Up to 255 colours, and for every colour the index of the nearest.

    Parameters
    ----------
    colours : numpy.ndarray of uint8, (n, 3)
    """

    def __init__(self, colours):
        self.colours = np.empty((0, 3), np.uint8)
        # One byte for each of the 2²⁴ colours: 0 while not asked for, else the index plus 1.
        self.nearest = np.zeros(1 << 24, np.uint8)
        self._add(colours)

    def _add(self, colours):
        start = len(self.colours) + 1
        self.colours = np.concatenate([self.colours, colours])
        self.nearest[_keys(colours)] = np.arange(start, start + len(colours))

    @classmethod
    def of(cls, screen, board):
        """The palette of a board: the theme's colours and those that a few steps show between them."""
        palette = cls(_theme_colours(screen.drawing.theme))
        samples = sorted({len(board.indices) // 2, len(board.indices) - 1})
        shown = [screen.paint_keys(board.scene(board.indices[sample])) for sample in samples]
        others = np.concatenate([keys[palette.nearest[keys] == 0] for keys in shown])
        palette._add(_summary(others, COLOURS - len(palette.colours)))
        return palette

    def indices(self, keys):
        """Indices of the nearest colours, of the shape of `keys`."""
        found = self.nearest[keys]
        unknown = found == 0
        if unknown.any():
            new = np.unique(keys[unknown])
            for part in np.array_split(new, len(new) // 4096 + 1):
                self.nearest[part] = self._search(part) + 1
            found = self.nearest[keys]
        return found - np.uint8(1)

    def _search(self, keys):
        colours = self.colours.astype(np.float32)
        asked = np.stack([keys & 255, keys >> 8 & 255, keys >> 16], axis=1).astype(np.float32)
        return np.argmin((colours**2).sum(axis=1) - 2 * asked @ colours.T, axis=1)


def _packed(pixels):
    """Red + 256 green + 65536 blue of each pixel of an RGBA image."""
    return pixels.view("<u4")[..., 0] & 0xFFFFFF


def _over(pixels, colour):
    """An RGBA image as it looks on paper of a colour ``#rrggbb``; its alpha stays."""
    seen, partly = pixels.copy(), pixels[..., 3] != 255
    paper = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(int)
    colours, alpha = pixels[partly][:, :3].astype(int), pixels[partly][:, 3:].astype(int)
    seen[partly, :3] = (colours * alpha + paper * (255 - alpha) + 127) // 255
    return seen


def _bled(pixels):
    """An RGBA image in which transparent pixels beside others have their colours.

    They are not seen, unless something scales the colours apart from alpha, as viewers of PDF do with a picture in it:
    what it then mixes into the edges of letters must not be white.
    """
    clear = pixels[..., 3] == 0
    drawn = np.pad(~clear, 1)
    beside = drawn[:-2] | drawn[1:-1] | drawn[2:]
    rows, columns = np.nonzero(clear & (beside[:, :-2] | beside[:, 1:-1] | beside[:, 2:]))
    around = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
    near = [around[rows + down, columns + right].astype(int) for down in range(3) for right in range(3)]
    weights = sum(part[:, 3:] for part in near)
    bled = pixels.copy()
    bled[rows, columns, :3] = sum(part[:, :3] * part[:, 3:] for part in near) // weights
    return bled


def _keys(colours):
    return colours.astype(np.uint32) @ np.array([1, 1 << 8, 1 << 16], np.uint32)


def _theme_colours(theme):
    names = [theme.background, theme.text, theme.faint, theme.edge, *theme.mark.values()]
    names += [colour for style in theme.cells.values() for colour in (style.fill, style.text)]
    return np.array([list(bytes.fromhex(name[1:])) for name in dict.fromkeys(names)], np.uint8)


def _summary(keys, count):
    """At most `count` colours that stand for those of `keys`, (n, 3)."""
    if not len(keys) or count < 1:
        return np.empty((0, 3), np.uint8)
    # The square root lets rare colours count, which lie on the edges of letters and must be met as well.
    colours, counts = np.unique(keys, return_counts=True)
    thin = np.repeat(colours, np.ceil(np.sqrt(counts)).astype(int))
    thin = thin[:: len(thin) // 200_000 + 1]
    image = np.stack([thin & 255, thin >> 8 & 255, thin >> 16], axis=1).astype(np.uint8)[None]
    palette = Image.fromarray(image).quantize(count, method=Image.Quantize.MEDIANCUT).getpalette()
    return np.unique(np.reshape(palette, (-1, 3))[:count].astype(np.uint8), axis=0)


def _changed(shown, previous):
    """The smallest box ``(left, top, right, bottom)`` that holds all that differs, one pixel at least."""
    height, width = shown.shape[:2]
    if previous is None:
        return 0, 0, width, height
    differs = shown != previous
    if differs.ndim == 3:
        differs = differs.any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _gif_head(size, palette, loop):
    colours = palette.colours.tobytes().ljust(3 * 256, b"\0")
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 0, 0) + colours
    return head + (b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" if loop else b"")


def _gif_frame(keys, previous, palette, delay):
    """The bytes of one frame: the box that changed, in which unchanged pixels are transparent."""
    left, top, right, bottom = _changed(keys, previous)
    part = palette.indices(keys[top:bottom, left:right])
    if previous is not None:
        part[keys[top:bottom, left:right] == previous[top:bottom, left:right]] = TRANSPARENT
    return _gif_image(part, left, top, 4 | (previous is not None), delay)


def _gif_frame_alone(keys, clear, palette, delay):
    """The bytes of one frame that is removed before the next is shown, and shows nothing where `clear` is true."""
    part = palette.indices(keys)
    part[clear] = TRANSPARENT
    return _gif_image(part, 0, 0, 9, delay)


def _gif_image(part, left, top, flags, delay):
    """The bytes of one frame; in `flags`, 1 makes an index transparent, 4 leaves the frame, and 8 removes it."""
    control = struct.pack("<BHBB", flags, delay, TRANSPARENT, 0)
    place = struct.pack("<HHHHB", left, top, part.shape[1], part.shape[0], 0)
    return b"!\xf9\x04" + control + b"," + place + _compressed(part)


def _compressed(part):
    """The image data of a GIF, as Pillow compresses them: what follows the image's descriptor."""
    file = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(part))
    image.save(file, "GIF", optimize=False, interlace=0)
    data = file.getvalue()
    start = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[start] == 0x21:
        start += 2
        while data[start]:
            start += data[start] + 1
        start += 1
    flags = data[start + 9]
    return data[start + 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0) : -1]


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _apng_frame(pixels, previous, delay, numbers, transparent):
    """The bytes of one frame: the box that changed, in which unchanged pixels are transparent, which makes it small.

    What is to be transparent cannot be painted over what is there: the box then replaces it.
    """
    left, top, right, bottom = _changed(pixels, previous)
    part = pixels[top:bottom, left:right]
    over = previous is not None and not transparent
    if over:
        part = np.where((part == previous[top:bottom, left:right]).all(axis=2, keepdims=True), np.uint8(0), part)
    # Each row begins with the number of its filter: 0, none, suits flat areas best.
    rows = np.pad(part.reshape(bottom - top, -1), ((0, 0), (1, 0)))
    data = zlib.compress(rows.tobytes(), 6)
    box = (right - left, bottom - top, left, top)
    control = struct.pack(">IIIIIHHBB", next(numbers), *box, _hundredths(delay), 100, 0, over)
    if previous is None:
        return _chunk(b"fcTL", control) + _chunk(b"IDAT", data)
    return _chunk(b"fcTL", control) + _chunk(b"fdAT", struct.pack(">I", next(numbers)) + data)


def _delays(board, seconds, hold):
    """How long each frame is shown, in seconds."""
    last = LAST * seconds if hold is None else hold
    return [seconds] * (len(board.indices) - 1) + [last]


def _hundredths(seconds):
    """Two at least: viewers show anything shorter ten times as long."""
    return min(max(2, math.floor(100 * seconds + 0.5)), 65535)
