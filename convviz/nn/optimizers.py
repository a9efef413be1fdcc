"""The optimizers, which update weights by their gradients, by Keras's names, defaults and formulas."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz._support.values import brief, flag, real_number
from convviz.kernels.cpu import optimizers as kernels
from convviz.nn.lookup import find, instance_of, refuse_settings
from convviz.nn.types import Array

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "Optimizer", "RMSprop", "get"]


def __dir__():
    return lazy_names.listed(globals())


class Optimizer:
    """Base class of all optimizers.

    Attributes
    ----------
    learning_rate : float
        May be changed between steps.
    iterations : int
        Steps done.
    state : dict of dict of ndarray
        For each weight by its name, such as "dense/kernel", the arrays that are kept for it by their names.
    """

    learning_rate: float
    #: Names of the settings, in the order of the constructor.
    _settings: tuple[str, ...] = ("learning_rate",)
    #: Names of the arrays that are kept for every weight.
    _slots: tuple[str, ...] = ()

    if TYPE_CHECKING:  # `Model.optimizer` has the settings of its own class, too

        def __getattr__(self, name: str) -> Any: ...

    @explained
    def __init__(self, **settings: Any) -> None:
        # the name in older versions of Keras, which much teaching material uses
        if "lr" in settings:
            settings["learning_rate"] = settings.pop("lr")
        self._claimed = False
        refuse_settings(self, settings, self._settings)
        for name in self._settings:
            setattr(self, name, settings[name])
        self.iterations = 0
        self.state: dict[str, dict[str, Array]] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, checked(name, value) if name in self._settings else value)

    def _claim(self):
        """Use the optimizer for a model; an error if another model uses it, since its averages are those of one model."""
        if self._claimed:
            name = type(self).__name__
            raise ValueError(f"this {name} belongs to another model, whose averages it holds; make a new one: {name}(...)")
        self._claimed = True

    def rate(self, step: int) -> float:
        """The learning rate of step 1, 2, …, times the factor of the formula."""
        return self.learning_rate

    def _initial_value(self, slot):
        """The numbers of a slot before training."""
        return 0.0

    def _state_of(self, key, weight):
        """The arrays kept for a weight, created on first use; `key` names the weight."""
        held = self.state.setdefault(key, {})
        for slot in self._active_slots():
            if slot not in held:  # at first, and where a setting was changed since
                held[slot] = np.full(weight.shape, self._initial_value(slot), weight.dtype)
        for array in held.values():
            if array.shape != weight.shape or array.dtype != weight.dtype:
                raise ValueError(
                    f"this {type(self).__name__} holds the state of a weight {key!r} of shape {array.shape}, {array.dtype}, "
                    f"but one of {weight.shape}, {weight.dtype} came; compile the model again with a new optimizer"
                )
        return held

    def _active_slots(self):
        """The slots that these settings need."""
        return self._slots

    def apply(self, weights: Iterable[tuple[str, Array, Array]]) -> None:
        """One step.

        Parameters
        ----------
        weights : iterable of (key, ndarray, ndarray)
            A name that stays the same, the weight, which is changed, and its gradient.
        """
        # an error comes before anything is changed
        changes = [(weight, gradient, self._state_of(key, weight)) for key, weight, gradient in weights]
        self.iterations += 1
        for change in changes:
            self.update(*change)

    def update(self, weight: Array, gradient: Array, arrays: dict[str, Array]) -> None:
        """Change one weight, and the arrays that are kept for it."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The settings, to be written to a file."""
        return {name: getattr(self, name) for name in self._settings}


def checked(name, value):
    """A setting of an optimizer, or an error."""
    if name in ("nesterov", "amsgrad", "centered"):
        return flag(value, name)
    fits, words = LIMITS.get(name, (lambda number: number >= 0, "from 0 on"))
    number = real_number(value)
    if number is None or not math.isfinite(number) or not fits(number):
        raise ValueError(f"{name} of an optimizer is a number {words}, not {brief(value)}")
    return number


#: What settings may be, where it is not every number from 0 on.
LIMITS = {
    **dict.fromkeys(("beta_1", "beta_2"), (lambda number: 0 <= number < 1, "from 0 to below 1")),
    **dict.fromkeys(("momentum", "rho"), (lambda number: 0 <= number <= 1, "from 0 to 1")),
}


class SGD(Optimizer):
    """Stochastic gradient descent: ``w ← w − learning_rate·g``, or with momentum.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Also by its old name, lr.
    momentum : float, default 0
        ``v ← momentum·v − learning_rate·g``, ``w ← w + v``.
    nesterov : bool, default False
        ``w ← w + momentum·v − learning_rate·g`` instead.
    decay : float, default 0
        The learning rate of step t, counted from 0, is ``learning_rate / (1 + decay·t)``.

    Examples
    --------
    >>> SGD(lr=0.1, momentum=0.9).get_config()
    {'learning_rate': 0.1, 'momentum': 0.9, 'nesterov': False, 'decay': 0.0}
    """

    momentum: float
    nesterov: bool
    decay: float
    _settings = ("learning_rate", "momentum", "nesterov", "decay")

    @explained
    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        decay: float = 0.0,
        **old: float,
    ) -> None:
        super().__init__(**{"learning_rate": learning_rate, "momentum": momentum, "nesterov": nesterov, "decay": decay} | old)

    def rate(self, step: int) -> float:
        return self.learning_rate / (1 + self.decay * (step - 1))

    def _active_slots(self):
        return ("velocity",) if self.momentum else ()

    def update(self, weight: Array, gradient: Array, arrays: dict[str, Array]) -> None:
        if self.momentum:
            kernels.momentum(weight, gradient, arrays["velocity"], self.rate(self.iterations), self.momentum, self.nesterov)
        else:
            kernels.sgd(weight, gradient, self.rate(self.iterations))


class Adagrad(Optimizer):
    """Steps that shrink where gradients were large: ``a ← a + g²``, ``w ← w − learning_rate·g / √(a + ε)``.

    Parameters
    ----------
    learning_rate : float, default 0.001
    initial_accumulator_value : float, default 0.1
    epsilon : float, default 1e-7

    Notes
    -----
    John Duchi, Elad Hazan and Yoram Singer, "Adaptive subgradient methods" (2011).

    Examples
    --------
    >>> import numpy as np
    >>> weight, gradient = np.zeros(1), np.ones(1)
    >>> optimizer = Adagrad(learning_rate=0.1, initial_accumulator_value=0)
    >>> for _ in range(3):
    ...     optimizer.apply([("weight", weight, gradient)])
    ...     print(round(float(weight[0]), 4))
    -0.1
    -0.1707
    -0.2284
    """

    initial_accumulator_value: float
    epsilon: float
    _settings = ("learning_rate", "initial_accumulator_value", "epsilon")
    _slots = ("accumulator",)

    @explained
    def __init__(
        self,
        learning_rate: float = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **old: float,
    ) -> None:
        given = {"learning_rate": learning_rate, "initial_accumulator_value": initial_accumulator_value, "epsilon": epsilon}
        super().__init__(**given | old)

    def _initial_value(self, slot):
        return self.initial_accumulator_value

    def update(self, weight: Array, gradient: Array, arrays: dict[str, Array]) -> None:
        kernels.adagrad(weight, gradient, arrays["accumulator"], self.rate(self.iterations), self.epsilon)


class RMSprop(Optimizer):
    """Steps divided by the root of a moving average of squared gradients.

    Parameters
    ----------
    learning_rate : float, default 0.001
    rho : float, default 0.9
        How much of the averages is kept at every step.
    momentum : float, default 0
    epsilon : float, default 1e-7
    centered : bool, default False
        Divide by the deviation instead of the root mean square.

    Notes
    -----
    Tijmen Tieleman and Geoffrey Hinton, lecture 6.5 of "Neural networks for machine learning" (2012), in Keras's form.

    Examples
    --------
    >>> RMSprop(momentum=0.9).get_config()["momentum"]
    0.9
    """

    rho: float
    momentum: float
    epsilon: float
    centered: bool
    _settings = ("learning_rate", "rho", "momentum", "epsilon", "centered")

    @explained
    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **old: float,
    ) -> None:
        given = {"learning_rate": learning_rate, "rho": rho, "momentum": momentum, "epsilon": epsilon, "centered": centered}
        super().__init__(**given | old)

    def _active_slots(self):
        return ("mean_square", *["buffer"] * bool(self.momentum), *["mean_gradient"] * self.centered)

    def update(self, weight: Array, gradient: Array, arrays: dict[str, Array]) -> None:
        kernels.rmsprop(
            weight,
            gradient,
            arrays["mean_square"],
            arrays.get("buffer"),
            arrays.get("mean_gradient"),
            self.rate(self.iterations),
            self.rho,
            self.momentum,
            self.epsilon,
        )


class Adam(Optimizer):
    """Steps along a moving average of gradients, divided by the root of one of their squares.

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1, beta_2 : float, default 0.9 and 0.999
        How much of the two averages is kept at every step.
    epsilon : float, default 1e-7
    amsgrad : bool, default False
        Divide by the largest root so far.

    Notes
    -----
    Diederik Kingma and Jimmy Ba, "Adam" (2014), section 2, in the form before section 2.1, as in Keras.

    Examples
    --------
    The first step is as long as the learning rate, whatever the gradient:

    >>> import numpy as np
    >>> weights = np.zeros(3)
    >>> Adam(learning_rate=0.1).apply([("weights", weights, np.array([0.01, 1.0, -100.0]))])
    >>> weights.round(4).tolist()
    [-0.1, -0.1, 0.1]
    """

    beta_1: float
    beta_2: float
    epsilon: float
    amsgrad: bool
    _settings = ("learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad")

    @explained
    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **old: float,
    ) -> None:
        given = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon, "amsgrad": amsgrad}
        super().__init__(**given | old)

    def rate(self, step: int) -> float:
        return kernels.adam_rate(self.learning_rate, self.beta_1, self.beta_2, step)

    def _active_slots(self):
        return ("mean", "mean_square", *["largest"] * self.amsgrad)

    def update(self, weight: Array, gradient: Array, arrays: dict[str, Array]) -> None:
        kernels.adam(
            weight,
            gradient,
            arrays["mean"],
            arrays["mean_square"],
            arrays.get("largest"),
            self.rate(self.iterations),
            self.beta_1,
            self.beta_2,
            self.epsilon,
        )


class Adadelta(Optimizer):
    """Steps whose size follows from those before: the roots of two moving averages divided.

    Parameters
    ----------
    learning_rate : float, default 0.001
    rho : float, default 0.95
        How much of the averages is kept at every step.
    epsilon : float, default 1e-7

    Notes
    -----
    Matthew Zeiler, "ADADELTA" (2012).

    Examples
    --------
    >>> Adadelta(1.0).get_config()
    {'learning_rate': 1.0, 'rho': 0.95, 'epsilon': 1e-07}
    """

    rho: float
    epsilon: float
    _settings = ("learning_rate", "rho", "epsilon")
    _slots = ("accumulated_gradient", "accumulated_delta")

    @explained
    def __init__(self, learning_rate: float = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **old: float) -> None:
        super().__init__(**{"learning_rate": learning_rate, "rho": rho, "epsilon": epsilon} | old)

    def update(self, weight: Array, gradient: Array, arrays: dict[str, Array]) -> None:
        given = arrays["accumulated_gradient"], arrays["accumulated_delta"]
        kernels.adadelta(weight, gradient, *given, self.rate(self.iterations), self.rho, self.epsilon)


KNOWN = {"sgd": SGD, "adagrad": Adagrad, "rmsprop": RMSprop, "adam": Adam, "adadelta": Adadelta}


#: What `get` takes.
Given = str | dict[str, Any] | type[Optimizer] | Optimizer


def claim(optimizer: Optimizer) -> None:
    """Use an optimizer for a model; a ValueError if another model uses it."""
    optimizer._claim()


def slots(optimizer: Optimizer) -> tuple[str, ...]:
    """The names of the arrays that an optimizer keeps for every weight with its present settings."""
    return optimizer._active_slots()


def state_of(optimizer: Optimizer, key: str, weight: Array) -> dict[str, Array]:
    """The arrays that an optimizer keeps for a weight, created on first use; `key` names the weight."""
    return optimizer._state_of(key, weight)


def restored(optimizer: Optimizer, iterations: int, state: dict[str, dict[str, Array]]) -> Optimizer:
    """An optimizer with the settings of another, after steps that left a state."""
    found = type(optimizer)(**optimizer.get_config())
    found.iterations, found.state = iterations, state
    return found


@explained
def get(optimizer: Given) -> Optimizer:
    """An `Optimizer` from its name or from its settings in a file; an object as it is.

    Parameters
    ----------
    optimizer : str, dict, type or Optimizer
        A name in any spelling, what `Optimizer.get_config` gave beside one, a class, or an optimizer.

    Returns
    -------
    Optimizer

    Raises
    ------
    TypeError, ValueError
        For anything else, and for unknown names; the message has the nearest one.

    Examples
    --------
    >>> type(get("Adam")).__name__
    'Adam'
    """
    optimizer = instance_of(optimizer, Optimizer)
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, dict):
        if set(optimizer) != {"name", "settings"} or not isinstance(optimizer["settings"], dict):
            raise ValueError(f"an optimizer as a dict has a name and settings, not {brief(optimizer)}")
        return find(optimizer["name"], KNOWN, "optimizer")(**optimizer["settings"])
    return find(optimizer, KNOWN, "optimizer")()
