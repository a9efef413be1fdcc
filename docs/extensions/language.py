"""Pages below ja/ are in Japanese: browsers take the letters for it, and screen readers the voice."""

__all__ = ["language", "setup"]


def language(document):
    """The language of a document, by its name."""
    return "ja" if document.startswith("ja/") else "en"


def say_language(app, pagename, templatename, context, doctree):
    """Set the language of a page's <html>."""
    context["language"] = language(pagename)


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", say_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
