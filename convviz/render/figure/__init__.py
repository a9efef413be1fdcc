"""A scene as a matplotlib figure.

Everything is placed in the pixels of the figure and edges are snapped to whole ones, so that lines are sharp and one
cell can be drawn again without touching its neighbours. The figure scales like any other: ``savefig`` takes another
`dpi`, or the name of a PDF.
"""

from convviz.render.figure.drawing import Drawing, StepFigure, figure
from convviz.render.figure.fonts import LATIN, japanese_family
from convviz.render.figure.picture import Picture

__all__ = ["LATIN", "Drawing", "Picture", "StepFigure", "figure", "japanese_family"]
