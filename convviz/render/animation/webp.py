"""Animated WebP pictures."""

from PIL import Image

from convviz._support.files import atomic_file
from convviz.render.animation.options import AnimationOptions
from convviz.render.progress import watched

__all__ = ["save_webp"]


def save_webp(board, path, **options):
    """Write an animated WebP of the steps, without loss of colour. The options are those of `save_gif`."""
    options = AnimationOptions(**options)
    screen = options.screen(board.stage)
    delays = [round(1000 * delay) for delay in options.delays(board)]
    steps = iter(watched(board.indices, options.progress))
    screen.paint(board.scene(next(steps)))
    image = Image.frombuffer("RGBA", screen.drawing.size, screen.pixels, "raw", "RGBA", 0, 1)

    def seek(frame):
        # The image shares the screen's pixels, so painting the next scene turns to the next frame.
        if frame and (index := next(steps, None)) is not None:
            screen.paint(board.scene(index))

    image.n_frames, image.seek = len(delays), seek
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        timing = {"duration": delays, "loop": 0 if options.loop else 1}
        image.save(file, "WEBP", save_all=True, lossless=True, quality=20, method=1, **timing)
        next(steps, None)
