"""Where batches come from: arrays in an order, or an object that gives batches; the part for validation."""

import warnings
from typing import NamedTuple

import numpy as np

from convviz._support.values import brief, real_number, whole_number
from convviz.nn import samples, seeds
from convviz.nn.training.batches import Batches, is_batches, pair
from convviz.nn.training.checks import checked_arrays, optional, size_for_steps
from convviz.nn.training.weights import weighted

__all__ = [
    "Passes",
    "Validation",
    "epoch_runs",
    "evaluation_of",
    "order",
    "source_of",
    "split_sources",
    "steps_in",
    "test_runs",
    "validation_from",
]


class Validation(NamedTuple):
    """What is validated with after an epoch.

    Attributes
    ----------
    source : samples.Arrays or Batches
    batch_size : int
    steps : int or None
        Batches; None if an iterator ends them.
    """

    source: object
    batch_size: int
    steps: int | None


class Passes:
    """Passes over arrays, each in an order of its own. With fewer steps than a pass has, it goes on in the next epoch.

    Parameters
    ----------
    arrays : samples.Arrays
    batch_size, steps : int
        Samples of a batch, batches of an epoch.
    """

    def __init__(self, arrays, batch_size, steps):
        self.arrays, self.batch_size, self.steps = arrays, batch_size, steps
        self.order, self.done = None, 0

    def run(self, new_order):
        """The `samples.Run` of the next epoch; `new_order` gives the order of a pass that begins with it."""
        if self.order is None:
            self.order, self.done = new_order(), 0
        left = -(-len(self.order) // self.batch_size) - self.done
        steps, first = min(self.steps, left), self.done * self.batch_size
        if steps < self.steps:
            warnings.warn(
                f"an epoch ends after {steps} of {self.steps} batches: these are the last of a pass over the samples; "
                "steps_per_epoch should divide the number of batches",
                stacklevel=8,
            )
        run = samples.Run(self.arrays, self.order[first : first + steps * self.batch_size], self.batch_size)
        self.done += steps
        if steps == left:
            self.order = None
        return run


def order(count, shuffle, seed, epoch):
    """The order in which an epoch takes samples: the same for the same seed and epoch."""
    if not shuffle:
        return np.arange(count)
    return seeds.generator(seed, epoch).permutation(count)


def split_sources(model, options):
    """What is trained with and what is validated with: `samples.Arrays` or `Batches`, and None for no validation.

    `options` are `convviz.nn.training.loop.FitOptions`.
    """
    validation = None
    if options.validation_data is not None:
        validation = validation_source(model, options.validation_data, options.validation_steps)
    if is_batches(options.x):
        if options.validation_split and validation is None:
            raise ValueError("validation_split takes the last part of arrays; with an iterator give validation_data")
        given = options.x, options.y, options.sample_weight
        return source_of(model, *given, options.steps_per_epoch, "steps_per_epoch"), validation
    share = options.validation_split if validation is None else 0
    train, held_out = split_arrays(checked_arrays(model, options.x, options.y, options.sample_weight), share)
    return train, validation if validation is not None else held_out


def split_arrays(arrays, validation_split):
    """Samples for training and for validation: the last part of the arrays, as in Keras."""
    if validation_split is None or validation_split is False:
        return arrays, None
    share = real_number(validation_split)
    if share is None or not 0 <= share < 1:
        raise ValueError(f"validation_split is a share between 0 and 1, not {brief(validation_split)}")
    if not share:
        return arrays, None
    cut = int(np.floor(len(arrays) * (1 - share)))
    if not 0 < cut < len(arrays):
        raise ValueError(
            f"validation_split {validation_split} of {len(arrays)} samples leaves nothing for one of the two parts"
        )
    return arrays.part(0, cut), arrays.part(cut, len(arrays))


def source_of(model, x, y, weights, steps, setting):
    """Samples with their targets: `samples.Arrays`, or `Batches` if x gives batches."""
    if not is_batches(x):
        return checked_arrays(model, x, y, weights)
    return checked_source(x, {"y": y, "sample_weight": weights}, steps, setting)


def checked_source(x, others, steps, setting):
    """`Batches` of x, with an error for arguments beside it, a dict by name, that each batch holds."""
    for name, value in others.items():
        if value is not None:
            raise ValueError(f"x is an iterator of batches, which holds {PARTS[name]}; leave {name} out")
    return Batches(x, steps, setting, limited=setting != "steps_per_epoch")


#: What the parts of a batch are called in an error.
PARTS = {"y": "its targets", "sample_weight": "the weights of its samples"}


def validation_source(model, given, steps):
    """Validation data: arrays, or what gives batches."""
    if is_batches(given):
        return checked_source(given, {}, steps, "validation_steps")
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise TypeError("validation_data is a pair (x, y) of arrays, or an iterator of such pairs")
    return checked_arrays(model, *given[:2], given[2] if len(given) == 3 else None, "validation_")


def steps_in(source, batch_size, steps, name):
    """The number of batches of a run over a source: all of arrays by default, None if an iterator ends it."""
    if isinstance(source, Batches):
        return source.steps
    available = -(-len(source) // batch_size)
    number = available if steps is None else whole_number(steps, name, 1)
    if number > available:
        raise ValueError(
            f"{name} is {brief(number)}, but {len(source)} samples give {available} batches of {brief(batch_size)}"
        )
    return number


def validation_from(source, size, batch_size, steps):
    """The `Validation` with a source, or None if there is no source; sizes as they were given to `fit`."""
    if source is None:
        return None
    return evaluation_of(source, batch_size if size is None else size, steps, ("validation_batch_size", "validation_steps"))


def evaluation_of(source, size, steps, names=("batch_size", "steps")):
    """The `Validation` with a source, a batch size and steps, which are called so in errors."""
    if isinstance(source, Batches):
        return Validation(source, optional(size, names[0]) or 32, source.steps)
    size = size_for_steps(size, len(source), steps, names)
    return Validation(source, size, steps_in(source, size, steps, names[1]))


def epoch_runs(model, source, shuffle, class_weight):
    """The `samples.Run` of an epoch of `Passes`, or one for each batch of `Batches`."""
    if isinstance(source, Batches):
        taken = order(source.length, shuffle, model.seed, model.epochs) if source.shuffles else None
        for batch in source.epoch(taken):
            arrays = weighted(model, checked_arrays(model, *pair(batch)), class_weight)
            yield samples.Run(arrays, np.arange(len(arrays)), len(arrays), once=True)
        return
    yield source.run(lambda: order(len(source.arrays), shuffle, model.seed, model.epochs))


def test_runs(model, validation):
    """The `samples.Run` of all batches of arrays, or one for each batch of `Batches`, cut up as `batch_size` says."""
    source, size, steps = validation
    if not isinstance(source, Batches):
        yield samples.Run(source, np.arange(min(len(source), steps * size)), size)
        return
    source.begin()
    for batch in source.epoch():
        arrays = checked_arrays(model, *pair(batch))
        yield samples.Run(arrays, np.arange(len(arrays)), size, once=True)
