"""The directive ``{player}``: Python whose last line shows itself in the page, as the last line of a notebook's cell does.

Blocks of one page share their names, in the order in which they stand there. The option ``hide-code`` leaves the code out,
``predict`` hides results until they are clicked. Captions are in the language of the page. What is shown is made when the
pages are built, and lives in the reader's browser.
"""

import ast

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from convviz.render.page import fragment

from .language import language

__all__ = ["setup"]


class Player(SphinxDirective):
    """Runs its block and puts the HTML of its last expression below the code."""

    has_content = True
    option_spec = {"hide-code": directives.flag, "predict": directives.flag}

    def run(self):
        source = "\n".join(self.content)
        names = self.env.current_document.setdefault("convviz_player_names", {})
        try:
            shown = html_of(last_value(source, names), language(self.env.docname), "predict" in self.options)
        except Exception as error:
            raise self.error(f"the block of this player failed: {type(error).__name__}: {error}") from error
        player = nodes.raw("", f'<div class="live">{shown}</div>', format="html")
        code = nodes.literal_block(source, source, language="python")
        self.set_source_info(code)
        return [player] if "hide-code" in self.options else [code, player]


def html_of(value, lang, predict):
    """How a value shows itself; what has steps does so in a language."""
    return fragment(value.board(lang), predict=predict) if hasattr(value, "board") else value._repr_html_()


def last_value(source, names):
    """Run Python in a namespace; the value of its last line, which must be an expression."""
    tree = ast.parse(source)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise ValueError("the last line of the block is no expression; name there what is to be shown")
    last = tree.body.pop()
    exec(compile(tree, "player", "exec"), names)
    return eval(compile(ast.Expression(last.value), "player", "eval"), names)


def setup(app):
    """Register the directive with Sphinx."""
    app.add_directive("player", Player)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
