"""Both devices have the functions of one written interface, with the same parameters."""

import ast
import inspect
from pathlib import Path

import pytest

from convviz.kernels import interface

FOLDER = Path(interface.__file__).parent


def parameters_of(function, skip=0):
    """Names and defaults of a function's parameters, as they are written."""
    given = function.args
    assert not (given.vararg or given.kwarg or given.kwonlyargs)
    names = [argument.arg for argument in given.posonlyargs + given.args][skip:]
    return names, [ast.unparse(default) for default in given.defaults]


def functions_in(body, names):
    """The functions of these names in a module or class."""
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef) and node.name in names}


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def public_names(tree):
    """What a module lists in ``__all__``."""
    (listed,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
    return ast.literal_eval(listed)


# the source is read, since one of the modules loads only where numba-cuda is installed
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_device_has_the_functions_of_the_interface(device):
    (wanted,) = (node for node in tree_of(FOLDER / "interface.py").body if isinstance(node, ast.ClassDef))
    wanted = {node.name: parameters_of(node, skip=1) for node in wanted.body if isinstance(node, ast.FunctionDef)}
    tree = tree_of(FOLDER / device / "dispatch.py")
    assert public_names(tree) == sorted(wanted)
    found = functions_in(tree.body, wanted)
    assert {name: parameters_of(function) for name, function in found.items()} == wanted


def test_every_parameter_of_the_interface_is_described():
    for name, function in inspect.getmembers(interface.Dispatch, inspect.isfunction):
        if not name.startswith("_"):
            for parameter in list(inspect.signature(function).parameters)[1:]:
                assert parameter in function.__doc__.split("Returns")[0], f"{name}: {parameter}"


SHARED = sorted({path.name for path in (FOLDER / "cpu").glob("*.py")} & {path.name for path in (FOLDER / "cuda").glob("*.py")})


@pytest.mark.parametrize("file", [name for name in SHARED if name not in ("__init__.py", "dispatch.py")])
def test_files_of_the_same_name_have_functions_of_the_same_names(file):
    cpu, cuda = (tree_of(FOLDER / device / file) for device in ("cpu", "cuda"))
    names = set(public_names(cpu)) & set(public_names(cuda))
    ours, theirs = (functions_in(tree.body, names) for tree in (cpu, cuda))
    assert names and set(ours) == set(theirs)
    for name in ours:
        here, there = (parameters_of(functions[name])[0] for functions in (ours, theirs))
        both = set(here) & set(there)
        # what one device alone needs (a stream, a tile, room) comes between; the rest has one order
        assert [one for one in here if one in both] == [one for one in there if one in both], f"{file}: {name}"
        assert both, f"{file}: {name}"
