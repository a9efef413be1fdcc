"""Every argument of a compiled function is described: in its docstring, in that of its file, or for all of them once."""

import ast
import re
from pathlib import Path

import pytest

from convviz import kernels

FOLDER = Path(kernels.__file__).parent
FILES = [path for path in sorted(FOLDER.rglob("*.py")) if path.name != "__init__.py"]
#: Decorators of what compiled code calls and is called by, also as attributes: `launch.kernel`.
COMPILED = {"compiled", "kernel", "inline", "device_function", "arithmetic", "intrinsic", "library"}


def decorators(function):
    """The names of a function's decorators, without the module or object that they are attributes of."""
    calls = (one.func if isinstance(one, ast.Call) else one for one in function.decorator_list)
    return {one.attr if isinstance(one, ast.Attribute) else one.id for one in calls}


def described_in(text):
    """The names that a docstring describes: in single backticks, or at the start of the line of a table or a list."""
    found = set(re.findall(r"(?<!`)`(\w+)`(?!`)", text or ""))
    for names in re.findall(r"^\s*((?:\w+, )*\w+)(?:  | : )", text or "", flags=re.MULTILINE):
        found |= set(names.split(", "))
    return found


def missing_arguments(text):
    """The arguments of compiled functions that the text of a file describes nowhere, as "function: argument"."""
    tree = ast.parse(text)
    shared = described_in(kernels.__doc__) | described_in(ast.get_docstring(tree))
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    docstrings = {one.name: ast.get_docstring(one) or "" for one in functions}
    missing = []
    for function in functions:
        if decorators(function) & COMPILED:
            known = shared | described_by(ast.get_docstring(function) or "", docstrings)
            missing += [f"{function.name}: {one.arg}" for one in function.args.args if one.arg not in known]
    return missing


def described_by(docstring, docstrings):
    """What a docstring describes, and that of the function to whose arguments it refers."""
    found = described_in(docstring)
    for name in re.findall(r"(?:Vector code for|arguments are those of) `(\w+)`", docstring):
        found |= described_by(docstrings[name], docstrings)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_arguments_of_kernels_are_described(path):
    assert missing_arguments(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", sorted(COMPILED))
@pytest.mark.parametrize("form", ["@{}", "@{}(threads=2)", "@launch.{}", "@launch.{}(threads=2)"])
def test_every_form_of_a_decorator_is_seen(form, name):
    function = "def add(unheard):\n    pass\n"
    assert missing_arguments(f"{form.format(name)}\n{function}") == ["add: unheard"]
    assert missing_arguments(f"{form.format('cache')}\n{function}") == []
