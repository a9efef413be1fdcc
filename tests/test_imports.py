"""Imports point one way, and importing convviz costs next to nothing."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "convviz"

#: What each module, or folder of modules, may import of convviz when it is loaded, from the ground up.
MAY_IMPORT = {
    "_lazy": set(),
    "files": set(),
    "processes": set(),
    "geometry": set(),
    "notation": set(),
    "arrays": set(),
    "kernels": {"geometry"},
    "operations": {"arrays", "geometry", "kernels"},
    "functions": {"operations"},
    "calls": {"operations"},
    "shown": set(),
    "words": set(),
    "trace": {"arrays", "notation", "operations", "shown", "words"},
    "backward": {"arrays", "notation", "operations", "shown", "trace"},
    "theme": set(),
    "scene": set(),
    "sentences": {"notation", "words"},
    "mistakes": {"arrays", "operations"},
    "slips": {"trace"},
    "check": {"arrays", "geometry", "mistakes", "notation", "sentences", "slips", "words"},
    "boxes": {"scene", "words"},
    "grids": {"notation", "operations", "scene", "words"},
    "moments": {"notation", "scene", "trace", "words"},
    "layout": {"boxes", "geometry", "grids", "moments", "notation", "operations", "scene", "words"},
    "render": {"boxes", "files", "layout", "notation", "scene", "sentences", "theme", "words"},
    "backward_board": {"backward", "boxes", "grids", "layout", "moments", "notation", "scene", "trace", "words"},
    "pairs": {"layout", "moments", "operations", "scene", "words"},
    "examples": {"geometry", "operations"},
    "comparison": {"examples", "operations", "pairs", "shown"},
    "gallery": {"comparison", "examples", "files", "operations", "processes", "words"},
    "exploration": {"arrays", "examples", "geometry", "operations"},
    "exercises": {"geometry", "operations"},
    "__init__": {"_lazy"},
    "reading": {"arrays", "examples"},
    "nn": {"__init__", "_lazy", "files", "geometry", "kernels", "operations"},
    "nn.live": {"nn"},
    "nn.plots": {"nn", "render", "theme"},
    "widgets": {"calls", "examples", "exploration", "notation", "reading", "render", "slips", "words"},
    "cli": {"__init__", "examples", "gallery", "notation", "operations", "processes", "reading", "render", "words"},
    "__main__": {"cli"},
}
#: What a module may import besides inside a function: the convenience methods are doors to the floor above.
DOORS = {
    "operations": {"check", "trace"},
    "shown": {"render"},
    "trace": {"backward", "layout", "render"},
    "backward": {"backward_board"},
    "check": {"render"},
    "exercises": {"render", "widgets"},
}
#: What draws. `import convviz` and everything up to the scene load none of it.
DRAWING = {"IPython", "imageio_ffmpeg", "ipywidgets", "matplotlib", "pptx"}
#: The photograph among the examples comes with matplotlib.
MAY_DRAW = {"cli", "examples", "nn.live", "nn.plots", "render", "widgets"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part(path):
    """The name in MAY_IMPORT under which a file of the package falls."""
    names = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(names[:2]) if ".".join(names[:2]) in MAY_IMPORT else names[0]


def title(path):
    """What a test about a file is called."""
    return str(path.relative_to(PACKAGE))


def imported(node, path):
    """The full names of the modules that an import statement loads, relative ones made absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    stem = []
    if node.level:
        base = ["convviz", *path.relative_to(PACKAGE).parts[:-1]]
        stem = base[: len(base) - node.level + 1]
    return [".".join([*stem, *filter(None, [node.module]), alias.name]) for alias in node.names]


def imports(path):
    """Every import of a file as (line, full name, whether it stands in a function)."""

    def walk(node, inside):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in imported(node, path):
                yield node.lineno, name, inside
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return list(walk(ast.parse(path.read_text(encoding="utf-8")), False))


def own(name):
    """The part of convviz that a full name belongs to ("__init__" is the package itself); None for others' modules."""
    top, *rest = name.split(".")
    if top != "convviz":
        return None
    known = rest and ((PACKAGE / rest[0]).is_dir() or (PACKAGE / f"{rest[0]}.py").exists())
    return rest[0] if known else "__init__"


@pytest.mark.parametrize("path", MODULES, ids=title)
def test_imports_point_one_way(path):
    here = part(path)
    assert here in MAY_IMPORT, f"say in MAY_IMPORT what {here} may import"
    wrong = []
    for line, name, inside in imports(path):
        allowed = MAY_IMPORT[here] | {here} | (DOORS.get(here, set()) if inside else set())
        if own(name) is not None and own(name) not in allowed:
            wrong.append(f"line {line}: {name}")
    assert not wrong, f"{here} may import only {sorted(MAY_IMPORT[here])} of convviz when it is loaded"


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) not in MAY_DRAW], ids=title)
def test_only_renderers_import_what_draws(path):
    wrong = [f"line {line}: {name}" for line, name, _ in imports(path) if name.split(".")[0] in DRAWING]
    assert not wrong


def test_the_order_has_no_circle():
    """A part that may import another must stand after it, so the table itself can't allow a circle."""
    before = set()
    for name, below in MAY_IMPORT.items():
        assert below - {"__init__"} <= before, f"{name} may import {sorted(below - before)}, which stand further up"
        before.add(name)


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


@pytest.mark.parametrize("renderer", ["text", "svg", "player", "slides"])
def test_light_renderers_load_no_matplotlib(renderer):
    modules = loaded_by(f"import convviz.render.{renderer}")
    assert others(modules) & (DRAWING | {"numba"}) == set()


def test_networks_load_nothing_that_draws():
    names = "Dense, LivePlot, Sequential, callbacks, datasets, inspection"
    statement = f"from convviz.nn import {names}; Sequential([Dense(2, input_dim=2)])"
    assert others(loaded_by(statement)) & DRAWING == set()


def test_examples_load_nothing_that_draws():
    assert others(loaded_by("import convviz; convviz.examples")) & DRAWING == set()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from ..trace import Step", "convviz.trace.Step"),
        ("from .. import trace", "convviz.trace"),
        ("from . import window", "convviz.kernels.scalar.window"),
        ("import convviz.trace", "convviz.trace"),
        ("from convviz import trace", "convviz.trace"),
    ],
)
def test_every_spelling_of_an_import_is_understood(line, name):
    assert imported(ast.parse(line).body[0], PACKAGE / "kernels" / "cpu.py") == [name]


def test_names_fall_to_their_modules():
    assert own("convviz.trace.Step") == own("convviz.trace") == "trace"
    assert own("convviz") == own("convviz.conv2d") == "__init__"
    assert own("numpy.typing") is None


def test_imports_inside_functions_are_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("import os\nclass A:\n    def f(self):\n        import matplotlib.pyplot\n")
    assert imports(module) == [(1, "os", False), (4, "matplotlib.pyplot", True)]
