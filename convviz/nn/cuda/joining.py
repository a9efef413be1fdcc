"""Padding, adding and joining arrays on a GPU."""

from ...kernels.cuda import elementwise
from ..execution import Operation

__all__ = ["Add", "Concatenate", "Padding"]


class Padding(Operation):
    """Zeros around images."""

    @property
    def corner(self):
        """Rows above and columns left of the image."""
        return [before for before, _ in self.layer.padding]

    def forward(self, samples):
        elementwise.zero_pad(self.input(samples), self.output(samples), *self.corner, stream=self.room.stream)

    def backward(self, samples, targets):
        if targets[0] is not None:
            elementwise.crop(self.output_gradient(samples), targets[0], *self.corner, stream=self.room.stream)


class Add(Operation):
    """The sum of arrays."""

    def forward(self, samples):
        result, stream = self.output(samples), self.room.stream
        elementwise.add(self.input(samples, 0), self.input(samples, 1), result, stream=stream)
        for place in range(2, len(self.step.inputs)):
            elementwise.accumulate(result, self.input(samples, place), stream=stream)

    def backward(self, samples, targets):
        gradient = self.output_gradient(samples)
        for target in targets:
            if target is not None:
                self.room.move(gradient, target)


class Concatenate(Operation):
    """Arrays one behind the other along the channels."""

    def ranges(self):
        """Where the channels of each input begin."""
        start = 0
        for value in self.step.inputs:
            yield start
            start += value.shape[-1]

    def forward(self, samples):
        result = self.output(samples)
        for place, start in enumerate(self.ranges()):
            source = self.input(samples, place)
            *_, channels = source.shape
            elementwise.copy_channels(source, 0, result, start, channels, stream=self.room.stream)

    def backward(self, samples, targets):
        gradient = self.output_gradient(samples)
        for target, start in zip(targets, self.ranges(), strict=True):
            if target is not None:
                *_, channels = target.shape
                elementwise.copy_channels(gradient, start, target, 0, channels, stream=self.room.stream)
