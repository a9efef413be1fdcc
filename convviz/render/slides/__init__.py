"""Decks of editable slides, and one step on a slide that is there already."""

from convviz.render.slides.deck import add_to_slide, save_pptx

__all__ = ["add_to_slide", "save_pptx"]
