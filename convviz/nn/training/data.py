"""Where batches come from: arrays in an order, or an iterator that gives batches; the part for validation."""

from numbers import Real
from typing import NamedTuple

import numpy as np

from convviz.nn import samples, seeds
from convviz.nn.training.checks import checked_arrays, is_batches, optional, whole_number

__all__ = ["Batches", "Validation", "epoch_runs", "order", "split_sources", "steps_in", "validation_from"]


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


class Batches:
    """An iterator that gives batches, or anything that makes one: ``for x, y in iterator``.

    Parameters
    ----------
    source : iterable or iterator
        Of pairs (x, y). A source with a length and an index, as Keras's sequences, is read once an epoch, like any source
        that can be iterated again; a generator continues where it was.
    steps : int or None
        Batches an epoch.
    """

    def __init__(self, source, steps=None):
        self.source, self.steps = source, steps
        self.restarts = not hasattr(source, "__next__")
        self.iterator = None if self.restarts else source
        if steps is None and hasattr(source, "__len__"):
            self.steps = len(source)

    def epoch(self):
        """The batches of one epoch."""
        iterator = self.restart() if self.restarts and (self.iterator is None or self.steps is None) else self.iterator
        self.iterator = iterator
        given = 0
        while self.steps is None or given < self.steps:
            try:
                batch = next(self.iterator)
            except StopIteration:
                if not self.restarts or given == 0 or self.steps is None:
                    return
                self.iterator = self.restart()
                continue
            given += 1
            yield self.pair(batch)
        if self.restarts and hasattr(self.source, "__len__") and self.steps == len(self.source):
            self.iterator = None

    def restart(self):
        """A new iterator over the source."""
        indexed = hasattr(self.source, "__getitem__") and hasattr(self.source, "__len__")
        if indexed and not hasattr(self.source, "__next__"):
            return (self.source[place] for place in range(len(self.source)))
        return iter(self.source)

    @staticmethod
    def pair(batch):
        """A batch as (x, y), or an error."""
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
            raise TypeError(f"an iterator of batches gives pairs (x, y); it gave {type(batch).__name__}{size}")
        return batch


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
        validation = source_of(model, options.validation_data, options.validation_steps, "validation_")
    if is_batches(options.x):
        if options.y is not None:
            raise ValueError("x is an iterator of batches, which holds its targets; leave y out")
        if options.validation_split:
            raise ValueError("validation_split takes the last part of arrays; with an iterator give validation_data")
        return Batches(options.x, optional(options.steps_per_epoch, "steps_per_epoch")), validation
    share = options.validation_split if validation is None else 0
    train, held_out = split_arrays(checked_arrays(model, options.x, options.y), share)
    return train, validation if validation is not None else held_out


def split_arrays(arrays, validation_split):
    """Samples for training and for validation: the last part of the arrays, as in Keras."""
    if not validation_split:
        return arrays, None
    if not isinstance(validation_split, Real) or not 0 < validation_split < 1:
        raise ValueError(f"validation_split is a share between 0 and 1, not {validation_split!r}")
    cut = int(np.floor(len(arrays) * (1 - validation_split)))
    if not 0 < cut < len(arrays):
        raise ValueError(
            f"validation_split {validation_split} of {len(arrays)} samples leaves nothing for one of the two parts"
        )
    return arrays.part(0, cut), arrays.part(cut, len(arrays))


def source_of(model, given, steps, what):
    """Validation data: a pair of arrays, or an iterator."""
    if is_batches(given):
        return Batches(given, optional(steps, f"{what}steps"))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise TypeError(f"{what}data is a pair (x, y) of arrays, or an iterator of such pairs")
    return checked_arrays(model, *given, what)


def steps_in(source, batch_size, steps, name):
    """The number of batches of a run over a source: all of arrays by default, None if an iterator ends it."""
    if isinstance(source, Batches):
        return source.steps
    available = -(-len(source) // batch_size)
    if steps is not None and whole_number(steps, name) > available:
        raise ValueError(f"{name} is {steps}, but {len(source)} samples give {available} batches of {batch_size}")
    return available if steps is None else int(steps)


def validation_from(source, size, batch_size, steps):
    """The `Validation` with a source, or None if there is no source."""
    if source is None:
        return None
    size = optional(size, "validation_batch_size") or batch_size or 32
    return Validation(source, size, steps_in(source, size, steps, "validation_steps"))


def epoch_runs(model, source, batch_size, steps, shuffle, epoch):
    """The `samples.Run` of all batches of an epoch, or one for each batch of an iterator, cut up if `batch_size` says so."""
    if isinstance(source, Batches):
        for x, y in source.epoch():
            arrays = checked_arrays(model, x, y)
            yield samples.Run(arrays, np.arange(len(arrays)), batch_size or len(arrays), once=True)
        return
    found = order(len(source), shuffle, model.seed, epoch)
    yield samples.Run(source, found[: steps * batch_size], batch_size)
