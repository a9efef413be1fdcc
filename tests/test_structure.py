"""Measures of the structure: few modules at the top, short lists of parameters, nothing changed that was only lent."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "convviz"
PUBLIC = (Path(__file__).parent / "public_api.txt").read_text(encoding="utf-8")
MODULES = sorted(PACKAGE.rglob("*.py"))
#: Most parameters of a function, but for public ones, whose signatures are Keras's and NumPy's.
PARAMETERS = 8
#: Where a function may change an attribute of what it was given: widgets, which have no other way, and numba-cuda.
MAY_SET = {
    ("interactive/controls.py", "offer", "widget.options"),
    ("interactive/controls.py", "set_value", "widget.value"),
    ("kernels/cuda/numba_cuda_private.py", "enable_caching", "dispatcher._cache"),
}


def functions(tree):
    """Every function of a module, with the class that holds it."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield child, node.name if isinstance(node, ast.ClassDef) else ""


def parameters(function):
    """How many parameters a function has, beside self and cls."""
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def is_public(function, holder):
    """Whether a function, or the class that it makes objects of, is in the list of public names."""
    name = holder if function.name == "__init__" else f"{holder}.{function.name}" if holder else function.name
    return f".{name}(" in PUBLIC


def attributes_set(function):
    """The attributes of its parameters that a function sets."""
    lent = {a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)} - {"self", "cls"}
    stored = [node for node in ast.walk(function) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    return [ast.unparse(node) for node in stored if isinstance(node.value, ast.Name) and node.value.id in lent]


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def title(path):
    return path.relative_to(PACKAGE).as_posix()


def test_few_modules_lie_at_the_top():
    assert len(list(PACKAGE.glob("*.py"))) <= 12


@pytest.mark.parametrize("path", [path for path in MODULES if "kernels" not in path.parts], ids=title)
def test_functions_take_few_parameters(path):
    long = [f for f, holder in functions(parsed(path)) if parameters(f) > PARAMETERS and not is_public(f, holder)]
    assert [(function.name, function.lineno) for function in long] == []


@pytest.mark.parametrize("path", MODULES, ids=title)
def test_no_function_sets_an_attribute_of_what_it_was_given(path):
    found = {(title(path), function.name, name) for function, _ in functions(parsed(path)) for name in attributes_set(function)}
    assert found - MAY_SET == set()


def test_these_tests_can_fail():
    source = "def f(a, b, c, d, e, f, g, h, *, i):\n    a.x = 1\n    a.y.z = 2\n    b[0] = 3\n    k = i\n"
    ((function, holder),) = functions(ast.parse(source))
    assert parameters(function) == 9 and not is_public(function, holder)
    assert attributes_set(function) == ["a.x"]
    assert is_public(*next(functions(ast.parse("class Conv2D:\n    def __init__(self): pass"))))
