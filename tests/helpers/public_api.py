"""The public names of convviz and their signatures, as lines of text.

    python tests/helpers/public_api.py             print what differs from the committed list; status 1 if anything does
    python tests/helpers/public_api.py --write     write the list

The list is tests/public_api.txt, with one line for a name: a function or method with its parameters, a class with its
public methods and properties, or a plain value. A name that is the same object as an earlier one says so.
"""

import dataclasses
import difflib
import importlib
import inspect
import sys
from pathlib import Path

LIST = Path(__file__).resolve().parent.parent / "public_api.txt"

#: The public modules, in the order in which they are listed.
MODULES = (
    "convviz",
    "convviz.operations",
    "convviz.trace",
    "convviz.check",
    "convviz.examples",
    "convviz.geometry",
    "convviz.interactive",
    "convviz.render",
    "convviz.render.slides",
    "convviz.nn",
    "convviz.nn.activations",
    "convviz.nn.callbacks",
    "convviz.nn.datasets",
    "convviz.nn.datasets.cifar10",
    "convviz.nn.datasets.fashion_mnist",
    "convviz.nn.datasets.mnist",
    "convviz.nn.exchange",
    "convviz.nn.initializers",
    "convviz.nn.inspection",
    "convviz.nn.layers",
    "convviz.nn.losses",
    "convviz.nn.metrics",
    "convviz.nn.models",
    "convviz.nn.optimizers",
    "convviz.nn.plots",
    "convviz.nn.regularizers",
    "convviz.nn.summary",
    "convviz.nn.utils",
)

#: Methods with two underscores whose signatures users need.
SPECIAL = ("__call__",)


class Named:
    """A default value that is shown by its name, because its repr holds an address or a path."""

    def __init__(self, value):
        self.name = value.__name__

    def __repr__(self):
        return self.name


def plain(parameter):
    """A parameter without its annotation, which type checkers look at, and with a default that has a short text."""
    named = inspect.ismodule(parameter.default) or inspect.isfunction(parameter.default)
    return parameter.replace(annotation=parameter.empty, default=Named(parameter.default) if named else parameter.default)


def parameters_of(function):
    """The signature of a function or class as text."""
    signature = inspect.signature(function)
    parameters = [plain(parameter) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty))


def bases_of(cls, public):
    """The nearest public classes that a class inherits from: the lines of their members are not repeated."""
    above = [base for base in cls.__mro__[1:] if base in public]
    return [base for base in above if not any(base in other.__mro__[1:] for other in above)]


def members_of(cls, public):
    """Each public attribute that a class adds to its public bases, as the class holds it; fields stand in its signature."""
    fields = [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []
    inherited = {base for near in bases_of(cls, public) for base in near.__mro__}
    own = [base for base in reversed(cls.__mro__) if base not in inherited and base.__module__.split(".")[0] == "convviz"]
    held = {name: value for base in own for name, value in vars(base).items()}
    return sorted((name, held[name]) for name in held if name in SPECIAL or not (name.startswith("_") or name in fields))


def described(name, value, public):
    """The lines for one name."""
    if inspect.ismodule(value):
        yield f"{name}: module"
    elif inspect.isclass(value):
        bases = ", ".join(sorted(base.__name__ for base in bases_of(value, public)))
        yield f"{name}{parameters_of(value)}" + (f" is a {bases}" if bases else "")
        for member, held in members_of(value, public):
            bare = held.__func__ if isinstance(held, staticmethod | classmethod) else held
            yield from described(f"{name}.{member}", bare, public)
    elif callable(value):
        yield f"{name}{parameters_of(value)}"
    elif isinstance(value, property) or inspect.isdatadescriptor(value):
        yield f"{name}: attribute"
    else:
        yield f"{name}: value"


def public_names():
    """Each public module with its public names and what they are."""
    for title in MODULES:
        module = importlib.import_module(title)
        yield title, {name: getattr(module, name) for name in sorted(module.__all__)}


def lines():
    """The whole list."""
    found = dict(public_names())
    public = {value for names in found.values() for value in names.values() if inspect.isclass(value)}
    seen = {}
    for title, names in found.items():
        yield f"# {title}"
        for name, value in names.items():
            path = f"{title}.{name}"
            named = inspect.isclass(value) or inspect.isfunction(value)
            if named and value in seen:
                yield f"{path} = {seen[value]}"
            else:
                yield from described(path, value, public)
            if named:
                seen.setdefault(value, path)


def callables():
    """Every public function, class and method by its path, those of several modules once."""
    found = dict(public_names())
    public = {value for names in found.values() for value in names.values() if inspect.isclass(value)}
    seen = set()
    for title, names in found.items():
        for name, value in names.items():
            if not (inspect.isclass(value) or inspect.isfunction(value)) or value in seen:
                continue
            seen.add(value)
            if inspect.isfunction(value):
                yield f"{title}.{name}", value
                continue
            if inspect.isfunction(value.__init__):
                yield f"{title}.{name}", value.__init__
            for member, held in members_of(value, public):
                bare = held.__func__ if isinstance(held, staticmethod | classmethod) else getattr(held, "fget", held)
                if inspect.isfunction(bare):
                    yield f"{title}.{name}.{member}", bare


def unannotated(function):
    """Names of the parameters without an annotation, and "return" if the result has none."""
    signature = inspect.signature(function)
    parameters = [each for each in signature.parameters.values() if each.name not in ("self", "cls")]
    missing = [each.name for each in parameters if each.annotation is each.empty]
    returned = signature.return_annotation is signature.empty and function.__name__ != "__init__"
    return missing + (["return"] if returned else [])


def text():
    return "".join(f"{line}\n" for line in lines())


def differences():
    """What a comparison of the committed list with the code shows, as lines."""
    committed = LIST.read_text(encoding="utf-8").splitlines()
    return list(difflib.unified_diff(committed, text().splitlines(), "tests/public_api.txt", "the code", lineterm="", n=0))


def main(arguments):
    if arguments == ["--write"]:
        LIST.write_text(text(), encoding="utf-8")
        return 0
    found = differences()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
