"""What the operations on the CPU share."""

__all__ = ["Operation"]


class Operation:
    """What carries out one step of a plan.

    Parameters
    ----------
    step : convviz.nn.plan.Step
    room : convviz.nn.cpu.executor.Executor
        Gives the arrays.
    """

    def __init__(self, step, room):
        self.step, self.room, self.layer = step, room, step.layer
        self.prepare()

    def prepare(self):
        """Work out what stays the same from batch to batch."""

    def input(self, samples, place=0):
        """The array of one of the step's inputs."""
        return self.room.value(self.step.inputs[place], samples)

    def output(self, samples):
        """The array of the step's result."""
        return self.room.value(self.step.output, samples)

    def output_gradient(self, samples):
        """The gradient with respect to the result; a step may change it, since nobody reads it afterwards."""
        return self.room.gradient(self.step.output, samples)

    def forward(self, samples):
        """Compute the result of so many samples."""
        raise NotImplementedError

    def backward(self, samples, targets):
        """Write the gradients of the weights, and those of the inputs into `targets`, a list of arrays or None."""
        raise NotImplementedError

    def gradient_of(self, name):
        """Where the gradient of a weight goes, or None where training does not change it."""
        for weight in self.step.trained:
            if weight.name == name:
                return self.room.weight_gradient(weight)
        return None
