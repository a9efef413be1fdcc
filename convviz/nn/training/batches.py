"""Batches that an object gives: a generator, a sequence with a length and an index, a loader of data."""

import array
import dis
import inspect
import itertools
import operator
import warnings

from convviz._support.sequences import require_shallow
from convviz._support.values import whole_number
from convviz.nn.training.checks import optional

__all__ = ["Batches", "inputs_of", "is_batches", "pair"]

#: Batches after which a source without a length counts as one that never ends, unless the steps are given.
MOST = 10_000
#: More batches than this in a source are a mistake.
LARGEST = 10**8
#: What `next` gives at the end of an iterator.
END = object()
#: How a generator ends.
ENDS = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS")
#: What has an index or can be iterated, and is no source of batches: arrays of several kinds, and mistakes such as a class.
ARRAYS = (list, tuple, dict, str, bytes, bytearray, memoryview, array.array, range, set, frozenset, type)


def is_batches(x):
    """Whether x gives batches instead of being an array, or a list or dict of arrays."""
    if isinstance(x, ARRAYS) or hasattr(x, "__array__") or hasattr(x, "toarray"):  # the last of SciPy's sparse arrays
        return False
    return any(callable(getattr(x, name, None)) for name in ("__iter__", "__next__", "__getitem__"))


class Batches:
    """The batches of a source.

    Parameters
    ----------
    source : object
        It has ``__len__`` (or ``num_batches``) and ``__getitem__``, as Keras's sequences, also those that are iterators,
        too, as ``flow_from_directory`` gives; or it can be iterated, as PyTorch's loaders; then every pass begins again. Or
        it is an iterator or a generator, which continues where it was.
    steps : int, optional
        Batches of an epoch; a pass over the source goes on in the next epoch if it has more.
    setting : str
        The argument that gives `steps`, for errors.
    limited : bool, default False
        Whether to stop with an error after `MOST` batches of a source that does not say how many it has; else it warns.

    Attributes
    ----------
    steps : int or None
        Batches of an epoch; None if only the end of the source ends it.
    indexed : bool
        Whether batches are read by their numbers.
    shuffles : bool
        Whether batches are taken in another order in every epoch if samples are to be shuffled, as with Keras's PyDataset.

    Raises
    ------
    TypeError, ValueError
        For steps that do not fit, and for a source that never ends without steps.
    """

    def __init__(self, source, steps=None, setting="steps_per_epoch", limited=False):
        steps = optional(steps, setting)
        self.source, self.setting, self.limited, self.length = source, setting, limited, length(source)
        self.indexed = self.length is not None and callable(getattr(source, "__getitem__", None))
        self.continues, self.asked = hasattr(source, "__next__") and not self.indexed, steps is not None
        if steps is None and self.length is None and endless(source):
            raise ValueError(f"x never ends; give {setting}, the number of batches to take")
        if steps is not None and self.length is not None and steps > self.length and not self.continues:
            raise ValueError(f"{setting} is {steps}, but x has {self.length} batches; use {self.length} or fewer")
        self.steps = self.length if steps is None else steps
        self.shuffles = self.indexed and any(kind.__name__ == "PyDataset" for kind in type(source).__mro__)
        self.iterator, self.taken = None, 0

    def begin(self):
        """Begin a new pass in the next epoch."""
        self.iterator = None

    def epoch(self, order=None):
        """The batches of one epoch; a pass that begins with it takes them in an order of their numbers if one is given."""
        if self.iterator is None or not self.asked:
            self.restart(order)
        tell(self.source, "on_epoch_begin")
        done = 0
        while self.steps is None or done < self.steps:
            batch = self.next(order, first=not done)
            if batch is END:
                self.warn_of_end(done)
                self.begin()
                break
            done += 1
            if self.steps is None and done > MOST:
                self.tell_of_many(done)
            yield batch
        if self.length is not None and self.taken >= self.length:
            self.begin()
        tell(self.source, "on_epoch_end")

    def next(self, order, first):
        """The next batch, or `END`; a pass that was at its end begins again with the first batch of an epoch."""
        ended = self.length is not None and self.taken >= self.length and not self.continues
        batch = END if ended else next(self.iterator, END)
        if batch is END and first and self.taken and not self.continues:
            self.restart(order)
            batch = next(self.iterator, END)
        self.taken += 1
        return batch

    def restart(self, order):
        """Begin a pass; an iterator goes on."""
        if self.indexed:
            self.iterator = (self.at(int(place)) for place in (range(self.length) if order is None else order))
        else:
            self.iterator = self.source if self.continues else iterated(self.source)
        self.taken = 0

    def at(self, place):
        """The batch with a number, or an error if there are not so many."""
        try:
            return self.source[place]
        except (LookupError, StopIteration) as error:
            raise ValueError(f"x says that it has {self.length} batches, but x[{place}] raised {error!r}") from error

    def tell_of_many(self, done):
        """Raise an error, or warn once in an epoch, as training may have so many: a source gave more than `MOST` batches."""
        text = f"x has given {MOST:,} batches and goes on; "
        if self.limited:
            raise ValueError(f"{text}give {self.setting}, the number of batches to take")
        if done == MOST + 1:
            warnings.warn(f"{text}if it never ends, stop and give {self.setting}, the number to take", stacklevel=5)

    def warn_of_end(self, done):
        """Warn of an epoch that has fewer batches than it should have."""
        if self.steps is not None and done:
            warnings.warn(
                f"an epoch ends after {done} of {self.steps} batches: x gives no more; {self.setting} times the epochs "
                "must not be more than it gives",
                stacklevel=5,
            )


def length(source):
    """How many batches a source says that it has; None if it does not say, and an error for what is no such number."""
    # not `len`, whose errors for numbers that do not fit say nothing of batches
    for name, say in (("num_batches", lambda: source.num_batches), ("__len__", lambda: type(source).__len__(source))):
        try:
            number = say()
        except (AttributeError, NotImplementedError, TypeError):  # as a loader of a dataset without a length
            continue
        if number is None or (name == "num_batches" and callable(number)):
            continue  # a PyDataset without an end, and a method of that name
        return whole_number(number, f"the number of batches of x ({name} of {type(source).__name__})", 0, LARGEST)
    return None


def iterated(source):
    """An iterator over a source, or an error."""
    try:
        return iter(source)
    except TypeError as error:
        raise TypeError(f"x is of type {type(source).__name__}, which cannot be iterated: {error}") from error


def endless(source):
    """Whether it can be seen that a source never ends; False says nothing."""
    if inspect.isgenerator(source):  # one with `while True` around everything has no way to return, and raises no error
        return not any(instruction.opname in ENDS for instruction in dis.get_instructions(source))
    if isinstance(source, (itertools.cycle, itertools.count)):
        return True
    if isinstance(source, itertools.repeat):
        return operator.length_hint(source, -1) < 0
    # a PyDataset that says None, and a dataset of TensorFlow that says INFINITE_CARDINALITY
    return getattr(source, "num_batches", 0) is None or cardinality(source) == -1


def cardinality(source):
    """What a dataset of TensorFlow says of its number of batches; None for what is no such dataset."""
    method = getattr(source, "cardinality", None)
    try:
        return int(method()) if callable(method) else None
    except Exception:  # a method of that name that is something else
        return None


def tell(source, event):
    """Call a method of a source that follows the epochs, as Keras's sequences do, if it has one."""
    method = getattr(source, event, None)
    if callable(method):
        method()


# ------------------------------------------------------------ single batches


def pair(batch):
    """A batch as (x, y, sample_weight), of which the last may be None; or an error."""
    if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
        size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
        raise TypeError(
            f"an iterator of batches gives pairs (x, y); it gave {type(batch).__name__}{size}. A third part weighs samples"
        )
    return (*batch, None) if len(batch) == 2 else tuple(batch)


def inputs_of(batch):
    """The inputs of a batch to predict: of (x,), (x, y) and (x, y, sample_weight) the first part, else the batch itself."""
    parted = isinstance(batch, tuple) or (isinstance(batch, list) and any(map(is_array, batch)))
    if not parted:
        return batch
    if len(batch) not in (1, 2, 3):
        raise TypeError(f"an iterator of batches gives x, (x,), (x, y) or (x, y, sample_weight); it gave {len(batch)} parts")
    return batch[0]


def is_array(part, depth=1):
    """Whether a part of a batch is an array, or holds arrays, so that a list of them is no array of numbers itself."""
    if isinstance(part, (list, tuple)):
        require_shallow(depth, "x")
        return any(is_array(one, depth + 1) for one in part)
    return hasattr(part, "__array__") or isinstance(part, dict)
