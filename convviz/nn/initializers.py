"""What weights are before training, by Keras's names."""

import math
from numbers import Real

import numpy as np

from convviz.nn import seeds
from convviz.nn.lookup import find, made

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


class Initializer:
    """What gives the first values of a weight: ``initializer(shape)``.

    Parameters
    ----------
    seed : int, optional
        For the same values each time; without it they follow from `convviz.nn.set_random_seed`.
    """

    #: Names of the settings, in the order of the constructor.
    settings = ("seed",)

    def __init__(self, seed=None):
        self.seed = None if seed is None else seeds.checked(seed)

    def __call__(self, shape, dtype="float32"):
        generator = seeds.generator(seeds.next_seed() if self.seed is None else self.seed)
        return self.values(generator, tuple(shape)).astype(dtype)

    def values(self, generator, shape):
        """Values for a weight of a shape, float64; `generator` is a NumPy one."""
        raise NotImplementedError

    def get_config(self):
        """The settings, to be written to a file."""
        return {name: getattr(self, name) for name in self.settings}


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

    settings = ("value",)

    def __init__(self, value=0.0):
        super().__init__()
        self.value = float(value)

    def values(self, generator, shape):
        return np.full(shape, self.value)


class Zeros(Constant):
    """Zeros, the usual start of biases."""

    settings = ()

    def __init__(self):
        super().__init__(0.0)


class Ones(Constant):
    """Ones."""

    settings = ()

    def __init__(self):
        super().__init__(1.0)


class RandomUniform(Initializer):
    """Evenly spread between `minval` and `maxval`.

    Parameters
    ----------
    minval, maxval : float, default -0.05 and 0.05
    seed : int, optional
        As of every `Initializer`.
    """

    settings = ("minval", "maxval", "seed")

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval, self.maxval = float(minval), float(maxval)

    def values(self, generator, shape):
        return generator.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    """Normally distributed.

    Parameters
    ----------
    mean, stddev : float, default 0 and 0.05
    seed : int, optional
        As of every `Initializer`.
    """

    settings = ("mean", "stddev", "seed")

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean, self.stddev = float(mean), float(stddev)

    def values(self, generator, shape):
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
    The variance is scale / fan. A normal distribution is cut at two standard deviations by drawing anew, and widened to
    have that variance nevertheless.

    Examples
    --------
    A kernel of 3×3 on 32 channels: 288 numbers go into a unit.

    >>> values = VarianceScaling(2.0, "fan_in", "uniform", seed=1)((3, 3, 32, 64))
    >>> bool(abs(values.var() - 2 / 288) < 1e-4)
    True
    """

    settings = ("scale", "mode", "distribution", "seed")

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None):
        super().__init__(seed)
        if isinstance(scale, bool) or not isinstance(scale, Real) or not 0 < scale < math.inf:
            raise ValueError(f"scale of an initializer is a number above 0, not {scale!r}")
        self.scale = float(scale)
        self.mode = find(mode, {name: name for name in MODES}, "mode")
        self.distribution = find(distribution, {name: name for name in DISTRIBUTIONS}, "distribution")

    def values(self, generator, shape):
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
    """Standard normal numbers between -2 and 2: those outside are drawn anew."""
    values = generator.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.standard_normal(int(outside.sum()))
    return values


def scaled(name, scale, mode, distribution, source):
    """A `VarianceScaling` of its own name, told nothing but its seed."""

    def __init__(self, seed=None):
        VarianceScaling.__init__(self, scale, mode, distribution, seed)

    seed = "Parameters\n    ----------\n    seed : int, optional\n        As of every `Initializer`."
    words = f"{distribution.replace('_', ' ').capitalize()} values of variance {scale:g} / {mode}."
    text = f"{words}\n\n    {source}\n\n    {seed}\n    "
    members = {"__init__": __init__, "__doc__": text, "settings": ("seed",), "__module__": __name__}
    return type(name, (VarianceScaling,), members)


GLOROT = 'Xavier Glorot and Yoshua Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).'
HE = 'Kaiming He et al., "Delving deep into rectifiers" (2015).'
LECUN = 'Yann LeCun et al., "Efficient backprop" (1998).'
GlorotUniform = scaled("GlorotUniform", 1.0, "fan_avg", "uniform", GLOROT)
GlorotNormal = scaled("GlorotNormal", 1.0, "fan_avg", "truncated_normal", GLOROT)
HeUniform = scaled("HeUniform", 2.0, "fan_in", "uniform", HE)
HeNormal = scaled("HeNormal", 2.0, "fan_in", "truncated_normal", HE)
LecunUniform = scaled("LecunUniform", 1.0, "fan_in", "uniform", LECUN)
LecunNormal = scaled("LecunNormal", 1.0, "fan_in", "truncated_normal", LECUN)

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


def get(initializer):
    """An `Initializer` from its name, from its settings in a file, or as it is.

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
        For what is none, and for unknown names; the message has the nearest one.

    Examples
    --------
    >>> get("he_normal").get_config()
    {'seed': None}
    """
    initializer = made(initializer, Initializer)
    if isinstance(initializer, Initializer):
        return initializer
    if isinstance(initializer, dict):
        return find(initializer["name"], KNOWN, "initializer")(**initializer["settings"])
    return find(initializer, KNOWN, "initializer")()


def described(initializer):
    """What `get` makes the same initializer of again."""
    name = next(name for name, kind in KNOWN.items() if type(initializer) is kind)
    return {"name": name, "settings": initializer.get_config()}
