"""Every argument of a compiled function is described: in its docstring, in that of its file, or for all of them once."""

import ast
import re
from pathlib import Path

import pytest

from convviz import kernels

FOLDER = Path(kernels.__file__).parent
FILES = [path for path in sorted(FOLDER.rglob("*.py")) if path.name != "__init__.py"]
#: Decorators of what compiled code calls and is called by.
COMPILED = {"compiled", "kernel", "inline", "device_function", "arithmetic", "intrinsic"}


def decorators(function):
    """The names of a function's decorators."""
    calls = (one.func if isinstance(one, ast.Call) else one for one in function.decorator_list)
    return {one.id for one in calls if isinstance(one, ast.Name)}


def described_in(text):
    """The names that a docstring describes: in single backticks, or at the start of the line of a table or a list."""
    found = set(re.findall(r"(?<!`)`(\w+)`(?!`)", text or ""))
    for names in re.findall(r"^\s*((?:\w+, )*\w+)(?:  | : )", text or "", flags=re.MULTILINE):
        found |= set(names.split(", "))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_arguments_of_kernels_are_described(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    shared = described_in(kernels.__doc__) | described_in(ast.get_docstring(tree))
    missing = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and decorators(function) & {"compiled", "kernel"}:
            known = shared | described_in(ast.get_docstring(function))
            missing += [f"{function.name}: {one.arg}" for one in function.args.args if one.arg not in known]
    assert missing == []
