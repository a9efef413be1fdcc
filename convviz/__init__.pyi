# The names that the package loads on first use, for type checkers and editors; `__init__.py` says where each is defined.
from convviz import examples as examples
from convviz import geometry as geometry
from convviz import nn as nn
from convviz.check import CheckReport as CheckReport
from convviz.check import assert_feature_map as assert_feature_map
from convviz.examples.comparison import compare as compare
from convviz.interactive import Exercise as Exercise
from convviz.interactive import exercise as exercise
from convviz.interactive import explore as explore
from convviz.operations import AveragePooling as AveragePooling
from convviz.operations import Convolution as Convolution
from convviz.operations import GlobalAveragePooling as GlobalAveragePooling
from convviz.operations import GlobalMaxPooling as GlobalMaxPooling
from convviz.operations import MaxPooling as MaxPooling
from convviz.operations import TransposedConvolution as TransposedConvolution
from convviz.operations.functions import avg_pool2d as avg_pool2d
from convviz.operations.functions import conv2d as conv2d
from convviz.operations.functions import conv2d_transpose as conv2d_transpose
from convviz.operations.functions import global_avg_pool2d as global_avg_pool2d
from convviz.operations.functions import global_max_pool2d as global_max_pool2d
from convviz.operations.functions import max_pool2d as max_pool2d
from convviz.render.slides import add_to_slide as add_to_slide
from convviz.trace import Step as Step
from convviz.trace import Trace as Trace
from convviz.trace.side_by_side import Comparison as Comparison

__version__: str
__all__ = [
    "__version__",
    "AveragePooling",
    "Convolution",
    "GlobalAveragePooling",
    "GlobalMaxPooling",
    "MaxPooling",
    "TransposedConvolution",
    "avg_pool2d",
    "conv2d",
    "conv2d_transpose",
    "global_avg_pool2d",
    "global_max_pool2d",
    "max_pool2d",
    "Step",
    "Trace",
    "CheckReport",
    "assert_feature_map",
    "Exercise",
    "exercise",
    "explore",
    "Comparison",
    "compare",
    "add_to_slide",
    "examples",
    "geometry",
    "nn",
]
