"""Pictures of networks: how they are built, how training went, what they learned, where they are wrong.

Every function gives a `matplotlib.figure.Figure` of its own, which a notebook shows and ``savefig`` writes. Nothing goes
through pyplot, so nothing has to be closed, and no setting of matplotlib is read or changed for it.
"""

from convviz._support import lazy_names
from convviz.nn.plots.architecture import plot_model
from convviz.nn.plots.confusion import plot_confused, plot_confusion_matrix
from convviz.nn.plots.curves import plot_history
from convviz.nn.plots.field import plot_receptive_field
from convviz.nn.plots.filters import plot_filters
from convviz.nn.plots.maps import plot_feature_maps

__all__ = [
    "plot_confused",
    "plot_confusion_matrix",
    "plot_feature_maps",
    "plot_filters",
    "plot_history",
    "plot_model",
    "plot_receptive_field",
]


def __dir__():
    return lazy_names.listed(globals())
