"""Settings of layers, optimizers, initializers, regularizers, losses and data, of any size and kind."""

import inspect
import itertools

import numpy as np
import odd_settings
import pytest

from convviz import nn

FIRST = {"Dense": (3,), "Conv2D": (2, 3), "Conv2DTranspose": (2, 3), "DepthwiseConv2D": (3,)}
FIRST |= {"Dropout": (0.5,), "Activation": ("relu",)}
MODULES = {"optimizers": nn.optimizers, "initializers": nn.initializers, "regularizers": nn.regularizers, "losses": nn.losses}
LAYERS = {name: getattr(nn, name) for name in nn.__all__ if inspect.isclass(getattr(nn, name))}
CLASSES = {name: cls for name, cls in LAYERS.items() if issubclass(cls, nn.Layer)} | {
    f"{title}.{name}": cls
    for title, module in MODULES.items()
    for name, cls in vars(module).items()
    if inspect.isclass(cls) and name in module.__all__
}
#: Switches: True or False and nothing else.
SWITCHES = "use_bias trainable ceil_mode count_include_pad keepdims center scale nesterov amsgrad from_logits".split()
FLAGS = {(title, name) for title in CLASSES for name in SWITCHES} - {("initializers.VarianceScaling", "scale")}


@pytest.mark.parametrize("title", CLASSES)
def test_settings_are_taken_or_refused_in_a_sentence(title):
    call = odd_settings.Named(CLASSES[title], *FIRST.get(title, ()), title=title)
    for name, value in itertools.product(call.names, odd_settings.VALUES):
        _, sentence = odd_settings.outcome(call, name, value)
        if (title, name) in FLAGS:
            assert sentence is not None or isinstance(value, odd_settings.BOOLEANS), (name, value)


@pytest.mark.parametrize("setting", ["use_bias", "trainable"])
@pytest.mark.parametrize("value", [1, 0, "no", None])
def test_switches_of_layers(setting, value):
    with pytest.raises(TypeError, match=f"{setting} is {value!r}; expected True or False"):
        nn.Conv2D(2, 3, **{setting: value})


@pytest.mark.parametrize("name", ["seed", "noise", "size"])
def test_settings_of_shapes(name):
    call = odd_settings.Named(nn.datasets.shapes, 4, title="shapes")
    for value in odd_settings.VALUES:
        odd_settings.outcome(call, name, value)


def test_data_that_no_memory_holds():
    for make in (lambda: nn.datasets.shapes(10**12), lambda: nn.datasets.shapes(4, size=10**9)):
        with pytest.raises(ValueError, match="more pixels than this machine's memory holds"):
            make()
    with pytest.raises(ValueError, match="more numbers than this machine's memory holds"):
        nn.to_categorical([2**40])


# ------------------------------------------------------------ callbacks, and calls of a model

CALLBACKS = {
    "EarlyStopping": (nn.callbacks.EarlyStopping, {}, ["restore_best_weights"]),
    "ReduceLROnPlateau": (nn.callbacks.ReduceLROnPlateau, {}, []),
    "ModelCheckpoint": (nn.callbacks.ModelCheckpoint, {"filepath": "net.npz"}, ["save_best_only"]),
    "LearningRateScheduler": (nn.callbacks.LearningRateScheduler, {"schedule": len}, []),
    "LivePlot": (nn.LivePlot, {}, ["filters"]),
}


@pytest.mark.parametrize("title", CALLBACKS)
def test_settings_of_callbacks(title):
    cls, valid, switches = CALLBACKS[title]
    call = odd_settings.Named(cls, title=title, leave_out=("unknown", "verbose"), **valid)
    for name, value in itertools.product(call.names, odd_settings.VALUES):
        found, sentence = odd_settings.outcome(call, name, value)
        if name in switches:
            assert sentence is not None or isinstance(value, odd_settings.BOOLEANS), (name, value)
        kept = getattr(found, name, None)
        assert not isinstance(kept, float) or not np.isnan(kept), (name, value)


def trained(method, **given):
    """What a method of a small model gives."""
    model = nn.Sequential([nn.Dense(1, input_shape=(2,))])
    settings = {"optimizer": "sgd", "loss": "mse", "device": "cpu"} | (given if method == "compile" else {})
    model.compile(**settings)
    if method == "compile":
        return None
    x, y = np.ones((4, 2)), np.ones((4, 1))
    data = {"x": x} if method == "predict" else {"x": x, "y": y}
    return getattr(model, method)(**data | ({} if method.endswith("on_batch") else {"verbose": 0}) | given)


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # weights are float32
def test_a_learning_rate_of_any_kind():
    scheduled = lambda rate: trained("fit", callbacks=nn.callbacks.LearningRateScheduler(lambda epoch: rate))  # noqa: E731
    for value in odd_settings.VALUES:
        odd_settings.outcome(odd_settings.Named(scheduled), "rate", value)


#: Settings of each method; of `fit` without those that hold arrays.
METHODS = {
    "fit": (
        *("batch_size", "epochs", "verbose", "callbacks", "validation_split", "shuffle", "initial_epoch", "class_weight"),
        *("steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq", "sample_weight"),
    ),
    "evaluate": ("batch_size", "verbose", "steps", "return_dict", "sample_weight", "callbacks"),
    "predict": ("batch_size", "verbose", "steps", "callbacks"),
    "train_on_batch": ("return_dict", "sample_weight", "class_weight"),
    "test_on_batch": ("return_dict", "sample_weight"),
    "compile": (
        *("optimizer", "loss", "metrics", "device", "precision", "run_eagerly", "jit_compile", "auto_scale_loss"),
        *("loss_weights", "weighted_metrics", "steps_per_execution"),
    ),
}


@pytest.mark.parametrize("method, name", [(method, name) for method, names in METHODS.items() for name in names])
def test_settings_of_calls(method, name):
    call = odd_settings.Named(lambda **given: trained(method, **given), title=method)
    validated = name.startswith("validation_") and name != "validation_split"
    call.valid = {"validation_data": (np.ones((4, 2)), np.ones((4, 1)))} if validated else {}
    for value in odd_settings.VALUES:
        if name == "epochs" and isinstance(value, (int, np.integer)) and value > 9:
            continue  # so many are trained
        _, sentence = odd_settings.outcome(call, name, value)
        assert name != "return_dict" or sentence is not None or isinstance(value, odd_settings.BOOLEANS), value


@pytest.mark.parametrize("of_all", [lambda given: [given], lambda given: (given,), lambda given: {"only": given}])
def test_what_is_given_for_the_only_output(of_all):
    """As Keras takes losses and metrics where there are several outputs."""
    model = nn.Sequential([nn.Dense(1, input_shape=(2,), name="only")])
    model.compile("sgd", of_all("mse"), of_all(["mae"]))
    assert sorted(model.evaluate(np.ones((4, 2)), np.ones((4, 1)), verbose=0, return_dict=True)) == ["loss", "mae"]
    for given in ({"loss": {"other": "mse"}}, {"loss": "mse", "metrics": {"other": ["mae"]}}):
        with pytest.raises(ValueError, match="a dict has the name of the only output, 'only', and nothing else"):
            model.compile("sgd", **given)
