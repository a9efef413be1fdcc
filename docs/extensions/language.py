"""Pages below ja/ are in Japanese: browsers take the letters for it, and screen readers the voice."""

__all__ = ["language", "setup"]

#: What the theme writes around a page.
JAPANESE = {
    "Skip to content": "本文へ",
    "Search": "検索",
    "On this page": "このページの内容",
    "Back to top": "先頭へ",
    "Previous": "前へ",
    "Next": "次へ",
    "Home": "ホーム",
}


def language(document):
    """The language of a document, by its name."""
    return "ja" if document.startswith("ja/") else "en"


def translated(words):
    """Words of the theme in Japanese, where there are any."""
    return JAPANESE.get(words, words)


def say_language(app, pagename, templatename, context, doctree):
    """Set the language of a page's <html>, and the words around it."""
    context["language"] = language(pagename)
    if context["language"] == "ja":
        context["gettext"] = translated


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", say_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
