"""Controls for every setting of an operation, beside the player that shows what they come to."""

from functools import lru_cache
from html import escape
from importlib.resources import files

import ipywidgets
import numpy as np

from convviz import examples
from convviz.inputs import Usage, decoded
from convviz.interactive.cells import SIDE, CellGrid, mark, read_cells, written
from convviz.interactive.controls import Choice, Switch, heading, labelled, offer, set_value
from convviz.interactive.labels import LABELS
from convviz.interactive.settings import kinds
from convviz.interactive.showing import Showing, require_notebook, show_widget
from convviz.interactive.start import settings_of
from convviz.operations import class_of
from convviz.operations.framework_code import framework_code, python_code
from convviz.render.page import fragment
from convviz.stage.captions import captions

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

    def __init__(self, state, lang="en", given=False):
        self.state, self.lang, self.labels = state, lang, LABELS[lang]
        self.given = state.image if given else None
        self.predict = self.quiet = False
        self.shown_filter = self.shown_channel = 0
        self.kept_source = "drawn" if self.given is None else "given"
        self.showing = Showing()
        self.trace = state.trace()
        self.make_controls()
        self.html = self.drawn(state, self.trace)
        self.quiet = True
        self.example.value = next((name for _, name in self.example.options if name and self.is_example(name)), "")
        self.quiet = False
        self.refresh()

    def is_example(self, name):
        """Whether the present settings are those of a worked example."""
        return same_settings(settings_of(name), self.state)

    @property
    def operation(self):
        """The operation with the present settings."""
        return self.trace.operation

    @property
    def image(self):
        """The present input: (H, W), or (H, W, C) where it has several channels."""
        return self.state.image[:, :, 0] if self.state.channels == 1 else self.state.image

    # What is shown

    def drawn(self, state, trace):
        """The player as HTML."""
        player = fragment(trace.board(self.lang), notes=self.notes(state, trace), predict=self.predict)
        return f"{player}\n<script>{controls_script()}</script>"

    def notes(self, state, trace):
        """The size formula, and the operation in code: what stands beside the player to be copied."""
        frameworks = framework_code(trace.operation, state.image.shape)
        lines = [("convviz", python_code(trace.operation)), *((code.framework, str(code)) for code in frameworks)]
        return [(self.labels["output_size"], trace.geometry.formula(captions(self.lang)["axes"])), *lines]

    def _ipython_display_(self):
        show_widget(self.controls, self.labels["controls"])
        self.showing.show(self.html, repr(self.trace))

    def __repr__(self):
        return f"<Explorer of {self.trace!r}>"

    # What changes

    def change(self, name, value, place=None):
        """Take a new value of a setting; where it gives no output, say why and leave everything as it is."""
        if not self.quiet:
            self.attempt(lambda: self.state.change(name, value, place))

    def attempt(self, make):
        """Show the settings that a function makes, or say why they give no output; answer whether they did."""
        try:
            self.take(make())
        except ERRORS as error:
            self.refuse(error)
            return False
        return True

    def take(self, state):
        """Show what other settings come to."""
        trace = state.trace()
        html = self.drawn(state, trace)
        self.state, self.trace, self.html = state, trace, html
        self.showing.update(html, repr(trace))
        self.refresh()

    def refuse(self, error):
        """Say what is wrong; what is shown, and every control but the one that was typed into, stays."""
        words = str(error) or type(error).__name__
        if isinstance(error, MemoryError):
            words = f"the image is too large for the memory of this computer: {words}"
        self.refresh()
        self.say(words)

    def say(self, text):
        """An error, in words, under the controls."""
        self.message.value = f'<p role="alert" style="margin:4px 0"><b>⚠ {escape(text)}</b> {self.labels["kept"]}</p>'

    def typed_bias(self, change):
        """Someone typed biases."""
        if self.quiet:
            return
        right = self.attempt(lambda: self.state.change("bias", read_cells(change["new"]) or None))
        mark(self.bias, not right)
        if not right:  # what was typed stays, to be mended
            self.quiet = True
            self.bias.value = change["new"]
            self.quiet = False

    def take_example(self, change):
        """Someone chose a worked example: its operation and its input."""
        if not self.quiet and change["new"]:
            self.shown_filter = self.shown_channel = 0
            self.attempt(lambda: settings_of(change["new"]))

    def take_input(self, change):
        """Someone chose where the input comes from."""
        source = change["new"]
        if self.quiet:
            return
        if source == "upload":
            show(self.upload, True)
            return
        self.shown_channel, before, self.kept_source = 0, self.kept_source, source
        if not self.attempt(lambda: self.state.change("image", self.input_of(source))):
            self.kept_source = before
            self.refresh_names(self.state)

    def input_of(self, source):
        """The image that a name stands for."""
        if source == "given":
            return self.given
        if source == "drawn":
            small = self.state.channels == 1 and max(self.state.size) <= SIDE
            return self.state.image if small else examples.get("lecture_6x6").image
        return examples.photograph(colour=source == "photograph")

    def take_file(self, change):
        """Someone chose a picture file."""
        if self.quiet:
            return
        before, self.kept_source, right = self.kept_source, "upload", True
        for file in change["new"]:
            right = self.attempt(lambda file=file: self.state.change("image", self.picture_in(file)))
        self.quiet = True
        self.upload.value = ()  # so that the same file can be chosen again
        if not right:
            self.kept_source = before
            self.source.value = "upload"  # another file can be tried
            show(self.upload, True)
        self.quiet = False

    def picture_in(self, file):
        """The picture in an uploaded file."""
        try:
            return decoded(bytes(file["content"]), file["name"], colour=True)
        except Usage as error:
            raise Usage(f"{str(error).split('; ')[0]}; choose a file with a picture, such as .png or .jpg") from None

    def take_named_kernel(self, change):
        """Someone chose a kernel by its name."""
        if not self.quiet and change["new"]:
            self.attempt(lambda: self.state.change("kernel", examples.kernel(change["new"])))

    def take_predict(self, name, on):
        """Someone chose to predict results, or not to."""
        self.predict = on
        self.attempt(lambda: self.state)

    # The controls

    def make_controls(self):
        """All widgets; `refresh` says which are seen."""
        self.choices, self.rows = [], {}
        self.message = ipywidgets.HTML()
        columns = [self.input_column(), self.kernel_column(), self.settings_column()]
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start")
        self.controls = ipywidgets.VBox([self.top_row(), ipywidgets.HBox(columns, layout=layout), self.message])

    def choice(self, name, axis=None, label=None, titles=None):
        """A drop-down list for a setting."""
        made = Choice(name, axis, label or self.labels[name], titles, self.change)
        self.choices.append(made)
        return made

    def pair(self, name):
        """Two lists, for rows and columns, with their name."""
        both = [
            self.choice(name, axis, self.labels[word].format(self.labels[name])).widget
            for axis, word in enumerate(("rows", "columns"))
        ]
        return labelled(self.labels[name], both[0], ipywidgets.Label("×"), both[1])

    def picker(self, options, chosen, width="15em"):
        """A list that is not a setting: an example, an input, a name."""
        made = ipywidgets.Dropdown(options=options, layout=ipywidgets.Layout(width=width, margin="1px 2px"))
        made.observe(chosen, names="value")
        return made

    def top_row(self):
        """Operation, worked example and predict mode."""
        operations = {kind: class_of(kind).names.titles[self.lang].lower() for kind in kinds()}
        kind = self.choice("kind", None, self.labels["operation"], operations)
        titles = examples.titles(self.lang)
        listed = [(titles[name], name) for each in examples.KINDS[:3] for name in examples.names(each)]
        self.example = self.picker([(self.labels["none"], ""), *listed], self.take_example, "21em")
        self.example.tooltip = self.labels["example"]
        self.prediction = Switch("predict", self.labels["predict"], self.take_predict)
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        return ipywidgets.HBox(
            [
                labelled(self.labels["operation"], kind.widget),
                labelled(self.labels["example"], self.example),
                self.prediction.widget,
            ],
            layout=layout,
        )

    def input_column(self):
        """Where the input comes from, its size and its numbers."""
        sources = ("drawn", "photograph_grey", "photograph", "upload")
        sources = sources if self.given is None else ("given", *sources)
        self.source = self.picker([(self.labels[name], name) for name in sources], self.take_input)
        self.source.tooltip = self.labels["input"]
        self.upload = ipywidgets.FileUpload(
            accept="image/*",
            description=self.labels["file"],
            tooltip=self.labels["file"],
            layout=ipywidgets.Layout(display="none", width="auto"),
        )
        self.upload.observe(self.take_file, names="value")
        self.pixels = CellGrid(self.labels["input"], self.labels["cell"], self.typed_pixel, self.say)
        self.picture = ipywidgets.Label()
        self.input_channel = self.picker([("0", 0)], self.choose_channel, "4.6em")
        self.input_channel.tooltip = f"{self.labels['input']}, {self.labels['shown_channel']}"
        self.rows["size"], self.rows["channels"] = (
            self.pair("size"),
            labelled(self.labels["channels"], self.choice("channels").widget),
        )
        self.rows["input_channel"] = labelled(self.labels["shown_channel"], self.input_channel)
        return self.column(
            "input",
            [
                self.source,
                self.upload,
                self.rows["size"],
                self.rows["channels"],
                self.rows["input_channel"],
                self.picture,
                self.pixels,
            ],
        )

    def kernel_column(self):
        """The kernel's size, name and numbers."""
        titles = examples.kernel_titles(self.lang)
        names = [(self.labels["custom"], ""), *((titles[name], name) for name in examples.kernels())]
        self.kernel_name = self.picker(names, self.take_named_kernel, "19em")
        self.kernel_name.tooltip = self.labels["named"]
        self.weights = CellGrid(self.labels["kernel"], self.labels["cell"], self.typed_weight, self.say)
        self.filter, self.channel = (
            self.picker([("0", 0)], chosen, "4.6em") for chosen in (self.choose_filter, self.choose_channel)
        )
        for widget, word in ((self.filter, "shown_filter"), (self.channel, "shown_channel")):
            widget.tooltip = f"{self.labels['kernel']}, {self.labels[word]}"
        self.rows["shown_filter"] = labelled(self.labels["shown_filter"], self.filter)
        self.rows["shown_channel"] = labelled(self.labels["shown_channel"], self.channel)
        self.kernel_part = self.column(
            "kernel",
            [
                self.kernel_name,
                self.pair("kernel_size"),
                self.rows["shown_filter"],
                self.rows["shown_channel"],
                self.weights,
            ],
        )
        return self.kernel_part

    def settings_column(self):
        """Everything else."""
        for name in PAIRS:
            self.rows[name] = self.pair(name)
        for name, values in (("padding", ("valid", "same", "full", "amounts")), ("view", ("gather", "scatter"))):
            titles = {value: self.labels["by_amounts" if value == "amounts" else value] for value in values}
            self.rows[name] = labelled(self.labels[name], self.choice(name, titles=titles).widget)
        sides = []
        for axis, side in enumerate(SIDES):
            sides += [ipywidgets.Label(self.labels[f"side_{side}"]), self.choice("amounts", axis, self.labels[side]).widget]
        self.rows["amounts"] = labelled(self.labels["amounts"], *sides)
        for name in ("groups", "filters"):
            self.rows[name] = labelled(self.labels[name], self.choice(name).widget)
        self.bias = ipywidgets.Text(
            continuous_update=False,
            placeholder=self.labels["none"],
            tooltip=self.labels["bias_hint"],
            layout=ipywidgets.Layout(width="10em"),
        )
        self.bias.observe(self.typed_bias, names="value")
        self.rows["bias"] = labelled(self.labels["bias"], self.bias)
        self.switches = {name: Switch(name, self.labels[name], self.change) for name in SWITCHES}
        self.rows |= {name: switch.widget for name, switch in self.switches.items()}
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
        return self.column("settings", [self.rows[name] for name in order])

    def column(self, name, widgets):
        """Controls of one subject under its name."""
        layout = ipywidgets.Layout(margin="0 16px 4px 0", min_width="24em" if name == "settings" else "0")
        return ipywidgets.VBox([heading(self.labels[name]), *widgets], layout=layout)

    # Keeping the controls to the state

    def refresh(self):
        """Show the present settings in all controls, offer what they allow, and say why not more."""
        self.quiet = True
        state = self.state
        seen = self.seen()
        for name, row in self.rows.items():
            show(row, name in seen)
        show(self.kernel_part, state.weighted)
        used = [choice for choice in self.choices if self.used(choice, seen)]
        # the last to be named are the sizes of the input: that a kernel is too large is what people ask about
        reasons = [choice.refresh(state) for choice in sorted(used, key=lambda choice: choice.name in ("size", "channels"))]
        for name, switch in self.switches.items():
            switch.show(getattr(state, name))
        self.refresh_numbers(state)
        self.refresh_names(state)
        self.quiet = False
        self.explain([reason for reason in reasons if reason])

    def seen(self):
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

    def used(self, choice, seen):
        """Whether a list is seen at present."""
        return choice.name in seen or choice.name == "kind" or (choice.name == "kernel_size" and self.state.weighted)

    def refresh_numbers(self, state):
        """The fields for the input's and the kernel's numbers, and the bias."""
        small = max(state.size) <= SIDE
        show(self.pixels, small)
        show(self.picture, not small)
        self.shown_channel %= state.channels
        if small:
            self.pixels.fill(state.image[:, :, self.shown_channel])
        self.picture.value = self.labels["picture"].format(*state.size)
        last = state.kernel.shape[2:]
        self.shown_filter %= last[1]
        channel = self.shown_channel % last[0]
        self.weights.fill(state.kernel[:, :, channel, self.shown_filter])
        for picker, count, present in (
            (self.filter, last[1], self.shown_filter),
            (self.channel, last[0], channel),
            (self.input_channel, state.channels, self.shown_channel),
        ):
            offer(picker, [(str(number), number) for number in range(count)], present)
        self.bias.value = " ".join(written(value) for value in state.bias or ())

    def refresh_names(self, state):
        """The lists of inputs, examples and kernels, which go back to no name when the numbers are changed."""
        kernels = {name: examples.kernel(name) for name in examples.kernels()}
        plain = state.kernel[:, :, :1, :1]
        alike = (state.kernel == plain).all()
        name = next((name for name, known in kernels.items() if alike and np.array_equal(plain[:, :, 0, 0], known)), "")
        set_value(self.kernel_name, name)
        if self.example.value and not self.is_example(self.example.value):
            self.example.value = ""
        if state.image is self.given:
            self.kept_source = "given"
        elif max(state.size) <= SIDE:
            self.kept_source = "drawn"
        elif self.kept_source in ("given", "drawn"):
            self.kept_source = "upload"
        set_value(self.source, self.kept_source)
        show(self.upload, self.kept_source == "upload")

    def explain(self, reasons):
        """Why some values are not offered, in small print."""
        if not reasons:
            self.message.value = ""
            return
        # what was said of rows need not be said of columns again
        said = {reason.replace("rows", "columns") for reason in reasons if "rows" in reason}
        items = "".join(f"<li>{escape(reason)}</li>" for reason in reasons if reason not in said)
        self.message.value = (
            f'<details style="line-height:1.4"><summary>{self.labels["why"]} {escape(reasons[0])}</summary>'
            f'<ul style="margin:0">{items}</ul></details>'
        )

    # Which numbers are shown

    def choose_filter(self, change):
        """Someone chose which filter's numbers to see."""
        if not self.quiet and change["new"] is not None:
            self.shown_filter = change["new"]
            self.refresh()

    def choose_channel(self, change):
        """Someone chose which channel's numbers to see."""
        if not self.quiet and change["new"] is not None:
            self.shown_channel = change["new"]
            self.refresh()

    def typed_weight(self, row, column, value):
        """Someone typed a weight."""
        channel = self.shown_channel % self.state.kernel.shape[2]
        self.change("cell", value, (row, column, channel, self.shown_filter))

    def typed_pixel(self, row, column, value):
        """Someone typed a number of the input."""
        self.change("pixel", value, (row, column, self.shown_channel))


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


def explore(operation, image=None, lang="en"):
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
