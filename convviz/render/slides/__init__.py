"""Decks of editable slides, and one step on an existing slide."""

from convviz._support import lazy_names
from convviz.render.slides.deck import add_to_slide, save_pptx

__all__ = ["add_to_slide", "save_pptx"]


def __dir__():
    return lazy_names.listed(globals())
