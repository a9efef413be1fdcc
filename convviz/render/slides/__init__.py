"""Decks of editable slides, and one step on an existing slide."""

from convviz.render.slides.deck import add_to_slide, save_pptx

__all__ = ["add_to_slide", "save_pptx"]
