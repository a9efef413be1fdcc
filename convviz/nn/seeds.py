"""Seeds: everything random in a model follows from one number.

Nothing keeps the state of a generator: initial weights come from (seed, how many were drawn before), the order of samples
from (a model's seed, epoch), dropout from (a model's seed, layer, step). So training can be resumed anywhere.
"""

import numpy as np

from convviz._support.keywords import explained
from convviz._support.values import whole_number

__all__ = ["generator", "next_seed", "set_random_seed"]

_state = {"seed": None, "drawn": 0}


@explained
def set_random_seed(seed: int) -> None:
    """Make initial weights, the order of samples and dropout the same each time from here on.

    Parameters
    ----------
    seed : int
        Not negative.

    Raises
    ------
    TypeError, ValueError
        For anything else.

    Examples
    --------
    >>> from convviz.nn import Dense, Sequential, set_random_seed
    >>> kernels = []
    >>> for _ in range(2):
    ...     set_random_seed(7)
    ...     kernels.append(Sequential([Dense(3, input_shape=(4,))]).layers[0].kernel)
    >>> bool((kernels[0] == kernels[1]).all())
    True
    """
    _state.update(seed=whole_number(seed, "seed", 0), drawn=0)


def next_seed():
    """A new seed: the next of those that follow from `set_random_seed`, or one by chance if that was never called."""
    if _state["seed"] is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 1)
    _state["drawn"] += 1
    sequence = np.random.SeedSequence([_state["seed"], _state["drawn"]])
    return int(sequence.generate_state(1, np.uint64)[0] >> 1)


def generator(*numbers):
    """A NumPy generator for a seed and what else tells one use from another."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(list(numbers))))
