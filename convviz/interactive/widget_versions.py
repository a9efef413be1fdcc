"""What ipywidgets 7, which Google Colab has, does in another way than ipywidgets 8."""

__all__ = ["forget_files", "give_tooltip", "uploaded_files"]


def give_tooltip(widget, text):
    """Let a widget say `text` under the pointer, and to a screen reader; ipywidgets 7 has another trait for that, or none.

    Examples
    --------
    >>> import ipywidgets
    >>> give_tooltip(ipywidgets.Button(), "next step").tooltip
    'next step'
    """
    for name in ("tooltip", "description_tooltip"):
        if widget.has_trait(name):
            setattr(widget, name, text)
            break
    return widget


def uploaded_files(value):
    """The name and the content of each file in the value of a ``FileUpload``, a tuple; in ipywidgets 7 it is a dict.

    Examples
    --------
    >>> uploaded_files(({"name": "cat.png", "content": b"1234"},))
    [('cat.png', b'1234')]
    >>> uploaded_files({"cat.png": {"metadata": {"name": "cat.png"}, "content": b"1234"}})
    [('cat.png', b'1234')]
    """
    files = value.items() if isinstance(value, dict) else [(file["name"], file) for file in value]
    return [(name, bytes(file["content"])) for name, file in files]


def forget_files(upload):
    """Empty a ``FileUpload``, so that the same file can be chosen again."""
    upload.set_trait("value", type(upload.value)())
