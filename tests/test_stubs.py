"""Stubs of the packages whose names load on first use say what the packages have, and where it is defined."""

import ast
import importlib
from pathlib import Path

import pytest

import convviz

PACKAGE = Path(convviz.__file__).parent
LAZY = [path.parent for path in sorted(PACKAGE.rglob("__init__.py")) if "lazy_names.load" in path.read_text("utf-8")]


def title(folder):
    return ".".join(folder.relative_to(PACKAGE.parent).parts)


def stub_of(folder):
    """What a stub imports, by name the module it comes from, and its ``__all__``."""
    tree, homes, public = ast.parse((folder / "__init__.pyi").read_text("utf-8")), {}, None
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            homes |= {alias.asname: node.module for alias in node.names}
        elif isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            public = ast.literal_eval(node.value)
    return homes, public


def test_lazy_packages_are_found():
    assert [title(folder) for folder in LAZY] == ["convviz", "convviz.interactive", "convviz.nn", "convviz.nn.datasets"]


@pytest.mark.parametrize("folder", LAZY, ids=title)
def test_a_stub_names_what_its_package_has(folder):
    package, (homes, public) = importlib.import_module(title(folder)), stub_of(folder)
    assert public == list(package.__all__)
    assert sorted(homes) == sorted(set(public) - {"__version__"})
    for name, home in homes.items():
        assert getattr(importlib.import_module(home), name) is getattr(package, name)
