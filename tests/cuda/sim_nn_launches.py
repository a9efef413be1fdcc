"""What training launches, as data: no thread runs here, so networks have the sizes that they have."""

import gc
import weakref

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import arrays, device, launch

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

import twins

from convviz import nn
from convviz.nn import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Sequential, optimizers, regularizers
from convviz.nn.engine.cuda import engine, input_pipeline
from convviz.nn.samples import Arrays, Run


@pytest.fixture(autouse=True)
def streams(monkeypatch):
    """Launches that do nothing; the streams that they would have been on."""
    found = []

    def configured(kernel, blocks, threads, stream):
        found.append(stream)
        return lambda *arguments: None

    monkeypatch.setattr(device, "probe", lambda process: "")
    monkeypatch.setattr(launch.Kernel, "_configured", configured)
    return found


@pytest.fixture
def steps(monkeypatch):
    """The calls of each step that is launched."""
    found, kernels = [], engine.Engine.kernels

    def noted(self, *arguments):
        with launch.recorded() as calls:
            kernels(self, *arguments)
        found.append(calls)

    monkeypatch.setattr(engine.Engine, "kernels", noted)
    return found


def convolution(filters, **options):
    """A layer of the course networks."""
    return Conv2D(filters, 3, padding="same", activation="relu", **options)


START = {"input_shape": (28, 28, 1)}
#: The networks of the course, up to the last layer.
COURSE = {
    1: lambda: [convolution(32, **START), Flatten(), Dropout(0.5)],
    2: lambda: [convolution(32, **START), convolution(64), Flatten(), Dropout(0.5)],
    3: lambda: [convolution(32, **START), convolution(64), MaxPooling2D(2), Flatten(), Dropout(0.5)],
    4: lambda: [
        convolution(32, **START),
        convolution(64),
        MaxPooling2D(2),
        Dropout(0.5),
        convolution(64),
        convolution(128),
        MaxPooling2D(2),
        Dropout(0.5),
        Flatten(),
        Dropout(0.5),
    ],
}
BEGIN = ["inputs", "targets"]
LOSS = ["softmax and loss", "hits", "log"]
#: A dense layer of few units has long sums, which are cut into splits and joined.
DENSE = ["product", "join"]
DENSE_BACK = ["product across", "column sums", "product turned"]
CONVOLUTION_BACK = ["product across", "join", "column sums", "column sums"]
END = ["update", "clock"]
#: Launches of a step at batch 64: one for a convolution with its bias, ReLU and pooling, one for loss and softmax, and one
#: for all updates.
LAUNCHES = {
    1: [
        *BEGIN,
        "product relu",
        "dropout",
        *DENSE,
        *LOSS,
        *DENSE_BACK,
        "relu and dropout back",
        *CONVOLUTION_BACK,
        *END,
    ],
    2: [
        *BEGIN,
        "product relu",
        "product relu",
        "dropout",
        *DENSE,
        *LOSS,
        *DENSE_BACK,
        "relu and dropout back",
        *CONVOLUTION_BACK,
        "product turned",
        "relu and dropout back",
        *CONVOLUTION_BACK,
        *END,
    ],
    3: [
        *BEGIN,
        "product relu",
        "product pooled relu",
        "dropout",
        *DENSE,
        *LOSS,
        *DENSE_BACK,
        "relu and dropout back",
        "pooling back",
        *CONVOLUTION_BACK,
        "product turned",
        "relu and dropout back",
        *CONVOLUTION_BACK,
        *END,
    ],
    4: [
        *BEGIN,
        "product relu",
        "product pooled relu",
        "dropout",
        "product relu",
        "product pooled relu",
        "dropout",
        "dropout",
        *DENSE,
        *LOSS,
        *DENSE_BACK,
        "dropout",
        "relu and dropout back",
        "pooling back",
        *CONVOLUTION_BACK,
        "product turned",
        "relu and dropout back",
        *CONVOLUTION_BACK,
        "product turned",
        "relu and dropout back",
        "pooling back",
        *CONVOLUTION_BACK,
        "product turned",
        "relu and dropout back",
        *CONVOLUTION_BACK,
        *END,
    ],
}
#: What kernels do, by their names.
WORDS = {
    "drop_cells": "dropout",
    "relu_dropout_cells": "relu and dropout back",
    "labelled_rows": "softmax and loss",
    "hit_rows": "hits",
    "record_columns": "log",
    "sum_chunks": "column sums",
    "give_maxima": "pooling back",
    "join": "join",
    "update_cells": "update",
    "tick": "clock",
}


def words(calls):
    """What some calls do."""
    found = []
    for call in calls:
        name = call.kernel.__name__
        if name == "gather_cells":
            found.append("targets" if call.arguments[0].dtype == np.int64 else "inputs")
        elif name == "tiles":
            parts = [word for word in ("across", "turned", "pooled", "relu") if getattr(call.kernel.key, word)]
            found.append(" ".join(["product", *parts]))
        else:
            found.append(WORDS[name])
    return found


@pytest.mark.parametrize("number", COURSE)
def test_launches_of_the_course_networks(number, steps, streams):
    """One step of each; all launches are on the engine's stream, as those that are captured have to be."""
    model = Sequential([*COURSE[number](), Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], device="cuda")
    model.fit(np.zeros((128, 28, 28, 1), np.uint8), np.zeros(128, int), batch_size=64, verbose=0)
    assert [words(calls) for calls in steps] == [LAUNCHES[number]] * 2
    assert set(map(id, streams)) == {id(model._engine.get(model).stream)}


# ---------------------------------------------------------------- what a captured step may not do


def trainer(model, size=4, samples=10):
    """An engine for a compiled model, and a run of batches of which the last is smaller."""
    generator = np.random.default_rng(1)
    inputs = [generator.random((samples, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
    targets = model.loss.targets(np.zeros(samples, int), model.outputs[0].shape[1:], model.dtype)
    run = Run(Arrays(inputs, targets), np.arange(samples), size)
    with model._engine.computing(model) as found:
        found.refresh()
    return found, run


def compiled(name, optimizer="adam", **settings):
    """A network of `twins` on the GPU."""
    model = twins.chain(name)()
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], device="cuda", **settings)
    return model


def seen(argument):
    """What an argument is to the GPU: a place in memory or a number; a graph holds it as it is."""
    if isinstance(argument, tuple):
        return tuple(map(seen, argument))
    if hasattr(argument, "_ary"):
        array = argument._ary
        return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str
    return type(argument), argument


def require_same(first, second):
    """Fail unless two steps launch the same, argument by argument."""
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert (one.kernel, one.blocks, one.threads) == (other.kernel, other.blocks, other.threads)
        assert seen(one.arguments) == seen(other.arguments), one.kernel.__name__


def forbid_allocation(monkeypatch):
    """Let whatever allocates on the GPU, or memory for copies to it, fail."""

    def fail(*arguments, **options):
        raise AssertionError("this allocates, which a captured step must not")

    for name in ("device_array", "to_device", "pinned_array"):
        monkeypatch.setattr(arrays.cuda, name, fail)


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize("name", twins.CHAINS)
def test_a_step_is_the_same_every_time_and_allocates_nothing(name, tiles, steps, monkeypatch):
    """All kinds of layers: from the second step on, with a smaller batch, and in an epoch after evaluation."""
    twins.quicken(monkeypatch, tiles)
    found, run = trainer(compiled(name), samples=14)
    assert found.train(run, 0, 1) == 1
    with monkeypatch.context() as forbidden:
        forbid_allocation(forbidden)
        assert found.train(run, 1, 2) == 2
    found.train(run, 3)
    found.test(run, 0, 3)
    found.refresh()
    order = Run(run.arrays, run.order[::-1].copy(), run.size)
    with monkeypatch.context() as forbidden:
        forbid_allocation(forbidden)
        assert found.train(order, 0, 4) == 4
    _, first, second, last, *_, again, other, end = steps
    for calls in (second, again, other):
        require_same(first, calls)
    require_same(last, end)


def test_a_network_of_many_layers_allocates_nothing(steps, monkeypatch):
    """Each of its products has a table of its own on the GPU."""
    model = Sequential([Conv2D(1 + k, 2, padding="same", **START) for k in range(40)] + [Flatten(), Dense(3)])
    model.compile("sgd", nn.losses.SparseCategoricalCrossentropy(from_logits=True), device="cuda")
    found, run = trainer(model, size=2, samples=6)
    assert found.train(run, 0, 1) == 1
    with monkeypatch.context() as forbidden:
        forbid_allocation(forbidden)
        assert found.train(run, 1, 2) == 2
    require_same(*steps[1:])


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1, decay=0.5),
        optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        optimizers.Adagrad(),
        optimizers.RMSprop(momentum=0.5, centered=True),
        optimizers.Adam(amsgrad=True),
        optimizers.Adadelta(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_learning_rates_are_read_from_memory(optimizer, steps):
    """They change from step to step, and callbacks set others."""
    found, run = trainer(compiled("dense on images", optimizer), samples=12)
    wanted = []
    for number in range(3):
        wanted.append(optimizer.rate(number + 1))
        found.train(run, number, 1)
        optimizer.learning_rate = optimizer.learning_rate / 3
    require_same(*steps[1:])
    np.testing.assert_allclose(arrays.to_host(found.run_log.rates)[:3], wanted, 1e-6)
    assert len(set(wanted)) == 3


def test_penalties_and_metrics_of_ones_own_change_nothing(steps):
    model = Sequential([Dense(3, kernel_regularizer=regularizers.l1_l2(0.1, 0.2), input_shape=(2,)), Dense(3)])
    model.compile("sgd", "mse", metrics=["mae", lambda targets, predictions: targets[:, 0]], device="cuda")
    generator = np.random.default_rng(1)
    run = Run(Arrays([generator.random((6, 2))], generator.random((6, 3))), np.arange(6), 2)
    with model._engine.computing(model) as found:
        found.refresh()
    found.train(run, 0, 3)
    require_same(*steps[1:])


def test_batches_that_the_host_picks_are_read_at_one_place(steps, monkeypatch):
    """Two pairs of buffers take turns, and steps know neither."""
    monkeypatch.setattr(input_pipeline, "SHARE", 0)
    found, run = trainer(compiled("dense on images"), samples=16)
    assert found.train(run, 0, 1) == 1
    assert isinstance(found.work.feed, input_pipeline.Staged)
    with monkeypatch.context() as forbidden, launch.recorded() as calls:
        forbid_allocation(forbidden)
        assert found.train(run, 1, 2) == 2
    require_same(*steps[1:])
    copies = [seen(call.arguments[:2]) for call in calls if call.kernel.__name__ == "copy_cells"]
    assert len(copies) == len(set(copies)) == 4
    assert len({into for _, into in copies}) == 2


def test_batches_of_ever_new_sizes_keep_memory_flat():
    """Rooms are as large as the largest batch, and no more than so many graphs and views are kept."""
    model = compiled("convolutions")
    model.train_on_batch(np.zeros((90, *twins.IMAGE)), np.zeros(90, int))
    found = model._engine.get(model)
    held = found.nbytes
    views, tables = [], []
    for size in range(1, 90):
        model.train_on_batch(np.zeros((size, *twins.IMAGE)), np.zeros(size, int))
        executor = found.executors["train"]
        views.append(len(executor.views))
        tables.append(len(executor.tables))
    assert model._engine.get(model) is found
    assert found.nbytes == held
    assert len(executor.graphs[found.staged["train"]]) <= 13
    assert max(views[45:]) <= max(views[:45]) + 3
    assert max(tables[45:]) <= max(tables[:45]) + 3


def test_the_second_step_of_any_size_allocates_nothing(monkeypatch):
    """Since it is captured; also where many sizes have come before, and what was kept for them is forgotten."""
    model = compiled("convolutions")
    model.train_on_batch(np.zeros((40, *twins.IMAGE)), np.zeros(40, int))
    for size in range(1, 40):
        batch = np.zeros((size, *twins.IMAGE)), np.zeros(size, int)
        model.train_on_batch(*batch)
        found = model._engine.get(model)
        with monkeypatch.context() as strict:
            for name in ("empty", "zeros", "to_gpu"):
                strict.setattr(arrays, name, None)
            strict.setattr(found, "refresh", lambda: None)
            model.train_on_batch(*batch)


def test_data_sets_leave_the_gpu_when_nobody_uses_them(steps):
    """With their graphs, and without a collection of garbage."""
    model = compiled("dense on images")
    x, y = np.zeros((8, *twins.IMAGE), np.uint8), np.zeros(8, int)
    model.fit(x, y, batch_size=2, verbose=0)
    found = model._engine.get(model)
    assert (len(found.feeds), len(found.executors["train"].graphs), found.work) == (0, 0, None)
    model.evaluate(x, y, batch_size=2, verbose=0)
    assert (len(found.feeds), len(found.executors["test"].graphs), found.work) == (0, 0, None)

    class Look(nn.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                seen.append((len(found.feeds), found.executors["train"].graphs and 1))
                self.model.stop_training = True

    seen = []
    model.fit(x, y, batch_size=1, validation_data=(x[:4], y[:4]), epochs=2, verbose=0, callbacks=[Look()])
    assert seen == [(1, 1)]
    assert (len(found.feeds), found.work) == (0, None)


@pytest.fixture
def no_collection():
    """References alone say what is needed."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("how", ["compiled anew", "a larger batch", "other layers"])
def test_arrays_that_nobody_needs_leave_the_gpu(how, no_collection):
    """Without a collection of garbage: they may be gigabytes."""
    model = compiled("convolutions")
    model.fit(np.zeros((4, *twins.IMAGE)), np.zeros(4, int), verbose=0, batch_size=2)
    arena = weakref.ref(model._engine.get(model).executors["train"].arena)
    assert arena() is not None
    if how == "compiled anew":
        model.compile("sgd", "sparse_categorical_crossentropy", device="cuda")
    elif how == "other layers":
        model.pop()
        model.add(Dense(3))
    if how != "compiled anew":
        model.train_on_batch(np.zeros((3, *twins.IMAGE)), np.zeros(3, int))
    assert arena() is None


def test_calls_for_several_batches_go_on_where_the_last_ended(steps, monkeypatch):
    """The clock is set, and order and rates are copied, once for a run; after single batches rates of the rest are."""
    monkeypatch.setattr(engine, "PATIENCE", 1e9)
    sets, put = [], engine.RunLog.set_clock

    def noted(self, *arguments):
        sets.append(arguments)
        put(self, *arguments)

    monkeypatch.setattr(engine.RunLog, "set_clock", noted)
    found, run = trainer(compiled("dense on images", optimizers.SGD(0.5, decay=1.0)), size=1)
    done = 0
    while done < 7:
        done += found.train(run, done)
    assert sets == [(0, 0)]
    assert found.train(run, 7, 1) + found.train(run, 8) == 3
    assert len(sets) == 1
    np.testing.assert_allclose(arrays.to_host(found.run_log.rates)[:10], [0.5 / (1 + step) for step in range(10)], 1e-6)
    found.refresh()
    other = Run(run.arrays, run.order, 1)
    assert [found.train(other, 0, 1), found.train(other, 1, 1), found.train(other, 2)] == [1, 1, 8]
    wanted = [0.5 / (1 + step) for step in range(10, 20)]
    np.testing.assert_allclose(arrays.to_host(found.run_log.rates)[:10], wanted, 1e-6)
