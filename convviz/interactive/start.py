"""The settings to begin with: those of an operation, a worked example, or a kind of operation."""

from dataclasses import replace

from convviz import examples, geometry
from convviz._support.suggestions import nearest
from convviz._support.values import brief
from convviz.interactive.changes import checked_image, with_kernel_for
from convviz.interactive.settings import CONTROLLED, Settings, kinds
from convviz.operations import class_of

__all__ = ["settings_of"]

#: The worked example to begin with, by the kind of operation, and the one for all other kinds.
EXAMPLES = {
    "convolution": "lecture_6x6",
    "transposed_convolution": "no_padding_strides_transposed",
    "max_pooling": "lecture_max_pooling",
    "average_pooling": "numerical_average_pooling",
}
EXAMPLE = "lecture_max_pooling"


def settings_of(operation, image=None):
    """The settings of an operation on an image.

    Parameters
    ----------
    operation : convviz.operations.Operation, convviz.examples.Example, or str
        A kind of operation, or the name of a worked example.
    image : array_like, (H, W) or (H, W, C), optional
        That of a worked example unless given.

    Returns
    -------
    convviz.interactive.settings.Settings

    Raises
    ------
    ValueError, TypeError
        If it is none of them, or if the image does not fit.

    Examples
    --------
    >>> settings_of("max_pooling").operation().pool_size
    (2, 2)
    """
    if isinstance(operation, str):
        operation, image = named(operation, image)
    elif isinstance(operation, examples.Example):
        operation, image = operation.operation, operation.image if image is None else image
    kind = getattr(operation, "kind", None)
    if kind not in kinds() or not hasattr(operation, "settings"):
        raise TypeError(f"got {brief(operation)}; expected an operation such as convviz.Convolution(…), or {listed(kinds())}")
    image = checked_image(example_of(kind).image if image is None else image)
    operation.geometry(image.shape[:2])
    kernel = example_of("convolution").operation.kernel
    strides = (1, 1) if operation.weighted else None
    settings = Settings(kind, image, kernel[:, :, None, None], strides=strides, given_class=type(operation))
    return taken_from(operation, settings)


def named(name, image):
    """Operation and image of a kind, or of a worked example."""
    if name in kinds():
        return of_kind(name, image)
    known = [each for kind in examples.KINDS[:3] for each in examples.names(kind)]
    if name not in known:
        hint = nearest(name, [*kinds(), *known], "convviz.examples.names()")
        raise ValueError(f"operation is {brief(name)}; expected {listed(kinds())}, or the name of a worked example; {hint}")
    example = examples.get(name)
    return example.operation, example.image if image is None else image


def of_kind(kind, image):
    """Operation and image to begin with for a kind; a kernel gets the channels of the image."""
    example = example_of(kind)
    operation = example.operation if kind in EXAMPLES else class_of(kind)()
    if image is None:
        return operation, example.image
    if operation.weighted:
        settings = replace(settings_of(example), image=checked_image(image))
        operation = with_kernel_for(settings, operation.kernel_size, 1).operation()
    return operation, image


def listed(names):
    """Names as a sentence lists them."""
    return " or ".join([", ".join(map(repr, names[:-1])), repr(names[-1])])


def example_of(kind):
    """The worked example to begin with for a kind."""
    return examples.get(EXAMPLES.get(kind, EXAMPLE))


def taken_from(operation, settings):
    """The settings with the values that an operation has."""
    given = {name: getattr(operation, name) for name in settings.setting_names if hasattr(operation, name)}
    given.pop("bias", None)
    given.pop("filters", None)
    others = set(operation.settings).difference(CONTROLLED, ("kernel", "bias"))
    given["others"] = {name: getattr(operation, name) for name in others}
    if "pool_size" in given and given.get("strides") == given["pool_size"]:
        given["strides"] = None
    if "padding" in given:
        given["padding"], given["amounts"] = padding_of(operation)
    settings = replace(settings, **given)
    if not settings.weighted:
        return settings
    settings = replace(settings, kernel=operation.spread_kernel(settings.channels), weak=operation.weak)
    if operation.bias is None:
        return settings
    return replace(settings, bias=tuple(operation.spread_bias(settings.filters).tolist()))


def padding_of(operation):
    """The padding as a rule, or as "amounts" with top, bottom, left and right."""
    rules = geometry.padding_rules(operation.padding)
    if isinstance(rules[0], str):
        return rules[0], (0, 0, 0, 0)
    return "amounts", (*rules[0], *rules[1])
