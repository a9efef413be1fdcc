"""What dir() of the objects of convviz.nn shows, as lines of text.

    python tests/helpers/nn_public_names.py             print what differs from the committed list; status 1 if anything does
    python tests/helpers/nn_public_names.py --write     write the list

The list is tests/nn/public_names.txt: for each object its class, and the public names that its base class does not have.
"""

import difflib
import sys
from pathlib import Path

from convviz import nn

__all__ = ["differences", "objects", "public_names"]

LIST = Path(__file__).resolve().parents[1] / "nn" / "public_names.txt"


def objects():
    """One object of each public class, in the order of the list; a base class stands before those that inherit from it."""
    model = nn.Sequential([nn.Dense(1, input_shape=(2,))])
    x = nn.Input((2,))
    yield from (nn.Model(x, nn.Dense(1)(x)), model, x, model.weights[0])
    layers = nn.layers
    settings = {
        layers.Activation: ("relu",),
        layers.Conv2D: (1, 3),
        layers.Conv2DTranspose: (1, 3),
        layers.Dense: (1,),
        layers.DepthwiseConv2D: (3,),
        layers.Dropout: (0.5,),
        layers.InputLayer: ((2,),),
    }
    yield layers.Layer()
    yield from (kind(*settings.get(kind, ())) for _, kind in sorted(layers.kinds().items()))
    yield nn.optimizers.Optimizer(learning_rate=0.1)
    yield from (kind() for _, kind in sorted(nn.optimizers.KNOWN.items()))
    yield nn.losses.Loss()
    yield from (kind() for _, kind in sorted(nn.losses.KNOWN.items()))
    yield nn.initializers.Initializer()
    yield from (kind() for _, kind in sorted(nn.initializers.KNOWN.items()))
    yield nn.regularizers.L1L2()
    yield nn.callbacks.Callback()
    stopping = nn.callbacks.EarlyStopping()
    stopping.on_train_begin()  # which adds what training finds
    yield from (stopping, nn.callbacks.ModelCheckpoint("net.npz"), nn.callbacks.History(), nn.LivePlot())
    yield from (nn.callbacks.LambdaCallback(), nn.callbacks.ReduceLROnPlateau(), nn.callbacks.LearningRateScheduler(abs))


def public_names(thing):
    """What dir() of an object shows, without names that begin with an underscore."""
    return {name for name in dir(thing) if not name.startswith("_")}


def lines():
    """A line for each object."""
    listed = []
    for thing in objects():
        above = [other for other in listed if isinstance(thing, type(other))]
        base = max(above, key=lambda other: len(type(other).__mro__), default=None)
        names = public_names(thing) - (public_names(base) if base is not None else set())
        title = type(thing).__name__ + (f" is a {type(base).__name__}" if base is not None else "")
        yield f"{title}: {' '.join(sorted(names))}".rstrip()
        listed.append(thing)


def text():
    return "".join(f"{line}\n" for line in lines())


def differences():
    """What a comparison of the committed list with the code shows, as lines."""
    committed = LIST.read_text(encoding="utf-8").splitlines()
    return list(difflib.unified_diff(committed, text().splitlines(), str(LIST.name), "the code", lineterm="", n=0))


def main(arguments):
    if arguments == ["--write"]:
        LIST.write_text(text(), encoding="utf-8")
        return 0
    found = differences()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
