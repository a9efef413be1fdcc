"""The controls of an explorer: one for each setting, offering only what gives an output."""

import ipywidgets

from convviz.interactive.widget_versions import give_tooltip

__all__ = ["Choice", "Switch", "heading", "labelled", "offer", "set_value", "show"]

#: Widths of a choice between numbers, and of one between words.
NARROW, WIDE = "4.6em", "15em"


class Choice:
    """A drop-down list of the values of a setting that give an output.

    Parameters
    ----------
    name : str
        Of the setting, as `convviz.interactive.settings.Settings.options` takes it.
    axis : int or None
    label : str
        What a screen reader calls it.
    titles : dict or None
        Words for values; numbers need none.
    changed : function
        Called with the setting and its new value.

    Attributes
    ----------
    widget : ipywidgets.Dropdown
    """

    def __init__(self, name, axis, label, titles, changed):
        self.name, self.axis, self.label, self.titles, self.changed = name, axis, label, titles, changed
        layout = ipywidgets.Layout(width=WIDE if titles else NARROW, margin="1px 2px")
        self.widget = give_tooltip(ipywidgets.Dropdown(options=[("", None)], layout=layout), label)
        self.state, self.quiet = None, False
        self.widget.observe(self.chosen, names="value")

    def chosen(self, change):
        """Handle another value of the list."""
        if self.quiet or change["new"] is None:
            return
        value = change["new"]
        if self.axis is not None:
            value = self.state.with_axis(self.name, self.axis, value)
        self.changed(self.name, value)

    def refresh(self, state):
        """Offer what the present settings allow; return why the next value is not offered, as a sentence."""
        self.state = state
        options = state.options(self.name, self.axis)
        present = getattr(state, self.name) if self.axis is None else state.along_axes(self.name)[self.axis]
        self.quiet = True
        offer(self.widget, [(self.title(value), value) for value in options.values], present)
        self.quiet = False
        if not options.reason:
            return ""
        return f"{self.label} {self.title(options.refused)}: {options.reason.split('; use ')[0]}."

    def title(self, value):
        """What a value is called in the list."""
        return self.titles[value] if self.titles else str(value)


class Switch:
    """A check box for a setting that is on or off.

    Parameters
    ----------
    name, label : str
    changed : function
        Called with the setting and whether it is on.

    Attributes
    ----------
    widget : ipywidgets.Checkbox
    """

    def __init__(self, name, label, changed):
        self.name, self.quiet = name, False
        self.widget = ipywidgets.Checkbox(description=label, indent=False, layout=ipywidgets.Layout(width="auto"))
        self.widget.observe(lambda change: self.quiet or changed(name, change["new"]), names="value")

    def show(self, on):
        """Show a value without calling `changed`."""
        self.quiet = True
        self.widget.value = on
        self.quiet = False


def offer(widget, options, present):
    """Set list and value of a drop-down list in one message to the page, and only where they differ."""
    with widget.hold_sync():
        if list(widget.options) != options:
            widget.options = options
        set_value(widget, present)


def set_value(widget, value):
    """Set the value of a widget where it differs."""
    if widget.value != value:
        widget.value = value


def heading(text):
    """A line above controls."""
    return ipywidgets.HTML(f"<b>{text}</b>")


def labelled(text, *widgets):
    """Controls in a row after their label."""
    label = ipywidgets.Label(text, layout=ipywidgets.Layout(width="8.2em", flex="0 0 auto"))
    layout = ipywidgets.Layout(align_items="center", flex_flow="row wrap")
    return ipywidgets.HBox([label, *widgets], layout=layout)


def show(widget, seen):
    """Show a widget, or hide it."""
    display = None if seen else "none"
    if widget.layout.display != display:
        widget.layout.display = display
