"""Outputs of a notebook that can be replaced, and the error if there is no notebook."""

from IPython import get_ipython
from IPython.display import display

__all__ = ["Showing", "require_notebook"]


class Showing:
    """HTML in the output of cells: what a saved notebook keeps, and what a program can replace.

    Contents of widgets are lost when a notebook is saved as usual, and scripts in them never run; an output of its own
    is kept, and steps without the kernel.
    """

    def __init__(self):
        self.handles = []

    def show(self, html, words):
        """Put HTML into the output of the present cell; `words` is for front ends that show plain text."""
        self.handles.append(display(bundle(html, words), raw=True, display_id=True))

    def update(self, html, words):
        """Replace what was shown, in every cell."""
        for handle in self.handles:
            handle.update(bundle(html, words), raw=True)


def bundle(html, words):
    """The data of an output, by media type."""
    return {"text/html": html, "text/plain": words}


def show_widget(widget, words):
    """Put a widget into the output of the present cell; front ends without widgets show `words`."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view, "text/plain": words}, raw=True)


def require_notebook(name, instead):
    """Raise an error, with what to do instead, if there is no notebook.

    Parameters
    ----------
    name : str
        What needs one.
    instead : str
        What to do without.

    Raises
    ------
    RuntimeError
        In a script, and in a plain or IPython terminal.
    """
    shell = get_ipython()
    if shell is None or type(shell).__name__ == "TerminalInteractiveShell":
        raise RuntimeError(
            f"{name} needs a notebook, which shows its controls: pip install jupyterlab, start jupyter lab, and call it in a "
            f"cell. {instead}"
        )
