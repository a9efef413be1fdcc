"""Names of settings: what is said of one that a function does not have, and of those that other libraries use."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from convviz._support.suggestions import spelled
from convviz._support.values import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ELSEWHERE", "INSTEAD", "elsewhere", "explained", "instead", "ours_for", "unknown"]

AnyCallable = TypeVar("AnyCallable", bound="Callable[..., Any]")
VAR_POSITIONAL, VAR_KEYWORD = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
KEYWORD_ONLY, EMPTY = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty

#: What other libraries call a setting: our names, of which the first that a function has is meant, and who calls it so.
ELSEWHERE: dict[str, tuple[tuple[str, ...], str]] = {
    "kernel_size": (("pool_size",), "PyTorch"),
    "stride": (("strides",), "PyTorch"),
    "dilation": (("dilation_rate",), "PyTorch"),
    "dilations": (("dilation_rate",), "TensorFlow"),
    "rhs_dilation": (("dilation_rate",), "JAX"),
    "atrous_rate": (("dilation_rate",), "Keras 1"),
    "window_strides": (("strides",), "JAX"),
    "subsample": (("strides",), "Keras 1"),
    "window_shape": (("pool_size",), "Flax"),
    "window_dimensions": (("pool_size",), "JAX"),
    "ksize": (("pool_size", "kernel"), "TensorFlow and OpenCV"),
    "border_mode": (("padding",), "Keras 1"),
    "mode": (("padding",), "SciPy"),
    "boundary": (("padding_mode",), "SciPy"),
    "borderType": (("padding_mode",), "OpenCV"),
    "border_type": (("padding_mode",), "OpenCV"),
    "pad": (("padding",), "Caffe and Chainer"),
    "dim_ordering": (("data_format",), "Keras 1"),
    "image_data_format": (("data_format",), "Keras"),
    "feature_group_count": (("groups",), "JAX"),
    "group": (("groups",), "ONNX"),
    "num_groups": (("groups",), "MXNet"),
    "weight": (("kernel",), "PyTorch"),
    "weights": (("kernel",), "SciPy"),
    "filter": (("kernel",), "TensorFlow"),
    "in2": (("kernel",), "SciPy"),
    "rhs": (("kernel",), "JAX"),
    "in1": (("image",), "SciPy"),
    "lhs": (("image",), "JAX"),
    "input": (("image",), "PyTorch and TensorFlow"),
    "inputs": (("image",), "Keras"),
    "x": (("image",), "Keras"),
    "src": (("image",), "OpenCV"),
    "return_indices": (("return_argmax",), "PyTorch"),
    "adj": (("output_padding",), "MXNet"),
    "ceil": (("ceil_mode",), "ONNX"),
    "cover_all": (("ceil_mode",), "Chainer"),
    "flip_filters": (("flip_kernel",), "Lasagne"),
    "filter_flip": (("flip_kernel",), "Theano"),
    "figsize": (("size",), "matplotlib"),
    "repeat": (("loop",), "matplotlib"),
    "nb_filter": (("filters",), "Keras 1"),
    "output_dim": (("units",), "Keras 1"),
    "init": (("kernel_initializer",), "Keras 1"),
    "W_regularizer": (("kernel_regularizer",), "Keras 1"),
    "b_regularizer": (("bias_regularizer",), "Keras 1"),
    "nb_classes": (("num_classes",), "Keras 1"),
    "n_samples": (("count", "samples"), "scikit-learn"),
    "std": (("stddev",), "PyTorch"),
    "a": (("minval",), "PyTorch"),
    "val": (("value",), "PyTorch"),
    "p": (("rate",), "PyTorch"),
    "out_channels": (("filters",), "PyTorch"),
    "out_features": (("units",), "PyTorch"),
    "features": (("filters", "units"), "Flax"),
    "eps": (("epsilon",), "PyTorch"),
    "alpha": (("rho",), "PyTorch"),
    "epsilon": (("min_delta",), "Keras 1"),
    "min_lr_delta": (("min_delta",), "Keras 1"),
    "random_state": (("seed",), "scikit-learn"),
    "rng": (("seed",), "NumPy"),
    "atol": (("tolerance",), "NumPy"),
    "rtol": (("tolerance",), "NumPy"),
    "decimal": (("decimals",), "NumPy"),
    "places": (("decimals",), "unittest"),
    "expected": (("answer",), "unittest"),
    "desired": (("answer",), "NumPy"),
    "filename": (("path",), "matplotlib"),
    "fname": (("path",), "matplotlib"),
    "fp": (("path",), "Pillow"),
    "color": (("colour",), "matplotlib"),
}

#: Settings of other libraries that none of ours is the same as: the settings by one of which a function is known to be of
#: that kind, and what to do instead.
INSTEAD: dict[str, tuple[tuple[str, ...], str]] = {
    "divisor_override": (("pool_size",), "multiply the means by the number of cells and divide by yours"),
    "return_indices": (("pool_size",), "use max_pool2d(…, return_argmax=True) or MaxPooling(…).with_argmax(image)"),
    "return_argmax": (("pool_size",), "use max_pool2d(…, return_argmax=True) or MaxPooling(…).with_argmax(image)"),
    "count_include_pad": (("pool_size",), "it is a setting of average pooling; a maximum never counts padding"),
    "kernel_size": (("kernel",), "the size is that of kernel, an array such as [[1, 0], [0, 1]]"),
    "nb_row": (("kernel",), "the size is that of kernel, an array such as [[1, 0], [0, 1]]"),
    "nb_col": (("kernel",), "the size is that of kernel, an array such as [[1, 0], [0, 1]]"),
    "pads": (("kernel", "pool_size"), "give padding=((top, bottom), (left, right))"),
    "exclusive": (("count_include_pad",), "count_include_pad is its opposite"),
    "filters": (("kernel",), "the number of filters is that of kernel, (kh, kw, C_in, C_out)"),
    "nb_filter": (("kernel",), "the number of filters is that of kernel, (kh, kw, C_in, C_out)"),
    "in_channels": (("kernel",), "the channels are those of kernel, (kh, kw, C_in, C_out)"),
    "out_channels": (("kernel",), "the filters are those of kernel, (kh, kw, C_in, C_out)"),
    "use_bias": (("bias",), "leave bias out for none"),
    "activation": (("image", "kernel", "pool_size"), "apply it to the result, for example numpy.maximum(result, 0)"),
    "output_padding": (("kernel",), "it is a setting of TransposedConvolution and conv2d_transpose"),
    "output_shape": (("kernel",), "give output_padding, which adds cells at the bottom and right"),
    "lhs_dilation": (("kernel",), "use TransposedConvolution, whose strides put zeros between the cells of the image"),
    "fillvalue": (("kernel",), "pad the image first: numpy.pad(image, 1, constant_values=value)"),
    "cval": (("kernel",), "pad the image first: numpy.pad(image, 1, constant_values=value)"),
    "boundary": (("kernel",), "pad the image first, for example numpy.pad(image, 1, mode='reflect')"),
    "borderType": (("kernel",), "pad the image first, for example numpy.pad(image, 1, mode='reflect')"),
    "padding_mode": (("kernel", "pool_size"), "pad the image first, for example numpy.pad(image, 1, mode='reflect')"),
    "anchor": (("kernel",), "give padding for each side, ((top, bottom), (left, right))"),
    "origin": (("kernel",), "give padding for each side, ((top, bottom), (left, right))"),
    "ddepth": (("kernel",), "the dtype is that of image and kernel: image.astype(…)"),
    "delta": (("kernel",), "bias adds a number to every sum"),
    "dtype": (("image", "kernel", "pool_size"), "the dtype is that of the image: image.astype(…)"),
    "axis": (
        ("image", "kernel", "pool_size"),
        "give data_format, which says where rows and columns are, when the operation is called",
    ),
    "data_format": (("kernel", "pool_size"), "give it when the operation is called: operation(image, data_format=…)"),
    "device": (("kernel", "pool_size"), "give it when the operation is called: operation(image, device=…)"),
    "betas": (("beta_1",), "give beta_1 and beta_2; PyTorch has both in betas"),
    "weight_decay": (("learning_rate",), "give layers kernel_regularizer=L2(...) instead"),
    "decay": (("learning_rate",), "only SGD has it; for others use the callback LearningRateScheduler"),
    "clipnorm": (("learning_rate",), "gradients are not clipped here, so leave it out"),
    "clipvalue": (("learning_rate",), "gradients are not clipped here, so leave it out"),
    "global_clipnorm": (("learning_rate",), "gradients are not clipped here, so leave it out"),
    "name": (("learning_rate",), "optimizers have no names here, so leave it out"),
    "save_weights_only": (("save_best_only",), "it always saves the whole model, so leave it out"),
    "save_freq": (("save_best_only",), "it saves after epochs, so leave it out"),
    "period": (("save_best_only",), "it saves after every epoch, so leave it out"),
    "fps": (("theme",), "give seconds when it is saved, how long each step is shown"),
    "interval": (("theme",), "give seconds when it is saved, how long each step is shown"),
    "duration": (("theme",), "give seconds when it is saved, how long each step is shown"),
    "writer": (("theme",), "the ending of path says what is written"),
    "format": (("theme",), "the ending of path says what is written"),
}

#: The same for layers and models, whose settings mean something else than those of operations.
OF_NETWORKS: dict[str, tuple[tuple[str, ...], str]] = {
    "in_channels": (("kernel_initializer",), "a layer finds the channels of its input by itself; leave it out"),
    "in_features": (("kernel_initializer",), "a layer finds the size of its input by itself; leave it out"),
    "nb_row": (("kernel_size",), "give kernel_size=(rows, columns)"),
    "nb_col": (("kernel_size",), "give kernel_size=(rows, columns)"),
    "inplace": (("trainable",), "leave it out"),
    "batch_size": (("shape",), "models take batches of any size; leave it out, and give batch_size to fit"),
    "batch_shape": (("shape",), "give shape, without the axis of the samples"),
    "custom_objects": (("compile",), "a model file holds only convviz's own layers; leave it out"),
    "safe_mode": (("compile",), "a model file holds data only and is always safe to read; leave it out"),
    "save_format": (("path",), "the file is always written in the format of convviz, .npz; leave it out"),
    "include_optimizer": (("path",), "save writes the optimizer too, save_weights does not; leave it out"),
    "overwrite": (("path",), "an existing file is replaced; leave it out"),
    "by_name": (("path",), "weights are read layer after layer; leave it out"),
    "skip_mismatch": (("path",), "weights are read only if all of them fit; leave it out"),
    "line_length": (("print_fn",), "the table is as wide as its texts; leave it out"),
    "positions": (("print_fn",), "the table is as wide as its texts; leave it out"),
    "reduction": (("from_logits",), "losses are means over the samples; leave it out"),
    "label_smoothing": (("from_logits",), "smooth the labels that are given to fit"),
}


def unknown(title: str, name: str, known: Iterable[str], noun: str = "setting") -> str:
    """The sentence on a setting that a function or class does not have.

    Examples
    --------
    >>> unknown("MaxPooling", "kernel_size", ("pool_size", "strides"))
    "MaxPooling has no setting 'kernel_size'; it is called pool_size; PyTorch calls it kernel_size"
    >>> unknown("MaxPooling", "stirdes", ("pool_size", "strides"))
    "MaxPooling has no setting 'stirdes'; did you mean 'strides'? It takes pool_size, strides"
    """
    known = list(known)
    said = f"{title} has no {noun} {brief(name)}"
    here, library = ours_for(name, known)
    if here:
        return f"{said}; it is called {here}; {library} call{'' if ' and ' in library else 's'} it {name}"
    advice = advice_on(name, known)
    if advice:
        return f"{said}; {advice}"
    near = spelled(name, known)
    hint = f"; did you mean {near!r}? It" if near else "; it"
    return f"{said}{hint} takes {', '.join(known)}" if known else f"{said}; it takes none"


def elsewhere(name: str, known: Iterable[str]) -> str:
    """For a setting that other libraries call so, the middle of a message in the words of `convviz.nn`; else empty.

    Examples
    --------
    >>> elsewhere("nb_filter", ("filters", "kernel_size"))
    "; did you mean 'filters'? Keras 1 calls it nb_filter."
    """
    here, library = ours_for(name, known)
    return f"; did you mean {here!r}? {library} call{'' if ' and ' in library else 's'} it {name}." if here else ""


def instead(name: str, known: Iterable[str]) -> str:
    """For a setting that none of ours is the same as, what to do instead, as the middle of a message; else empty.

    Examples
    --------
    >>> instead("clipnorm", ("learning_rate", "momentum"))
    '; gradients are not clipped here, so leave it out.'
    """
    advice = advice_on(name, known)
    return f"; {advice}." if advice else ""


def ours_for(name, known):
    """Our name for what another library calls `name`, None if it is not among those known, and the library."""
    ours, library = ELSEWHERE.get(name, ((), ""))
    return next((each for each in ours if each in known), None), library


def advice_on(name, known):
    """What to do instead of a setting that only others have, for a function with the settings known; else empty."""
    for table in (INSTEAD, OF_NETWORKS):
        needed, advice = table.get(name, ((), ""))
        if set(needed) & set(known):
            return advice
    return ""


def explained(function: AnyCallable) -> AnyCallable:
    """A public function or constructor whose errors about its arguments name what was wrong, and what there is.

    The signature stays as it is. Nothing happens before the call: the arguments are looked at if it fails.

    Examples
    --------
    >>> @explained
    ... def shift(image, strides=1): ...
    >>> shift([[1]], stride=2)
    Traceback (most recent call last):
    ...
    TypeError: shift has no setting 'stride'; it is called strides; PyTorch calls it stride
    """

    @functools.wraps(function)
    def call(*args, **settings):
        try:
            return function(*args, **settings)
        except TypeError as error:
            # an error from within the function has a traceback that goes deeper than this call
            if error.__traceback__.tb_next is None:
                sentence = wrong_arguments(function, args, settings)
                if sentence:
                    raise TypeError(sentence) from None
            raise

    return call


def wrong_arguments(function, args, settings):
    """The sentence on arguments that do not fit a function's signature; empty if they do."""
    parameters = dict(inspect.signature(function).parameters)
    title, given = function.__name__, args
    if next(iter(parameters), "") in ("self", "cls"):
        parameters.pop(next(iter(parameters)))
        title, given = titled(function, args)
    kinds = {name: parameter.kind for name, parameter in parameters.items()}
    own = [name for name in kinds if kinds[name] not in (VAR_POSITIONAL, VAR_KEYWORD)]
    places = own if VAR_POSITIONAL in kinds.values() else [name for name in own if kinds[name] != KEYWORD_ONLY]
    judged, further = VAR_KEYWORD not in kinds.values(), []
    if not judged and len(given) < len(args):
        further = inherited(function, args[0])
        # a class that lists its settings takes no others
        judged = bool(further) or isinstance(getattr(args[0], "_settings", None), tuple)
    names = [*own, *(name for name in further if name not in own)]
    for name in settings:
        if name not in names and judged:
            return unknown(title, name, names)
    if len(given) > len(places) and VAR_POSITIONAL not in kinds.values():
        by_place = " by their places" if len(places) < len(names) or not judged else ""
        most = f"at most {len(places)} settings{by_place}, {', '.join(places)}" if places else f"no settings{by_place}"
        return f"{title} takes {most}; {len(given)} came"
    for name in places[: len(given)]:
        if name in settings:
            return f"{title} got {name} twice, by its place and by its name"
    required = [name for name in own if name not in places[: len(given)] and parameters[name].default is EMPTY]
    missing = [name for name in required if name not in settings]
    return f"{title} needs {listed(missing)}; it takes {', '.join(names)}" if missing else ""


def listed(names):
    """Names in a sentence: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def inherited(method, owner):
    """What a method takes by name as ``**settings`` for the methods of its base classes that it overrides."""
    versions = [vars(each)[method.__name__] for each in type(owner).__mro__ if method.__name__ in vars(each)]
    start = next((n for n, version in enumerate(versions) if inspect.unwrap(version) is method), len(versions))
    found: list[str] = []
    for version in versions[start + 1 :]:
        if not inspect.isfunction(version):  # that of object
            break
        parameters = inspect.signature(version).parameters
        if VAR_KEYWORD not in [one.kind for one in parameters.values()]:
            break
        found += [name for name, one in parameters.items() if one.kind not in (VAR_POSITIONAL, VAR_KEYWORD) and name != "self"]
    return found


def titled(method, args):
    """What a method is called in an error, by the class of its object, and the arguments without the object."""
    owner = (args[0] if inspect.isclass(args[0]) else type(args[0])).__name__
    return owner if method.__name__ in ("__init__", "__call__") else f"{owner}.{method.__name__}", args[1:]
