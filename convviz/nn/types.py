"""The types of arguments that many functions of convviz.nn take, for annotations."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "ArrayLike", "IntPair", "Logs", "Metric", "Padding", "PathLikeStr", "Shape", "Shapes", "Split"]

Array = np.ndarray
ArrayLike = npt.ArrayLike
#: Rows and columns, or one number for both.
IntPair = int | tuple[int, int]
#: "valid", "same", "full", one number, (rows, columns) or ((top, bottom), (left, right)).
Padding = str | int | Sequence[int] | Sequence[Sequence[int]]
#: ``(None, ...)``, the samples' axis first, or a shape without that axis. Sizes are int, and None for the samples.
Shape = tuple[Any, ...]
#: One shape, or a list of them for several inputs or outputs.
Shapes = Shape | list[Shape]
PathLikeStr = str | PathLike[str]
#: ``(x_train, y_train), (x_test, y_test)``.
Split = tuple[tuple[Array, Array], tuple[Array, Array]]
#: The loss and the metrics by name.
Logs = dict[str, float]
#: The name of a metric, or a function of targets and predictions.
Metric = str | Callable[[Array, Array], ArrayLike]
