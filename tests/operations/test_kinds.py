"""Operations and steps are asked for their kind: nobody outside their packages asks for their class."""

import ast
import importlib
from pathlib import Path

import pytest

import convviz as cv
from convviz import operations, steps
from convviz.cli import arguments
from convviz.operations.base import CLASSES
from convviz.operations.framework_code import WRITERS
from convviz.operations.names import NAMES

PACKAGE = Path(cv.__file__).parent
#: The packages whose own affair the classes are.
OWN = (PACKAGE / "operations", PACKAGE / "steps")
CLASS_NAMES = {
    name
    for module in (operations, steps)
    for name, value in vars(module).items()
    if isinstance(value, type) and value is not steps.Window
}
#: What looks up the class of a kind.
LOOKED_UP = {"class_of", "CLASSES", "operation_class"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not any(path.is_relative_to(folder) for folder in OWN))


def names_in(node):
    """The names, and last parts of dotted names, in an expression."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr


def imported_classes(tree):
    """The names that a module has for classes of operations and steps, from imports anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("convviz"):
            for alias in node.names:
                if alias.name in CLASS_NAMES and getattr(importlib.import_module(node.module), alias.name) in classes():
                    yield alias.asname or alias.name


def classes():
    """The classes of operations and steps."""
    return {getattr(module, name) for module in (operations, steps) for name in CLASS_NAMES if hasattr(module, name)}


def class_questions(source):
    """Lines that ask for the class of an operation or step: isinstance, issubclass, or a comparison of type(…).

    The class may be named, or looked up by kind.
    """
    tree = ast.parse(source)
    # "operations.MaxPooling" needs no import of the class
    known = {*imported_classes(tree)}
    dotted = {f"{module}.{name}" for module in ("operations", "steps", "cv", "trace") for name in CLASS_NAMES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass"):
            asked = node.args[1:]
        elif isinstance(node, ast.Compare) and any(
            type_call(part) or looked_up(part) for part in (node.left, *node.comparators)
        ):
            asked = [node.left, *node.comparators]
        else:
            continue
        found = {name for part in asked for name in names_in(part)}
        text = " ".join(map(ast.unparse, asked))
        if found & (known | LOOKED_UP) or any(name in text for name in dotted):
            yield node.lineno, ast.unparse(node)


def type_call(node):
    """Whether an expression is ``type(x)``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"


def looked_up(node):
    """Whether an expression is a class looked up by kind: ``class_of(kind)``, ``CLASSES[kind]``, ``x.operation_class``."""
    parts = {"class_of": (ast.Call, "func"), "CLASSES": (ast.Subscript, "value")}
    for name, (kind, part) in parts.items():
        if isinstance(node, kind) and ast.unparse(getattr(node, part)).rpartition(".")[2] == name:
            return True
    return isinstance(node, ast.Attribute) and node.attr == "operation_class"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nobody_asks_for_the_class_of_an_operation_or_step(path):
    assert not list(class_questions(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        "from convviz.operations import MaxPooling\nisinstance(a, MaxPooling)",
        "from convviz.operations import MaxPooling as M, Pooling\nisinstance(a, (int, M))",
        "from convviz.steps import MaximumStep\ndef f(step):\n    return isinstance(step, int | MaximumStep)",
        "from convviz.trace import Step\nissubclass(a, Step)",
        "from convviz import operations\nisinstance(a, operations.Convolution)",
        "from convviz.operations import Convolution\ntype(a) is Convolution",
        "type(a) is not class_of(kind)",
        "kind in kinds() and CLASSES[kind] == type(a)",
        "isinstance(a, class_of('convolution'))",
        "isinstance(a, settings.operation_class)",
        "class_of(kind) is class_of('convolution')",
    ],
)
def test_a_question_for_a_class_is_found(source):
    assert len(list(class_questions(source))) == 1


def test_other_questions_are_allowed():
    assert not list(class_questions("from convviz.operations import MaxPooling\nisinstance(a, int)\nMaxPooling(2)"))
    assert not list(class_questions("kind in CLASSES and class_of(kind).weighted == settings.weighted"))


@pytest.mark.parametrize("kind", CLASSES)
def test_the_table_names_what_there_is(kind):
    names = NAMES[kind]
    assert CLASSES[kind] is getattr(cv, names.python)
    assert CLASSES[kind].names is names
    assert callable(getattr(cv, names.function))
    assert names.titles.keys() == names.outside.keys() == {"en", "ja"}
    assert all(kind in writers for writers in WRITERS.values())


def test_the_command_line_names_the_poolings_of_the_table():
    poolings = [cls for cls in map(CLASSES.get, NAMES) if not cls.weighted]
    assert arguments.POOLINGS == tuple(cls.names.command for cls in poolings)
    assert arguments.WINDOW_POOLINGS == tuple(cls.names.command for cls in poolings if not cls.is_global)


def test_every_kind_of_the_table_has_its_class():
    assert NAMES.keys() == CLASSES.keys()
