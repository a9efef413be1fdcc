"""The activation functions by Keras's names."""

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz.nn.lookup import find

__all__ = ["NAMES", "get"]


def __dir__():
    return lazy_names.listed(globals())


#: All names; silu is another name of swish.
NAMES = (
    "linear",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "sigmoid",
    "tanh",
    "softplus",
    "swish",
    "gelu",
    "mish",
    "softmax",
)


@explained
def get(activation: str | None) -> str:
    """The name of an activation function as convviz writes it; "linear" for None.

    Parameters
    ----------
    activation : str or None
        "linear", "relu", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "swish" (also "silu"), "gelu",
        "mish" or "softmax"; capitals and underscores do not matter.

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        For what is no name, and for unknown names.

    Examples
    --------
    >>> get("ReLU"), get(None), get("silu")
    ('relu', 'linear', 'swish')
    """
    if activation is None:
        return "linear"
    return find(activation, {name: name for name in NAMES} | {"silu": "swish"}, "activation")
