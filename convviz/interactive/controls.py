"""The controls of an explorer: one for each setting, offering only what gives an output."""

import ipywidgets

from convviz.interactive.settings import ALL
from convviz.interactive.widget_versions import give_tooltip

__all__ = ["NARROW", "ROW", "WIDE", "Axes", "Choice", "Fold", "Switch", "caption", "labelled", "offer", "set_value", "show"]

#: Widths of a choice between numbers, of one between words, of a small button, and of the name of a setting.
NARROW, WIDE, BUTTON, NAME = "50px", "152px", "26px", "104px"
#: Width of a row of a control.
ROW = "272px"


class Choice:
    """A drop-down list of the values of a setting that give an output; between buttons for the values next to it.

    Parameters
    ----------
    name : str
        Of the setting, as `convviz.interactive.settings.Settings.options` takes it.
    axis : int, "all" or None
    label : str
        What a screen reader calls it.
    titles : dict or None
        Words for values; numbers need none.
    changed : function
        Called with the setting and its new value.
    buttons : pair of str, optional
        What the buttons for the value before and after the present one are called; there are none unless given.

    Attributes
    ----------
    widget : ipywidgets.Dropdown
    buttons : list of ipywidgets.Button
    parts : list of ipywidgets.Widget
        The list, and the buttons beside it.
    """

    def __init__(self, name, axis, label, titles, changed, buttons=()):
        self.name, self.axis, self.label, self.titles, self.changed = name, axis, label, titles, changed
        layout = ipywidgets.Layout(width=WIDE if titles else NARROW, margin="1px 2px")
        self.widget = give_tooltip(ipywidgets.Dropdown(options=[("", None)], layout=layout), label)
        self.state, self.quiet = None, False
        self.widget.observe(self.chosen, names="value")
        self.buttons = [small_button(sign, word) for sign, word in zip("−+", buttons, strict=False)]
        for button, by in zip(self.buttons, (-1, 1), strict=False):
            button.on_click(lambda _, by=by: self.step(by))
        self.parts = [self.buttons[0], self.widget, self.buttons[1]] if buttons else [self.widget]

    def chosen(self, change):
        """Handle another value of the list."""
        if self.quiet or change["new"] is None:
            return
        value = change["new"]
        if self.axis is not None:
            value = self.state.with_axis(self.name, self.axis, value)
        self.changed(self.name, value)

    def step(self, by):
        """Choose the value so many places further in the list, if there is one."""
        place = self.widget.index + by
        if 0 <= place < len(self.widget.options):
            self.widget.index = place

    def refresh(self, state):
        """Offer what the present settings allow; return why the next value is not offered, as a sentence."""
        self.state = state
        options = state.options(self.name, self.axis)
        present = state.present(self.name, self.axis)
        self.quiet = True
        offer(self.widget, [(self.title(value), value) for value in options.values], present)
        self.quiet = False
        for button, end in zip(self.buttons, (0, len(options.values) - 1), strict=False):
            disable(button, self.widget.index == end)
        if not options.reason:
            return ""
        return f"{self.label} {self.title(options.refused)}: {options.reason.split('; use ')[0]}."

    def title(self, value):
        """What a value is called in the list."""
        return self.titles[value] if self.titles else str(value)


class Axes:
    """One control for all axes of a setting, and one for each axis where they differ or are wanted separately.

    Parameters
    ----------
    together : Choice
        For "all" axes.
    apart : list of Choice
        One for each axis.
    between : list of str
        What stands before each of these.
    label : str
        What the button is called that separates them.

    Attributes
    ----------
    toggle : ipywidgets.ToggleButton
    widget : ipywidgets.Widget
        Everything.
    """

    def __init__(self, together, apart, between, label):
        self.name, self.together, self.apart = together.name, together, apart
        self.toggle = ipywidgets.ToggleButton(description="×", layout=button_layout("1px 0 1px 8px"))
        give_tooltip(self.toggle, label)
        self.quiet = False
        self.toggle.observe(self.toggled, names="value")
        signs = [[ipywidgets.Label(word)] if word else [] for word in between]
        lists = [part for sign, choice in zip(signs, apart, strict=True) for part in (*sign, *choice.parts)]
        self.boxes = [row(together.parts), row(lists)]
        self.widget = row([*self.boxes, self.toggle])

    def toggled(self, change):
        """Handle the button: with it all axes get the value of the first."""
        state, together = self.together.state, self.together
        if self.quiet or state is None:
            return
        if not change["new"] and not alike(state, self.name):
            together.changed(self.name, state.with_axis(self.name, ALL, state.present(self.name, ALL)))
        else:
            self.refresh(state)

    def refresh(self, state):
        """Offer what the present settings allow; return why the next values are not offered, as sentences."""
        separate = self.toggle.value or not alike(state, self.name)
        self.quiet = True
        set_value(self.toggle, separate)
        self.quiet = False
        for box, seen in zip(self.boxes, (not separate, separate), strict=True):
            show(box, seen)
        for choice in (self.together, *self.apart):
            choice.state = state
        return [choice.refresh(state) for choice in (self.apart if separate else [self.together])]


def alike(state, name):
    """Whether a setting has one value along all its axes."""
    return len(set(state.along_axes(name))) == 1


class Fold:
    """Controls under a button that shows and hides them; hidden at first.

    Parameters
    ----------
    title : str
    widgets : list of ipywidgets.Widget
    opened : function
        Called when they are shown.

    Attributes
    ----------
    button : ipywidgets.ToggleButton
    body, widget : ipywidgets.Widget
        The controls; these with the button.
    """

    def __init__(self, title, widgets, opened=lambda: None):
        self.title, self.opened = title, opened
        self.button = ipywidgets.ToggleButton(description=f"▸ {title}", layout=ipywidgets.Layout(width=ROW, margin="1px 2px"))
        self.button.add_class("convviz-fold")
        self.button.observe(self.turned, names="value")
        self.body = ipywidgets.VBox(widgets, layout=ipywidgets.Layout(display="none"))
        self.widget = ipywidgets.VBox([self.button, self.body])

    @property
    def is_open(self):
        """Whether the controls are shown."""
        return self.button.value

    def open(self):
        """Show the controls."""
        self.button.value = True

    def turned(self, change):
        """Handle the button."""
        self.button.description = f"{'▾' if change['new'] else '▸'} {self.title}"
        show(self.body, change["new"])
        if change["new"]:
            self.opened()


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


def disable(button, disabled):
    """Disable or enable a button."""
    if button.disabled != disabled:
        button.set_trait("disabled", disabled)


def small_button(sign, label):
    """A button with one sign."""
    return give_tooltip(ipywidgets.Button(description=sign, layout=button_layout()), label)


def button_layout(margin="1px 0"):
    """The layout of a button with one sign."""
    return ipywidgets.Layout(width=BUTTON, min_width=BUTTON, padding="0", margin=margin)


def row(widgets):
    """Widgets beside each other."""
    return ipywidgets.HBox(widgets, layout=ipywidgets.Layout(align_items="center", flex_flow="row wrap"))


def caption(text):
    """The name of what stands below."""
    return ipywidgets.Label(text)


def labelled(text, *widgets):
    """Controls in a row after their label."""
    label = ipywidgets.Label(text, layout=ipywidgets.Layout(width=NAME, flex="0 0 auto"))
    layout = ipywidgets.Layout(align_items="center", flex_flow="row wrap", width=ROW)
    return ipywidgets.HBox([label, *widgets], layout=layout)


def show(widget, seen):
    """Show a widget, or hide it."""
    display = None if seen else "none"
    if widget.layout.display != display:
        widget.layout.display = display
