"""Padding, adding and concatenating arrays, the same on every device."""

from convviz.nn.engine.executor import StepRunner

__all__ = ["Add", "Concatenate", "Padding"]


class Padding(StepRunner):
    """Zeros around images."""

    @property
    def corner(self):
        """Rows above and columns left of the image."""
        return [before for before, _ in self.layer.padding]

    def forward(self, samples):
        self.executor.elementwise.zero_pad(self.input(samples), self.output(samples), *self.corner, **self.executor.options)

    def backward(self, samples, targets):
        if targets[0] is not None:
            self.executor.elementwise.crop(self.output_gradient(samples), targets[0], *self.corner, **self.executor.options)


class Add(StepRunner):
    """The sum of arrays."""

    def forward(self, samples):
        result = self.output(samples)
        self.executor.elementwise.add(self.input(samples, 0), self.input(samples, 1), result, **self.executor.options)
        for place in range(2, len(self.step.inputs)):
            self.executor.accumulate(result, self.input(samples, place))

    def backward(self, samples, targets):
        gradient = self.output_gradient(samples)
        for target in targets:
            if target is not None:
                self.executor.move(gradient, target)


class Concatenate(StepRunner):
    """Arrays one behind the other along the channels."""

    def ranges(self):
        """Where the channels of each input begin, and how many they are."""
        start = 0
        for value in self.step.inputs:
            yield start, value.shape[-1]
            start += value.shape[-1]

    def forward(self, samples):
        result = self.output(samples)
        for place, (start, channels) in enumerate(self.ranges()):
            source = self.input(samples, place)
            self.executor.elementwise.copy_channels(source, 0, result, start, channels, **self.executor.options)

    def backward(self, samples, targets):
        gradient = self.output_gradient(samples)
        for target, (start, channels) in zip(targets, self.ranges(), strict=True):
            if target is not None:
                self.executor.elementwise.copy_channels(gradient, start, target, 0, channels, **self.executor.options)
