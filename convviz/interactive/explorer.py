"""Controls for every setting of an operation, beside a player that shows the steps."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from convviz import examples
from convviz._support.keywords import explained
from convviz.inputs import Usage
from convviz.inputs.pictures import decoded
from convviz.interactive.cells import SIDE, mark, read_cells
from convviz.interactive.controls import set_value, show
from convviz.interactive.labels import LABELS
from convviz.interactive.panels import Events, Panels
from convviz.interactive.picture_cells import numbers_of, picture_cells, typed_numbers
from convviz.interactive.settings import Settings
from convviz.interactive.showing import Showing, require_notebook, show_widget
from convviz.interactive.start import settings_of
from convviz.interactive.widget_versions import forget_files, uploaded_files
from convviz.operations.framework_code import framework_code, python_code
from convviz.render.page import fragment
from convviz.render.page.script import smaller
from convviz.stage.captions import captions
from convviz.stage.parts import PARTS
from convviz.stage.view import view_of

if TYPE_CHECKING:
    from typing import Any

    from convviz._support.annotations import Language, NumbersLike
    from convviz.examples import Example
    from convviz.operations import Operation
    from convviz.trace import Trace

__all__ = ["Explorer", "explore"]

#: Errors that a choice or a text of the user can meet; what was shown before stays.
ERRORS = (ValueError, TypeError, IndexError, OverflowError, MemoryError, OSError, Usage)

#: Shape of the picture, as width in heights: what is left beside the controls in a window of 1280×720 pixels.
SHAPE = 1.68
#: Its captions; the size of the output stands under it.
SHOWN = tuple(part for part in PARTS if part != "output size")


class Explorer:
    """Controls and a player that follows them. Made by `explore`; a notebook shows it.

    Attributes
    ----------
    state : convviz.interactive.settings.Settings
        The present settings.
    trace : convviz.trace.Trace
        Every step with these settings.
    controls : ipywidgets.Widget
    message : ipywidgets.HTML
        What went wrong with the last change, or why some values are not offered.
    """

    def __init__(self, state: Settings, lang: Language = "en", given: bool = False) -> None:
        self.state, self._lang, self._labels = state, lang, LABELS[lang]
        self._given = state.image if given else None
        self._predict = self._quiet = False
        self._shown_filter = self._shown_channel = self._last_typed = 0
        self._kept_source = "drawn" if self._given is None else "given"
        self._showing = Showing()
        self.trace: Trace[Any] = state.trace()
        self._panels = Panels(lang, self._events(), with_given=given)
        self.controls, self.message = self._panels.root, self._panels.message
        self._html = self._drawn(state, self.trace)
        self._quiet = True
        self._panels.example.value = next(
            (name for _, name in self._panels.example.options if name and self._is_example(name)), ""
        )
        self._quiet = False
        self._refresh()

    def _events(self):
        """What happens when someone uses a control."""
        return Events(
            change=self.change,
            example=self._take_example,
            source=self._take_input,
            file=self._take_file,
            named_kernel=self._take_named_kernel,
            bias=self._typed_bias,
            filter=self._choose_filter,
            channel=self._choose_channel,
            predict=self._take_predict,
            weight=self._typed_weight,
            pixel=self._typed_pixel,
            picture=self._typed_in_picture,
            numbers=self._refresh,
        )

    def _is_example(self, name):
        """Whether the present settings are those of a worked example."""
        return same_settings(settings_of(name), self.state)

    @property
    def operation(self) -> Any:
        """The operation with the present settings."""
        return self.trace.operation

    @property
    def image(self) -> np.ndarray:
        """The present input: (H, W), or (H, W, C) where it has several channels."""
        return self.state.image[:, :, 0] if self.state.channels == 1 else self.state.image

    # What is shown

    def _drawn(self, state, trace):
        """The player as HTML."""
        board = trace.board(self._lang, shape=SHAPE, show=SHOWN)
        player = fragment(board, notes=self._notes(state, trace), predict=self._predict)
        names = ("cell", "more_code", "picture_hint")
        about = {
            "id": self._panels.typed.model_id,
            **picture_cells(state, board.view).data(),
            "titles": {grid.name: grid.title for grid in board.stage.grids},
            "say": {name: self._labels[name] for name in names},
        }
        # as an escape of JSON, "<" can't end the script
        sent = json.dumps(about, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        cells = f'<script type="application/json" class="convviz-cells">{sent}</script>'
        return f"{player}\n{cells}\n<script>{controls_script()}</script>"

    def _notes(self, state, trace):
        """The size formula and the operation as code, to copy, each with its label."""
        frameworks = framework_code(trace.operation, state.image.shape)
        lines = [("convviz", python_code(trace.operation)), *((code.framework, str(code)) for code in frameworks)]
        return [(self._labels["output_size"], trace.geometry.formula(captions(self._lang)["axes"])), *lines]

    def _ipython_display_(self):
        show_widget(self.controls, self._labels["controls"])
        self._showing.show(self._html, repr(self.trace))

    def __repr__(self):
        return f"<Explorer of {self.trace!r}>"

    # What changes

    def change(self, name: str, value: Any, place: tuple[int, ...] | None = None) -> None:
        """Change a setting; if it gives no output, say why and change nothing."""
        if not self._quiet:
            self._attempt(lambda: self.state.change(name, value, place))

    def _attempt(self, make):
        """Show the settings that a function returns, or say why they give no output; returns whether they did."""
        try:
            self._take(make())
        except ERRORS as error:
            self._refuse(error)
            return False
        return True

    def _take(self, state):
        """Show other settings and their steps."""
        trace = state.trace()
        html = self._drawn(state, trace)
        self.state, self.trace, self._html = state, trace, html
        self._showing.update(html, repr(trace))
        self._refresh()

    def _refuse(self, error):
        """Say what is wrong; the player and the other controls stay as they are."""
        words = str(error) or type(error).__name__
        if isinstance(error, MemoryError):
            words = f"the image is too large for the memory of this computer: {words}"
        self._refresh()
        self._panels.say(words)

    def _typed_bias(self, change):
        """Handle typed biases."""
        if self._quiet:
            return
        right = self._attempt(lambda: self.state.change("bias", read_cells(change["new"]) or None))
        mark(self._panels.bias, not right)
        if not right:  # what was typed stays, to be mended
            self._quiet = True
            self._panels.bias.value = change["new"]
            self._quiet = False

    def _take_example(self, change):
        """Handle the choice of a worked example: take its operation and its input."""
        if not self._quiet and change["new"]:
            self._shown_filter = self._shown_channel = 0
            self._attempt(lambda: settings_of(change["new"]))

    def _take_input(self, change):
        """Handle the choice of where the input comes from."""
        source = change["new"]
        if self._quiet:
            return
        if source == "upload":
            show(self._panels.upload, True)
            return
        self._shown_channel, before, self._kept_source = 0, self._kept_source, source
        if not self._attempt(lambda: self.state.change("image", self._input_of(source))):
            self._kept_source = before
            self._refresh_names()

    def _input_of(self, source):
        """The image of a source by its name."""
        if source == "given":
            return self._given
        if source == "drawn":
            small = self.state.channels == 1 and max(self.state.size) <= SIDE
            return self.state.image if small else examples.get("lecture_6x6").image
        return examples.photograph(colour=source == "photograph")

    def _take_file(self, change):
        """Handle an uploaded picture."""
        if self._quiet:
            return
        before, self._kept_source, right = self._kept_source, "upload", True
        for name, content in uploaded_files(change["new"]):
            right = self._take_picture(name, content)
        self._quiet = True
        forget_files(self._panels.upload)
        if not right:
            self._kept_source = before
            self._panels.source.value = "upload"  # another file can be tried
            show(self._panels.upload, True)
        self._quiet = False

    def _take_picture(self, name, content):
        """Show an uploaded picture, and say what was lost of it; returns whether it could be read."""
        lost = []

        def make():
            picture, notes = self._picture_in(name, content)
            lost.extend(notes)
            return self.state.change("image", picture)

        right = self._attempt(make)
        if right and lost:
            # what follows a semicolon is advice for the command line
            self._panels.note(" ".join(f"{name} {note.split('; ')[0]}." for note in lost))
        return right

    def _picture_in(self, name, content):
        """The picture in an uploaded file, and what was lost of it."""
        try:
            return decoded(content, name, colour=True)
        except Usage as error:
            raise Usage(f"{str(error).split('; ')[0]}; choose a file with a picture, such as .png or .jpg") from None

    def _take_named_kernel(self, change):
        """Handle the choice of a kernel by its name."""
        if not self._quiet and change["new"]:
            self._attempt(lambda: self.state.change("kernel", examples.kernel(change["new"])))

    def _take_predict(self, name, on):
        """Handle the switch for predicting results."""
        self._predict = on
        self._attempt(lambda: self.state)

    # What the controls show

    def _refresh(self):
        """Show the present settings in all controls, offer what they allow, and say why not more."""
        state = self.state
        self._shown_channel %= state.channels
        self._shown_filter %= state.kernel.shape[3]
        self._quiet = True
        reasons = self._panels.refresh(state)
        self._panels.refresh_numbers(state, self._shown_filter, self._shown_channel)
        self._refresh_names()
        self._quiet = False
        self._panels.explain(reasons)

    def _refresh_names(self):
        """The lists of inputs, examples and kernels, which go back to no name when the numbers are changed."""
        set_value(self._panels.kernel_name, name_of_kernel(self.state.kernel))
        example = self._panels.example
        if example.value and not self._is_example(example.value):
            example.value = ""
        self._kept_source = self._present_source()
        set_value(self._panels.source, self._kept_source)
        show(self._panels.upload, self._kept_source == "upload")

    def _present_source(self):
        """Where the present input comes from, as far as its numbers tell."""
        if self.state.image is self._given:
            return "given"
        if max(self.state.size) <= SIDE:
            return "drawn"
        return "upload" if self._kept_source in ("given", "drawn") else self._kept_source

    # Which numbers are shown

    def _choose_filter(self, change):
        """Handle the choice of the filter whose numbers are shown."""
        if not self._quiet and change["new"] is not None:
            self._shown_filter = change["new"]
            self._refresh()

    def _choose_channel(self, change):
        """Handle the choice of the channel whose numbers are shown."""
        if not self._quiet and change["new"] is not None:
            self._shown_channel = change["new"]
            self._refresh()

    def _typed_weight(self, row, column, value):
        """Handle a typed weight."""
        channel = self._shown_channel % self.state.kernel.shape[2]
        self.change("cell", value, (row, column, channel, self._shown_filter))

    def _typed_pixel(self, row, column, value):
        """Handle a typed number of the input."""
        self.change("pixel", value, (row, column, self._shown_channel))

    def _typed_in_picture(self, change):
        """Handle what was typed or pasted into cells of the picture."""
        state, notes, problems = self.state, [], []
        for typed in typed_numbers(change["new"], self._last_typed):
            self._last_typed = typed.number
            try:
                numbers, said = numbers_of(typed.text)
                state = self._with_typed(state, typed, numbers)
                notes += said
            except ERRORS as error:
                problems.append(f"{self._place(typed)}: {error}")
        if state is not self.state and not self._attempt(lambda: state):
            return
        if problems:
            self._refuse(ValueError(" ".join(problems)))
        elif notes:
            self._panels.note(" ".join(f"{self._labels['pasted']} {note}." for note in notes))

    def _with_typed(self, state, typed, numbers):
        """The settings with numbers in place of those from a cell of the picture on."""
        cells = picture_cells(state, view_of(self.trace, self._lang))
        rows, columns = len(numbers), len(numbers[0])
        try:
            found = cells.places(typed, rows, columns)
        except IndexError as error:
            raise ValueError(self._labels["block"].format(rows, columns, typed.row, typed.column, *error.args)) from None
        if found is None:
            raise ValueError(self._labels["picture_changed"])
        return cells.changed(state, *found, numbers)

    def _place(self, typed):
        """What a cell of the picture is called."""
        name = self._labels["kernel" if typed.grid.startswith("kernel") else "input"]
        return self._labels["cell"].format(name, typed.row, typed.column)


@lru_cache
def controls_script():
    """The scripts that label the controls, keep the player's keys out of them, and let numbers be edited in the picture."""
    folder = files("convviz.interactive")
    return "".join(smaller(folder.joinpath(name).read_text("utf-8")) for name in ("controls.js", "picture_cells.js"))


def name_of_kernel(kernel):
    """The name of a kernel that is the same for all channels and filters; empty if it has none."""
    first = kernel[:, :, :1, :1]
    if not (kernel == first).all():
        return ""
    return next((name for name in examples.kernels() if np.array_equal(first[:, :, 0, 0], examples.kernel(name))), "")


def same_settings(one, other):
    """Whether two settings are of the same operation on the same image."""
    return (
        repr(one.operation()) == repr(other.operation())
        and np.array_equal(one.image, other.image)
        and np.array_equal(one.kernel, other.kernel)
    )


@explained
def explore(operation: Operation | Example | str, image: NumbersLike | None = None, lang: Language = "en") -> Explorer:
    """Controls for every setting of an operation beside its player, in a notebook.

    Parameters
    ----------
    operation : convviz.operations.Operation, convviz.examples.Example or str
        What to begin with: an operation, a kind ("convolution", "transposed_convolution", "max_pooling",
        "average_pooling", "global_max_pooling", "global_average_pooling"), or the name of a worked example.
    image : array_like, (H, W) or (H, W, C), optional
        That of a worked example unless given.
    lang : {"en", "ja"}
        Language of controls and captions.

    Returns
    -------
    Explorer
        The last line of a cell shows it. Its ``operation``, ``image`` and ``trace`` are the present ones.

    Raises
    ------
    RuntimeError
        Where there is no notebook; the message says what to do instead.
    ValueError, TypeError
        For what is no operation, and an image that does not fit.

    Examples
    --------
    >>> explore("convolution")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    RuntimeError: cv.explore needs a notebook, which shows its controls: ...
    """
    captions(lang)
    state = settings_of(operation, image)
    require_notebook(
        "cv.explore",
        "Without one, operation.trace(image).save('steps.html') writes a page that steps with the arrow keys, and "
        "print(operation.trace(image).text(0)) shows a step in the terminal.",
    )
    return Explorer(state, lang, given=image is not None or not isinstance(operation, str))
