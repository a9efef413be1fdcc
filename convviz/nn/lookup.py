"""Objects that are chosen by name, with an error that suggests the nearest name; and names of layers."""

import difflib
import re

from convviz._support.keywords import elsewhere, instead
from convviz._support.values import brief

__all__ = ["find", "instance_of", "refuse_settings", "snake_case", "suggestion"]


def snake_case(name):
    """A class's name as Keras writes it for a layer: Conv2D becomes conv2d, MaxPooling2D max_pooling2d.

    Examples
    --------
    >>> snake_case("MaxPooling2D"), snake_case("Conv2D"), snake_case("BatchNormalization"), snake_case("DepthwiseConv2D")
    ('max_pooling2d', 'conv2d', 'batch_normalization', 'depthwise_conv2d')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=2D)(?=[A-Z])", "_", name).lower()


def find(name, known, what):
    """The value of a name in `known`, a dictionary; capitals and underscores do not matter.

    Raises
    ------
    TypeError, ValueError
        If `name` is not a text, and for an unknown name; the message has the nearest name and all names.

    Examples
    --------
    >>> find("Adam", {"sgd": 1, "adam": 2}, "optimizer")
    2
    >>> find("adma", {"sgd": 1, "adam": 2}, "optimizer")
    Traceback (most recent call last):
    ...
    ValueError: there is no optimizer 'adma'; did you mean 'adam'? Known are: adam, sgd
    """
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a name ({', '.join(sorted(known))}) or an object of that kind, not {brief(name)}")
    by_key = {lookup_key(key): value for key, value in known.items()}
    if lookup_key(name) in by_key:
        return by_key[lookup_key(name)]
    raise ValueError(f"there is no {what} {brief(name)}{suggestion(name, known)} Known are: {', '.join(sorted(known))}")


def instance_of(thing, base):
    """An object of a class if the class itself was given, as in ``optimizer=Adam``; else the thing as it is."""
    return thing() if isinstance(thing, type) and issubclass(thing, base) else thing


def lookup_key(name):
    """A name without capitals and underscores."""
    return name.lower().replace("_", "")


def suggestion(name, known):
    """The nearest of the `known` names, as the middle of a message; "." if none is near."""
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "."


def refuse_settings(owner, names, known):
    """Raise TypeError for the first of some names that is no setting of an object, with what to write or do instead."""
    for name in names:
        if name not in known:
            hint = elsewhere(name, known) or instead(name, known) or suggestion(name, known)
            raise TypeError(f"{type(owner).__name__} has no setting {name!r}{hint} It has: {', '.join(known)}")
