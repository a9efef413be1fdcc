"""Names in docstrings, signatures and source code: links where they are documented, else code."""

import re
import sys

from docutils import nodes

__all__ = ["setup"]


def found(app, env, node, content):
    """What stands for a reference that Sphinx finds no target for; nothing, which is an error, unless in single backticks.

    A class that a docstring calls by its bare name is looked for in all modules. Everything else is code.
    """
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    domain, name = env.domains.python_domain, node["reftarget"]
    homes = [full for full in domain.objects if full.endswith(f".{name}") and name[:1].isupper()]
    if len(homes) == 1:
        return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", homes[0], node, content)
    return nodes.literal("", content.astext())


def keep_public(app, name, documented, options, bases):
    """Replace every base class that its module does not offer by its own bases, until those are public."""
    public = dict.fromkeys(kind for base in bases for kind in public_bases(base) if kind is not object)
    bases[:] = public or [object]


def public_bases(kind):
    """A class, if its module offers it (or, where that does not say, its package), else the nearest such bases."""
    homes = sys.modules[kind.__module__], sys.modules.get(kind.__module__.rpartition(".")[0])
    offered = next((home.__all__ for home in homes if hasattr(home, "__all__")), (kind.__name__,))
    if kind.__name__ in offered:
        return [kind]
    return [public for base in kind.__bases__ for public in public_bases(base)]


def lead_back(app, pagename, templatename, context, doctree):
    """Mend links from source code to the reference: viewcode takes a module's names to be documented under one and the same.

    Here a class may be documented as one of its package, and another one of that module under the module's name.
    """
    if pagename.startswith("_modules/convviz"):
        documented = app.env.domains.python_domain.objects
        context["body"] = BACK.sub(lambda link: link[1] + target(context["title"], link[2], documented), context["body"])


#: A link back to the reference: all before what it points to, with the name in its module.
BACK = re.compile(r'(<div class="viewcode-block" id="([^"]+)">\s*<a class="viewcode-back" href="[^"#]*#)[^"]+')


def target(module, name, documented):
    """Where a name of a module is documented: under that module, the nearest package around it, or another package."""
    packages = [module.rsplit(".", depth)[0] for depth in range(module.count(".") + 1)]
    elsewhere = [full for full in documented if full.endswith(f".{name}")]
    homes = [*(f"{package}.{name}" for package in packages), *elsewhere]
    return next(documented[home].node_id for home in homes if home in documented)


def setup(app):
    """Register with Sphinx."""
    app.connect("missing-reference", found)
    app.connect("html-page-context", lead_back)
    app.connect("autodoc-process-bases", keep_public)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
