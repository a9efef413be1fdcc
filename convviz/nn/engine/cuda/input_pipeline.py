"""How samples come to the GPU: as a whole data set that stays there, or batch by batch while the last one is computed."""

import numpy as np

from convviz.kernels.cpu import batches as host
from convviz.kernels.cuda import arrays, batches, device, elementwise
from convviz.kernels.cuda.launch import cuda

__all__ = ["Resident", "Staged", "fits"]

#: Share of the free memory that a data set may take to stay on the GPU.
SHARE = 0.5
#: For how many sizes of batches the parts of memory that they take are remembered.
MOST_PARTS = 64


def fits(run, labels):
    """Whether the data of a run stay on the GPU as a whole: data that come again, if they fit."""
    if run.once:
        return False
    size = sum(array.size * readable_dtype(array).itemsize for array in run.arrays.inputs)
    size += run.arrays.targets.size * readable_dtype(run.arrays.targets, labels).itemsize
    return size <= SHARE * device.memory_info()[0]


def readable_dtype(array, labels=False):
    """The dtype of an array on the GPU: its own if `batches.gather` reads that; labels are int64."""
    return np.dtype(np.int64 if labels else array.dtype if array.dtype.name in batches.SOURCES else np.float32)


class Resident:
    """A data set on the GPU, from which each step gathers its batch itself.

    Parameters
    ----------
    data : convviz.nn.samples.Arrays
    loss_and_metrics : convviz.nn.engine.cuda.loss_and_metrics.LossAndMetrics
    stream : a stream of numba's
    """

    def __init__(self, data, loss_and_metrics, stream):
        self.loss_and_metrics, self.stream = loss_and_metrics, stream
        self.inputs = [uploaded(array, "the inputs") for array in data.inputs]
        self.targets = uploaded(data.targets, "the targets", loss_and_metrics.labels)

    def before(self, executor, run, number, samples):
        """What has to be done on the host before a step."""

    def launch(self, executor, samples, order, size):
        """Gather the batch that the clock says."""
        pairs = [
            (source, executor.value(value, samples)) for source, value in zip(self.inputs, executor.plan.inputs, strict=True)
        ]
        for source, out in [*pairs, (self.targets, self.loss_and_metrics.targets(executor, samples))]:
            batches.gather(source, order, executor.clock, out, size, stream=self.stream)

    @property
    def nbytes(self):
        """Bytes held on the GPU."""
        return sum(array.nbytes for array in (*self.inputs, self.targets))


def uploaded(array, name, labels=False):
    """An array on the GPU."""
    return arrays.to_gpu(np.ascontiguousarray(array, readable_dtype(array, labels)), name)


class Staged:
    """Batches that the host picks, each copied to the GPU by a stream of its own while the one before is computed.

    There are two of everything between the data and a step: pinned memory that the host fills, and memory on the GPU.

    Parameters
    ----------
    executor : convviz.nn.engine.cuda.executor.Executor
        Whose inputs are fed.
    loss_and_metrics : convviz.nn.engine.cuda.loss_and_metrics.LossAndMetrics
    stream : a stream of numba's
        Of the steps.
    """

    def __init__(self, executor, loss_and_metrics, stream):
        self.loss_and_metrics, self.stream, self.copying, self.turn = loss_and_metrics, stream, cuda.stream(), 0
        shapes = [one.shape for one in self.read(executor, executor.capacity)]
        kinds = [one.dtype for one in self.read(executor, executor.capacity)]
        self.memory = [[pinned(*pair) for pair in zip(shapes, kinds, strict=True)] for _ in range(2)]
        self.twins = [[arrays.empty(*pair, "a batch") for pair in zip(shapes, kinds, strict=True)] for _ in range(2)]
        self.copied, self.done = [cuda.event(), cuda.event()], [cuda.event(), cuda.event()]
        self.parts = {}

    def read(self, executor, samples):
        """Where a step reads inputs and targets."""
        inputs = [executor.value(value, samples) for value in executor.plan.inputs]
        return [*inputs, self.loss_and_metrics.targets(executor, samples)]

    def part(self, executor, samples):
        """For a number of samples, of each array its pinned memory, its memory on the GPU, and where a step reads it."""
        key = samples, self.turn
        if key not in self.parts:
            if len(self.parts) > MOST_PARTS:
                self.parts.clear()
            held = self.memory[self.turn], self.twins[self.turn]
            self.parts[key] = [
                (memory[:samples], twin[:samples], into)
                for memory, twin, into in zip(*held, self.read(executor, samples), strict=True)
            ]
        return self.parts[key]

    def before(self, executor, run, number, samples):
        """Pick a batch, and have it copied to where the step reads."""
        indices = run.indices(number)
        self.turn = 1 - self.turn
        parts, copied, done = self.part(executor, samples), self.copied[self.turn], self.done[self.turn]
        copied.synchronize()  # the last copy out of this pinned memory
        done.wait(self.copying)  # and the last step that read the twins
        for (memory, twin, _), source in zip(parts, [*run.arrays.inputs, run.arrays.targets], strict=True):
            pick(source, indices, memory)
            twin.copy_to_device(memory, stream=self.copying)
        copied.record(self.copying)
        copied.wait(self.stream)
        for _, twin, into in parts:
            elementwise.copy(twin, into, stream=self.stream)
        done.record(self.stream)

    def launch(self, executor, samples, order, size):
        """What a step does itself: nothing, the batch is there."""

    @property
    def nbytes(self):
        """Bytes held on the GPU."""
        return sum(twin.nbytes for twins in self.twins for twin in twins)


def pinned(shape, dtype):
    """Pinned memory of the host, which the GPU copies from by itself, or other memory if there is no more of it."""
    try:
        return cuda.pinned_array(tuple(shape), dtype)
    except Exception as error:
        if not arrays.out_of_memory(error):
            raise
        return np.empty(tuple(shape), dtype)


def pick(source, indices, out):
    """Samples of a data set, in the dtype of `out`."""
    if out.dtype == np.int64:
        out[...] = source[indices]
    else:
        host.gather(source, indices, out)
