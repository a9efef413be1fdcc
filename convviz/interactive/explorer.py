"""Controls for every setting of an operation, beside the player that shows what they come to."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np

from convviz import examples
from convviz.inputs import Usage, decoded
from convviz.interactive.cells import SIDE, CellGrid, mark, read_cells, written
from convviz.interactive.controls import Choice, Switch, heading, labelled, offer, set_value
from convviz.interactive.labels import LABELS
from convviz.interactive.settings import Settings, kinds
from convviz.interactive.showing import Showing, require_notebook, show_widget
from convviz.interactive.start import settings_of
from convviz.operations import class_of
from convviz.operations.framework_code import framework_code, python_code
from convviz.render.page import fragment
from convviz.stage.captions import captions

if TYPE_CHECKING:
    from typing import Any

    from convviz._support.annotations import Language, NumbersLike
    from convviz.examples import Example
    from convviz.operations import Operation
    from convviz.trace import Trace

__all__ = ["Explorer", "explore"]

#: Settings of both axes.
PAIRS = ("pool_size", "strides", "dilation_rate", "output_padding")
SIDES = ("top", "bottom", "left", "right")
SWITCHES = ("flip_kernel", "ceil_mode", "count_include_pad")
#: Errors that a choice or a text of the user can meet; what was shown before stays.
ERRORS = (ValueError, TypeError, IndexError, OverflowError, MemoryError, OSError, Usage)


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
        self._shown_filter = self._shown_channel = 0
        self._kept_source = "drawn" if self._given is None else "given"
        self._showing = Showing()
        self.trace: Trace = state.trace()
        self._make_controls()
        self._html = self._drawn(state, self.trace)
        self._quiet = True
        self._example.value = next((name for _, name in self._example.options if name and self._is_example(name)), "")
        self._quiet = False
        self._refresh()

    def _is_example(self, name):
        """Whether the present settings are those of a worked example."""
        return same_settings(settings_of(name), self.state)

    @property
    def operation(self) -> Operation:
        """The operation with the present settings."""
        return self.trace.operation

    @property
    def image(self) -> np.ndarray:
        """The present input: (H, W), or (H, W, C) where it has several channels."""
        return self.state.image[:, :, 0] if self.state.channels == 1 else self.state.image

    # What is shown

    def _drawn(self, state, trace):
        """The player as HTML."""
        player = fragment(trace.board(self._lang), notes=self._notes(state, trace), predict=self._predict)
        return f"{player}\n<script>{controls_script()}</script>"

    def _notes(self, state, trace):
        """The size formula, and the operation in code: what stands beside the player to be copied."""
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
        """Take a new value of a setting; where it gives no output, say why and leave everything as it is."""
        if not self._quiet:
            self._attempt(lambda: self.state.change(name, value, place))

    def _attempt(self, make):
        """Show the settings that a function makes, or say why they give no output; answer whether they did."""
        try:
            self._take(make())
        except ERRORS as error:
            self._refuse(error)
            return False
        return True

    def _take(self, state):
        """Show what other settings come to."""
        trace = state.trace()
        html = self._drawn(state, trace)
        self.state, self.trace, self._html = state, trace, html
        self._showing.update(html, repr(trace))
        self._refresh()

    def _refuse(self, error):
        """Say what is wrong; what is shown, and every control but the one that was typed into, stays."""
        words = str(error) or type(error).__name__
        if isinstance(error, MemoryError):
            words = f"the image is too large for the memory of this computer: {words}"
        self._refresh()
        self._say(words)

    def _say(self, text):
        """An error, in words, under the controls."""
        self.message.value = f'<p role="alert" style="margin:4px 0"><b>⚠ {escape(text)}</b> {self._labels["kept"]}</p>'

    def _typed_bias(self, change):
        """Someone typed biases."""
        if self._quiet:
            return
        right = self._attempt(lambda: self.state.change("bias", read_cells(change["new"]) or None))
        mark(self._bias, not right)
        if not right:  # what was typed stays, to be mended
            self._quiet = True
            self._bias.value = change["new"]
            self._quiet = False

    def _take_example(self, change):
        """Someone chose a worked example: its operation and its input."""
        if not self._quiet and change["new"]:
            self._shown_filter = self._shown_channel = 0
            self._attempt(lambda: settings_of(change["new"]))

    def _take_input(self, change):
        """Someone chose where the input comes from."""
        source = change["new"]
        if self._quiet:
            return
        if source == "upload":
            show(self._upload, True)
            return
        self._shown_channel, before, self._kept_source = 0, self._kept_source, source
        if not self._attempt(lambda: self.state.change("image", self._input_of(source))):
            self._kept_source = before
            self._refresh_names(self.state)

    def _input_of(self, source):
        """The image that a name stands for."""
        if source == "given":
            return self._given
        if source == "drawn":
            small = self.state.channels == 1 and max(self.state.size) <= SIDE
            return self.state.image if small else examples.get("lecture_6x6").image
        return examples.photograph(colour=source == "photograph")

    def _take_file(self, change):
        """Someone chose a picture file."""
        if self._quiet:
            return
        before, self._kept_source, right = self._kept_source, "upload", True
        for file in change["new"]:
            right = self._attempt(lambda file=file: self.state.change("image", self._picture_in(file)))
        self._quiet = True
        self._upload.value = ()  # so that the same file can be chosen again
        if not right:
            self._kept_source = before
            self._source.value = "upload"  # another file can be tried
            show(self._upload, True)
        self._quiet = False

    def _picture_in(self, file):
        """The picture in an uploaded file."""
        try:
            return decoded(bytes(file["content"]), file["name"], colour=True)
        except Usage as error:
            raise Usage(f"{str(error).split('; ')[0]}; choose a file with a picture, such as .png or .jpg") from None

    def _take_named_kernel(self, change):
        """Someone chose a kernel by its name."""
        if not self._quiet and change["new"]:
            self._attempt(lambda: self.state.change("kernel", examples.kernel(change["new"])))

    def _take_predict(self, name, on):
        """Someone chose to predict results, or not to."""
        self._predict = on
        self._attempt(lambda: self.state)

    # The controls

    def _make_controls(self):
        """All widgets; `refresh` says which are seen."""
        self._choices, self._rows = [], {}
        self.message = ipywidgets.HTML()
        columns = [self._input_column(), self._kernel_column(), self._settings_column()]
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start")
        self.controls = ipywidgets.VBox([self._top_row(), ipywidgets.HBox(columns, layout=layout), self.message])

    def _choice(self, name, axis=None, label=None, titles=None):
        """A drop-down list for a setting."""
        made = Choice(name, axis, label or self._labels[name], titles, self.change)
        self._choices.append(made)
        return made

    def _pair(self, name):
        """Two lists, for rows and columns, with their name."""
        both = [
            self._choice(name, axis, self._labels[word].format(self._labels[name])).widget
            for axis, word in enumerate(("rows", "columns"))
        ]
        return labelled(self._labels[name], both[0], ipywidgets.Label("×"), both[1])

    def _picker(self, options, chosen, width="15em"):
        """A list that is not a setting: an example, an input, a name."""
        made = ipywidgets.Dropdown(options=options, layout=ipywidgets.Layout(width=width, margin="1px 2px"))
        made.observe(chosen, names="value")
        return made

    def _top_row(self):
        """Operation, worked example and predict mode."""
        operations = {kind: class_of(kind).names.titles[self._lang].lower() for kind in kinds()}
        kind = self._choice("kind", None, self._labels["operation"], operations)
        titles = examples.titles(self._lang)
        listed = [(titles[name], name) for each in examples.KINDS[:3] for name in examples.names(each)]
        self._example = self._picker([(self._labels["none"], ""), *listed], self._take_example, "21em")
        self._example.tooltip = self._labels["example"]
        self._prediction = Switch("predict", self._labels["predict"], self._take_predict)
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        return ipywidgets.HBox(
            [
                labelled(self._labels["operation"], kind.widget),
                labelled(self._labels["example"], self._example),
                self._prediction.widget,
            ],
            layout=layout,
        )

    def _input_column(self):
        """Where the input comes from, its size and its numbers."""
        sources = ("drawn", "photograph_grey", "photograph", "upload")
        sources = sources if self._given is None else ("given", *sources)
        self._source = self._picker([(self._labels[name], name) for name in sources], self._take_input)
        self._source.tooltip = self._labels["input"]
        self._upload = ipywidgets.FileUpload(
            accept="image/*",
            description=self._labels["file"],
            tooltip=self._labels["file"],
            layout=ipywidgets.Layout(display="none", width="auto"),
        )
        self._upload.observe(self._take_file, names="value")
        self._pixels = CellGrid(self._labels["input"], self._labels["cell"], self._typed_pixel, self._say)
        self._picture = ipywidgets.Label()
        self._input_channel = self._picker([("0", 0)], self._choose_channel, "4.6em")
        self._input_channel.tooltip = f"{self._labels['input']}, {self._labels['shown_channel']}"
        self._rows["size"], self._rows["channels"] = (
            self._pair("size"),
            labelled(self._labels["channels"], self._choice("channels").widget),
        )
        self._rows["input_channel"] = labelled(self._labels["shown_channel"], self._input_channel)
        return self._column(
            "input",
            [
                self._source,
                self._upload,
                self._rows["size"],
                self._rows["channels"],
                self._rows["input_channel"],
                self._picture,
                self._pixels,
            ],
        )

    def _kernel_column(self):
        """The kernel's size, name and numbers."""
        titles = examples.kernel_titles(self._lang)
        names = [(self._labels["custom"], ""), *((titles[name], name) for name in examples.kernels())]
        self._kernel_name = self._picker(names, self._take_named_kernel, "19em")
        self._kernel_name.tooltip = self._labels["named"]
        self._weights = CellGrid(self._labels["kernel"], self._labels["cell"], self._typed_weight, self._say)
        self._filter, self._channel = (
            self._picker([("0", 0)], chosen, "4.6em") for chosen in (self._choose_filter, self._choose_channel)
        )
        for widget, word in ((self._filter, "shown_filter"), (self._channel, "shown_channel")):
            widget.tooltip = f"{self._labels['kernel']}, {self._labels[word]}"
        self._rows["shown_filter"] = labelled(self._labels["shown_filter"], self._filter)
        self._rows["shown_channel"] = labelled(self._labels["shown_channel"], self._channel)
        self._kernel_part = self._column(
            "kernel",
            [
                self._kernel_name,
                self._pair("kernel_size"),
                self._rows["shown_filter"],
                self._rows["shown_channel"],
                self._weights,
            ],
        )
        return self._kernel_part

    def _settings_column(self):
        """Everything else."""
        for name in PAIRS:
            self._rows[name] = self._pair(name)
        for name, values in (("padding", ("valid", "same", "full", "amounts")), ("view", ("gather", "scatter"))):
            titles = {value: self._labels["by_amounts" if value == "amounts" else value] for value in values}
            self._rows[name] = labelled(self._labels[name], self._choice(name, titles=titles).widget)
        sides = []
        for axis, side in enumerate(SIDES):
            sides += [ipywidgets.Label(self._labels[f"side_{side}"]), self._choice("amounts", axis, self._labels[side]).widget]
        self._rows["amounts"] = labelled(self._labels["amounts"], *sides)
        for name in ("groups", "filters"):
            self._rows[name] = labelled(self._labels[name], self._choice(name).widget)
        self._bias = ipywidgets.Text(
            continuous_update=False,
            placeholder=self._labels["none"],
            tooltip=self._labels["bias_hint"],
            layout=ipywidgets.Layout(width="10em"),
        )
        self._bias.observe(self._typed_bias, names="value")
        self._rows["bias"] = labelled(self._labels["bias"], self._bias)
        self._switches = {name: Switch(name, self._labels[name], self.change) for name in SWITCHES}
        self._rows |= {name: switch.widget for name, switch in self._switches.items()}
        order = (
            "pool_size",
            "strides",
            "padding",
            "amounts",
            "dilation_rate",
            "output_padding",
            "groups",
            "filters",
            "bias",
            *SWITCHES,
            "view",
        )
        return self._column("settings", [self._rows[name] for name in order])

    def _column(self, name, widgets):
        """Controls of one subject under its name."""
        layout = ipywidgets.Layout(margin="0 16px 4px 0", min_width="24em" if name == "settings" else "0")
        return ipywidgets.VBox([heading(self._labels[name]), *widgets], layout=layout)

    # Keeping the controls to the state

    def _refresh(self):
        """Show the present settings in all controls, offer what they allow, and say why not more."""
        self._quiet = True
        state = self.state
        seen = self._seen()
        for name, row in self._rows.items():
            show(row, name in seen)
        show(self._kernel_part, state.weighted)
        used = [choice for choice in self._choices if self._used(choice, seen)]
        # the last to be named are the sizes of the input: that a kernel is too large is what people ask about
        reasons = [choice.refresh(state) for choice in sorted(used, key=lambda choice: choice.name in ("size", "channels"))]
        for name, switch in self._switches.items():
            switch.show(getattr(state, name))
        self._refresh_numbers(state)
        self._refresh_names(state)
        self._quiet = False
        self._explain([reason for reason in reasons if reason])

    def _seen(self):
        """Names of the rows of controls that make sense at present."""
        state = self.state
        seen = set(state.setting_names)
        small = max(state.size) <= SIDE
        if state.padding == "amounts" and "padding" in seen:
            seen.add("amounts")
        if state.channels == 1:
            seen.discard("groups")
        if small:
            seen |= {"size", "channels"}
        if state.channels > 1 and small:
            seen.add("input_channel")
        if state.weighted and state.kernel.shape[2] > 1:
            seen.add("shown_channel")
        if state.weighted and state.kernel.shape[3] > 1:
            seen.add("shown_filter")
        return seen

    def _used(self, choice, seen):
        """Whether a list is seen at present."""
        return choice.name in seen or choice.name == "kind" or (choice.name == "kernel_size" and self.state.weighted)

    def _refresh_numbers(self, state):
        """The fields for the input's and the kernel's numbers, and the bias."""
        small = max(state.size) <= SIDE
        show(self._pixels, small)
        show(self._picture, not small)
        self._shown_channel %= state.channels
        if small:
            self._pixels.fill(state.image[:, :, self._shown_channel])
        self._picture.value = self._labels["picture"].format(*state.size)
        last = state.kernel.shape[2:]
        self._shown_filter %= last[1]
        channel = self._shown_channel % last[0]
        self._weights.fill(state.kernel[:, :, channel, self._shown_filter])
        for picker, count, present in (
            (self._filter, last[1], self._shown_filter),
            (self._channel, last[0], channel),
            (self._input_channel, state.channels, self._shown_channel),
        ):
            offer(picker, [(str(number), number) for number in range(count)], present)
        self._bias.value = " ".join(written(value) for value in state.bias or ())

    def _refresh_names(self, state):
        """The lists of inputs, examples and kernels, which go back to no name when the numbers are changed."""
        kernels = {name: examples.kernel(name) for name in examples.kernels()}
        plain = state.kernel[:, :, :1, :1]
        alike = (state.kernel == plain).all()
        name = next((name for name, known in kernels.items() if alike and np.array_equal(plain[:, :, 0, 0], known)), "")
        set_value(self._kernel_name, name)
        if self._example.value and not self._is_example(self._example.value):
            self._example.value = ""
        if state.image is self._given:
            self._kept_source = "given"
        elif max(state.size) <= SIDE:
            self._kept_source = "drawn"
        elif self._kept_source in ("given", "drawn"):
            self._kept_source = "upload"
        set_value(self._source, self._kept_source)
        show(self._upload, self._kept_source == "upload")

    def _explain(self, reasons):
        """Why some values are not offered, in small print."""
        if not reasons:
            self.message.value = ""
            return
        # what was said of rows need not be said of columns again
        said = {reason.replace("rows", "columns") for reason in reasons if "rows" in reason}
        items = "".join(f"<li>{escape(reason)}</li>" for reason in reasons if reason not in said)
        self.message.value = (
            f'<details style="line-height:1.4"><summary>{self._labels["why"]} {escape(reasons[0])}</summary>'
            f'<ul style="margin:0">{items}</ul></details>'
        )

    # Which numbers are shown

    def _choose_filter(self, change):
        """Someone chose which filter's numbers to see."""
        if not self._quiet and change["new"] is not None:
            self._shown_filter = change["new"]
            self._refresh()

    def _choose_channel(self, change):
        """Someone chose which channel's numbers to see."""
        if not self._quiet and change["new"] is not None:
            self._shown_channel = change["new"]
            self._refresh()

    def _typed_weight(self, row, column, value):
        """Someone typed a weight."""
        channel = self._shown_channel % self.state.kernel.shape[2]
        self.change("cell", value, (row, column, channel, self._shown_filter))

    def _typed_pixel(self, row, column, value):
        """Someone typed a number of the input."""
        self.change("pixel", value, (row, column, self._shown_channel))


@lru_cache
def controls_script():
    """The script that gives names to the controls and leaves them their keys."""
    return files("convviz.interactive").joinpath("controls.js").read_text("utf-8")


def show(widget, seen):
    """Let a widget be seen, or not."""
    display = None if seen else "none"
    if widget.layout.display != display:
        widget.layout.display = display


def same_settings(one, other):
    """Whether two settings are of the same operation on the same image."""
    return (
        repr(one.operation()) == repr(other.operation())
        and np.array_equal(one.image, other.image)
        and np.array_equal(one.kernel, other.kernel)
    )


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
