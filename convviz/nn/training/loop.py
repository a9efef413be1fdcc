"""The training loop: one for every device, which is asked for single batches."""

import contextlib
import dataclasses
import warnings
from typing import Any

import numpy as np

from convviz.nn.callbacks import History
from convviz.nn.engine.not_a_number import NotANumber
from convviz.nn.training import data, interrupt, progress
from convviz.nn.training.callback_list import CallbackList, checked_callbacks
from convviz.nn.training.checks import batch_size_for, require_compiled, whole_number
from convviz.nn.training.evaluation import test
from convviz.nn.training.means import Means

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
        epochs, first = whole_number(options.epochs, "epochs", 0), whole_number(options.initial_epoch, "initial_epoch", 0)
        given = checked_callbacks(options.callbacks)
        self.validation_freq, self.epochs = whole_number(options.validation_freq, "validation_freq"), range(first, epochs)
        self.shuffle = options.shuffle
        if not isinstance(self.shuffle, (bool, np.bool_)):
            raise TypeError(f"shuffle is True or False, not {self.shuffle!r}")
        self.set_sources(options)
        self.history = History()
        self.history.first = first
        self.callbacks = self.callback_list(given, progress.level(options.verbose), epochs)
        names = list(Means(model).sums)
        names += [f"val_{name}" for name in names if self.validation is not None]
        for callback in given:
            callback.check(names)

    def set_sources(self, options):
        """Set what is trained and validated with, and in how many batches."""
        self.source, held_out = data.split_sources(self.model, options)
        size = options.batch_size
        if not isinstance(self.source, data.Batches):
            size = batch_size_for(size, len(self.source))
        self.steps = data.steps_in(self.source, size, options.steps_per_epoch, "steps_per_epoch")
        steps = options.validation_steps
        self.validation = data.validation_from(held_out, options.validation_batch_size, size, steps)
        self.batch_size = None if isinstance(self.source, data.Batches) else size

    def callback_list(self, given, verbose, epochs):
        """The callbacks that were given, a progress bar if one is shown, and the history."""
        bars = [progress.Progress(verbose)] if verbose else []
        params = {"epochs": epochs, "steps": self.steps, "verbose": verbose}
        if self.validation is not None and self.validation_freq > 1:
            params["validation_freq"] = self.validation_freq
        return CallbackList([*given, *bars, self.history], self.model, params)

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
                self.callbacks.call("train_end", {})

    def run_epoch(self, epoch, pressed):
        """Train for an epoch and validate: whether training continues. `pressed` is not empty once Ctrl-C was pressed."""
        self.callbacks.call("epoch_begin", epoch, {})
        logs = self.train_epoch(epoch, pressed)
        if pressed or not logs:
            self.history.unfinished = logs
            return False
        if self.validation is not None and (epoch + 1) % self.validation_freq == 0:
            self.callbacks.call("test_begin", {})
            logs |= test(self.model, self.engines, *self.validation).logs("val_")
            self.callbacks.call("test_end", logs)
        self.model._finish_epoch()
        self.callbacks.call("epoch_end", epoch, logs)
        return not (self.model.stop_training or pressed)

    def train_epoch(self, epoch, pressed):
        """Train with all batches of an epoch: the means over them, {} if there were none."""
        means, start, number = Means(self.model), 0, 0
        with self.engines.computing(self.model) as engine:
            engine.refresh()
        for run in data.epoch_runs(self.model, self.source, self.batch_size, self.steps, self.shuffle, self.model.epochs):
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
            stacklevel=5,
        )
        return {}

    def train_run(self, run, means, number, pressed):
        """Train with a run, whose first batch has a number in its epoch: how many batches were done."""
        callbacks, done = self.callbacks, 0
        most = 1 if callbacks.on_every_batch else None
        while done < len(run):
            callbacks.call("train_batch_begin", number + done, {})
            with self.engines.computing(self.model) as engine:
                if callbacks.on_every_batch:  # callbacks may look at weights, and change them
                    engine.refresh()
                done += engine.train(run, done, most)
                if callbacks.on_batches:
                    means.add_rows(engine)
                if callbacks.on_every_batch:
                    engine.sync_to_host()
            callbacks.call("train_batch_end", number + done - 1, means.logs() if callbacks.on_batches else {})
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
