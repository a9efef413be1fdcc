"""Helpers, under the name of Keras's module: ``from convviz.nn.utils import to_categorical``."""

from typing import TYPE_CHECKING, Any

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz.nn.datasets.labels import to_categorical
from convviz.nn.model import Model
from convviz.nn.seeds import set_random_seed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_model", "set_random_seed", "to_categorical"]


def __dir__():
    return lazy_names.listed(globals())


@explained
def plot_model(model: Model, **options: Any) -> "Figure":
    """The model drawn, a matplotlib figure; see `convviz.nn.plots.plot_model`."""
    return model.plot(**options)
