"""Evaluation and prediction: loss, metrics and outputs without training, and single batches."""

import contextlib
import dataclasses
from typing import Any

import numpy as np

from convviz.nn import samples
from convviz.nn.training import data, progress
from convviz.nn.training.batches import Batches, inputs_of, is_batches
from convviz.nn.training.callback_list import CallbackList, checked_callbacks
from convviz.nn.training.checks import checked_arrays, checked_inputs, optional, require_compiled, size_for_steps
from convviz.nn.training.means import Means
from convviz.nn.training.weights import checked_class_weight, weighted

__all__ = ["RunOptions", "evaluate", "on_batch", "predict", "scalars", "test"]


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """The arguments that `convviz.nn.Model.evaluate` and `predict` share, as they were given."""

    batch_size: Any
    verbose: Any
    steps: Any
    callbacks: Any


def test(model, engines, validation, callbacks, bar=None):
    """`Means` over the batches of a `data.Validation`, without training; `bar` is advanced by each."""
    means, number, shown = Means(model), 0, bar is not None
    callbacks.call("test_begin", {})
    listens, every = shown or callbacks.listens("test"), callbacks.on_every_batch("test")
    refresh(model, engines)
    for run in data.test_runs(model, validation):
        done, whole = 0, isinstance(validation.source, Batches)  # a batch of an iterator counts as one, also if it is cut up
        while done < len(run):
            if not whole or not done:
                callbacks.call_batch("test_batch_begin", number, {})
            with engines.computing(model) as engine:
                if every:
                    engine.refresh()
                batches = engine.test(run, done, 1 if every else None)
                done += batches
                if done == len(run) or listens:
                    means.add_rows(engine)
            if whole and done < len(run):
                continue
            number += 1 if whole else batches
            callbacks.call_batch("test_batch_end", number - 1, means.logs() if listens else {})
            if shown:
                progress.advance(bar, means.logs(), 1 if whole else batches)
            if model.stop_evaluating:
                break
        if model.stop_evaluating:
            break
    if not means.samples:
        raise ValueError("there is nothing to evaluate: the iterator gave no batches; a generator that has ended gives no more")
    callbacks.call("test_end", means.logs())
    return means


def refresh(model, engines):
    """Let the engine read the weights again."""
    with engines.computing(model) as engine:
        engine.refresh()


def callbacks_of(model, options, steps):
    """The callbacks of a run, after `set_params`."""
    params = {"epochs": 1, "steps": steps, "verbose": progress.level(options.verbose)}
    return CallbackList(checked_callbacks(options.callbacks), model, params)


def evaluate(model, engines, x, y, weights, options):
    """Loss and metrics by name; see `convviz.nn.Model.evaluate`. `options` are `RunOptions`."""
    require_compiled(model, "evaluate")
    source = data.source_of(model, x, y, weights, options.steps, "steps")
    validation = data.evaluation_of(source, options.batch_size, options.steps)
    callbacks = callbacks_of(model, options, validation.steps)
    shown = progress.level(options.verbose)
    with progress.bar(validation.steps, "Evaluating") if shown else contextlib.nullcontext() as bar:
        return test(model, engines, validation, callbacks, bar).logs()


def scalars(logs):
    """The loss, or a list of the loss and the metrics."""
    values = list(logs.values())
    return values[0] if len(values) == 1 else values


# ------------------------------------------------------------ prediction


def predict(model, engines, x, options):
    """Outputs for inputs; see `convviz.nn.Model.predict`. `options` are `RunOptions`."""
    batches, steps, size = prediction_source(model, x, options)
    callbacks, results = callbacks_of(model, options, steps), []
    listens = callbacks.listens("predict")
    callbacks.call("predict_begin", {})
    shown = progress.level(options.verbose) and steps != 1
    with progress.bar(steps, "Predicting") if shown else contextlib.nullcontext() as bar:
        for number, (arrays, places, into) in enumerate(batches):
            callbacks.call_batch("predict_batch_begin", number, {})
            if not number or listens:  # a callback may have changed weights
                refresh(model, engines)
            compute(model, engines, arrays, places, size, into)
            results.append(into)
            if listens:
                callbacks.call_batch("predict_batch_end", number, {"outputs": as_model(model, into)})
            if bar is not None:
                progress.advance(bar, {})
            if model.stop_predicting:
                break
    callbacks.call("predict_end", {})
    if not results:
        raise ValueError("there is nothing to predict: the iterator gave no batches; a generator that has ended gives no more")
    return as_model(model, [joined(parts) for parts in zip(*results, strict=True)])


def prediction_source(model, x, options):
    """What to predict, how many batches that is, and the most samples at a time.

    Each batch has arrays, the places of its samples there, and the arrays for its outputs.
    """
    if is_batches(x):
        source = Batches(x, options.steps, "steps", limited=True)
        arrays = (samples.Arrays(checked_inputs(model, inputs_of(batch))) for batch in source.epoch())
        batches = ((one, range(len(one)), empty_outputs(model, len(one))) for one in arrays)
        return batches, source.steps, optional(options.batch_size, "batch_size") or 32
    arrays = samples.Arrays(checked_inputs(model, x))
    size = size_for_steps(options.batch_size, len(arrays), options.steps)
    steps = data.steps_in(arrays, size, options.steps, "steps")
    results = empty_outputs(model, min(len(arrays), steps * size))
    places = [range(start, min(start + size, len(arrays))) for start in range(0, max(1, steps) * size, size)]
    return [(arrays, part, [result[part.start : part.stop] for result in results]) for part in places], steps, size


def empty_outputs(model, count):
    """Arrays for the outputs for this many samples."""
    return [np.empty((count, *tensor.shape[1:]), tensor.dtype) for tensor in model.outputs]


def compute(model, engines, arrays, places, size, into):
    """Write the outputs for the samples at some places, at most `size` at a time."""
    for start in range(0, len(places), size):
        part = places[start : start + size]
        indices = np.arange(part.start, part.stop)
        with engines.computing(model) as engine:
            for result, output in zip(into, engine.predict(arrays, indices), strict=True):
                result[start : start + len(indices)] = output


def joined(parts):
    """The outputs of all batches as one array: that of which the batches are parts, if there is one."""
    whole = parts[0].base
    if whole is not None and len(whole) == sum(map(len, parts)) and all(part.base is whole for part in parts):
        return whole
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def as_model(model, outputs):
    """Outputs as the model gives them: the only one, or the list."""
    return outputs if isinstance(model.output, list) else outputs[0]


# ------------------------------------------------------------ single batches


def on_batch(model, engines, given, training):
    """Loss and metrics of one batch by name, with a step of training or without.

    `given` has x, y, the weights of samples and those of classes.
    """
    require_compiled(model, "train_on_batch" if training else "test_on_batch")
    *xy_weights, class_weight = given
    arrays, means = weighted(model, checked_arrays(model, *xy_weights), checked_class_weight(class_weight)), Means(model)
    run = samples.Run(arrays, np.arange(len(arrays)), len(arrays), once=True)
    with engines.computing(model) as engine:
        engine.refresh()
        (engine.train if training else engine.test)(run, 0)
        means.add_rows(engine)
        if training:
            engine.sync_to_host()
    return means.logs()
