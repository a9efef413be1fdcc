"""Models in files: what is loaded is what was saved, to the bit, and no damaged file is taken for a model."""

import hashlib
import io
import json
import random as chance
import warnings
import zipfile

import numpy as np
import pytest

from convviz.nn import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    Layer,
    MaxPooling2D,
    Model,
    Sequential,
    ZeroPadding2D,
    callbacks,
    initializers,
    load_model,
    optimizers,
    regularizers,
    set_random_seed,
)
from convviz.nn.graph import nodes_of
from convviz.nn.storage import files, saving, weights

LABELS = np.arange(48) % 4
IMAGES = np.random.default_rng(0).random((48, 8, 8, 1), dtype=np.float32)
SPARSE = "sparse_categorical_crossentropy"


def classifier(*between):
    """A small network with layers of one's choice in the middle."""
    return Sequential(
        [
            Conv2D(6, 3, padding="same", activation="relu", input_shape=(8, 8, 1)),
            *between,
            MaxPooling2D(2),
            Flatten(),
            Dropout(0.4),
            Dense(4, activation="softmax"),
        ]
    )


def trained(optimizer="adam", epochs=1):
    """A classifier after some training."""
    set_random_seed(3)
    model = classifier()
    model.compile(optimizer, SPARSE, metrics=["accuracy"])
    model.fit(IMAGES, LABELS, batch_size=16, epochs=epochs, verbose=0)
    return model


def same(one, two):
    """Whether two lists of arrays are the same bits."""
    return [(a.dtype, a.shape, a.tobytes()) for a in one] == [(b.dtype, b.shape, b.tobytes()) for b in two]


def configs(model):
    return [layer.get_config() for layer in model.layers]


def altered(path, change, extra=None):
    """Rewrite a file with `change` applied to its JSON; `extra` replaces or adds other parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = json.loads(parts[files.TEXT])
    changed = change(text)
    parts |= {files.TEXT: json.dumps(text if changed is None else changed).encode()} | (extra or {})
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            if part is not None:
                archive.writestr(name, part)
    return path


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a file with a trained model."""
    path = tmp_path_factory.mktemp("model") / "net.npz"
    trained().save(path)
    return path.read_bytes()


@pytest.fixture
def path(saved, tmp_path):
    """A fresh copy of that file."""
    path = tmp_path / "net.npz"
    path.write_bytes(saved)
    return path


# ------------------------------------------------------------ what is loaded is what was saved


def test_a_model_comes_back(tmp_path):
    model = trained()
    model.save(tmp_path / "net.npz")
    again = load_model(tmp_path / "net.npz")
    assert type(again) is Sequential and again.name == model.name
    assert configs(again) == configs(model)
    assert same(again.get_weights(), model.get_weights())
    assert same([again.predict(IMAGES, verbose=0)], [model.predict(IMAGES, verbose=0)])
    assert again.evaluate(IMAGES, LABELS, verbose=0) == model.evaluate(IMAGES, LABELS, verbose=0)
    assert (again.seed, again.epochs, again.device, again.metrics) == (model.seed, 1, model.device, ["accuracy"])


EVERY = [
    Conv2D(
        8,
        (3, 2),
        (1, 2),
        ((1, 0), (2, 1)),
        dilation_rate=(2, 1),
        groups=2,
        activation="leaky_relu",
        use_bias=False,
        kernel_initializer=initializers.RandomNormal(0.1, 0.2, seed=5),
        kernel_regularizer="l2",
        name="a/b ü",
    ),
    ZeroPadding2D(((0, 1), (2, 3))),
    DepthwiseConv2D(3, 2, "same", 2, depthwise_regularizer=regularizers.l1_l2(0.1, 0.2)),
    Conv2DTranspose(6, 3, 2, "same", output_padding=1, bias_initializer="ones"),
    BatchNormalization(momentum=0.5, scale=False),
    Activation("swish"),
    AveragePooling2D(2, 1, 1, count_include_pad=True),
    MaxPooling2D((2, 3), ceil_mode=True, trainable=False),
    Dropout(0.25, seed=2**60),
    GlobalMaxPooling2D(keepdims=True),
    Flatten(),
    Dense(3, "gelu", trainable=False),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_layer_comes_back_with_its_settings(dtype, tmp_path):
    layers = [type(layer).from_config(layer.get_config() | {"dtype": dtype}) for layer in EVERY]
    model = Sequential([Input((12, 12, 4), dtype=dtype), *layers], name="all of them")
    model.save(tmp_path / "net.npz")
    again = load_model(tmp_path / "net.npz")
    assert configs(again) == configs(model) and again.name == "all of them"
    assert same(again.get_weights(), model.get_weights())
    assert [repr(w.regularizer) for w in again.weights] == [repr(w.regularizer) for w in model.weights]
    assert len(again.trainable_weights) == len(model.trainable_weights) == 6
    assert again.output_shape == model.output_shape and again.loss is None


def branched():
    """A network with two inputs, two outputs, joints and a layer at two places."""
    left, right = Input((6, 6, 2)), Input((6, 6, 2), name="right")
    twice = Conv2D(3, 3, padding="same", activation="relu")
    both = Concatenate()([twice(right), twice(left)])
    deep = Add()([both, Conv2D(6, 1)(both)])
    return Model([left, right], [Dense(2)(GlobalAveragePooling2D()(deep)), deep], name="fork")


def test_a_graph_comes_back(tmp_path):
    model = branched()
    model.save(tmp_path / "net.npz")
    again = load_model(tmp_path / "net.npz")
    x = [np.random.default_rng(seed).random((3, 6, 6, 2), dtype=np.float32) for seed in (1, 2)]
    assert type(again) is Model and configs(again) == configs(model)
    assert len(nodes_of(again)) == len(nodes_of(model)) == len(again.layers) + 1
    assert again.output_shape == model.output_shape
    assert same(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("several", [False, True])
def test_one_output_in_a_list_stays_in_a_list(several, tmp_path):
    x = Input((3,))
    y = Dense(2)(x)
    Model(x, [y] if several else y).save(tmp_path / "net.npz")
    assert isinstance(load_model(tmp_path / "net.npz").predict(np.ones((1, 3)), verbose=0), list) == several


def test_a_sequential_can_be_lengthened_after_loading(path):
    model = load_model(path)
    model.pop()
    model.add(Dense(7))
    assert model.output_shape == (None, 7) and model.layers[0].name == "conv2d"


def test_a_sequential_with_one_layer_twice_comes_back(tmp_path):
    layer = Dense(3, input_shape=(3,))
    model = Sequential([layer, layer, Dense(2)])
    model.save(tmp_path / "net.npz")
    again = load_model(tmp_path / "net.npz")
    assert same([again.predict(np.eye(3), verbose=0)], [model.predict(np.eye(3), verbose=0)])
    assert len(again.layers) == 2


def test_loading_draws_no_random_numbers(path):
    kernels = []
    for load in (False, True):
        set_random_seed(9)
        if load:
            load_model(path)
        kernels.append(Sequential([Dense(3, input_shape=(4,))]).layers[0].kernel)
    assert same(kernels[:1], kernels[1:])


def test_the_same_model_makes_the_same_bytes(path, saved, tmp_path):
    load_model(path).save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == saved


def test_without_compile_there_are_weights_only(path):
    model = load_model(path, compile=False)
    assert model.loss is None and model.optimizer is None and model.epochs == 0
    assert same(model.get_weights(), load_model(path).get_weights())


def test_numpy_reads_the_arrays(path):
    with np.load(path, allow_pickle=False) as arrays:
        names = set(arrays.files)
        assert same([arrays["weights/conv2d/kernel"]], [load_model(path).layers[0].kernel])
    assert {"model.json", "weights/dense/bias", "optimizer/dense/bias/mean_square"} <= names


def test_weights_of_a_loaded_model_can_be_written(path):
    for weight in load_model(path).weights:
        assert weight.array.flags.writeable and weight.array.flags.c_contiguous and weight.array.dtype.isnative


# ------------------------------------------------------------ training goes on as if it had never stopped


OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True, decay=0.01),
    "plain SGD": lambda: optimizers.SGD(0.1),
    "Adam": lambda: optimizers.Adam(0.01),
    "AMSGrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "RMSprop": lambda: optimizers.RMSprop(0.003, centered=True, momentum=0.5),
    "Adadelta": lambda: optimizers.Adadelta(1.0),
    "Adagrad": lambda: optimizers.Adagrad(0.05),
}
MIDDLES = {"plain": [], "batch normalization": [BatchNormalization]}


def fit(model, epochs, **options):
    return model.fit(IMAGES, LABELS, batch_size=10, epochs=epochs, verbose=0, **options)


@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_two_and_two_epochs_are_four(optimizer, middle, tmp_path):
    models = []
    for _ in range(2):
        set_random_seed(5)
        models.append(classifier(*(kind() for kind in MIDDLES[middle])))
        models[-1].compile(OPTIMIZERS[optimizer](), SPARSE, metrics=["accuracy"])
    straight = fit(models[0], 4).history
    fit(models[1], 2)
    models[1].save(tmp_path / "half.npz")
    resumed = load_model(tmp_path / "half.npz")
    halves = fit(resumed, 4, initial_epoch=2).history
    assert same(resumed.get_weights(), models[0].get_weights())
    assert {name: values[2:] for name, values in straight.items()} == halves
    assert resumed.optimizer.iterations == 4 * 5 and resumed.epochs == 4
    state, expected = resumed.optimizer.state, models[0].optimizer.state
    assert state.keys() == expected.keys()
    assert all(same(state[key].values(), expected[key].values()) for key in state)


def test_checkpoints_are_where_training_goes_on(tmp_path):
    set_random_seed(6)
    model = classifier()
    model.compile("adam", SPARSE)
    fit(model, 4, callbacks=[callbacks.ModelCheckpoint(tmp_path / "net-{epoch:02d}.npz")], validation_split=0.25)
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"net-0{epoch}.npz" for epoch in (1, 2, 3, 4)]
    for epoch in (1, 3):
        resumed = load_model(tmp_path / f"net-0{epoch}.npz")
        fit(resumed, 4, initial_epoch=epoch, validation_split=0.25)
        assert same(resumed.get_weights(), model.get_weights())


def test_frozen_layers_stay_frozen(tmp_path):
    model = trained()
    model.layers[0].trainable = False
    model.save(tmp_path / "net.npz")
    again = load_model(tmp_path / "net.npz")
    kernel = again.layers[0].kernel.copy()
    fit(again, 1)
    assert same([kernel], [again.layers[0].kernel])


def test_a_changed_learning_rate_is_kept(tmp_path):
    model = trained()
    model.optimizer.learning_rate = np.float64(1) / 3
    model.save(tmp_path / "net.npz")
    assert load_model(tmp_path / "net.npz").optimizer.learning_rate == 1 / 3


# ------------------------------------------------------------ what a file cannot hold


def my_metric(targets, predictions):
    return np.zeros(len(predictions))


def test_a_metric_of_ones_own_is_left_out_with_a_warning(tmp_path):
    model = classifier()
    model.compile("adam", SPARSE, metrics=[my_metric, "accuracy"])
    with pytest.warns(UserWarning, match=r"'my_metric' is a function of your own.*model\.metrics\.append\(my_metric\)"):
        model.save(tmp_path / "net.npz")
    assert load_model(tmp_path / "net.npz").metrics == ["accuracy"]


class Mine(Layer):
    pass


class MyStart(initializers.Zeros):
    pass


class MyOptimizer(optimizers.SGD):
    pass


def with_own(what):
    start = MyStart() if what == "initializer" else "zeros"
    model = Sequential([Mine(input_shape=(3,))] * (what == "layer") + [Dense(2, bias_initializer=start, input_shape=(3,))])
    model.compile(MyOptimizer() if what == "optimizer" else "sgd", "mse")
    return model


@pytest.mark.parametrize(("what", "named"), [("layer", "Mine"), ("initializer", "MyStart"), ("optimizer", "MyOptimizer")])
def test_what_is_of_a_class_of_ones_own_is_refused_before_anything_is_written(what, named, tmp_path):
    with pytest.raises(ValueError, match=f"{what}.* of a class of your own, {named}, which a file cannot hold"):
        with_own(what).save(tmp_path / "net.npz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net", "ends in .npz; '.*net' does not$"),
        ("net.keras", "save_keras_weights"),
        ("net.weights.h5", "save_keras_weights"),
    ],
)
def test_a_path_ends_in_npz(name, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        trained(epochs=0).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_is_no_path_is_refused():
    with pytest.raises(TypeError, match=r"path is the name of a file, such as 'net\.npz', not <_io"):
        saving.save_model(trained(epochs=0), io.BytesIO())
    with pytest.raises(TypeError, match="a convviz.nn.Model is saved, not Dense"):
        saving.save_model(Dense(2), "net.npz")


def test_a_model_without_weights_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="the model is not built"):
        Sequential([Dense(3)]).save(tmp_path / "net.npz")


def test_the_older_file_stays_when_writing_fails(path, saved, monkeypatch):
    def full(*arguments):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match="no space left"):
        trained(epochs=0).save(path)
    assert path.read_bytes() == saved and list(path.parent.iterdir()) == [path]


# ------------------------------------------------------------ files that are not what they should be


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"hello", "it is not a .npz file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "it is an HDF5 file; .*load_keras"),
        (b"PK\x03\x04" + bytes(99), "it is damaged or not complete"),
    ],
)
def test_other_files_are_refused(content, message, tmp_path):
    path = tmp_path / "net.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"cannot load '.*net\.npz': {message}"):
        load_model(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.npy", "it has no model.json"), ("config.json", "a model of Keras"), ("net/data.pkl", "a file of PyTorch")],
)
def test_other_archives_are_refused(name, message, tmp_path):
    with zipfile.ZipFile(tmp_path / "net.npz", "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(ValueError, match=message):
        load_model(tmp_path / "net.npz")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
def test_truncated_files_are_refused(share, path, saved):
    path.write_bytes(saved[: int(len(saved) * share)])
    with pytest.raises(ValueError, match="it is damaged or not complete"):
        load_model(path)


def test_a_file_with_any_byte_changed_is_refused_or_means_the_same(path, saved):
    """Bytes that ZIP does not use, such as moments, may change; numbers and settings may not."""
    expected, picker = load_model(path), chance.Random(1)
    refused = 0
    for place in [*range(200), *range(len(saved) - 200, len(saved)), *picker.sample(range(len(saved)), 400)]:
        damaged = bytearray(saved)
        damaged[place] ^= 1 << picker.randrange(8)
        path.write_bytes(damaged)
        try:
            model = load_model(path)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
        else:
            assert same(model.get_weights(), expected.get_weights()) and configs(model) == configs(expected)
            assert all(
                same(state.values(), model.optimizer.state[key].values()) for key, state in expected.optimizer.state.items()
            )
    assert refused > 500


def put(*steps_and_value):
    """A change of a description: what is reached by all names but the last two becomes the last."""
    *steps, last, value = steps_and_value

    def change(text):
        for step in steps:
            text = text[step]
        text[last] = value

    return change


def removed(name):
    return lambda text: text.pop(name) and None


COMPILED = ("compiled", "optimizer")
NONSENSE = {
    "newer": (
        lambda text: text.update(version=2, convviz="7.1"),
        r"convviz 7\.1 wrote it in format 2; this is convviz .*pip install",
    ),
    "version": (put("version", "one"), "its version is 'one'"),
    "format": (put("format", "other"), "does not describe a model of convviz"),
    "a list": (lambda text: [text], "does not describe a model of convviz"),
    "arrays": (put("arrays", 3), "names no arrays"),
    "kind": (put("kind", "Sequentail"), "unknown kind 'Sequentail'"),
    "no layers": (removed("layers"), "no 'layers'"),
    "no layer": (put("layers", []), "it names layer 0, but there are 0"),
    "class": (put("layers", 1, "class", "Conv2"), "layer 1 is of the unknown class 'Conv2'; did you mean 'Conv2D'"),
    "base class": (put("layers", 1, "class", "Layer"), "unknown class 'Layer'"),
    "no config": (put("layers", 1, "config", None), "'config' of its description is None"),
    "setting": (put("layers", 1, "config", "filters", -1), r"settings of its layer 1 \(Conv2D\) make no sense: .*filters"),
    "unknown setting": (put("layers", 1, "config", "filtres", 1), r"layer 1 \(Conv2D\) make no sense.*filtres"),
    "initializer": (
        put("layers", 1, "config", "kernel_initializer", {}),
        r"layer 1 \(Conv2D\) make no sense.* a dict has a name.*not {}",
    ),
    "other size": (put("layers", 1, "config", "filters", 7), "the kernel of layer 'conv2d' .* float32 of shape"),
    "large size": (put("layers", 5, "config", "units", 10**7), "the kernel of layer 'dense' .* of shape"),
    "huge size": (put("layers", 0, "config", "shape", [10**30, 8, 1]), "is larger than anything in a network"),
    "other dtype": (
        lambda text: [layer["config"].update(dtype="float64") for layer in text["layers"]] and None,
        "is float64 .* float32",
    ),
    "other name": (put("layers", 1, "config", "name", "x"), r"the kernel of layer 'x' \(Conv2D\) is missing"),
    "one name twice": (put("layers", 2, "config", "name", "flatten"), "layers must have different names; 'flatten'"),
    "no chain": (put("places", 2, "inputs", [0]), "it is a Sequential, but layer 2 takes"),
    "place": (put("places", 2, "layer", 99), "it names layer 99, but there are 6"),
    "unused layer": (lambda text: text["layers"].append(text["layers"][2]), "some of its layers have no place"),
    "optimizer": (put(*COMPILED, "name", "adma"), "there is no optimizer 'adma'; did you mean 'adam'"),
    "setting of optimizer": (put(*COMPILED, "settings", "beta_1", "much"), "beta_1 of an optimizer"),
    "iterations": (put(*COMPILED, "iterations", -1), "'iterations' of its description is -1"),
    "other optimizer": (lambda text: text["compiled"]["optimizer"].update(name="sgd", settings={}), "belongs to nothing"),
    "amsgrad": (put(*COMPILED, "settings", "amsgrad", True), "the largest of the optimizer for the kernel .* is missing"),
    "loss": (put("compiled", "loss", {"name": "mean", "from_logits": False}), "there is no loss 'mean'"),
    "half a loss": (put("compiled", "loss", {"name": "mse"}), "a loss as a dict has a name and from_logits, not"),
    "metric": (put("compiled", "metrics", ["acuracy"]), "there is no metric 'acuracy'; did you mean 'accuracy'"),
    "seed": (put("compiled", "seed", True), "'seed' of its description is True"),
    "epochs": (put("compiled", "epochs", 1.5), r"'epochs' of its description is 1\.5"),
    "device": (put("compiled", "device", "tpu"), "there is no device 'tpu'"),
    "checksum": (put("arrays", "weights/dense/bias", "0" * 64), "the array 'weights/dense/bias' is damaged"),
    "missing array": (put("arrays", "weights/other/bias", "0" * 64), "the array 'weights/other/bias' is missing"),
    "unknown array": (lambda text: text["arrays"].pop("weights/dense/bias") and None, "it holds 'weights/dense/bias'"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_descriptions_that_make_no_sense_are_refused(case, path):
    change, message = NONSENSE[case]
    with pytest.raises(ValueError, match=rf"cannot load '.*net\.npz': .*{message}"):
        load_model(altered(path, change))


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe", b"[" * 100_000, b"NaN", b"null"])
def test_text_that_is_no_json_is_refused(text, path):
    with pytest.raises(ValueError, match="cannot load"):
        load_model(altered(path, lambda text: None, {files.TEXT: text}))


def leaves(value, steps=()):
    """Where the values of nested data stand."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*steps, step)
        yield from leaves(inner, (*steps, step))


@pytest.mark.parametrize("value", [None, -1, 0, 2.5, 1e300, "x", [], {}, [[None]], True, 10**30], ids=repr)
def test_any_value_anywhere_gives_a_model_or_a_clear_error(value, path, saved):
    with zipfile.ZipFile(path) as archive:
        places = list(leaves(json.loads(archive.read(files.TEXT))))
    for steps in places:
        path.write_bytes(saved)
        try:
            model = load_model(altered(path, put(*steps, value)))
        except ValueError as error:
            assert str(path) in str(error)
        else:
            assert model.predict(IMAGES[:2], verbose=0).shape[0] == 2


def array_bytes(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


BIAS = np.zeros(4, np.float32)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (array_bytes(np.array([None] * 4), allow_pickle=True), "is of dtype object"),
        (array_bytes(BIAS.astype("i4")), "int32"),
        (array_bytes(BIAS[:3]), r"float32 of shape \(4,\), but float32 of shape \(3,\)"),
        (array_bytes(BIAS)[:-1], "15 bytes"),
        (array_bytes(np.asfortranarray(np.ones((4, 4), "f4"))), "C-ordered"),
        (b"none", "damaged"),
        (array_bytes(BIAS, version=(2, 0)), "version of NumPy's format"),
        (array_bytes(BIAS.astype("f8")), "float64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(data, message, path):
    change = put("arrays", "weights/dense/bias", hashlib.sha256(data).hexdigest())
    with pytest.raises(ValueError, match=message):
        load_model(altered(path, change, {"weights/dense/bias.npy": data}))


def test_compressed_archives_are_refused(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(ValueError, match=r"model\.json in it is compressed or encrypted"):
        load_model(path)


GRAPH = {
    "circle": (put("places", 2, "inputs", [3]), "names place 3, but there are 2"),
    "no input": (put("inputs", [7]), r"inputs of a model come from Input\(shape\)"),
    "missing input": (put("inputs", [0]), "is not among the inputs"),
    "lone layer": (put("places", 1, "inputs", []), r"layer 'conv2d' \(Conv2D\) has 0 inputs"),
    "numbers": (put("outputs", [0.5]), "'outputs' of its description is"),
    "single": (put("single_output", True), "a single output, but names 2"),
    "shape": (put("layers", 0, "config", "shape", [6, 6, 5]), r"the kernel of layer 'conv2d' .*\(3, 3, 5, 3\)"),
}


@pytest.mark.parametrize("case", GRAPH)
def test_graphs_that_make_no_sense_are_refused(case, tmp_path):
    branched().save(tmp_path / "net.npz")
    change, message = GRAPH[case]
    with pytest.raises(ValueError, match=message):
        load_model(altered(tmp_path / "net.npz", change))


# ------------------------------------------------------------ weights alone


def test_weights_go_from_one_model_to_another(tmp_path):
    first, second = trained(), classifier()
    weights.save_weights(first, tmp_path / "weights.npz")
    second.layers[0]._name = "renamed"
    weights.load_weights(second, tmp_path / "weights.npz")
    assert same(second.get_weights(), first.get_weights())


def test_weights_are_taken_from_a_whole_model(path):
    model = classifier()
    weights.load_weights(model, path)
    assert same(model.get_weights(), load_model(path).get_weights())


def test_weights_alone_are_no_model(tmp_path):
    weights.save_weights(trained(epochs=0), tmp_path / "weights.npz")
    with pytest.raises(ValueError, match=r"it holds weights alone; build the model and use model\.load_weights"):
        load_model(tmp_path / "weights.npz")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: classifier(BatchNormalization()), r"'conv2d' \(Conv2D: kernel, bias\), .* the model has .*gamma"),
        (lambda: Sequential([Conv2D(6, 3, input_shape=(8, 8, 1)), Flatten(), Dense(4)]), "the kernel of layer 'dense' .*shape"),
    ],
)
def test_weights_that_do_not_fit_change_nothing(model, message, path):
    model = model()
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        weights.load_weights(model, path)
    assert same(before, model.get_weights())


@pytest.mark.parametrize("value", [None, 3, [3], [["conv2d", "Conv2D", [4]]], {"conv2d": []}])
def test_lists_of_weights_that_make_no_sense_are_refused(value, path):
    with pytest.raises(ValueError, match="cannot load"):
        weights.load_weights(classifier(), altered(path, put("weights", value)))


def test_no_warning_comes_from_saving_and_loading(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_model(path).save(path)
