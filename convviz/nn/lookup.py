"""Names: of things that are chosen by name, and of layers, with an error that suggests the nearest right one."""

import difflib
import re

__all__ = ["find", "made", "snake"]


def snake(name):
    """A class's name as Keras writes it for a layer: Conv2D becomes conv2d, MaxPooling2D max_pooling2d.

    Examples
    --------
    >>> snake("MaxPooling2D"), snake("Conv2D"), snake("BatchNormalization"), snake("DepthwiseConv2D")
    ('max_pooling2d', 'conv2d', 'batch_normalization', 'depthwise_conv2d')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=2D)(?=[A-Z])", "_", name).lower()


def find(name, known, what):
    """What `known`, a dictionary, holds under a name, capitals and underscores apart.

    Raises
    ------
    TypeError, ValueError
        Where `name` is no text, and where nothing is called so; the message gives the nearest right name, and all.

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
        raise TypeError(f"{what} must be a name ({', '.join(sorted(known))}) or an object of that kind, not {name!r}")
    plain = {plainly(key): value for key, value in known.items()}
    if plainly(name) in plain:
        return plain[plainly(name)]
    raise ValueError(f"there is no {what} {name!r}{suggestion(name, known)} Known are: {', '.join(sorted(known))}")


def made(thing, base):
    """An object of a class where the class itself was given, as in ``optimizer=Adam``; else the thing as it is."""
    return thing() if isinstance(thing, type) and issubclass(thing, base) else thing


def plainly(name):
    """A name without capitals and underscores."""
    return name.lower().replace("_", "")


def suggestion(name, known):
    """The nearest of the `known` names as the middle of a message."""
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "."
