"""The training loop: one for every device, which is asked for single batches."""

import contextlib
import warnings
from numbers import Real

import numpy as np

from convviz.nn import callbacks as told
from convviz.nn import metrics
from convviz.nn.engine.not_a_number import NotANumber
from convviz.nn.training import data, interrupt, progress

__all__ = ["evaluate", "fit", "predict", "single"]


class Means:
    """Means over the samples so far of the loss and the metrics."""

    def __init__(self, model):
        names = ["loss", *(metrics.get(metric)[0] for metric in model.metrics)]
        self.sums, self.samples = dict.fromkeys(names, 0.0), 0

    def add(self, samples, values):
        """Count a batch with its loss and metrics."""
        self.samples += samples
        for name, value in zip(self.sums, values, strict=True):
            self.sums[name] += value * samples

    def logs(self, prefix=""):
        """The means by name."""
        return {prefix + name: total / self.samples for name, total in self.sums.items()}


def require_compiled(model, what):
    """Raise RuntimeError unless the model knows how to train."""
    if model.loss is None:
        raise RuntimeError(f"{what} needs a loss: call compile(optimizer=..., loss=...) first")


def is_batches(x):
    """Whether x gives batches instead of being an array."""
    if hasattr(x, "__array__") or isinstance(x, (list, tuple)):
        return False
    return hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def checked_arrays(model, x, y, what=""):
    """x and y as `data.Arrays`, or an error before anything is computed."""
    inputs = data.as_inputs(x, [tensor.shape for tensor in model.inputs], f"{what}x")
    if y is None:
        raise ValueError(f"{what}y is missing: training and evaluation compare outputs with targets")
    targets = model.loss.targets(data.numbers(y, f"{what}y"), model.outputs[0].shape[1:], model.dtype)
    found = data.Arrays(inputs, targets)
    if not len(found):
        raise ValueError(f"{what}x is empty: its shape is {inputs[0].shape}")
    return found


def whole(value, name, least=1):
    """A setting as a whole number, or an error."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} is {least} or more, not {value}")
    return int(value)


def optional(value, name):
    """A setting as a whole number from 1 on, None as it is, or an error."""
    return None if value is None else whole(value, name)


def batch_of(batch_size, samples):
    """How many samples a batch has: 32, or all of fewer, if not told."""
    if batch_size is None:
        return min(32, samples)
    if whole(batch_size, "batch_size") > samples:
        raise ValueError(f"batch_size is {batch_size}, but there are only {samples} samples; use batch_size={samples} or less")
    return int(batch_size)


def parts(x, y, validation_split, model):
    """Samples for training and for validation: the last part of the arrays, as in Keras."""
    arrays = checked_arrays(model, x, y)
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


def sources(model, x, y, validation_split, validation_data, steps, validation_steps):
    """What is trained with and what is validated with: `data.Arrays` or `data.Batches`, and None for no validation."""
    validation = None
    if validation_data is not None:
        validation = source_of(model, validation_data, validation_steps, "validation_")
    if is_batches(x):
        if y is not None:
            raise ValueError("x is an iterator of batches, which holds its targets; leave y out")
        if validation_split:
            raise ValueError("validation_split takes the last part of arrays; with an iterator give validation_data")
        return data.Batches(x, optional(steps, "steps_per_epoch")), validation
    train, held = parts(x, y, validation_split if validation is None else 0, model)
    return train, validation if validation is not None else held


def source_of(model, given, steps, what):
    """Validation data: a pair of arrays, or an iterator."""
    if is_batches(given):
        return data.Batches(given, optional(steps, f"{what}steps"))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise TypeError(f"{what}data is a pair (x, y) of arrays, or an iterator of such pairs")
    return checked_arrays(model, *given, what)


def steps_in(source, batch_size, steps, name):
    """Batches of a run over a source: all of arrays if not told, None where an iterator ends it."""
    if isinstance(source, data.Batches):
        return source.steps
    available = -(-len(source) // batch_size)
    if steps is not None and whole(steps, name) > available:
        raise ValueError(f"{name} is {steps}, but {len(source)} samples give {available} batches of {batch_size}")
    return available if steps is None else int(steps)


def held_out(source, size, batch_size, steps):
    """How `test` goes through validation data, (source, samples at a time, batches), or None if there are none."""
    if source is None:
        return None
    size = optional(size, "validation_batch_size") or batch_size or 32
    return source, size, steps_in(source, size, steps, "validation_steps")


def epoch_runs(model, source, batch_size, steps, shuffle, epoch):
    """The `data.Run` of all batches of an epoch, or one for each batch of an iterator, cut up if `batch_size` says so."""
    if isinstance(source, data.Batches):
        for x, y in source.epoch():
            arrays = checked_arrays(model, x, y)
            yield data.Run(arrays, np.arange(len(arrays)), batch_size or len(arrays), once=True)
        return
    order = data.order(len(source), shuffle, model.seed, epoch)
    yield data.Run(source, order[: steps * batch_size], batch_size)


def fit(
    model,
    x,
    y,
    batch_size,
    epochs,
    verbose,
    callbacks,
    validation_split,
    validation_data,
    shuffle,
    initial_epoch,
    steps_per_epoch,
    validation_steps,
    validation_batch_size,
    validation_freq,
):
    """Train; see `convviz.nn.Model.fit`."""
    model.require_built(x)
    require_compiled(model, "fit")
    epochs, first = whole(epochs, "epochs", 0), whole(initial_epoch, "initial_epoch", 0)
    given, every = told.checked(callbacks), whole(validation_freq, "validation_freq")
    if not isinstance(shuffle, (bool, np.bool_)):
        raise TypeError(f"shuffle is True or False, not {shuffle!r}")
    train, held = sources(model, x, y, validation_split, validation_data, steps_per_epoch, validation_steps)
    if not isinstance(train, data.Batches):
        batch_size = batch_of(batch_size, len(train))
    steps = steps_in(train, batch_size, steps_per_epoch, "steps_per_epoch")
    validation = held_out(held, validation_batch_size, batch_size, validation_steps)
    history, shown = told.History(), progress.level(verbose)
    bars = [progress.Progress(shown)] * bool(shown)
    params = {"epochs": epochs, "steps": steps, "verbose": shown}
    if validation is not None and every > 1:
        params["validation_freq"] = every
    crowd = told.Callbacks([*given, *bars, history], model, params)
    history.first = first
    names = list(Means(model).sums)
    names += [f"val_{name}" for name in names if validation is not None]
    for callback in given:
        callback.check(names)
    model.history, model.stop_training = history, False

    size = None if isinstance(train, data.Batches) else batch_size

    def runs():
        return epoch_runs(model, train, size, steps, shuffle, model.epochs)

    train_epochs(model, crowd, range(first, epochs), runs, validation, every, history)
    return history


def train_epochs(model, crowd, epochs, runs, validation, every, history):
    """Train for some epochs with what `runs()` gives anew for each, until they end, a callback or Ctrl-C stops it."""
    crowd.tell("train_begin", {})
    with interrupt.noticed() as pressed:
        try:
            for epoch in epochs:
                crowd.tell("epoch_begin", epoch, {})
                logs = train_epoch(model, crowd, runs(), pressed, epoch)
                if pressed or not logs:
                    history.unfinished = logs
                    break
                if validation is not None and (epoch + 1) % every == 0:
                    crowd.tell("test_begin", {})
                    logs |= test(model, *validation).logs("val_")
                    crowd.tell("test_end", logs)
                model.epochs += 1
                crowd.tell("epoch_end", epoch, logs)
                if model.stop_training or pressed:
                    break
        except KeyboardInterrupt:  # from a second Ctrl-C, or from where signals cannot be caught
            pressed.append(True)
        finally:
            history.interrupted = bool(pressed)
            crowd.tell("train_end", {})


def train_epoch(model, crowd, runs, pressed, epoch):
    """Train with runs until they end, a callback stops it or Ctrl-C is pressed: the means over them, {} for none."""
    means, start, number = Means(model), 0, 0
    with model.computing() as engine:
        engine.refresh()
    for run in runs:
        start = number
        with located(epoch, start):
            number += train_run(model, crowd, run, means, start, pressed)
        if pressed or model.stop_training:
            break
    with located(epoch, start), model.computing() as engine:
        count(engine, means)
        engine.sync_to_host()
    if means.samples:
        return means.logs()
    if epoch == model.history.first:
        raise ValueError("the iterator gave no batches; a generator that has ended gives no more, so make a new one")
    warnings.warn(
        f"training ends before epoch {epoch + 1}: the iterator gives no more batches; give it steps_per_epoch, or one "
        "that goes on",
        stacklevel=5,
    )
    return {}


def train_run(model, crowd, run, means, number, pressed):
    """Train with a run, the first of whose batches has a number in its epoch: how many were done."""
    done, most = 0, 1 if crowd.every_batch else None
    while done < len(run):
        crowd.tell("train_batch_begin", number + done, {})
        with model.computing() as engine:
            if crowd.every_batch:  # callbacks may look at weights, and change them
                engine.refresh()
            done += engine.train(run, done, most)
            if crowd.hears:
                count(engine, means)
            if crowd.every_batch:
                engine.sync_to_host()
        crowd.tell("train_batch_end", number + done - 1, means.logs() if crowd.hears else {})
        if pressed or model.stop_training:
            break
    return done


@contextlib.contextmanager
def located(epoch, first_batch):
    """Add the epoch and the batch to the message of a `NotANumber`; a run begins with a batch of its epoch."""
    try:
        yield
    except NotANumber as error:
        when = f"in epoch {epoch + 1}, batch {first_batch + error.batch + 1} "
        raise NotANumber(error.loss, error.where, error.batch, when) from None


def count(engine, means):
    """Add the batches that an engine has done to `Means`."""
    for samples, values in engine.rows():
        means.add(samples, values)


def test(model, source, batch_size, steps, bar=None):
    """`Means` over the batches of a source, without training; `bar` is moved on by each."""
    means = Means(model)
    with model.computing() as engine:
        engine.refresh()
    for run in epoch_runs(model, source, batch_size, steps, False, 0):
        done = 0
        while done < len(run):
            with model.computing() as engine:
                batches = engine.test(run, done)
                if bar is not None or done + batches == len(run):
                    count(engine, means)
            done += batches
            if bar is not None and (done == len(run) or not isinstance(source, data.Batches)):
                progress.advance(bar, means.logs(), 1 if isinstance(source, data.Batches) else batches)
    if not means.samples:
        raise ValueError("there is nothing to evaluate: the iterator gave no batches; a generator that has ended gives no more")
    return means


def evaluate(model, x, y, batch_size, verbose, steps, return_dict):
    """Loss and metrics without training; see `convviz.nn.Model.evaluate`."""
    model.require_built(x)
    require_compiled(model, "evaluate")
    source = data.Batches(x, optional(steps, "steps")) if is_batches(x) else checked_arrays(model, x, y)
    size = optional(batch_size, "batch_size") or 32
    steps = steps_in(source, size, steps, "steps")
    with progress.bar(steps, "Evaluating") if progress.level(verbose) else contextlib.nullcontext() as bar:
        logs = test(model, source, size, steps, bar).logs()
    return logs if return_dict else scalars(logs)


def scalars(logs):
    """The loss, or a list of the loss and the metrics."""
    values = list(logs.values())
    return values[0] if len(values) == 1 else values


def predict(model, x, batch_size, verbose):
    """Outputs for inputs; see `convviz.nn.Model.predict`."""
    model.require_built(x)
    arrays = data.Arrays(data.as_inputs(x, [tensor.shape for tensor in model.inputs]))
    size = optional(batch_size, "batch_size") or 32
    steps = -(-len(arrays) // size)
    results = [np.empty((len(arrays), *tensor.shape[1:]), tensor.dtype) for tensor in model.outputs]
    with model.computing() as engine:
        engine.refresh()
    with progress.bar(steps, "Predicting") if progress.level(verbose) and steps > 1 else contextlib.nullcontext() as bar:
        for start in range(0, len(arrays), size):
            indices = np.arange(start, min(start + size, len(arrays)))
            with model.computing() as engine:
                for result, output in zip(results, engine.predict(arrays, indices), strict=True):
                    result[start : start + len(indices)] = output
            if bar is not None:
                progress.advance(bar, {})
    return results[0] if model.single_output else results


def single(model, x, y, training):
    """Loss and metrics of one batch, with a step of training or without."""
    model.require_built(x)
    require_compiled(model, "train_on_batch" if training else "test_on_batch")
    arrays, means = checked_arrays(model, x, y), Means(model)
    run = data.Run(arrays, np.arange(len(arrays)), len(arrays), once=True)
    with model.computing() as engine:
        engine.refresh()
        (engine.train if training else engine.test)(run, 0)
        count(engine, means)
        if training:
            engine.sync_to_host()
    return means.logs()
