"""Looking into a model: what its layers give for an image, what a unit sees of it, and where the model is wrong."""

from convviz._support import lazy_names
from convviz.nn.inspection.confusion import Confused, confusion_matrix, most_confused
from convviz.nn.inspection.fields import receptive_field
from convviz.nn.inspection.values import feature_maps, kernels_of, layer_input

__all__ = [
    "Confused",
    "confusion_matrix",
    "feature_maps",
    "kernels_of",
    "layer_input",
    "most_confused",
    "receptive_field",
]


def __dir__():
    return lazy_names.listed(globals())
