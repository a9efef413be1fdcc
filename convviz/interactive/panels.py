"""The widgets of an explorer, and what they show of the present settings."""

from collections.abc import Callable
from html import escape
from typing import NamedTuple

import ipywidgets

from convviz import examples
from convviz.interactive.cells import SIDE, CellGrid, written
from convviz.interactive.controls import Choice, Switch, heading, labelled, offer, show
from convviz.interactive.labels import LABELS
from convviz.interactive.settings import candidates, kinds
from convviz.interactive.widget_versions import give_tooltip
from convviz.operations import class_of

__all__ = ["Events", "Panels"]

#: Settings of both axes.
PAIRS = ("pool_size", "strides", "dilation_rate", "output_padding")
SIDES = ("top", "bottom", "left", "right")
SWITCHES = ("flip_kernel", "ceil_mode", "count_include_pad")


class Events(NamedTuple):
    """The functions that are called when someone uses a widget.

    Attributes
    ----------
    change : function of (str, object)
        For a setting and its new value.
    example, source, file, named_kernel, bias, filter, channel : function of dict
        For a change of the widget of that name, as ipywidgets describe it.
    predict : function of (str, bool)
    weight, pixel : function of (int, int, number)
        For row, column and new value of a cell.
    """

    change: Callable
    example: Callable
    source: Callable
    file: Callable
    named_kernel: Callable
    bias: Callable
    filter: Callable
    channel: Callable
    predict: Callable
    weight: Callable
    pixel: Callable


class Panels:
    """All widgets of an explorer.

    Parameters
    ----------
    lang : {"en", "ja"}
    events : Events
    with_given : bool
        Whether an image was given, to which one can go back.

    Attributes
    ----------
    root : ipywidgets.Widget
        What holds all others.
    message : ipywidgets.HTML
    choices : list of convviz.interactive.controls.Choice
    switches : dict of str to convviz.interactive.controls.Switch
    rows : dict of str to ipywidgets.Widget
        By setting, the row of controls that is shown or not.
    """

    def __init__(self, lang, events, with_given):
        self.lang, self.labels, self.events = lang, LABELS[lang], events
        self.choices, self.rows = [], {}
        self.message = ipywidgets.HTML()
        columns = [self.input_column(with_given), self.kernel_column(), self.settings_column()]
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start")
        self.root = ipywidgets.VBox([self.top_row(), ipywidgets.HBox(columns, layout=layout), self.message])

    def choice(self, name, axis=None, label=None, titles=None):
        """A drop-down list for a setting."""
        made = Choice(name, axis, label or self.labels[name], titles, self.events.change)
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
        operations = {kind: class_of(kind).names.title(self.lang).lower() for kind in kinds()}
        kind = self.choice("kind", None, self.labels["operation"], operations)
        titles = examples.titles(self.lang)
        listed = [(titles[name], name) for each in examples.KINDS[:3] for name in examples.names(each)]
        self.example = self.picker([(self.labels["none"], ""), *listed], self.events.example, "21em")
        give_tooltip(self.example, self.labels["example"])
        self.prediction = Switch("predict", self.labels["predict"], self.events.predict)
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        return ipywidgets.HBox(
            [
                labelled(self.labels["operation"], kind.widget),
                labelled(self.labels["example"], self.example),
                self.prediction.widget,
            ],
            layout=layout,
        )

    def input_column(self, with_given):
        """Where the input comes from, its size and its numbers."""
        sources = ("drawn", "photograph_grey", "photograph", "upload")
        sources = ("given", *sources) if with_given else sources
        self.source = self.picker([(self.labels[name], name) for name in sources], self.events.source)
        give_tooltip(self.source, self.labels["input"])
        self.upload = ipywidgets.FileUpload(
            accept="image/*",
            description=self.labels["file"],
            layout=ipywidgets.Layout(display="none", width="auto"),
        )
        give_tooltip(self.upload, self.labels["file"])
        self.upload.observe(self.events.file, names="value")
        self.pixels = CellGrid(self.labels["input"], self.labels["cell"], self.events.pixel, self.say)
        self.picture = ipywidgets.Label()
        self.input_channel = self.picker([("0", 0)], self.events.channel, "4.6em")
        give_tooltip(self.input_channel, f"{self.labels['input']}, {self.labels['shown_channel']}")
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
        self.kernel_name = self.picker(names, self.events.named_kernel, "19em")
        give_tooltip(self.kernel_name, self.labels["named"])
        self.weights = CellGrid(self.labels["kernel"], self.labels["cell"], self.events.weight, self.say)
        self.filter, self.channel = (
            self.picker([("0", 0)], chosen, "4.6em") for chosen in (self.events.filter, self.events.channel)
        )
        for widget, word in ((self.filter, "shown_filter"), (self.channel, "shown_channel")):
            give_tooltip(widget, f"{self.labels['kernel']}, {self.labels[word]}")
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
        modes = {mode: self.labels[mode] for mode in candidates("padding_mode")}
        self.rows["padding_mode"] = labelled(self.labels["padding_mode"], self.choice("padding_mode", titles=modes).widget)
        sides = []
        for axis, side in enumerate(SIDES):
            sides += [ipywidgets.Label(self.labels[f"side_{side}"]), self.choice("amounts", axis, self.labels[side]).widget]
        self.rows["amounts"] = labelled(self.labels["amounts"], *sides)
        for name in ("groups", "filters"):
            self.rows[name] = labelled(self.labels[name], self.choice(name).widget)
        self.bias = ipywidgets.Text(
            continuous_update=False,
            placeholder=self.labels["none"],
            layout=ipywidgets.Layout(width="10em"),
        )
        give_tooltip(self.bias, self.labels["bias_hint"])
        self.bias.observe(self.events.bias, names="value")
        self.rows["bias"] = labelled(self.labels["bias"], self.bias)
        self.switches = {name: Switch(name, self.labels[name], self.events.change) for name in SWITCHES}
        self.rows |= {name: switch.widget for name, switch in self.switches.items()}
        order = (
            "pool_size",
            "strides",
            "padding",
            "amounts",
            "padding_mode",
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

    # What they show

    def refresh(self, settings):
        """Show settings in all controls and offer what they allow; sentences about what they do not allow."""
        visible = visible_rows(settings)
        for name, row in self.rows.items():
            show(row, name in visible)
        show(self.kernel_part, settings.weighted)
        used = [choice for choice in self.choices if choice.name in visible]
        # the last to be named are the sizes of the input: that a kernel is too large is what people ask about
        reasons = [choice.refresh(settings) for choice in sorted(used, key=lambda choice: choice.name in ("size", "channels"))]
        for name, switch in self.switches.items():
            switch.show(getattr(settings, name))
        return [reason for reason in reasons if reason]

    def refresh_numbers(self, settings, filter, channel):
        """The fields for the numbers of the input and the kernel, and the bias.

        Parameters
        ----------
        settings : convviz.interactive.settings.Settings
        filter, channel : int
            Which are shown.
        """
        small = max(settings.size) <= SIDE
        show(self.pixels, small)
        show(self.picture, not small)
        if small:
            self.pixels.fill(settings.image[:, :, channel])
        self.picture.value = self.labels["picture"].format(*settings.size)
        channels, filters = settings.kernel.shape[2:]
        self.weights.fill(settings.kernel[:, :, channel % channels, filter])
        for picker, count, present in (
            (self.filter, filters, filter),
            (self.channel, channels, channel % channels),
            (self.input_channel, settings.channels, channel),
        ):
            offer(picker, [(str(number), number) for number in range(count)], present)
        self.bias.value = " ".join(written(value) for value in settings.bias or ())

    def say(self, text):
        """Show an error under the controls."""
        self.message.value = f'<p role="alert" style="margin:4px 0"><b>⚠ {escape(text)}</b> {self.labels["kept"]}</p>'

    def note(self, text):
        """Show what is worth knowing about a change that was made, before why some values are not offered."""
        self.message.value = f'<p role="status" style="margin:4px 0">{escape(text)}</p>{self.message.value}'

    def explain(self, reasons):
        """Show why some values are not offered, in small print."""
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


def visible_rows(settings):
    """Names of the rows of controls, and of the lists outside of rows, that make sense for these settings."""
    visible = {"kind", *settings.setting_names}
    if settings.weighted:
        visible.add("kernel_size")
    if settings.padding == "amounts" and "padding" in visible:
        visible.add("amounts")
    if settings.padding == "valid":
        visible.discard("padding_mode")
    if settings.channels == 1:
        visible.discard("groups")
    if max(settings.size) <= SIDE:
        visible |= {"size", "channels"}
        if settings.channels > 1:
            visible.add("input_channel")
    if settings.weighted and settings.kernel.shape[2] > 1:
        visible.add("shown_channel")
    if settings.weighted and settings.kernel.shape[3] > 1:
        visible.add("shown_filter")
    return visible
