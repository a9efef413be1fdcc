"""Settings of layers, optimizers, initializers, regularizers, losses and data, of any size and kind."""

import inspect
import itertools

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
