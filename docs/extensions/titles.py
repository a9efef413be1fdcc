"""The directive ``titles``: names and what they are called, from a function of convviz.examples that gives a dict of both."""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from convviz import examples

__all__ = ["setup"]


class Titles(SphinxDirective):
    """A list of definitions, such as ``.. titles:: kernel_titles``."""

    required_arguments = 1

    def run(self):
        found = getattr(examples, self.arguments[0])()
        lines = [f"* ``{name}``: {title}" for name, title in found.items()]
        node = nodes.Element()
        self.state.nested_parse(StringList(lines, "titles"), self.content_offset, node)
        return node.children


def setup(app):
    """Register the directive with Sphinx."""
    app.add_directive("titles", Titles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
