"""Training, testing and predicting on a GPU, many batches at once: what the training loop asks of a device.

What a step needs is on the GPU before a run of batches begins: weights, data, the order of the samples, the rates of all
steps. The second time that a step of its kind comes up, its launches are captured; from then on it is one call of the
driver's. The result is a line in a log, which is read on demand.
"""

import contextlib
import functools
import gc
import time
import warnings
import weakref

import numpy as np

from convviz.kernels.cpu import batches
from convviz.kernels.cuda import arrays, clock, device, graphs
from convviz.kernels.cuda.launch import SIMULATED, cuda
from convviz.nn.engine import buffers, options
from convviz.nn.engine import plan as plans
from convviz.nn.engine.cpu import engine as cpu
from convviz.nn.engine.cuda import input_pipeline, updates
from convviz.nn.engine.cuda.device_weights import DeviceWeights
from convviz.nn.engine.cuda.executor import Device, Executor
from convviz.nn.engine.cuda.loss_and_metrics import LossAndMetrics
from convviz.nn.engine.cuda.run_log import RunLog
from convviz.nn.engine.cuda.work import Work
from convviz.nn.engine.engine import BaseEngine
from convviz.nn.engine.not_a_number import NotANumber

__all__ = ["Engine"]

#: Seconds that a call of `Engine.train` should take, so that Ctrl-C is heard, and most batches of one.
PATIENCE, MOST = 0.05, 4096


class Engine(BaseEngine):
    """A model on a GPU.

    Parameters
    ----------
    model : convviz.nn.Model

    Raises
    ------
    RuntimeError
        If there is no GPU; the message says what is missing.

    Notes
    -----
    The host's weights are those of the last call of `sync_to_host`, even if the GPU fails.
    """

    def __init__(self, model):
        device.require()
        self.model, self.precision = model, options.precision_name(model.precision)
        self.stream, self.capturing = cuda.stream(), not SIMULATED
        self.version, self.stride, self.done, self.executors = 0, 1, [], {}
        self.allocate()

    def allocate(self):
        """Allocate memory for the model as it is; nothing is copied yet."""
        model = self.model
        self.release()
        self.outputs, self.feeds, self.staged = model.outputs, weakref.WeakKeyDictionary(), {}
        self.device_weights = DeviceWeights(model, self.stream)
        self.loss_and_metrics = LossAndMetrics(model, self.device_weights, self.stream) if model.loss else None
        self.run_log = RunLog(self.loss_and_metrics.width if self.loss_and_metrics else 1, self.stream)
        self.settings = self.config = None
        self.discard()

    def release(self):
        """Release the memory that steps compute in."""
        for executor in self.executors.values():
            executor.release()
        self.executors, self.staged, self.work = {}, {}, None

    def __del__(self):
        with contextlib.suppress(Exception):  # of one that was never finished, or while Python ends
            self.release()

    # ------------------------------------------------------------ there and back

    def discard(self):
        """Discard what the GPU has computed since the host's weights were last brought up to date."""
        self.work, self.done, self.ahead, self.uploaded, self.averaged = None, [], False, -1, -1

    def refresh(self):
        self.sync_to_host()  # what another thread has trained there is not lost
        if self.outputs is not self.model.outputs:
            self.allocate()
        self.version += 1

    def sync_to_host(self):
        if self.ahead:
            with self.guarded():
                self.collect()
                numbers = self.device_weights.numbers()
            again_if_interrupted(functools.partial(self.write_to_host, numbers))

    def write_to_host(self, numbers):
        """Give the host's arrays their new numbers: all of them, or where the GPU failed before, none."""
        for array, found in numbers:
            array[...] = found
        self.model.optimizer.iterations, self.ahead, self.work = self.iterations, False, None

    def upload_weights(self, use):
        """Copy the host's weights to the GPU, and for training the optimizer's averages, if they may have changed."""
        if self.uploaded != self.version:
            self.device_weights.upload()
            self.uploaded = self.version
            self.iterations = self.model.optimizer.iterations if self.model.optimizer else 0
        if use == "train" and self.averaged != self.version:
            self.device_weights.upload_averages()
            self.averaged = self.version

    @contextlib.contextmanager
    def guarded(self, use="", samples=0):
        """Where anything fails, go back to the host's weights; say so if it was the GPU, and what helps if memory is short.

        `use` and `samples` say what was to be computed.
        """
        try:
            yield
        except BaseException as error:
            words = f"{error}; {self.advice(use, samples)}" if isinstance(error, MemoryError) and use else ""
            self.release()
            self.discard()
            if words:
                raise MemoryError(words) from error
            if device.failed(error):
                raise RuntimeError(
                    f"the GPU failed ({device.described(error)}). The model has the weights of the last epoch that was "
                    "finished: it can be saved, and with model.device = 'cpu' it is trained on. After such a failure the GPU "
                    "often works again only in a new process"
                ) from error
            raise

    def advice(self, use, samples):
        """How large batches could be, as the end of a message about memory."""
        plan = plans.for_use(self.model, use)
        # what steps compute, two copies of a batch that comes from the host, what it is compared with, and tables of offsets
        values = [value for step in plan.steps for value in (*step.inputs, step.before or step.output)]
        tables = 12 * sum(value.size // value.shape[-1] for value in values)
        copies = 2 * sum(value.size for value in plan.inputs)
        each = 4 * (buffers.layout(plan).size + copies + self.compared() + tables)
        held = *self.executors.values(), *self.staged.values()
        free = device.memory_info()[0] + sum(one.nbytes for one in held)
        fit = min(int(0.9 * free / max(each, 1)), samples * 9 // 10)
        return f"batch_size={fit} would fit" if fit > 0 else "not even a batch of one sample would fit"

    def compared(self):
        """Cells that a sample needs for comparing it with its target."""
        return self.loss_and_metrics.cells if self.loss_and_metrics else 0

    # ------------------------------------------------------------ memory

    def executor(self, use, samples):
        """The `Executor` for a use, a new one if there is none for this many samples."""
        if use not in self.executors or self.executors[use].capacity < samples:
            if use in self.executors:
                self.executors.pop(use).release()
            self.staged.pop(use, None)
            self.executors[use] = self.new_executor(plans.for_use(self.model, use), samples)
        return self.executors[use]

    def new_executor(self, plan, samples):
        """A new `Executor`."""
        model = self.model
        device = Device(self.device_weights, self.run_log.clock, self.precision, self.stream)
        given = plan, samples, model.dtype, model.seed, device
        try:
            return Executor(*given)
        except MemoryError:
            gc.collect()  # models that are unused
        return Executor(*given)

    def pipeline_for(self, run, use):
        """The input pipeline of a run; a data set stays on the GPU as long as it is in use."""
        if run.arrays in self.feeds:
            return self.feeds[run.arrays]
        if input_pipeline.fits(run, self.loss_and_metrics.labels):
            with contextlib.suppress(MemoryError):
                feed = self.feeds[run.arrays] = input_pipeline.Resident(run.arrays, self.loss_and_metrics, self.stream)
                return feed
        if use not in self.staged:
            self.staged[use] = input_pipeline.Staged(self.executors[use], self.loss_and_metrics, self.stream)
        return self.staged[use]

    def drop_graphs(self):
        """Forget what was captured, since it was given other arrays or settings than steps are given from now on."""
        for executor in self.executors.values():
            executor.graphs.clear()

    # ------------------------------------------------------------ runs

    def start_work(self, run, use):
        """A new `Work` for a run, with all that it needs on the GPU apart from weights."""
        executor = self.executor(use, min(run.size, len(run.order)))
        feed = self.pipeline_for(run, use)
        if self.run_log.hold(run):
            self.drop_graphs()
        if isinstance(feed, input_pipeline.Resident):
            self.run_log.set_order(run.order)
        return Work(run, use, executor, feed)

    def finish_work(self, first):
        """End the present work; a run that begins now at its batch `first` continues where that ended."""
        position = self.work.position if self.work else 0
        try:
            self.collect()
        except NotANumber as error:
            raise NotANumber(error.loss, error.where, error.batch + first - position) from None
        self.work = None

    def begin(self, run, first, last, use):
        """The `Work` for the batches of a run from one to before another, all of them planned."""
        work, optimizer = self.work, self.model.optimizer
        config = type(optimizer), optimizer.get_config()
        ready = work is not None and work.run is run and work.use == use and work.position == first
        if not ready or work.planned < last or self.uploaded != self.version or self.config != config:
            self.finish_work(first)
            self.work = work = self.start_work(run, use)
            self.upload_weights(use)
            self.set_schedule(work, first, last, config)
        return work

    def set_schedule(self, work, first, last, config):
        """Set the GPU's clock to a batch, and the learning rates up to another."""
        work.set_range(first, last)
        self.config = config
        if work.use == "train":
            settings = updates.settings(self.model.optimizer)
            if self.settings != settings:
                self.settings = settings
                self.drop_graphs()
            self.run_log.set_rates(first, updates.rates(self.model.optimizer, self.iterations, last - first))
        self.run_log.set_clock(self.iterations, first)

    def run_batches(self, run, first, most, use):
        """Do batches of a run from one on: how many were done."""
        with self.guarded(use, min(run.size, len(run.order))):
            began = time.perf_counter()
            count = min(most or self.stride, len(run) - first)
            work = self.begin(run, first, first + count if most else len(run), use)
            self.launch(work, first, count)
            work.advance(count)
            if use == "train":
                self.iterations, self.ahead = self.iterations + count, True
            if most is None:
                self.stream.synchronize()
                self.adapt_stride(count, time.perf_counter() - began)
        return count

    def adapt_stride(self, count, seconds):
        """Choose how many batches the next call does."""
        if count == self.stride:
            self.stride = max(1, min(2 * count, MOST, int(count * PATIENCE / max(seconds, 1e-6))))

    # ------------------------------------------------------------ steps

    def launch(self, work, first, count):
        """Launch a number of batches."""
        executor, feed, run, on_host = work.executor, work.feed, work.run, self.loss_and_metrics.on_host
        for number in range(first, first + count):
            samples = work.samples(number)
            feed.before(executor, run, number, samples)
            self.step(executor, feed, (samples, run.size), functools.partial(self.kernels, work, samples))
            if on_host:
                work.host[number] = self.loss_and_metrics.host_metrics(executor, samples)

    def step(self, executor, feed, key, launches):
        """Call a function that launches a step, or the graph captured of it; `key` distinguishes the steps of a feed."""
        held = executor.graphs_of(feed, key)
        graph = held.get(key)
        if graph is None and self.capturing and key in held:
            graph = held[key] = self.captured(launches)
        if graph is not None:
            graph()
        else:
            launches()  # the first time compiles kernels and allocates memory, which cannot be captured
            held[key] = None

    def kernels(self, work, samples):
        """All launches of a step, in order."""
        executor, run_log, training = work.executor, self.run_log, work.use == "train"
        work.feed.launch(executor, samples, run_log.order, work.run.size)
        executor.forward(samples)
        self.loss_and_metrics.launch(executor, samples, run_log.log, training)
        if training:
            executor.backward(samples)
            self.loss_and_metrics.add_penalty_gradients()
            updates.launch(self.model.optimizer, self.device_weights, run_log.rates, run_log.clock, self.stream)
        clock.advance(run_log.clock, stream=self.stream)

    def captured(self, launches):
        """The graph of launches; None, with a warning, where the driver can make none."""
        try:
            return graphs.captured(launches, self.stream)
        except graphs.DriverError as error:
            self.capturing = False
            warnings.warn(f"steps are launched kernel by kernel, which is slower: {error}", stacklevel=2)
        return None

    # ------------------------------------------------------------ what the training loop asks

    def train(self, run, first, most=None):
        """See `BaseEngine.train`. Whether a loss is finite shows when `rows` is called."""
        return self.run_batches(run, first, most, "train")

    def test(self, run, first, most=None):
        return self.run_batches(run, first, most, "test")

    def rows(self):
        with self.guarded():
            self.collect()
        done, self.done = self.done, []
        return done

    def collect(self):
        """Read the lines of the log that are new."""
        work = self.work
        if work is None or work.read == work.position:
            return
        lines = self.run_log.lines(work.read, work.position)
        bad = self.run_log.first_bad() if work.use == "train" else None
        for number, line in enumerate(lines, work.read):
            values = self.loss_and_metrics.values(line, work.host.pop(number, {}))
            if number == bad:
                raise NotANumber(values[0], self.locate_not_a_number(work, number), number)
            self.done.append((work.samples(number), values))
        work.mark_read()
        if work.position == len(work.run):  # the data are unused now, unless there is another epoch
            self.work = None

    def locate_not_a_number(self, work, number):
        """Where the first number that is not finite stands, by computing a batch once more on the CPU."""
        # moving averages have no part in training, and those on the GPU are not finite any more
        saved = [(weight.array, weight.array.copy()) for weight in self.model.weights]
        try:
            cpu.restore(self.device_weights.trained_numbers())
            iteration = self.iterations - (work.position - number)
            return cpu.Engine(self.model).locate(work.run.arrays, work.run.indices(number), iteration)
        finally:
            cpu.restore(saved)

    def predict(self, data, indices):
        samples = len(indices)
        with self.guarded("predict", samples):
            self.upload_weights("predict")
            executor = self.executor("predict", samples)
            for value, source in zip(executor.plan.inputs, data.inputs, strict=True):
                batch = np.empty((samples, *value.shape), self.model.dtype)
                batches.gather(source, indices, batch)
                executor.value(value, samples).copy_to_device(batch, stream=self.stream)
                self.stream.synchronize()  # before the batch is forgotten
            self.step(executor, executor, samples, functools.partial(executor.forward, samples))
            self.stream.synchronize()
            return [arrays.to_host(executor.value(value, samples)) for value in executor.plan.outputs]

    @property
    def nbytes(self):
        held = *self.executors.values(), *self.feeds.values(), *self.staged.values(), self.device_weights
        return sum(one.nbytes for one in held)


def again_if_interrupted(function):
    """Call a function that may be called twice: again if Ctrl-C interrupts it, so that it is finished."""
    try:
        function()
    except KeyboardInterrupt:
        function()
        raise
