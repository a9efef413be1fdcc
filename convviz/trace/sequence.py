"""Base class of what can be shown step by step, in every medium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convviz._support.keywords import explained
from convviz._support.public_dir import PublicDir
from convviz._support.values import brief, choice, flag, index_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import Any, Literal

    from matplotlib.figure import Figure

    from convviz._support.annotations import FilePath, Language, SizeLike, StepsLike
    from convviz.stage.protocol import Board
    from convviz.stage.scene import Scene
    from convviz.stage.theme import Theme

__all__ = ["StepSequence"]


class StepSequence(PublicDir):
    """Base class of traces: text, figures and files of their steps.

    Subclasses define `len` and `_board_maker`.
    """

    # what the stage asks of a trace or comparison
    _internal = frozenset("board channels_of convert layout places weights weights_for".split())

    def _board_maker(self) -> Callable[..., Board]:
        """What makes the board of such steps: a function of them and of the arguments of `board`."""
        raise NotImplementedError

    @explained
    def board(
        self,
        lang: Language = "en",
        steps: StepsLike | slice | None = None,
        still: bool = False,
        shape: float | None = None,
        show: str | Iterable[str] | None = None,
        colour: Literal["sign"] | None = None,
    ) -> Board:
        """The steps as scenes, for a renderer; see `convviz.stage.forward.board`, and for `colour` `save`."""
        from convviz.stage.coloured import coloured
        from convviz.stage.tints import checked_colour

        by_value, board = checked_colour(colour), self._board_maker()(self, lang, steps, still, shape, show)
        return coloured(board, show) if by_value else board

    def _board_of_file(self, path, lang="en", steps=None, show=None, colour=None, size=None, dpi=None):
        """The board for a file: its grids are arranged for the shape that the file has."""
        from convviz.render.sizes import DPI, SLIDE, shape_of

        name = str(path).lower()
        shape = SLIDE if name.endswith(".pptx") else shape_of(size, dpi or DPI)
        still = name.endswith((".png", ".svg")) or "{step}" in name
        return self._drawn_board(lang, steps, still=still, shape=shape, show=show, colour=colour)

    def _volumes_maker(self) -> Callable[..., Board]:
        """What draws such steps as volumes: a function of them and of the arguments of `board` but for `colour`."""
        raise ValueError(
            "style='volume' shows the steps of one operation; two operations side by side and pooling backward have "
            "style='grid' only"
        )

    def _volumes_of_file(self, path, lang="en", steps=None, show=None, colour=None, size=None, dpi=None):
        """The board of volumes for a file; the parameters are those of `_board_of_file`."""
        from convviz.render.sizes import DPI, SLIDE, shape_of

        name = str(path).lower()
        shape = SLIDE if name.endswith(".pptx") else shape_of(size, dpi or DPI)
        return self._volumes(lang, steps, name.endswith((".png", ".svg")) or "{step}" in name, shape, show, colour)

    def _volumes(self, lang, steps, still, shape, show=None, colour=None):
        """The board of volumes; the parameters are those of `board`."""
        from convviz.stage.tints import checked_colour

        if checked_colour(colour):
            raise ValueError("colour='sign' is for style='grid'; in volumes each filter has a colour")
        return self._volumes_maker()(self, lang, steps, still, shape, show)

    def _drawn_board(self, lang: Language = "en", steps: StepsLike | slice | None = None, **options: Any) -> Board:
        """The board for a picture: large kernels whose numbers would be too small have colours instead."""
        from convviz.stage.shaded import shaded

        return shaded(self.board(lang, steps, **options), options.get("shape"), options.get("show"))

    @explained
    def scene(self, index: int, lang: Language = "en", colour: Literal["sign"] | None = None) -> Scene:
        """Step `index` as a `convviz.stage.scene.Scene`."""
        index = self._position_of(index)
        return self.board(lang, [index], colour=colour).scene(index)

    def _position_of(self, index: int) -> int:
        """A step's index, counted from the end if negative, as an int from 0 on; IndexError where there is none."""
        if type(index) is not int:
            index = index_number(index, "the number of a step")
        try:
            return range(len(self))[index]
        except IndexError:
            raise IndexError(f"step {brief(index)} of a trace of {len(self)} steps, 0 to {len(self) - 1}") from None

    @explained
    def text(self, index: int, lang: Language = "en", colour: bool | Literal["sign"] = False) -> str:
        """Step `index` as text for a terminal.

        Parameters
        ----------
        index : int
            Counted from 0, or from the end if negative.
        lang : {"en", "ja"}
        colour : bool or "sign", default False
            Whether cells are coloured, by ANSI codes; with "sign" numbers are blue below 0 and red above.

        Returns
        -------
        str
        """
        from convviz.render.text import text

        by_value = colour if isinstance(colour, str) else None
        return text(self.scene(index, lang, by_value), by_value is not None or flag(colour, "colour"))

    @explained
    def figure(
        self,
        index: int | None = None,
        size: SizeLike | None = None,
        theme: Literal["light", "dark"] | Theme = "light",
        lang: Language = "en",
        dpi: float = 100,
        transparent: bool = False,
        colour: Literal["sign"] | None = None,
        style: Literal["grid", "volume"] = "grid",
    ) -> Figure:
        """Step `index` as a matplotlib figure; the step that shows most unless given.

        Parameters
        ----------
        index : int, optional
            Counted from 0, or from the end if negative. Unless given, the step that a .png shows: the last one, or where the
            feature map is a picture, one that shows much of it.
        size : pair of int or str, or int or str, optional
            ``(800, 400)`` in pixels, lengths as ``("8in", "4.5in")``, a width alone, or ``"slide"``; if not given,
            800 pixels wide, or wider for many grids side by side, and as high as it needs.
        theme : {"light", "dark"} or convviz.stage.theme.Theme
        lang : {"en", "ja"}
        dpi : float
            Pixels per inch.
        transparent : bool
            Whether the figure has no background of its own.
        colour : "sign", optional
            Numbers get a tint of blue below 0 and of red above, as in `save`.
        style : {"grid", "volume"}, default "grid"
            Whether the step is drawn as grids of numbers or as volumes, as in `save`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        IndexError, TypeError
            For a step that does not exist.
        ValueError
            For a size, theme or language that makes no sense.

        Examples
        --------
        >>> import convviz as cv
        >>> cv.MaxPooling(2).trace([[3, 4], [1, 2]]).figure(0, size=(800, 400)).get_size_inches().round(3).tolist()
        [8.0, 4.0]
        """
        from convviz.render.figure import figure
        from convviz.render.options import single_step
        from convviz.render.sizes import shape_of
        from convviz.stage.parts import STYLES

        volumes = choice(style, "style", STYLES) == "volume"
        index = single_step(self.board(lang)) if index is None else self._position_of(index)
        shape = shape_of(size, dpi)
        if volumes:
            made = self._volumes(lang, [index], True, shape, None, colour)
        else:
            made = self._drawn_board(lang, [index], shape=shape, colour=colour)
        return figure(made.scene(index), size, theme, dpi, flag(transparent, "transparent"))

    @explained
    def save(
        self,
        path: FilePath,
        lang: Language = "en",
        steps: StepsLike | slice | None = None,
        show: str | Iterable[str] | None = None,
        colour: Literal["sign"] | None = None,
        style: Literal["grid", "volume"] = "grid",
        **options: Any,
    ) -> Path | list[Path]:
        """Write the steps as a file whose ending says what it is; see `convviz.render.save`.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .gif, .webp, .apng, .mp4 (animations), .html (a page that steps with the arrow keys), .pptx (a
            slide a step), .pdf (a page a step), .png or .svg (one step). With ``{step}`` in the name, .pdf, .png and
            .svg become a file for each step. The pages of ``steps.pdf`` become an animation on a Beamer slide by
            ``\\animategraphics[controls]{1}{steps}{}{}``, and the files of ``step-{step}.pdf``, if all steps are shown,
            by ``\\animategraphics[controls]{1}{step-}{00}{15}``: numbers as in the names.
        lang : {"en", "ja"}
            Language of the captions.
        steps : int, slice or sequence of int, optional
            Which steps: a number of them, evenly spread over those of the first image and four filters, or their indices, of
            at most four filters. All of the former if there are at most 200, else 60. If not given and the feature map is a
            picture, a .png or .svg shows the step whose result is farthest from 0, of a mean or a pooling one whose window
            varies, and a page begins with it.
        show : str or iterable of str, optional
            The captions that are shown: one or some of "title", "step", "formula", "running sum", "output size" and
            "remarks"; [] for none. All unless given.
        colour : "sign", optional
            Numbers get a tint of blue below 0 and of red above, the stronger the farther they are from 0, on one scale for
            each kind of grid; a remark says so. Cells outside the window are fainter; padding outside it, the cell in question
            and the maximum keep their colours. Colours say what a cell is unless given.
        style : {"grid", "volume"}, default "grid"
            How the steps are drawn: as grids of numbers, or as volumes, blocks of height × width × channels with a colour for
            each filter. A filter is as deep as what it reads, and the output grows slice by slice. Numbers stand on the fronts
            where they can be read; of more than 12 rows or columns the cells are not drawn, of more than 8 channels the layers.
            Not for two operations side by side and for pooling backward, and without ``motion``, ``predict`` and ``colour``.
        **options
            ``size``: ``(width, height)`` in pixels, lengths as ``("8in", "4.5in")``, a width alone, or ``"slide"`` for
            1280 × 720; ``dpi``, pixels per inch; ``transparent=True`` for no background, with ``theme="dark"`` on dark
            slides; ``motion=True`` for an animation in which the window slides, the products appear and the sum grows;
            ``theme``, ``seconds`` per step or a list of them, ``step`` for one picture, ``template`` for slides;
            ``predict=True`` for a page that hides results until they are clicked, ``reveal=True`` for one in a frame of
            reveal.js, ``notes`` under its controls, ``title``; ``progress``.

        Returns
        -------
        pathlib.Path or list of pathlib.Path
            The file that was written; a list when the name holds ``{step}``.

        Raises
        ------
        TypeError, ValueError, OSError, ImportError
            As from `convviz.render.save`; then what stood under that name is unchanged.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> import convviz as cv
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> cv.MaxPooling(2).trace([[3, 4], [1, 2]]).save(folder / "pool.html").name
        'pool.html'
        """
        from convviz.render import save
        from convviz.render.options import checked_step, require_options
        from convviz.stage.parts import STYLES

        require_options(options, ("lang", "steps", "show", "colour", "style"))
        made_of = self._volumes_of_file if choice(style, "style", STYLES) == "volume" else self._board_of_file
        if style == "volume" and options.get("motion"):
            raise ValueError("motion=True is for style='grid'; the steps of volumes have no acts")

        def board():  # called once the options have been checked
            look = show, colour, options.get("size"), options.get("dpi")
            made, step = made_of(path, lang, steps, *look), checked_step(options.get("step"), len(self))
            shape = getattr(self, "shape", None)  # pooling backward has one image of one channel
            other = steps is None and step is not None and shape and not shown_together(shape, step, made.indices[0])
            return made_of(path, lang, [step], *look) if other else made

        return save(board, path, **options)

    def _repr_html_(self):
        from convviz.render.page import fragment

        return fragment(self._drawn_board())


def shown_together(shape, one, other):
    """Whether two steps of a trace of this shape stand on one stage: those of an image and of a few filters."""
    import numpy as np

    from convviz.stage.selection import FILTERS

    images, channels, _, _ = np.unravel_index([one, other], shape)
    return images[0] == images[1] and channels[0] // FILTERS == channels[1] // FILTERS
