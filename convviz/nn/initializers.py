"""The first values of weights, by Keras's names."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz._support.values import brief, real_number, whole_number
from convviz.nn import seeds
from convviz.nn.lookup import find, instance_of
from convviz.nn.types import Array

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "RandomNormal",
    "RandomUniform",
    "VarianceScaling",
    "Zeros",
    "get",
]


def __dir__():
    return lazy_names.listed(globals())


def number(value, name):
    """A setting as a float, or an error."""
    found = real_number(value)
    if found is None or not math.isfinite(found):
        raise ValueError(f"{name} of an initializer is a finite number, not {brief(value)}")
    return found


class Initializer:
    """Base class of all initializers, which give the first values of a weight: ``initializer(shape)``.

    Parameters
    ----------
    seed : int, optional
        For the same values each time; without it they follow from `convviz.nn.set_random_seed`.
    """

    #: Names of the settings, in the order of the constructor.
    _settings: tuple[str, ...] = ("seed",)

    @explained
    def __init__(self, seed: int | None = None) -> None:
        self.seed = None if seed is None else whole_number(seed, "seed", 0)

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        generator = seeds.generator(seeds.next_seed() if self.seed is None else self.seed)
        return self.values(generator, tuple(shape)).astype(dtype)

    def values(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Values for a weight of a shape, float64; `generator` is a NumPy one."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The settings, to be written to a file."""
        return {name: getattr(self, name) for name in self._settings}


class Constant(Initializer):
    """One value for all.

    Parameters
    ----------
    value : float, default 0

    Examples
    --------
    >>> Constant(0.5)((2, 2)).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """

    _settings: tuple[str, ...] = ("value",)

    @explained
    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = number(value, "value")

    def values(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.full(shape, self.value)


class Zeros(Constant):
    """Zeros, the usual start of biases."""

    _settings = ()

    @explained
    def __init__(self) -> None:
        super().__init__(0.0)


class Ones(Constant):
    """Ones."""

    _settings = ()

    @explained
    def __init__(self) -> None:
        super().__init__(1.0)


class RandomUniform(Initializer):
    """Evenly spread between `minval` and `maxval`.

    Parameters
    ----------
    minval, maxval : float, default -0.05 and 0.05
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("minval", "maxval", "seed")

    @explained
    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = number(minval, "minval"), number(maxval, "maxval")

    def values(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return generator.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    """Normally distributed.

    Parameters
    ----------
    mean, stddev : float, default 0 and 0.05
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("mean", "stddev", "seed")

    @explained
    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = number(mean, "mean"), number(stddev, "stddev")

    def values(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return generator.normal(self.mean, self.stddev, shape)


def fans(shape):
    """How many numbers a unit is computed from and how many units it goes to: Keras's rule, by a weight's shape.

    Examples
    --------
    >>> fans((784, 10)), fans((3, 3, 32, 64))
    ((784, 10), (288, 576))
    """
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")


class VarianceScaling(Initializer):
    """Values whose spread follows from the number of connections.

    Parameters
    ----------
    scale : float, default 1
    mode : {"fan_in", "fan_out", "fan_avg"}
        Which connections count: those into a unit, those out of it, or their mean.
    distribution : {"uniform", "truncated_normal", "untruncated_normal"}
    seed : int, optional

    Notes
    -----
    The variance is scale / fan. A normal distribution is cut at two standard deviations by drawing again, and widened to
    have that variance nevertheless.

    Examples
    --------
    A kernel of 3×3 on 32 channels: 288 numbers go into a unit.

    >>> values = VarianceScaling(2.0, "fan_in", "uniform", seed=1)((3, 3, 32, 64))
    >>> bool(abs(values.var() - 2 / 288) < 1e-4)
    True
    """

    scale: float
    mode: str
    distribution: str
    _settings: tuple[str, ...] = ("scale", "mode", "distribution", "seed")

    @explained
    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        found = real_number(scale)
        if found is None or not 0 < found < math.inf:
            raise ValueError(f"scale of an initializer is a number above 0, not {brief(scale)}")
        self.scale = found
        self.mode = find(mode, {name: name for name in MODES}, "mode")
        self.distribution = find(distribution, {name: name for name in DISTRIBUTIONS}, "distribution")

    def values(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        into, out = fans(shape)
        fan = {"fan_in": into, "fan_out": out, "fan_avg": (into + out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return generator.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return generator.normal(0, math.sqrt(variance), shape)
        # 0.8796… is the standard deviation of the normal distribution cut at ±2
        return truncated(generator, shape) * (math.sqrt(variance) / 0.87962566103423978)


def truncated(generator, shape):
    """Standard normal numbers between -2 and 2: those outside are drawn again."""
    values = generator.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.standard_normal(int(outside.sum()))
    return values


class GlorotUniform(VarianceScaling):
    """Uniform values of variance 1 / fan_avg.

    Xavier Glorot and Yoshua Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).

    Parameters
    ----------
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("seed",)

    @explained
    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Truncated normal values of variance 1 / fan_avg.

    Xavier Glorot and Yoshua Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).

    Parameters
    ----------
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("seed",)

    @explained
    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Uniform values of variance 2 / fan_in.

    Kaiming He et al., "Delving deep into rectifiers" (2015).

    Parameters
    ----------
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("seed",)

    @explained
    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """Truncated normal values of variance 2 / fan_in.

    Kaiming He et al., "Delving deep into rectifiers" (2015).

    Parameters
    ----------
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("seed",)

    @explained
    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Uniform values of variance 1 / fan_in.

    Yann LeCun et al., "Efficient backprop" (1998).

    Parameters
    ----------
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("seed",)

    @explained
    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """Truncated normal values of variance 1 / fan_in.

    Yann LeCun et al., "Efficient backprop" (1998).

    Parameters
    ----------
    seed : int, optional
        As of every `Initializer`.
    """

    _settings = ("seed",)

    @explained
    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


KNOWN = {
    "zeros": Zeros,
    "ones": Ones,
    "constant": Constant,
    "random_uniform": RandomUniform,
    "random_normal": RandomNormal,
    "variance_scaling": VarianceScaling,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
}


#: What `get` takes.
Given = str | dict[str, Any] | type[Initializer] | Initializer


@explained
def get(initializer: Given) -> Initializer:
    """An `Initializer` from its name or from its settings in a file; an object as it is.

    Parameters
    ----------
    initializer : str, dict, type or Initializer
        A name such as "he_normal", what is written of one to a file, a class, or an initializer.

    Returns
    -------
    Initializer

    Raises
    ------
    TypeError, ValueError
        For anything else, and for unknown names; the message has the nearest one.

    Examples
    --------
    >>> get("he_normal").get_config()
    {'seed': None}
    """
    initializer = instance_of(initializer, Initializer)
    if isinstance(initializer, Initializer):
        return initializer
    if isinstance(initializer, dict):
        if set(initializer) != {"name", "settings"} or not isinstance(initializer["settings"], dict):
            raise ValueError(f"an initializer as a dict has a name and settings, not {brief(initializer)}")
        return find(initializer["name"], KNOWN, "initializer")(**initializer["settings"])
    return find(initializer, KNOWN, "initializer")()


def described(initializer):
    """What `get` makes the same initializer of again."""
    name = next(name for name, kind in KNOWN.items() if type(initializer) is kind)
    return {"name": name, "settings": initializer.get_config()}
