"""Imports point one way, and importing convviz costs next to nothing."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "convviz"

#: The layers of convviz from the ground up. A module imports from its own layer and from those before it, wherever the
#: import is written: at the top of the file or inside a function.
LAYERS = (
    "_support",
    "geometry",
    "arrays",
    "steps",
    "kernels",
    "stage",
    "render",
    "trace",
    "check",
    "operations",
    "examples",
    "inputs",
    "nn",
    "interactive",
    "cli",
    "__main__",
)
#: What modules may import of the package itself.
FACE = "convviz.__version__"
#: What draws. `import convviz` and everything up to the scene load none of it.
DRAWING = {"IPython", "imageio_ffmpeg", "ipywidgets", "matplotlib", "pptx"}
#: Where it may be imported; the photograph among the examples comes with matplotlib.
MAY_DRAW = ("cli", "examples", "nn.live", "nn.plots", "render", "interactive")
#: What may import modules of convviz by a name that is text, which the tests of layers and circles do not see: what loads
#: the module of a public name, of a kernel and of a writer on first use.
IMPORT_BY_TEXT = ("convviz._support.lazy_names", "convviz.kernels.cpu.dispatch", "convviz.render")

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    """The full name of the module in a file: ``convviz.stage.layout``; a package's is that of its folder."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def layer_of(module):
    """The layer of a module; None for the package itself, which only hands on names."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def imported(node, path):
    """The full names of the modules that an import statement loads, relative ones made absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    stem = []
    if node.level:
        base = path.relative_to(PACKAGE.parent).parts[:-1]
        stem = base[: len(base) - node.level + 1]
    return [".".join([*stem, *filter(None, [node.module]), alias.name]) for alias in node.names]


def imports(path):
    """Every import of a file, those inside functions too, as (line, full name)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {id(node) for test in ast.walk(tree) if is_typing_only(test) for line in test.body for node in ast.walk(line)}
    return [
        (node.lineno, name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in typing_only
        for name in imported(node, path)
    ]


def is_typing_only(node):
    """Whether a node is ``if TYPE_CHECKING:``, whose body no interpreter runs; it does run an ``else:``."""
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports_by_text(path):
    """The lines of a file that import by a name given as text, unless it is written out there and is not of convviz."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else "."
            if name.startswith(".") or name.split(".")[0] == "convviz":
                yield node.lineno


def own_module(name):
    """The module of convviz that an imported name loads: itself, or the one that defines it; None for others' names."""
    if name.split(".")[0] != "convviz":
        return None
    return name if name in NAMES else name.rpartition(".")[0] if name.rpartition(".")[0] in NAMES else "convviz"


def loaded_with(name, found):
    """A module and the packages around it that do not hold the module `name`, which imports it: Python loads them first."""
    parts = found.split(".")
    packages = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return [package for package in packages if not f"{name}.".startswith(f"{package}.")]


def loads(name, path):
    """The modules of convviz that the imports of a module load, anywhere in its file."""
    modules = {own_module(full) for _, full in imports(path)} - {None}
    return {found for module in modules for found in loaded_with(name, module)}


def edges():
    """For each module of convviz, the modules of convviz that it loads."""
    return {name: loads(name, path) for name, path in NAMES.items()}


def circles(graph):
    """The groups of nodes that reach one another, by Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def test_every_module_has_a_layer():
    assert {layer_of(name) for name in NAMES} - {None} == set(LAYERS)


@pytest.mark.parametrize("module", [name for name in NAMES if layer_of(name)])
def test_imports_point_downward(module):
    height = LAYERS.index(layer_of(module))
    wrong = []
    for line, name in imports(NAMES[module]):
        found = own_module(name)
        if found is None or name == FACE:
            continue
        if layer_of(found) is None or LAYERS.index(layer_of(found)) > height:
            wrong.append(f"line {line}: {name}")
    assert wrong == [], f"{module} may import from {', '.join(LAYERS[: height + 1])} only"


def test_nothing_is_imported_in_a_circle():
    assert circles(edges()) == []


@pytest.mark.parametrize("module", [name for name in NAMES if name not in IMPORT_BY_TEXT])
def test_modules_are_imported_by_statements(module):
    assert list(imports_by_text(NAMES[module])) == []


@pytest.mark.parametrize("module", IMPORT_BY_TEXT)
def test_modules_that_import_by_text_still_do(module):
    assert list(imports_by_text(NAMES[module])) != []


def test_the_package_itself_imports_only_what_loads_names():
    assert edges()["convviz"] == {"convviz._support", "convviz._support.lazy_names"}


@pytest.mark.parametrize("module", [name for name in NAMES if not name.startswith(tuple(f"convviz.{x}" for x in MAY_DRAW))])
def test_only_renderers_import_what_draws(module):
    assert [f"line {line}: {name}" for line, name in imports(NAMES[module]) if name.split(".")[0] in DRAWING] == []


# The tests above can fail


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from ..trace import Step", "convviz.trace.Step"),
        ("from .. import trace", "convviz.trace"),
        ("from . import window", "convviz.kernels.window"),
        ("import convviz.trace", "convviz.trace"),
        ("from convviz import trace", "convviz.trace"),
    ],
)
def test_every_spelling_of_an_import_is_understood(line, name):
    assert imported(ast.parse(line).body[0], PACKAGE / "kernels" / "interface.py") == [name]


def test_names_belong_to_the_module_that_defines_them():
    assert own_module("convviz.trace.Step") == own_module("convviz.trace") == "convviz.trace"
    assert own_module("convviz.trace.forward.Trace") == "convviz.trace.forward"
    assert own_module("convviz") == own_module("convviz.conv2d") == "convviz"
    assert own_module("numpy.typing") is None


def test_imports_inside_functions_are_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("import os\nclass A:\n    def f(self):\n        import matplotlib.pyplot\n")
    assert imports(module) == [(1, "os"), (4, "matplotlib.pyplot")]


def test_imports_for_types_only_are_left_out(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\nimport os\n")
    assert imports(module) == [(1, "typing.TYPE_CHECKING"), (4, "os")]
    module.write_text("import typing\nif typing.TYPE_CHECKING:\n    import numpy\nelse:\n    import json\n")
    assert imports(module) == [(1, "typing"), (5, "json")]


def test_packages_around_an_imported_module_are_loaded():
    found = "convviz.render.animation.gif"
    assert loaded_with("convviz.render.png", found) == ["convviz.render.animation", found]
    assert loaded_with("convviz.render.animation.webp", found) == [found]
    assert loaded_with("convviz.trace.forward", found) == ["convviz.render", "convviz.render.animation", found]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("importlib.import_module('convviz.trace')", [1]),
        ("import_module('.trace', __package__)", [1]),
        ("importlib.import_module(name)", [1]),
        ("__import__('convviz')", [1]),
        ("importlib.import_module('json')", []),
        ("import convviz.trace", []),
    ],
)
def test_imports_by_text_are_found(line, found, tmp_path):
    module = tmp_path / "module.py"
    module.write_text(line)
    assert list(imports_by_text(module)) == found


# What is loaded when


def loaded_by(statement):
    """Names of all modules that a new interpreter has loaded after `statement`, beyond those it starts with."""
    code = f"import sys, json; before = set(sys.modules)\n{statement}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def others(modules):
    """Top-level names that belong neither to convviz nor to Python itself."""
    return {name.split(".")[0] for name in modules} - {"convviz"} - set(sys.stdlib_module_names)


def test_import_convviz_loads_nothing_heavy():
    modules = loaded_by("import convviz")
    assert "convviz" in modules
    assert others(modules) <= {"numpy"}


def test_names_are_loaded_on_first_use():
    assert "numba" not in loaded_by("import convviz; convviz.geometry")
    assert "numba" in loaded_by("import convviz; convviz.Convolution")


def test_tracing_loads_nothing_that_draws():
    modules = loaded_by("import convviz; convviz.Convolution([[1, 2]]).trace([[1, 2, 3]])[0].formula()")
    assert others(modules) & DRAWING == set()


@pytest.mark.parametrize("renderer", ["text", "svg", "page", "slides"])
def test_light_renderers_load_no_matplotlib(renderer):
    modules = loaded_by(f"import convviz.render.{renderer}")
    assert others(modules) & (DRAWING | {"numba"}) == set()


def test_networks_load_nothing_that_draws():
    names = "Dense, LivePlot, Sequential, callbacks, datasets, inspection"
    statement = f"from convviz.nn import {names}; Sequential([Dense(2, input_dim=2)])"
    assert others(loaded_by(statement)) & DRAWING == set()


def test_examples_load_nothing_that_draws():
    assert others(loaded_by("import convviz; convviz.examples")) & DRAWING == set()
