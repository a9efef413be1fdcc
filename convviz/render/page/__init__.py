"""The page that plays and steps through a trace."""

from convviz.render.page.player import fragment, page, save_page

__all__ = ["fragment", "page", "save_page"]
