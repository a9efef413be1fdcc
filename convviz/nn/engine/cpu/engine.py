"""Training, testing and predicting on the CPU, batch by batch."""

import math

from convviz.nn import metrics
from convviz.nn.engine import not_a_number
from convviz.nn.engine import plan as plans
from convviz.nn.engine.cpu.executor import Executor
from convviz.nn.engine.cpu.input_pipeline import load_inputs, pick_targets
from convviz.nn.engine.cpu.loss_and_metrics import compare
from convviz.nn.engine.cpu.updates import update
from convviz.nn.engine.engine import BaseEngine
from convviz.nn.engine.not_a_number import NotANumber

__all__ = ["Engine", "restore"]


class Engine(BaseEngine):
    """A model on the CPU."""

    def __init__(self, model):
        self.model, self.version, self.done = model, 0, []
        self.executors, self.outputs = {}, model.outputs

    def executor(self, use, samples):
        """The `Executor` for "train", "test" or "predict", a new one if there is none for this many samples."""
        if self.outputs is not self.model.outputs:  # layers have been added to a Sequential, or removed
            self.executors, self.outputs = {}, self.model.outputs
        if use not in self.executors or self.executors[use].capacity < samples:
            model = self.model
            plan = plans.for_use(model, use)
            self.executors[use] = Executor(plan, samples, model.dtype, model.seed)
        executor = self.executors[use]
        executor.set_version(self.version)
        return executor

    def refresh(self):
        self.version += 1

    def sync_to_host(self):
        """Nothing to do: the engine computes with the host's weights."""

    def rows(self):
        done, self.done = self.done, []
        return done

    def train(self, run, first, most=None):
        self.refresh()
        indices = run.indices(first)
        executor = self.executor("train", len(indices))
        executor.set_iteration(self.model.optimizer.iterations)
        averages = [(weight.array, weight.array.copy()) for weight in self.model.weights if not weight.trained]
        executor.compute(run.arrays, indices)
        loss, predictions, targets = self.compare(executor, run.arrays, indices, with_gradient=True)
        if not math.isfinite(loss):
            restore(averages)
            where = self.locate(run.arrays, indices, self.model.optimizer.iterations)
            restore(averages)
            raise NotANumber(loss, where, first)
        done = self.note(loss, targets, predictions)  # the backward pass may overwrite outputs
        executor.backward(len(indices))
        update(executor, self.model)
        self.refresh()
        return done

    def test(self, run, first, most=None):
        indices = run.indices(first)
        executor = self.executor("test", len(indices)).compute(run.arrays, indices)
        loss, predictions, targets = self.compare(executor, run.arrays, indices, with_gradient=False)
        return self.note(loss, targets, predictions)

    def predict(self, data, indices):
        executor = self.executor("predict", len(indices)).compute(data, indices)
        return [executor.value(value, len(indices)) for value in executor.plan.outputs]

    def compare(self, executor, data, indices, with_gradient):
        """The loss of a batch that has been computed, what the metrics see of the outputs, and the targets."""
        targets = pick_targets(self.model, data, indices)
        weights = None if data.weights is None else data.weights[indices]
        return *compare(executor, self.model, targets, weights, with_gradient), targets

    def note(self, loss, targets, predictions):
        """Keep the loss and the metrics of a batch for `rows`."""
        self.done.append((len(predictions), [loss, *metrics.means(self.model.metrics, targets, predictions)]))
        return 1

    def locate(self, data, indices, iteration):
        """Where in a training step the first number that is not finite is; changes moving averages."""
        executor = self.executor("train", len(indices))
        executor.set_iteration(iteration)
        load_inputs(executor, data, indices)
        return not_a_number.locate(executor, self.model, pick_targets(self.model, data, indices), len(indices))

    @property
    def nbytes(self):
        return sum(executor.nbytes for executor in self.executors.values())


def restore(saved):
    """Give arrays the numbers back that they had; pairs of an array and its copy."""
    for array, before in saved:
        array[...] = before
