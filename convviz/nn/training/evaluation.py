"""Evaluation and prediction: loss, metrics and outputs without training, and single batches."""

import contextlib

import numpy as np

from convviz.nn import samples
from convviz.nn.training import data, progress
from convviz.nn.training.checks import checked_arrays, is_batches, optional, require_compiled
from convviz.nn.training.means import Means

__all__ = ["evaluate", "on_batch", "predict", "scalars", "test"]


def test(model, engines, source, batch_size, steps, bar=None):
    """`Means` over the batches of a source, without training; `bar` is advanced by each."""
    means = Means(model)
    with engines.computing(model) as engine:
        engine.refresh()
    for run in data.epoch_runs(model, source, batch_size, steps, False, 0):
        done = 0
        while done < len(run):
            with engines.computing(model) as engine:
                batches = engine.test(run, done)
                if bar is not None or done + batches == len(run):
                    means.add_rows(engine)
            done += batches
            if bar is not None and (done == len(run) or not isinstance(source, data.Batches)):
                progress.advance(bar, means.logs(), 1 if isinstance(source, data.Batches) else batches)
    if not means.samples:
        raise ValueError("there is nothing to evaluate: the iterator gave no batches; a generator that has ended gives no more")
    return means


def evaluate(model, engines, x, y, batch_size, verbose, steps):
    """Loss and metrics by name; see `convviz.nn.Model.evaluate`."""
    require_compiled(model, "evaluate")
    source = data.Batches(x, optional(steps, "steps")) if is_batches(x) else checked_arrays(model, x, y)
    size = optional(batch_size, "batch_size") or 32
    steps = data.steps_in(source, size, steps, "steps")
    with progress.bar(steps, "Evaluating") if progress.level(verbose) else contextlib.nullcontext() as bar:
        return test(model, engines, source, size, steps, bar).logs()


def scalars(logs):
    """The loss, or a list of the loss and the metrics."""
    values = list(logs.values())
    return values[0] if len(values) == 1 else values


def predict(model, engines, x, batch_size, verbose):
    """Outputs for inputs; see `convviz.nn.Model.predict`."""
    arrays = samples.Arrays(samples.as_inputs(x, [tensor.shape for tensor in model.inputs]))
    size = optional(batch_size, "batch_size") or 32
    steps = -(-len(arrays) // size)
    results = [np.empty((len(arrays), *tensor.shape[1:]), tensor.dtype) for tensor in model.outputs]
    with engines.computing(model) as engine:
        engine.refresh()
    with progress.bar(steps, "Predicting") if progress.level(verbose) and steps > 1 else contextlib.nullcontext() as bar:
        for start in range(0, len(arrays), size):
            indices = np.arange(start, min(start + size, len(arrays)))
            with engines.computing(model) as engine:
                for result, output in zip(results, engine.predict(arrays, indices), strict=True):
                    result[start : start + len(indices)] = output
            if bar is not None:
                progress.advance(bar, {})
    return results if isinstance(model.output, list) else results[0]


def on_batch(model, engines, x, y, training):
    """Loss and metrics of one batch by name, with a step of training or without."""
    require_compiled(model, "train_on_batch" if training else "test_on_batch")
    arrays, means = checked_arrays(model, x, y), Means(model)
    run = samples.Run(arrays, np.arange(len(arrays)), len(arrays), once=True)
    with engines.computing(model) as engine:
        engine.refresh()
        (engine.train if training else engine.test)(run, 0)
        means.add_rows(engine)
        if training:
            engine.sync_to_host()
    return means.logs()
