"""The widgets of an explorer, and what they show of the present settings."""

from collections.abc import Callable
from html import escape
from typing import NamedTuple

import ipywidgets

from convviz import examples
from convviz.interactive.cells import SIDE, CellGrid, written
from convviz.interactive.controls import NARROW, ROW, WIDE, Axes, Choice, Fold, Switch, caption, labelled, offer, show
from convviz.interactive.labels import LABELS
from convviz.interactive.settings import ALL, candidates, kinds
from convviz.interactive.widget_versions import give_tooltip
from convviz.operations import class_of

__all__ = ["Events", "Panels"]

#: Settings of both axes.
PAIRS = ("kernel_size", "pool_size", "strides", "dilation_rate", "output_padding", "size")
SIDES = ("top", "bottom", "left", "right")
SWITCHES = ("flip_kernel", "ceil_mode", "count_include_pad")
#: The rows that are always seen if they make sense, and those under "more settings", in their order.
MAIN = (
    "kernel_size",
    "pool_size",
    "strides",
    "padding",
    "amounts",
    "padding_mode",
    "dilation_rate",
    "output_padding",
    "size",
    "channels",
    "filters",
    "bias",
)
MORE = ("groups", *SWITCHES, "view")


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
    picture : function of dict
        For numbers that were typed in the picture.
    numbers : function without arguments
        When the fields for the numbers are shown.
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
    picture: Callable
    numbers: Callable


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
    axes : dict of str to convviz.interactive.controls.Axes
    switches : dict of str to convviz.interactive.controls.Switch
    rows : dict of str to ipywidgets.Widget
        By setting, the row of controls that is shown or not.
    numbers, more : convviz.interactive.controls.Fold
    typed : ipywidgets.Text
        Hidden; the page writes into it what is typed in the picture.
    """

    def __init__(self, lang, events, with_given):
        self.lang, self.labels, self.events = lang, LABELS[lang], events
        self.choices, self.axes, self.rows = [], {}, {}
        self.message = ipywidgets.HTML()
        self.typed = ipywidgets.Text(continuous_update=False, layout=ipywidgets.Layout(display="none"))
        self.typed.add_class(f"convviz-typed-{self.typed.model_id}")
        self.typed.observe(events.picture, names="value")
        operation = self.operation_list()
        self.make_rows()
        self.prediction = Switch("predict", self.labels["predict"], events.predict)
        self.numbers = Fold(self.labels["numbers"], self.number_widgets(with_given), events.numbers)
        self.more = Fold(self.labels["more"], [*(self.rows[name] for name in MORE), self.prediction.widget])
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        main = ipywidgets.HBox([operation, *(self.rows[name] for name in MAIN)], layout=layout)
        folds = ipywidgets.HBox([self.more.widget, self.numbers.widget], layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.root = ipywidgets.VBox([main, self.message, folds, self.typed])
        self.root.add_class("convviz-controls")

    def choice(self, name, axis=None, label=None, titles=None, buttons=False):
        """A drop-down list for a setting, with buttons for the values next to the present one if wanted."""
        label = label or self.labels[name]
        words = [self.labels[word].format(label) for word in ("decrease", "increase")] if buttons else ()
        made = Choice(name, axis, label, titles, self.events.change, words)
        self.choices.append(made)
        return made

    def together(self, name, apart, between, words):
        """The row of a setting with several axes: one control for all of them, and one for each."""
        label = self.labels[name]
        control = Axes(self.choice(name, ALL, buttons=True), apart, between, self.labels[words].format(label))
        self.axes[name] = control
        return labelled(label, control.widget)

    def pair(self, name):
        """The row of a setting with rows and columns."""
        labels = [self.labels[word].format(self.labels[name]) for word in ("rows", "columns")]
        return self.together(name, [self.choice(name, axis, label) for axis, label in enumerate(labels)], ["", "×"], "apart")

    def picker(self, options, chosen, width=NARROW):
        """A list that is not a setting: an example, an input, a name."""
        made = ipywidgets.Dropdown(options=options, layout=ipywidgets.Layout(width=width, margin="1px 2px"))
        made.observe(chosen, names="value")
        return made

    def operation_list(self):
        """The list of operations."""
        operations = {kind: class_of(kind).names.title(self.lang).lower() for kind in kinds()}
        kind = self.choice("kind", None, self.labels["operation"], operations).widget
        kind.layout.width = ROW
        return kind

    def make_rows(self):
        """The rows of all settings, by name."""
        self.rows |= {name: self.pair(name) for name in PAIRS}
        for name, values in (("padding", ("valid", "same", "full", "amounts")), ("view", ("gather", "scatter"))):
            titles = {value: self.labels["by_amounts" if value == "amounts" else value] for value in values}
            self.rows[name] = labelled(self.labels[name], self.choice(name, titles=titles).widget)
        modes = {mode: self.labels[mode] for mode in candidates("padding_mode")}
        self.rows["padding_mode"] = labelled(self.labels["padding_mode"], self.choice("padding_mode", titles=modes).widget)
        sides = [self.choice("amounts", axis, self.labels[side]) for axis, side in enumerate(SIDES)]
        self.rows["amounts"] = self.together("amounts", sides, [self.labels[f"side_{side}"] for side in SIDES], "sides")
        for name in ("groups", "filters", "channels"):
            self.rows[name] = labelled(self.labels[name], *self.choice(name, buttons=True).parts)
        self.bias = ipywidgets.Text(
            continuous_update=False, placeholder=self.labels["none"], layout=ipywidgets.Layout(width=WIDE, margin="1px 2px")
        )
        give_tooltip(self.bias, self.labels["bias_hint"])
        self.bias.observe(self.events.bias, names="value")
        self.rows["bias"] = labelled(self.labels["bias"], self.bias)
        self.switches = {name: Switch(name, self.labels[name], self.events.change) for name in SWITCHES}
        self.rows |= {name: switch.widget for name, switch in self.switches.items()}

    def number_widgets(self, with_given):
        """Worked examples, where the input comes from, kernels by name, and fields for the numbers of input and kernel."""
        titles = examples.titles(self.lang)
        listed = [(titles[name], name) for each in examples.KINDS[:3] for name in examples.names(each)]
        self.example = self.picker([(self.labels["none"], ""), *listed], self.events.example, ROW)
        give_tooltip(self.example, self.labels["example"])
        return [caption(self.labels["example"]), self.example, *self.input_widgets(with_given), self.kernel_widgets()]

    def input_widgets(self, with_given):
        """Where the input comes from, and its numbers."""
        sources = ("drawn", "photograph_grey", "photograph", "upload")
        sources = ("given", *sources) if with_given else sources
        self.source = self.picker([(self.labels[name], name) for name in sources], self.events.source, ROW)
        give_tooltip(self.source, self.labels["input"])
        self.upload = ipywidgets.FileUpload(
            accept="image/*", description=self.labels["file"], layout=ipywidgets.Layout(display="none", width="auto")
        )
        give_tooltip(self.upload, self.labels["file"])
        self.upload.observe(self.events.file, names="value")
        self.pixels = CellGrid(self.labels["input"], self.labels["cell"], self.events.pixel, self.say)
        self.picture = ipywidgets.Label()
        self.input_channel = self.picker([("0", 0)], self.events.channel)
        give_tooltip(self.input_channel, f"{self.labels['input']}, {self.labels['shown_channel']}")
        self.rows["input_channel"] = labelled(self.labels["shown_channel"], self.input_channel)
        return [
            caption(self.labels["input"]),
            self.source,
            self.upload,
            self.picture,
            self.rows["input_channel"],
            self.pixels,
        ]

    def kernel_widgets(self):
        """The kernel's name and numbers."""
        titles = examples.kernel_titles(self.lang)
        names = [(self.labels["custom"], ""), *((titles[name], name) for name in examples.kernels())]
        self.kernel_name = self.picker(names, self.events.named_kernel, ROW)
        give_tooltip(self.kernel_name, self.labels["named"])
        self.weights = CellGrid(self.labels["kernel"], self.labels["cell"], self.events.weight, self.say)
        self.filter, self.channel = (self.picker([("0", 0)], chosen) for chosen in (self.events.filter, self.events.channel))
        for widget, word in ((self.filter, "shown_filter"), (self.channel, "shown_channel")):
            give_tooltip(widget, f"{self.labels['kernel']}, {self.labels[word]}")
            self.rows[word] = labelled(self.labels[word], widget)
        shown = [self.rows["shown_filter"], self.rows["shown_channel"], self.weights]
        self.kernel_part = ipywidgets.VBox([caption(self.labels["kernel"]), self.kernel_name, *shown])
        return self.kernel_part

    # What they show

    def refresh(self, settings):
        """Show settings in all controls and offer what they allow; sentences about what they do not allow."""
        visible = visible_rows(settings)
        for name, row in self.rows.items():
            show(row, name in visible)
        show(self.kernel_part, settings.weighted)
        single = [choice for choice in self.choices if choice.axis is None and choice.name in visible]
        reasons = [reason for name, axes in self.axes.items() if name in visible for reason in axes.refresh(settings)]
        reasons += [choice.refresh(settings) for choice in single]
        for name, switch in self.switches.items():
            switch.show(getattr(settings, name))
        return [reason for reason in reasons if reason]

    def refresh_numbers(self, settings, filter, channel):
        """The fields for the numbers of the input and the kernel where they are shown, and the bias.

        Parameters
        ----------
        settings : convviz.interactive.settings.Settings
        filter, channel : int
            Which are shown.
        """
        self.bias.value = " ".join(written(value) for value in settings.bias or ())
        if not self.numbers.is_open:
            return
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

    def say(self, text):
        """Show an error under the controls."""
        self.message.value = f'<p role="alert" style="margin:4px 0"><b>⚠ {escape(text)}</b> {self.labels["kept"]}</p>'

    def note(self, text):
        """Show what is worth knowing about a change that was made, before why some values are not offered."""
        self.message.value = f'<p role="status" style="margin:4px 0">{escape(text)}</p>{self.message.value}'

    def explain(self, reasons):
        """Offer the reasons why some values are not offered."""
        if not reasons:
            self.message.value = ""
            return
        # what was said of rows need not be said of columns again
        said = {reason.replace("rows", "columns") for reason in reasons if "rows" in reason}
        items = "".join(f"<li>{escape(reason)}</li>" for reason in reasons if reason not in said)
        self.message.value = (
            f'<details style="line-height:1.4"><summary>{self.labels["why"]}</summary>'
            f'<ul style="margin:0;padding-left:16px">{items}</ul></details>'
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
