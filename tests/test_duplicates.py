"""A function is written once: no two files of the kernels and of the engine define the same one."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import convviz

FOLDER = Path(convviz.__file__).parent


def code(function):
    """A function without its docstring, as text that is equal for equal code."""
    body = function.body[ast.get_docstring(function) is not None :]
    return ast.dump(ast.Module([function.args, *body], []))


def repeated(files):
    """The names of functions that several of the files define with the same arguments and the same code."""
    found = defaultdict(set)
    for path in files:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                found[function.name, code(function)].add(path)
    return sorted(name for (name, _), paths in found.items() if len(paths) > 1)


@pytest.mark.parametrize("folder", ["kernels", "nn/engine"])
def test_no_function_is_defined_in_two_files(folder):
    assert repeated(sorted((FOLDER / folder).rglob("*.py"))) == []


def test_equal_functions_are_found(tmp_path):
    """Docstrings do not matter, arguments do."""
    for name, text in {
        "a.py": "def one(x):\n    '''First.'''\n    return x\ndef other(x):\n    return x",
        "b.py": "def one(x):\n    '''Second.'''\n    return x\ndef other(y):\n    return y",
    }.items():
        (tmp_path / name).write_text(text)
    assert repeated(tmp_path.glob("*.py")) == ["one"]
