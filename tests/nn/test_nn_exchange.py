"""Weights go to Keras and PyTorch and come from there: the libraries themselves say whether the networks are the same."""

import shutil
import sys
import zipfile

import numpy as np
import pytest

from convviz.nn import (
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
    Input,
    MaxPooling2D,
    Model,
    Sequential,
    exchange,
    set_random_seed,
)

# of Keras, which reads the arrays of JAX so
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

SHAPE = (9, 8, 4)
IMAGES = np.random.default_rng(0).standard_normal((5, *SHAPE)).astype(np.float32)


@pytest.fixture(scope="module")
def keras():
    pytest.importorskip("h5py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def random_weight(shape, random):
    """Different numbers: small ones of both signs for kernels, positive ones for all else, which may be variances."""
    return random.uniform(-0.6, 0.6, shape) if len(shape) > 1 else random.uniform(0.1, 0.5, shape)


def stirred(model, seed=1):
    """The model with weights that are all different from each other."""
    random = np.random.default_rng(seed)
    model.set_weights([random_weight(np.shape(array), random) for array in model.get_weights()])
    return model


def close(one, two):
    """Equal within the rounding of float32, of sums of some hundred terms."""
    one, two = np.asarray(one), np.asarray(two)
    # outputs that do not depend on the image would prove nothing
    assert one.shape == two.shape and np.ptp(two, axis=0).max() > 0.02
    np.testing.assert_allclose(one, two, rtol=2e-5, atol=2e-5 * np.abs(two).max())


# ------------------------------------------------------------ Keras


def sequence(library):
    """The layers of a network with all kinds of weights, of one library or the other."""
    names = vars(library)
    conv, depthwise, up, norm, pool = (
        names[name] for name in ("Conv2D", "DepthwiseConv2D", "Conv2DTranspose", "BatchNormalization", "MaxPooling2D")
    )
    dense, flatten, drop = (names[name] for name in ("Dense", "Flatten", "Dropout"))
    return [
        conv(8, 3, groups=2, padding="same", activation="relu"),
        norm(epsilon=0.01),
        depthwise(3, depth_multiplier=2),
        conv(6, (2, 3), use_bias=False),
        norm(scale=False),
        up(5, 3, strides=2, padding="same"),
        pool(2),
        conv(3, 1, name="last"),
        flatten(),
        drop(0.5),
        dense(7, activation="tanh"),
        norm(center=False),
        dense(3, activation="softmax"),
    ]


def ours():
    import convviz.nn.layers as library

    return stirred(Sequential([Input(SHAPE), *sequence(library)]), 2)


def theirs(keras):
    return stirred(keras.Sequential([keras.Input(SHAPE), *sequence(keras.layers)]))


@pytest.mark.parametrize("ending", ["weights.h5", "keras"])
def test_weights_come_from_keras(ending, keras, tmp_path):
    source, model = theirs(keras), ours()
    path = tmp_path / f"net.{ending}"
    source.save(path) if ending == "keras" else source.save_weights(path)
    exchange.load_keras_weights(model, path)
    close(model.predict(IMAGES, verbose=0), source(IMAGES))


def test_weights_go_to_keras(keras, tmp_path):
    model, target = ours(), theirs(keras)
    exchange.save_keras_weights(model, tmp_path / "net.weights.h5")
    target.load_weights(tmp_path / "net.weights.h5")
    close(target(IMAGES), model.predict(IMAGES, verbose=0))


def test_weights_go_into_a_keras_file(keras, tmp_path):
    model, target = ours(), theirs(keras)
    target.compile("adam", "mse")
    target.fit(IMAGES, np.zeros((5, 3)), verbose=0)
    target.save(tmp_path / "net.keras")
    exchange.save_keras_weights(model, tmp_path / "net.keras")
    close(keras.saving.load_model(tmp_path / "net.keras")(IMAGES), model.predict(IMAGES, verbose=0))
    again = ours()
    exchange.load_keras_weights(again, tmp_path / "net.keras")
    assert all((a == b).all() for a, b in zip(again.get_weights(), model.get_weights(), strict=True))


def fork(library, model, start, names=(None, None, None)):
    """A network with branches of equal shapes, where an order that is not Keras's would mix the weights up."""
    x = start(SHAPE)
    short = library["Conv2D"](4, 3, padding="same", name=names[0])(x)
    long = library["Conv2D"](4, 3, padding="same", name=names[2])(x)
    long = library["Conv2D"](4, 3, padding="same", name=names[1])(long)
    both = library["Concatenate"]()([short, library["Add"]()([x, long]), long])
    return model(x, library["Dense"](2)(library["GlobalAveragePooling2D"]()(both)))


LIBRARY = {
    "Add": Add,
    "Concatenate": Concatenate,
    "Conv2D": Conv2D,
    "Dense": Dense,
    "GlobalAveragePooling2D": GlobalAveragePooling2D,
}


@pytest.mark.parametrize("names", [(None, None, None), ("a", "b", "c")])
def test_networks_with_branches(names, keras, tmp_path):
    source = stirred(fork(vars(keras.layers), keras.Model, keras.Input, names))
    model = fork(LIBRARY, Model, Input, names)
    source.save_weights(tmp_path / "net.weights.h5")
    exchange.load_keras_weights(model, tmp_path / "net.weights.h5")
    close(model.predict(IMAGES, verbose=0), source(IMAGES))
    stirred(model, 5)
    exchange.save_keras_weights(model, tmp_path / "net.weights.h5")
    source.load_weights(tmp_path / "net.weights.h5")
    close(source(IMAGES), model.predict(IMAGES, verbose=0))


def test_names_go_before_order(keras, tmp_path):
    source = stirred(keras.Sequential([keras.Input((3,)), *(keras.layers.Dense(3, name=n) for n in "ab")]))
    source.save_weights(tmp_path / "net.weights.h5")
    model = Sequential([Dense(3, name="b", input_shape=(3,)), Dense(3, name="a")])
    exchange.load_keras_weights(model, tmp_path / "net.weights.h5")
    assert (model.get_layer("a").kernel == source.get_layer("a").get_weights()[0]).all()


def small(**options):
    return Sequential([Conv2D(4, 3, **{"input_shape": (6, 6, 1)} | options), Flatten(), Dense(2)])


@pytest.fixture
def small_file(keras, tmp_path):
    path = tmp_path / "net.weights.h5"
    exchange.save_keras_weights(small(), path)
    return path


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: small(use_bias=False), r"layer 'conv2d' .* has the weights kernel \(3, 3, 1, 4\); 'conv2d' in .*\(4,\)"),
        (lambda: Sequential([Flatten(input_shape=(6, 6, 1)), Dense(2)]), "weights in 1 dense, but .* in 1 conv2d, 1 dense"),
        (lambda: small(input_shape=(8, 8, 1)), r"'dense' .*kernel \(144, 2\).*\(64, 2\)"),
    ],
)
def test_weights_of_keras_that_do_not_fit_change_nothing(model, message, small_file):
    model = model()
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        exchange.load_keras_weights(model, small_file)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n" + bytes(64)])
def test_files_that_are_not_of_keras_are_refused(content, keras, tmp_path):
    path = tmp_path / "net.weights.h5"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="net.weights.h5' is not a file of Keras, or damaged"):
        exchange.load_keras_weights(small(), path)


def test_a_truncated_file_is_refused(small_file):
    content = small_file.read_bytes()
    for share in (0.2, 0.5, 0.9):
        small_file.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ValueError, match="is not a file of Keras, or damaged"):
            exchange.load_keras_weights(small(), small_file)


def test_an_archive_of_something_else_is_refused(keras, tmp_path):
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ValueError, match="is not a model that Keras 3 saved"):
        exchange.load_keras_weights(small(), tmp_path / "net.keras")


@pytest.mark.filterwarnings("ignore")
def test_the_older_format_is_named(keras, tmp_path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)]).save(tmp_path / "net.h5")
    with pytest.raises(ValueError, match="is in Keras's older format"):
        exchange.load_keras_weights(small(), tmp_path / "net.h5")


def test_a_model_in_a_model_is_refused(keras, tmp_path):
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    keras.Sequential([keras.Input((3,)), inner]).save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(ValueError, match="has a model, 'sequential', for a layer"):
        exchange.load_keras_weights(small(), tmp_path / "net.weights.h5")


def test_endings_for_keras(keras, tmp_path):
    with pytest.raises(ValueError, match=r"end in \.weights\.h5; '.*net\.h5' does not"):
        exchange.save_keras_weights(small(), tmp_path / "net.h5")
    with pytest.raises(ValueError, match=r"net\.keras', .* in Keras first, with model\.save\('net\.keras'\)"):
        exchange.save_keras_weights(small(), tmp_path / "net.keras")
    assert not list(tmp_path.iterdir())


def test_a_keras_file_of_another_network_stays_as_it_was(keras, tmp_path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)]).save(tmp_path / "net.keras")
    shutil.copy(tmp_path / "net.keras", tmp_path / "copy")
    with pytest.raises(ValueError, match="the model has weights in 1 conv2d, 1 dense"):
        exchange.save_keras_weights(small(), tmp_path / "net.keras")
    with pytest.raises(ValueError, match=r"'dense' \(Dense\) has the weights"):
        exchange.save_keras_weights(Sequential([Dense(2, input_shape=(3,))]), tmp_path / "net.keras")
    assert (tmp_path / "net.keras").read_bytes() == (tmp_path / "copy").read_bytes()


def test_without_h5py_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "h5py", None)
    for function in (exchange.load_keras_weights, exchange.save_keras_weights):
        with pytest.raises(ImportError, match="pip install h5py"):
            function(small(), tmp_path / "net.weights.h5")


# ------------------------------------------------------------ PyTorch


def modules(torch):
    """A network there whose flattened images are not square, so that a wrong order shows."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(4, 8, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.BatchNorm2d(8),
        nn.Conv2d(8, 16, 3, groups=8),
        nn.Conv2d(16, 6, (2, 3), bias=False),
        nn.BatchNorm2d(6),
        nn.ConvTranspose2d(6, 5, 3, 2, 1, output_padding=1),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.BatchNorm1d(5 * 6 * 4),
        nn.Dropout(0.5),
        nn.Linear(5 * 6 * 4, 7),
        nn.Tanh(),
        nn.BatchNorm1d(7),
        nn.Linear(7, 3),
        nn.Softmax(-1),
    )


def layers():
    """The same network here."""
    return Sequential(
        [
            Conv2D(8, 3, padding=1, groups=2, activation="relu", input_shape=SHAPE),
            BatchNormalization(epsilon=1e-5),
            DepthwiseConv2D(3, depth_multiplier=2),
            Conv2D(6, (2, 3), use_bias=False),
            BatchNormalization(epsilon=1e-5),
            Conv2DTranspose(5, 3, 2, padding=1, output_padding=1),
            MaxPooling2D(2),
            Flatten(),
            BatchNormalization(epsilon=1e-5),
            Dropout(0.5),
            Dense(7, activation="tanh"),
            BatchNormalization(epsilon=1e-5),
            Dense(3, activation="softmax"),
        ]
    )


def shaken(module, torch, seed=1):
    """The module with weights all different from each other."""
    random = np.random.default_rng(seed)
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.from_numpy(random_weight(tuple(tensor.shape), random)))
    return module.eval()


def outputs(module, torch, images=IMAGES):
    """What a module gives for images with channels last."""
    with torch.no_grad():
        return module(torch.from_numpy(np.ascontiguousarray(np.moveaxis(images, -1, 1)))).numpy()


def test_weights_come_from_pytorch(torch):
    module, model = shaken(modules(torch), torch), layers()
    exchange.from_torch(model, module.state_dict())
    close(model.predict(IMAGES, verbose=0), outputs(module, torch))


def test_weights_go_to_pytorch(torch):
    model, module = stirred(layers()), modules(torch).eval()
    module.load_state_dict(exchange.to_torch(model))
    close(outputs(module, torch), model.predict(IMAGES, verbose=0))


def test_tensors_share_no_numbers_with_the_model(torch):
    model = stirred(small())
    before, tensors = model.get_weights(), exchange.to_torch(model)
    for tensor in tensors.values():
        assert isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float32
        tensor.zero_()
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_without_pytorch_there_are_arrays(monkeypatch):
    model = stirred(small())
    monkeypatch.setitem(sys.modules, "torch", None)
    arrays = exchange.to_torch(model)
    assert {type(array) for array in arrays.values()} == {np.ndarray}
    np.testing.assert_array_equal(arrays["0.weight"], model.layers[0].kernel.transpose(3, 2, 0, 1))


def test_there_and_back_is_the_same():
    model, other = stirred(layers()), layers()
    exchange.from_torch(other, exchange.to_torch(model))
    assert all((a == b).all() for a, b in zip(model.get_weights(), other.get_weights(), strict=True))


class Two:
    """A module with two flattened branches that are joined."""

    def __new__(cls, torch):
        nn = torch.nn

        class Branches(nn.Module):
            def __init__(self):
                super().__init__()
                self.head = nn.Linear(3 * 7 * 6 + 4 * 9 * 8, 2)
                self.conv = nn.Conv2d(4, 3, 3)

            def forward(self, x):
                return self.head(torch.cat([self.conv(x).flatten(1), x.flatten(1)], 1))

        return Branches()


def two():
    x = Input(SHAPE)
    both = Concatenate()([Flatten()(Conv2D(3, 3, name="conv")(x)), Flatten()(x)])
    return Model(x, Dense(2, name="out")(both))


def test_flattened_branches_and_names_of_ones_own(torch):
    module, model = shaken(Two(torch), torch), two()
    names = {"conv": "conv", "out": "head"}
    exchange.from_torch(model, module.state_dict(), names=names)
    close(model.predict(IMAGES, verbose=0), outputs(module, torch))
    stirred(model)
    module.load_state_dict(exchange.to_torch(model, names))
    close(outputs(module, torch), model.predict(IMAGES, verbose=0))
    assert list(exchange.to_torch(model)) == ["conv.weight", "conv.bias", "out.weight", "out.bias"]


def test_images_without_channels_are_flattened_alike(torch):
    nn = torch.nn
    module = shaken(nn.Sequential(nn.Flatten(), nn.Linear(9 * 8, 2)), torch)
    model = Sequential([Flatten(input_shape=(9, 8)), Dense(2)])
    exchange.from_torch(model, module.state_dict())
    close(model.predict(IMAGES[..., 0], verbose=0), module(torch.from_numpy(IMAGES[..., 0].copy())).detach())


def test_pooled_images_keep_their_order(torch):
    nn = torch.nn
    module = nn.Sequential(nn.Conv2d(4, 6, 3), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 2))
    model = Sequential([Conv2D(6, 3, input_shape=SHAPE), AveragePooling2D(2), GlobalAveragePooling2D(), Dense(2)])
    stirred(model)
    module.load_state_dict(exchange.to_torch(model))
    close(outputs(module, torch), model.predict(IMAGES, verbose=0))


def test_tensors_on_a_graph_and_of_other_dtypes_are_taken(torch):
    module = torch.nn.Sequential(torch.nn.Linear(3, 2)).double()
    model = Sequential([Dense(2, input_shape=(3,))])
    exchange.from_torch(model, dict(module.named_parameters()))
    assert (model.layers[0].kernel == module[0].weight.detach().numpy().T.astype("f4")).all()
    half = {name: tensor.bfloat16() for name, tensor in module.state_dict().items()}
    with pytest.raises(TypeError, match=r"'0\.weight' is of a dtype that .* tensor\.float\(\)"):
        exchange.from_torch(model, half)


def pairs(**changes):
    """A state_dict that fits `small`, but for some changes; None takes away."""
    state = exchange.to_torch(small()) | changes.pop("more", {})
    return {name: array for name, array in state.items() if array is not None}


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        ({"0.weight": np.ones((4, 2, 3, 3))}, ValueError, r"the kernel of layer 'conv2d' .*\(3, 3, 1, 4\) here"),
        ({"0.bias": None}, ValueError, r"layer 'conv2d' \(Conv2D\) is weight, bias in PyTorch, but '0' has weight;"),
        ({"0.running_mean": np.ones(4)}, ValueError, "but '0' has weight, bias, running_mean"),
        ({"5.weight": np.ones(4)}, ValueError, r"weights in 2 layers \(conv2d, dense\), the state_dict in 3 \(0, 2, 5\)"),
        ({"rnn.weight_ih_l0": np.ones(4)}, ValueError, "'rnn.weight_ih_l0' is of a kind of module that"),
        ({"2.weight": np.array(["a"])}, TypeError, r"'2\.weight' must be numbers; it is of dtype <U1"),
    ],
)
def test_state_dicts_that_do_not_fit_change_nothing(more, error, message):
    model = small()
    before = model.get_weights()
    with pytest.raises(error, match=message):
        exchange.from_torch(model, pairs(more=more))
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_groups_of_transposed_convolutions_are_named(torch):
    module = torch.nn.ConvTranspose2d(4, 6, 3, groups=2)
    with pytest.raises(ValueError, match="groups of a ConvTranspose2d are not known here"):
        exchange.from_torch(Sequential([Conv2DTranspose(6, 3, input_shape=(5, 5, 4))]), module.state_dict())


@pytest.mark.parametrize("layer", [Conv2D, Conv2DTranspose])
@pytest.mark.parametrize("shape", [(4, 2, 3, 3), (3, 4, 3, 3), (4, 4)])
def test_only_kernels_of_transposed_convolutions_are_taken_for_groups(layer, shape):
    model = Sequential([layer(4, 3, input_shape=(5, 5, 4), use_bias=False)])
    with pytest.raises(ValueError, match=r"nothing was changed") as caught:
        exchange.from_torch(model, {"0.weight": np.ones(shape)})
    assert ("groups" in str(caught.value)) == (layer is Conv2DTranspose and shape == (4, 2, 3, 3))


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ({"conv2d": "0"}, ValueError, "names must have all layers with weights, conv2d, dense; it has conv2d"),
        ({"conv2d": "0", "dense": "0"}, ValueError, "each layer a module of its own"),
        ({"conv2d": "0", "dense": "1"}, ValueError, "there is no '1' in the state_dict; it has 0, 2"),
        (["0", "2"], TypeError, "names maps layers' names to those of modules; list came"),
    ],
)
def test_names_that_make_no_sense(names, error, message):
    with pytest.raises(error, match=message):
        exchange.from_torch(small(), pairs(), names)


def test_what_is_no_model_and_no_state_dict_is_refused(torch):
    with pytest.raises(TypeError, match=r"Linear came; give module\.state_dict\(\)"):
        exchange.from_torch(small(), torch.nn.Linear(2, 2))
    with pytest.raises(TypeError, match="with a convviz.nn.Model, not with Dense"):
        exchange.to_torch(Dense(2))
    with pytest.raises(ValueError, match="the model is not built"):
        exchange.to_torch(Sequential([Dense(2)]))


def test_shared_layers_behind_different_images_have_no_counterpart():
    set_random_seed(0)
    one, other = Input((2, 3, 4)), Input((2, 6, 2))
    dense = Dense(2)
    model = Model([one, other], Add()([dense(Flatten()(one)), dense(Flatten()(other))]))
    with pytest.raises(ValueError, match="behind images of different shapes, which PyTorch flattens differently"):
        exchange.to_torch(model)


@pytest.mark.parametrize(("times", "names"), [(1, {"0.weight", "0.bias"}), (2, {"twice.weight", "twice.bias"})])
def test_a_layer_that_a_chain_uses_twice_has_its_name_as_it_has_no_single_place(times, names):
    tensor = inputs = Input((3,))
    dense = Dense(3, name="twice")
    for _ in range(times):
        tensor = dense(tensor)
    assert set(exchange.to_torch(Model(inputs, tensor))) == names
