"""Public names of modules: those of a package are loaded on first use, and ``dir()`` lists nothing else."""

import importlib

__all__ = ["listed", "load"]


def load(scope, name, homes, modules):
    """What a package's ``__getattr__`` gives for a name, which it keeps from then on.

    Parameters
    ----------
    scope : dict
        The package's ``globals()``.
    name : str
    homes : dict
        For each name the module of the package that defines it.
    modules : collection of str
        Modules of the package that are names of it themselves.

    Raises
    ------
    AttributeError
        Where the package has no such name.
    """
    package = scope["__name__"]
    if name in homes:
        value = getattr(importlib.import_module(f".{homes[name]}", package), name)
    elif name in modules:
        value = importlib.import_module(f".{name}", package)
    else:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    scope[name] = value
    return value


def listed(scope):
    """What a module's ``__dir__`` gives: its public names, loaded or not, and nothing that it only uses itself."""
    return sorted(scope["__all__"])
