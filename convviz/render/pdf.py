"""PDF files with a page for each step, as lines and letters."""

import contextlib

from convviz._support.files import atomic_file
from convviz.render.figure import Drawing
from convviz.render.progress import watched
from convviz.render.sizes import DPI, page_size

__all__ = ["pages_of", "save_pdf"]


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
    # A drawing has a whole number of pixels; a page has exactly the size that is given.
    drawing.figure.set_size_inches(*page_size(size, board.stage))
    about = {"Title": board.stage.title, "CreationDate": None}
    with contextlib.ExitStack() as stack:
        stack.callback(drawing.release)
        temporary = stack.enter_context(atomic_file(path))
        pages = stack.enter_context(pages_of(temporary, about))
        for index in watched(board.indices if step is None else [step], progress):
            drawing.show(board.scene(index))
            pages.savefig(drawing.figure)


@contextlib.contextmanager
def pages_of(path, about):
    """A PDF to which figures are added. If the disk is full, that error is raised, not one from closing the file."""
    from matplotlib.backends.backend_pdf import PdfPages

    pages = PdfPages(path, metadata=about)
    try:
        yield pages
    except BaseException:
        with contextlib.suppress(Exception):
            pages.close()
        raise
    pages.close()
