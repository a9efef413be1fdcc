"""What a model is fed with: arrays, whose samples are picked in an order, or an iterator that gives batches."""

import numpy as np

from convviz.nn import seeds

__all__ = ["Arrays", "Batches", "Run", "as_inputs", "order"]


def numbers(given, what):
    """An array of numbers, or an error."""
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise ValueError(f"{what} is no array of numbers: {error}") from None
    if array.dtype == object and not array.ndim:
        raise TypeError(f"{what} must be an array of numbers; {type(given).__name__} came")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must be numbers; it is of dtype {array.dtype}")
    return array


def as_inputs(x, shapes, what="x"):
    """Arrays for the inputs of a model, of the shapes ``(None, ...)``; a missing axis of one channel is added.

    Raises
    ------
    TypeError, ValueError
        Where number, shapes or lengths do not fit.
    """
    several = len(shapes) > 1
    given = list(x) if several and isinstance(x, (list, tuple)) else [x]
    if len(given) != len(shapes):
        raise ValueError(f"the model has {len(shapes)} inputs {list(shapes)}; {what} must be a list of {len(shapes)} arrays")
    arrays = [fitted(numbers(array, what), shape, what) for array, shape in zip(given, shapes, strict=True)]
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"the arrays of {what} have {[len(array) for array in arrays]} samples; they must be as many in each")
    return arrays


def fitted(array, shape, what):
    """An array of the shape ``(n, ...)``, or an error."""
    if array.ndim == len(shape) - 1 and shape[-1] == 1 and array.shape[1:] == shape[1:-1]:
        array = array[..., None]
    if array.ndim != len(shape) or array.shape[1:] != shape[1:]:
        hint = ""
        if array.shape == shape[1:] or (*array.shape, 1) == shape[1:]:
            hint = f"; a single sample needs an axis of samples in front: {what}[None]"
        raise ValueError(f"the model takes {what} of shape {('n', *shape[1:])}; it is {array.shape}{hint}")
    return array


class Arrays:
    """A data set in memory.

    Parameters
    ----------
    inputs : list of ndarray
    targets : ndarray or None
    """

    def __init__(self, inputs, targets=None):
        self.inputs, self.targets = inputs, targets
        if targets is not None and len(targets) != len(inputs[0]):
            raise ValueError(f"x has {len(inputs[0])} samples and y has {len(targets)}; they must be as many")

    def __len__(self):
        return len(self.inputs[0])

    def part(self, start, stop):
        """The samples from `start` to `stop`."""
        targets = None if self.targets is None else self.targets[start:stop]
        return Arrays([array[start:stop] for array in self.inputs], targets)


class Run:
    """Batches, one after the other: samples of arrays in an order, so many at a time.

    Parameters
    ----------
    arrays : Arrays
    order : ndarray of int64
    size : int
        Samples of a batch; the last may have fewer.
    once : bool, default False
        Whether these arrays will not come again, as those of an iterator.
    """

    def __init__(self, arrays, order, size, once=False):
        self.arrays, self.order, self.size, self.once = arrays, order, size, once

    def __len__(self):
        return -(-len(self.order) // self.size)

    def indices(self, number):
        """The samples of a batch, counted from 0."""
        return self.order[number * self.size : (number + 1) * self.size]


def order(samples, shuffle, seed, epoch):
    """In which order samples are taken in an epoch: the same for the same seed and epoch."""
    if not shuffle:
        return np.arange(samples)
    return seeds.generator(seed, epoch).permutation(samples)


class Batches:
    """An iterator that gives batches, or anything that makes one: ``for x, y in iterator``.

    Parameters
    ----------
    source : iterable or iterator
        Of pairs (x, y). What has a length and can be indexed, as Keras's sequences are, is gone through once an epoch; what
        can be iterated anew too; a generator goes on where it was.
    steps : int or None
        Batches an epoch.
    """

    def __init__(self, source, steps=None):
        self.source, self.steps = source, steps
        self.anew = not hasattr(source, "__next__")
        self.iterator = None if self.anew else source
        if steps is None and hasattr(source, "__len__"):
            self.steps = len(source)

    def epoch(self):
        """The batches of one epoch."""
        iterator = self.restart() if self.anew and (self.iterator is None or self.steps is None) else self.iterator
        self.iterator = iterator
        given = 0
        while self.steps is None or given < self.steps:
            try:
                batch = next(self.iterator)
            except StopIteration:
                if not self.anew or given == 0 or self.steps is None:
                    return
                self.iterator = self.restart()
                continue
            given += 1
            yield self.pair(batch)
        if self.anew and hasattr(self.source, "__len__") and self.steps == len(self.source):
            self.iterator = None

    def restart(self):
        """A new run through the source."""
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
