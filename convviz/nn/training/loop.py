"""The training loop: one for every device, which is asked for single batches."""

import contextlib
import dataclasses
import warnings
from typing import Any

import numpy as np

from convviz._support.values import brief, whole_number
from convviz.geometry import LARGEST
from convviz.nn.callbacks import History
from convviz.nn.engine.not_a_number import NotANumber
from convviz.nn.training import data, interrupt, progress
from convviz.nn.training.batches import Batches
from convviz.nn.training.callback_list import CallbackList, checked_callbacks
from convviz.nn.training.checks import batch_size_for, each_or_some, require_compiled
from convviz.nn.training.evaluation import test
from convviz.nn.training.means import Means
from convviz.nn.training.weights import checked_class_weight, weighted

__all__ = ["FitOptions", "Training"]


@dataclasses.dataclass(frozen=True)
class FitOptions:
    """The arguments of `convviz.nn.Model.fit`, as they were given."""

    x: Any
    y: Any
    batch_size: Any
    epochs: Any
    verbose: Any
    callbacks: Any
    validation_split: Any
    validation_data: Any
    shuffle: Any
    initial_epoch: Any
    steps_per_epoch: Any
    validation_steps: Any
    validation_batch_size: Any
    validation_freq: Any
    class_weight: Any
    sample_weight: Any


class Training:
    """Training of a model by `convviz.nn.Model.fit`: everything is checked here, and `run` trains.

    Parameters
    ----------
    model : convviz.nn.Model
        Built.
    engines : convviz.nn.engine.holder.EngineHolder
    options : FitOptions

    Attributes
    ----------
    history : convviz.nn.callbacks.History

    Raises
    ------
    TypeError, ValueError, RuntimeError
        For options that do not fit, and a model that is not compiled.
    """

    def __init__(self, model, engines, options):
        require_compiled(model, "fit")
        self.model, self.engines = model, engines
        epochs = whole_number(options.epochs, "epochs", 0, LARGEST)
        first = whole_number(options.initial_epoch, "initial_epoch", 0, LARGEST)
        given = checked_callbacks(options.callbacks)
        self.validation_freq, self.epochs = each_or_some(options.validation_freq, "validation_freq"), range(first, epochs)
        self.shuffle, self.class_weight = options.shuffle, checked_class_weight(options.class_weight)
        if not isinstance(self.shuffle, (bool, np.bool_)):
            raise TypeError(f"shuffle is True or False, not {brief(self.shuffle)}")
        self.set_sources(options)
        self.history = next((one for one in given if isinstance(one, History)), None) or History()
        self.history._begin(first)
        self.logs = {}
        self.callbacks = self.callback_list(given, progress.level(options.verbose), epochs)
        names = list(Means(model).sums)
        names += [f"val_{name}" for name in names if self.validation is not None]
        for callback in given:
            callback.check(names)

    def set_sources(self, options):
        """Set what is trained and validated with, and in how many batches."""
        source, held_out = data.split_sources(self.model, options)
        self.validation = data.validation_from(
            held_out, options.validation_batch_size, options.batch_size, options.validation_steps
        )
        if isinstance(source, Batches):
            self.source, self.steps = source, source.steps
            return
        size = batch_size_for(options.batch_size, len(source), options.steps_per_epoch)
        self.steps = data.steps_in(source, size, options.steps_per_epoch, "steps_per_epoch")
        self.source = data.Passes(weighted(self.model, source, self.class_weight), size, self.steps)

    def callback_list(self, given, verbose, epochs):
        """The callbacks that were given, a progress bar if one is shown, and the history."""
        bars = [progress.Progress(verbose)] if verbose else []
        params = {"epochs": epochs, "steps": self.steps, "verbose": verbose}
        if self.validation is not None and self.validation_freq != 1:
            params["validation_freq"] = self.validation_freq
        last = [] if any(one is self.history for one in given) else [self.history]
        return CallbackList([*given, *bars, *last], self.model, params)

    def run(self):
        """Train until the epochs are done, a callback stops training, or Ctrl-C is pressed."""
        self.callbacks.call("train_begin", {})
        with interrupt.noticed() as pressed:
            try:
                for epoch in self.epochs:
                    if not self.run_epoch(epoch, pressed):
                        break
            except KeyboardInterrupt:  # a second Ctrl-C, or one where signals cannot be caught
                pressed.append(True)
            finally:
                self.history.interrupted = bool(pressed)
                self.callbacks.call("train_end", dict(self.logs))

    def run_epoch(self, epoch, pressed):
        """Train for an epoch and validate: whether training continues. `pressed` is not empty once Ctrl-C was pressed."""
        self.callbacks.call("epoch_begin", epoch, {})
        logs = self.train_epoch(epoch, pressed)
        if pressed or not logs:
            self.history.unfinished = logs
            return False
        if self.validation is not None and self.validates(epoch + 1):
            self.model._begin_evaluation()
            logs |= test(self.model, self.engines, self.validation, self.callbacks).logs("val_")
        self.model._finish_epoch()
        self.logs = dict(logs)
        self.callbacks.call("epoch_end", epoch, logs)
        return not (self.model.stop_training or pressed)

    def validates(self, epoch):
        """Whether an epoch, counted from 1, ends with validation."""
        some = self.validation_freq
        return epoch in some if isinstance(some, list) else epoch % some == 0

    def train_epoch(self, epoch, pressed):
        """Train with all batches of an epoch: the means over them, {} if there were none."""
        means, start, number = Means(self.model), 0, 0
        with self.engines.computing(self.model) as engine:
            engine.refresh()
        for run in data.epoch_runs(self.model, self.source, bool(self.shuffle), self.class_weight):
            start = number
            with located(epoch, start):
                number += self.train_run(run, means, start, pressed)
            if pressed or self.model.stop_training:
                break
        with located(epoch, start), self.engines.computing(self.model) as engine:
            means.add_rows(engine)
            engine.sync_to_host()
        if means.samples:
            return means.logs()
        if epoch == self.history.first:
            raise ValueError("the iterator gave no batches; a generator that has ended gives no more, so make a new one")
        warnings.warn(
            f"training ends before epoch {epoch + 1}: the iterator gives no more batches; give it steps_per_epoch, or one "
            "that goes on",
            stacklevel=6,
        )
        return {}

    def train_run(self, run, means, number, pressed):
        """Train with a run, whose first batch has a number in its epoch: how many batches were done."""
        callbacks, done = self.callbacks, 0
        listens, every = callbacks.listens("train"), callbacks.on_every_batch("train")
        while done < len(run):
            callbacks.call_batch("train_batch_begin", number + done, {})
            with self.engines.computing(self.model) as engine:
                if every:  # callbacks may look at weights, and change them
                    engine.refresh()
                done += engine.train(run, done, 1 if every else None)
                if listens:
                    means.add_rows(engine)
                if every:
                    engine.sync_to_host()
            callbacks.call_batch("train_batch_end", number + done - 1, means.logs() if listens else {})
            if pressed or self.model.stop_training:
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
