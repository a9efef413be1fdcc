"""Imports inside convviz.nn point down, and none of them makes a circle."""

import ast
from pathlib import Path

import pytest

import convviz

PACKAGE = Path(convviz.__file__).parent
#: The modules and packages of convviz.nn from the bottom to the top: each imports only what stands before it. A package
#: stands for all its modules that have no line of their own.
ORDER = (
    "types",
    "lookup",
    "graph",
    "seeds",
    "samples",
    "activations",
    "initializers",
    "regularizers",
    "losses",
    "optimizers",
    "metrics",
    "engine",
    "layers",
    "network",
    "summary",
    "inspection",
    "plots",
    "callbacks",
    "training",
    "storage.files",
    "storage.description",
    "storage.weights",
    "storage.saving",
    "model",
    "sequential",
    "storage",
    "datasets",
    "models",
    "utils",
    "live",
    "exchange",
    "",
)


def name_of(path):
    """The full name of the module in a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in PACKAGE.rglob("*.py")}
NAMES = sorted(name for name in MODULES if name.split(".")[:2] == ["convviz", "nn"])


def imported(name, text):
    """The modules of convviz.nn that the text of a module imports, also inside functions, as (line, full name)."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for full in found:
            full = full if full in MODULES else full.rpartition(".")[0]
            if full in NAMES and full != name:
                yield node.lineno, full


def loaded(name, full):
    """A module with the packages around it that do not hold the module that imports it: Python loads these first."""
    parts = full.split(".")
    packages = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return [package for package in packages if not f"{name}.".startswith(f"{package}.")]


def height(name):
    """The place of a module in ORDER."""
    inside = name.removeprefix("convviz.nn").removeprefix(".")
    known = [entry for entry in ORDER if f"{inside}.".startswith(f"{entry}.") or entry == inside]
    assert known, f"say in ORDER where {name} stands"
    return ORDER.index(max(known, key=len))


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_down(name):
    wrong = [
        f"line {line}: {full}"
        for line, full in imported(name, MODULES[name].read_text(encoding="utf-8"))
        if height(full) > height(name)
    ]
    assert not wrong


def circle(graph):
    """Names of modules that import each other in a circle, [] if there is none."""
    done = set()

    def search(name, path):
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for other in sorted(graph[name]):
            if found := search(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in graph if (found := search(name, []))), [])


def test_no_imports_make_a_circle():
    graph = {
        name: {
            other
            for _, full in imported(name, MODULES[name].read_text(encoding="utf-8"))
            for other in loaded(name, full)
            if other in NAMES
        }
        for name in NAMES
    }
    assert circle(graph) == []


def test_a_circle_and_an_import_inside_a_function_are_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    text = "def f():\n    from convviz.nn import model\n    from convviz.nn.storage.loading import load_model\n"
    assert list(imported("convviz.nn.graph", text)) == [(2, "convviz.nn.model"), (3, "convviz.nn.storage.loading")]
    assert loaded("convviz.nn.storage.files", "convviz.nn.storage.loading") == ["convviz.nn.storage.loading"]
    assert height("convviz.nn.storage.loading") > height("convviz.nn.model") > height("convviz.nn.storage.saving")
