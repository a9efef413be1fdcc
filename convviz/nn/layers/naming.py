"""Names of the layers of a model: those without a name are numbered, as Keras does."""

__all__ = ["number_layers"]


def number_layers(layers):
    """Give layers without a name one that no other layer has.

    Raises
    ------
    ValueError
        If two layers were given the same name.
    """
    layers = list(dict.fromkeys(layers))
    release_taken(layers)
    named = [layer._name for layer in layers if layer._name]
    repeated = sorted({name for name in named if named.count(name) > 1})
    if repeated:
        raise ValueError(f"layers must have different names; {', '.join(map(repr, repeated))} stands for more than one")
    taken, counts = set(named), {}
    for layer in layers:
        if not layer._name:
            stem = layer.name
            while True:
                number = counts[stem] = counts.get(stem, -1) + 1
                name = f"{stem}_{number}" if number else stem
                if name not in taken:
                    break
            layer._set_number(name)
            taken.add(name)


def release_taken(layers):
    """Take numbers of another model away if a layer here already has that name."""
    used = {layer._name for layer in layers if not layer._numbered}
    for layer in layers:
        if layer._numbered:
            if layer._name in used:
                layer._set_number(None)
            used.add(layer._name)
