"""Random calls of `fit`, `evaluate` and `predict`, made in Keras 3 and here, and what differs.

Many of them:

    python tests/helpers/keras_calls.py --count 1000 --first 0
"""

import argparse
import collections
import itertools
import os
import re
import sys
import warnings

import numpy as np

from convviz import nn
from convviz.nn import callbacks as our_callbacks

__all__ = ["call_for", "difference", "require_keras"]

#: What is refused here and taken by Keras, as docs/training.md says, by the beginning of the sentence.
REFUSED_HERE = (
    r"batch_size is \d+, but there are only \d+ samples",
    r"(steps|steps_per_epoch|validation_steps) is \d+, but \d+ samples give \d+ batches",
    r"(steps|steps_per_epoch|validation_steps) is \d+, but x has \d+ batches",
    r"shuffle is True or False, not 'batch'",
    r"x never ends; give (steps|steps_per_epoch|validation_steps)",
    r"there is nothing to evaluate: the iterator gave no batches",
)
#: What Keras refuses and is taken here.
REFUSED_THERE = (
    r"Unrecognized data type",  # iterators that are no generators, objects with a length and an index, nested lists
    r"Argument `class_weight` is not supported for",
)
DOCUMENTED = ("refused here", "refused there", "refused by both")
FEATURES, CLASSES = 3, 2
NETWORKS = {
    "softmax": (CLASSES, "softmax", "sparse_categorical_crossentropy", ("accuracy",)),
    "rows": (CLASSES, "softmax", "categorical_crossentropy", ()),
    "sigmoid": (1, "sigmoid", "binary_crossentropy", ("accuracy", "mean_absolute_error")),
    "line": (1, None, "mean_squared_error", ("mean_absolute_error",)),
}
ARRAYS = ("arrays", "arrays", "tensors", "dict")
BATCHES = ("sequence", "loader", "endless", "generator", "iterator", "indexed")


def require_keras():
    """Keras with the backend of JAX, or an ImportError."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    return keras


# ------------------------------------------------------------ calls


def call_for(seed):
    """A random call, as plain data."""
    random = np.random.default_rng(seed)

    def pick(*choices):
        return choices[random.integers(len(choices))]

    kind = pick("fit", "fit", "fit", "evaluate", "predict")
    call = {"seed": seed, "kind": kind, "network": pick(*NETWORKS), "samples": int(random.integers(2, 25))}
    call["x"] = pick(*(ARRAYS if random.random() < 0.55 else BATCHES))
    call["metrics"] = pick(True, True, False)
    call["batch"] = int(random.integers(1, 9))  # of what gives batches
    call["weights"] = pick(None, None, None, "sample", "class") if kind == "fit" else pick(None, None, "sample")
    settings = {}
    if random.random() < 0.6:
        settings["batch_size"] = int(random.integers(1, 12))
    if kind == "fit":
        settings |= fit_settings(random, pick)
        call["validation"] = pick(None, "split", "arrays", "weighted", *BATCHES[:3])
        if call["validation"] == "split":
            settings["validation_split"] = pick(0.2, 0.5, 0.75)
    steps = "steps_per_epoch" if kind == "fit" else "steps"
    given = call["x"] in BATCHES
    if random.random() < (0.4 if given else 0.25):
        settings[steps] = int(random.integers(1, 5))
    if call["x"] == "endless" and random.random() < 0.95:
        settings.setdefault(steps, int(random.integers(1, 5)))
    if call["x"] in ("generator", "iterator") and kind == "fit":
        settings["epochs"] = settings["initial_epoch"] + 1  # Keras reads the first batches of one that has ended again
    call["settings"] = settings
    call["act"] = action(random, pick, kind)
    if call["act"] and call["act"][0] == "early":
        settings["shuffle"] = False  # when it stops depends on the order
    return call


def fit_settings(random, pick):
    """Settings of `fit` that have nothing to do with where samples come from."""
    settings = {
        "epochs": int(random.integers(0, 5)),
        "shuffle": pick(False, False, False, True),
        "initial_epoch": pick(0, 0, 1),
    }
    if random.random() < 0.3:
        settings["validation_freq"] = pick(1, 2, 3, [1], [2, 3], [5])
    if random.random() < 0.3:
        settings["validation_batch_size"] = int(random.integers(1, 9))
    if random.random() < 0.3:
        settings["validation_steps"] = int(random.integers(1, 4))
    if random.random() < 0.05:
        settings["shuffle"] = "batch"
    return settings


def action(random, pick, kind):
    """What a callback beside the one that keeps events does: a name, and when."""
    batch, epoch = int(random.integers(0, 4)), int(random.integers(0, 3))
    if kind != "fit":
        return pick(None, None, ("stop", batch), ("raise", batch), ("lambda", batch))
    return pick(
        None,
        ("stop batch", batch),
        ("stop epoch", epoch),
        ("stop begin", 0),
        ("raise", batch),
        ("logs", 0),
        ("lambda", 0),
        ("early", pick(0, 1), pick(None, 0.6), pick(0.0, 0.05)),
        ("plateau", pick(0, 1), pick(0, 1)),
        ("history", 0),
    )


# ------------------------------------------------------------ samples


def arrays_for(call, count, seed):
    """Samples of a network: x, y and weights."""
    random = np.random.default_rng([call["seed"], seed])
    x = random.standard_normal((count, FEATURES)).astype(np.float32)
    labels = (x.sum(axis=1) > 0).astype(np.int64)
    if call["network"] == "rows":
        y = np.eye(CLASSES, dtype=np.float32)[labels]
    elif call["network"] == "softmax":
        y = labels
    else:
        y = labels[:, None].astype(np.float32)
    return x, y, random.uniform(0.25, 2, count).astype(np.float32)


def batches_of(arrays, size):
    """Arrays in batches."""
    return [tuple(array[start : start + size] for array in arrays) for start in range(0, len(arrays[0]), size)]


class Indexed:
    """An object with a length and an index, which is no PyDataset."""

    def __init__(self, batches):
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, place):
        return self.batches[place]


def giving(kind, batches):
    """An object of a kind that gives batches; those of the kinds without an end repeat them."""
    if kind == "sequence":
        from keras.utils import PyDataset

        class Sequence(Indexed, PyDataset):
            def __init__(self, batches):
                PyDataset.__init__(self)
                self.batches = batches

        return Sequence(batches)
    if kind == "loader":
        import torch

        return torch.utils.data.DataLoader(
            Indexed([tuple(map(torch.from_numpy, batch)) for batch in batches]), batch_size=None, shuffle=False
        )
    if kind == "indexed":
        return Indexed(batches)
    if kind == "iterator":
        return iter(batches)
    return (batch for batch in batches) if kind == "generator" else endlessly(batches)


def endlessly(batches):
    """A generator without end."""
    while True:
        yield from batches


def samples_for(call):
    """x and the settings that go with it."""
    x, y, weights = arrays_for(call, call["samples"], 0)
    settings, weighted = dict(call["settings"]), call["weights"] == "sample"
    if call["weights"] == "class":
        settings["class_weight"] = {0: 0.5, 1: 3.0}
    if call["x"] in BATCHES:
        parts = (x,) if call["kind"] == "predict" and not weighted else (x, y, weights) if weighted else (x, y)
        return giving(call["x"], batches_of(parts, call["batch"])), settings
    if call["kind"] != "predict":
        settings["y"] = y
        if weighted:
            settings["sample_weight"] = weights
    if call["x"] == "tensors":
        import torch

        return torch.from_numpy(x), settings
    return {"x": x} if call["x"] == "dict" else x, settings


def validation_for(call):
    """The settings of `fit` for validation."""
    kind = call.get("validation")
    if kind in (None, "split"):
        return {}
    arrays = arrays_for(call, 7, 1)
    if kind in ("arrays", "weighted"):
        return {"validation_data": arrays if kind == "weighted" else arrays[:2]}
    if kind == "endless":  # of equal batches, since Keras begins again with the first ones each time
        batches = batches_of(arrays[:2], 7)
        steps = {} if "validation_steps" in call["settings"] else {"validation_steps": 2}
        return {"validation_data": giving(kind, batches)} | steps
    return {"validation_data": giving(kind, batches_of(arrays[:2], 3))}


# ------------------------------------------------------------ callbacks


class Stop(Exception):
    """Raised by a callback."""


#: Methods with a number before the logs; the others have the logs alone.
NUMBERED = [
    f"on_{name}_{when}" for name in ("epoch", "train_batch", "test_batch", "predict_batch") for when in ("begin", "end")
]
PLAIN = [f"on_{name}_{when}" for name in ("train", "test", "predict") for when in ("begin", "end")]


def keeper(base, events):
    """A callback that keeps the events it is called for."""

    def kept(name, numbered):
        def method(self, *given, logs=None):
            number = given[0] if numbered else None
            logs = given[-1] if len(given) > numbered else logs
            events.append((name, number, {key: np.array(value, float) for key, value in logs.items()}))

        return method

    methods = {name: kept(name, True) for name in NUMBERED} | {name: kept(name, False) for name in PLAIN}

    def set_params(self, params):
        events.append(("set_params", None, {key: np.array(params[key] or -1, float) for key in ("epochs", "steps")}))

    def set_model(self, model):
        base.set_model(self, model)
        events.append(("set_model", None, {}))

    return type("Keeper", (base,), methods | {"set_params": set_params, "set_model": set_model})()


def acting(module, call, events):
    """The callbacks for the action of a call."""
    act, kind = call["act"], call["kind"]
    if act is None:
        return []
    name, *when = act
    base = module.Callback
    if kind != "fit":
        return acting_alone(module, name, when[0], kind, events)
    methods = {
        "stop batch": {"on_batch_end": lambda self, batch, logs=None: stop(self.model, batch == when[0])},
        "stop epoch": {"on_epoch_end": lambda self, epoch, logs=None: stop(self.model, epoch >= when[0])},
        "stop begin": {"on_train_begin": lambda self, logs=None: stop(self.model, True)},
        "raise": {"on_train_batch_end": lambda self, batch, logs=None: fail(batch == when[0])},
        "logs": {"on_epoch_end": lambda self, epoch, logs=None: logs.update(added=float(epoch))},
        "history": {"on_epoch_end": lambda self, epoch, logs=None: events.append(known(self.model))},
    }
    if name in methods:
        return [type("Acting", (base,), methods[name])()]
    if name == "early":
        settings = {"patience": when[0], "baseline": when[1], "min_delta": when[2], "restore_best_weights": True}
        measured = call["metrics"] and "accuracy" in NETWORKS[call["network"]][3]
        return [module.EarlyStopping("accuracy" if measured else "loss", **settings)]
    if name == "plateau":
        return [module.ReduceLROnPlateau("loss", factor=0.5, patience=when[0], cooldown=when[1], min_delta=0.05)]
    return [module.LambdaCallback(on_epoch_end=lambda epoch, logs: events.append(("lambda", epoch, {})))]


def acting_alone(module, name, batch, kind, events):
    """The callbacks for an action in `evaluate` or `predict`."""
    run = "test" if kind == "evaluate" else "predict"
    attribute = "stop_evaluating" if kind == "evaluate" else "stop_predicting"
    if name == "lambda":
        found = {f"on_{run}_end": lambda logs: events.append(("lambda", None, {}))}
        return [module.LambdaCallback(**found)]
    if name == "raise":
        methods = {f"on_{run}_batch_end": lambda self, number, logs=None: fail(number == batch)}
    else:

        def end(self, number, logs=None):
            setattr(self.model, attribute, getattr(self.model, attribute) or number == batch)

        methods = {f"on_{run}_batch_end": end}
    return [type("Acting", (module.Callback,), methods)()]


def stop(model, when):
    """End training."""
    if when:
        model.stop_training = True


def fail(when):
    """Raise an error."""
    if when:
        raise Stop


def known(model):
    """What the history has when a user's callback is called."""
    return "history", len(model.history.epoch), {}


# ------------------------------------------------------------ both


def network(call, library):
    """A network in Keras or here."""
    units, activation, loss, metrics = NETWORKS[call["network"]]
    settings = {"metrics": list(metrics)} if call["metrics"] and metrics else {}
    random = np.random.default_rng(call["seed"])
    weights = [random.uniform(-1, 1, (FEATURES, units)).astype(np.float32), np.zeros(units, np.float32)]
    if library == "keras":
        import keras

        tensor = keras.Input((FEATURES,), name="x")
        model = keras.Model(
            {"x": tensor} if call["x"] == "dict" else tensor, keras.layers.Dense(units, activation=activation)(tensor)
        )
        model.compile(keras.optimizers.SGD(0.1), loss, run_eagerly=True, **settings)
    else:
        tensor = nn.Input((FEATURES,), name="x")
        model = nn.Model(tensor, nn.Dense(units, activation=activation)(tensor))
        model.compile(nn.optimizers.SGD(0.1), loss, run_eagerly=True, device="cpu", **settings)
    model.set_weights(weights)
    return model


Outcome = collections.namedtuple("Outcome", "error events result weights")


def made(call, library):
    """What a call gives: an error, or events, the result and the weights."""
    if library == "keras":
        from keras import callbacks as module
    else:
        module = our_callbacks
    events, result, error = [], None, None
    x, settings = samples_for(call)
    settings |= validation_for(call)
    model = network(call, library)
    settings["callbacks"] = [*acting(module, call, events), keeper(module.Callback, events)]
    try:
        result = values(getattr(model, call["kind"])(x, verbose=0, **settings))
    except Stop:
        error = "Stop"
    except Exception as found:  # whatever is refused, by whatever error
        error = f"{type(found).__name__}: {found}"
    # after an error Keras has lost its variables
    return Outcome(error, events, result, [] if error else [np.array(array) for array in model.get_weights()])


def values(result):
    """A result as a dict of arrays."""
    if hasattr(result, "history"):
        return {name: np.array(found) for name, found in result.history.items()} | {"epoch": np.array(result.epoch)}
    return {"result": np.array(result)}


def difference(call):
    """How Keras and convviz differ for a call, in words; "" for not at all, one of `DOCUMENTED` for calls that are refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, ours = made(call, "keras"), made(call, "ours")
    if ours.error or theirs.error:
        return of_errors(theirs.error, ours.error) or (of_events(call, theirs, ours) if ours.error == "Stop" else "")
    return of_events(call, theirs, ours) or of_results(call, theirs, ours)


def of_errors(theirs, ours):
    """How two errors differ, of which one may be None."""
    if ours and any(re.search(rf"\b{known}", ours) for known in REFUSED_HERE):
        return "refused here"
    if theirs and any(re.search(known, theirs) for known in REFUSED_THERE):
        return "refused there"
    if theirs and ours:
        alike = (theirs == "Stop") == (ours == "Stop") and ours.startswith(("Stop", "TypeError", "ValueError"))
        return f"errors: {theirs} / {ours}" if not alike else "" if ours == "Stop" else "refused by both"
    return f"errors: {theirs} / {ours}"


def of_events(call, theirs, ours):
    """How the events of two runs differ; the values in logs count where samples come in the same order."""
    if ours.error == "Stop":  # here callbacks hear of the end of training also when an error ended it
        ours = ours._replace(events=[event for event in ours.events if event[0] != "on_train_end"])
    for one, other in itertools.zip_longest(begun(theirs.events), ours.events):
        if one is None or other is None or one[:2] != other[:2] or sorted(one[2]) != sorted(other[2]):
            return f"events: {one} / {other}"
        bad = [] if call["settings"].get("shuffle") else [name for name in one[2] if not close(one[2][name], other[2][name])]
        if bad:
            return f"logs of {one[:2]}: {[(name, one[2][name], other[2][name]) for name in bad]}"
    return ""


def begun(events):
    """Events without the beginning of a batch that Keras then does not get from a generator."""
    pairs = itertools.zip_longest(events, events[1:])
    return [one for one, after in pairs if not (one[0].endswith("batch_begin") and after and "_batch" not in after[0])]


def of_results(call, theirs, ours):
    """How the results and weights of two runs differ."""
    if sorted(theirs.result) != sorted(ours.result):
        return f"results: {list(theirs.result)} / {list(ours.result)}"
    for name, one in theirs.result.items():
        if one.shape != ours.result[name].shape:
            return f"{name}: shapes {one.shape} / {ours.result[name].shape}"
        if not call["settings"].get("shuffle") and not close(one, ours.result[name]):
            return f"{name}: {one} / {ours.result[name]}"
    if not call["settings"].get("shuffle") and not all(map(close, theirs.weights, ours.weights)):
        return "weights"
    return ""


def close(one, other):
    """Whether two float32 results of the same sums in other orders agree."""
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=2e-4, atol=2e-5)


def main():
    """Make many calls, and print what differs and how many of each kind there were."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    require_keras()
    found = collections.Counter()
    for seed in range(options.first, options.first + options.count):
        said = difference(call_for(seed))
        found[said if said in ("", *DOCUMENTED) else "DIFFERENT"] += 1
        if said not in ("", *DOCUMENTED):
            print(f"{call_for(seed)}\n    {said}", flush=True)
    print({said or "same": count for said, count in found.items()})
    sys.exit(1 if found["DIFFERENT"] else 0)


if __name__ == "__main__":
    main()
