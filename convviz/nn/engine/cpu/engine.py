"""Training, testing and predicting on the CPU, batch by batch."""

import math

import numpy as np

from convviz.kernels.cpu import batches, optimizers
from convviz.nn import metrics
from convviz.nn.engine import not_a_number
from convviz.nn.engine import plan as plans
from convviz.nn.engine.cpu.executor import Executor
from convviz.nn.engine.not_a_number import NotANumber

__all__ = ["Engine", "restore"]


class Engine:
    """A model's plans with their memory, and what the training loop asks of a device.

    Parameters
    ----------
    model : convviz.nn.model.Model
    """

    def __init__(self, model):
        self.model, self.version, self.done = model, 0, []
        self.executors, self.outputs = {}, model.outputs

    def executor(self, use, samples):
        """The `Executor` for "train", "test" or "predict", made anew where there is none for so many samples."""
        if self.outputs is not self.model.outputs:  # layers have been added to a Sequential, or taken away
            self.executors, self.outputs = {}, self.model.outputs
        if use not in self.executors or self.executors[use].capacity < samples:
            model, loss = self.model, self.model.loss
            merge = loss.merges if use != "predict" else ""
            plan = plans.make(model.inputs, model.outputs, use == "train", "" if merge and loss.from_logits else merge)
            self.executors[use] = Executor(plan, samples, model.dtype, model.seed)
        executor = self.executors[use]
        executor.version = self.version
        return executor

    def refresh(self):
        """The weights may have changed: what was packed of them is packed anew."""
        self.version += 1

    def settle(self):
        """Bring the model's weights up to date, which here they always are."""

    def rows(self):
        """For each batch since the last call how many samples it had, and its loss and metrics, a list."""
        done, self.done = self.done, []
        return done

    def load(self, executor, data, indices):
        """Pick samples as the model's inputs."""
        for value, source in zip(executor.plan.inputs, data.inputs, strict=True):
            batches.gather(source, indices, executor.value(value, len(indices)))

    def targets(self, data, indices):
        """The targets of samples: labels as int64, others as the model computes."""
        source = data.targets
        dtype = np.int64 if source.dtype == np.int64 and self.model.loss.name.startswith("sparse") else self.model.dtype
        target = np.empty((len(indices), *source.shape[1:]), dtype)
        if dtype == np.int64:
            np.take(source, indices, axis=0, out=target)
        else:
            batches.gather(source, indices, target)
        return target

    def compare(self, executor, data, indices, gradient):
        """The loss of a batch, penalties included, the predictions and the targets.

        `gradient` says whether the gradient of the outputs is wanted.
        """
        samples = len(indices)
        self.load(executor, data, indices)
        executor.forward(samples)
        value = executor.plan.outputs[0]
        outputs = executor.value(value, samples)
        lines = outputs.reshape(-1, outputs.shape[-1])
        targets = self.targets(data, indices)
        flat = targets.reshape(-1) if targets.ndim < outputs.ndim else targets.reshape(lines.shape)
        predictions = executor.workspace.take("predictions", 1, lines.size, lines.dtype)[0, : lines.size].reshape(lines.shape)
        losses = executor.workspace.take("losses", 1, len(lines), lines.dtype)[0, : len(lines)]
        loss = self.model.loss
        merged = bool(executor.plan.loss) or loss.from_logits
        given = executor.gradient(value, samples).reshape(lines.shape) if gradient else None
        loss.compute(merged, lines, flat, predictions, given, losses)
        mean = float(losses.mean(dtype=np.float64)) + self.penalties()
        # Keras's metrics see the logits where the loss is told of logits
        seen = outputs if loss.from_logits else predictions.reshape(outputs.shape)
        return mean, seen, targets

    def penalties(self):
        """What the regularizers add to the loss."""
        return math.fsum(
            optimizers.penalty(weight.array, weight.regularizer.l1, weight.regularizer.l2)
            for weight in self.model.trainable_weights
            if weight.regularizer
        )

    def train(self, run, first, most=None):
        """Train with the batches of a `training.data.Run` from a number on, `most` at most: how many were done, here one.

        Raises
        ------
        NotANumber
            Where the loss is not finite; the weights are as before the step.
        """
        self.refresh()
        indices = run.indices(first)
        executor = self.executor("train", len(indices))
        executor.moment = self.model.optimizer.iterations & 0xFFFFFFFF
        averages = [(weight.array, weight.array.copy()) for weight in self.model.weights if not weight.trained]
        loss, predictions, targets = self.compare(executor, run.arrays, indices, True)
        if not math.isfinite(loss):
            restore(averages)
            where = self.locate(run.arrays, indices, executor.moment)
            restore(averages)
            raise NotANumber(loss, where, first)
        done = self.note(loss, targets, predictions)  # on the way back other numbers may take the place of outputs
        executor.backward(len(indices))
        self.update(executor)
        self.refresh()
        return done

    def locate(self, data, indices, moment):
        """Where in a step of training the first number that is not finite stands; changes moving averages."""
        executor = self.executor("train", len(indices))
        executor.moment = moment & 0xFFFFFFFF
        self.load(executor, data, indices)
        return not_a_number.locate(executor, self.model, self.targets(data, indices), len(indices))

    def note(self, loss, targets, predictions):
        """Keep the loss and the metrics of a batch for `rows`."""
        self.done.append((len(predictions), [loss, *metrics.means(self.model.metrics, targets, predictions)]))
        return 1

    def update(self, executor):
        """Let the weights follow their gradients."""
        changed = []
        for layer in self.model.layers:
            for weight in layer.trainable_weights:
                gradient = executor.weight_gradient(weight)
                if weight.regularizer:
                    optimizers.add_penalty_gradient(weight.array, gradient, weight.regularizer.l1, weight.regularizer.l2)
                changed.append((f"{layer.name}/{weight.name}", weight.array, gradient))
        self.model.optimizer.apply(changed)

    def test(self, run, first, most=None):
        """The same without training."""
        indices = run.indices(first)
        loss, predictions, targets = self.compare(self.executor("test", len(indices)), run.arrays, indices, False)
        return self.note(loss, targets, predictions)

    def predict(self, data, indices):
        """The outputs for samples, a list of arrays that the next call overwrites."""
        executor = self.executor("predict", len(indices))
        self.load(executor, data, indices)
        executor.forward(len(indices))
        return [executor.value(value, len(indices)) for value in executor.plan.outputs]

    @property
    def nbytes(self):
        """Bytes held, the weights' own apart."""
        return sum(executor.nbytes for executor in self.executors.values())


def restore(saved):
    """Give arrays the numbers back that they had; pairs of an array and its copy."""
    for array, before in saved:
        array[...] = before
