"""The receptive field: which part of the image a unit of a layer sees."""

from convviz._support.keywords import explained
from convviz._support.values import brief, index_number
from convviz.nn.graph import nodes_of
from convviz.nn.inspection.nodes import name_of, named_nodes
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe
from convviz.nn.network import Network, require_built

__all__ = ["receptive_field"]


@explained
def receptive_field(
    model: Network,
    layer: str | Layer,
    row: int | None = None,
    column: int | None = None,
    clipped: bool = True,
    input_index: int = 0,
) -> tuple[int, int, int, int]:
    """Which part of the image a unit of a layer sees.

    Parameters
    ----------
    model : convviz.nn.Model
    layer : str or Layer
    row, column : int, optional
        The unit's place in the layer's feature maps; all units of the layer together if not given, and for layers that
        give no images.
    clipped : bool, default True
        Count cells of the image only. Otherwise padding is counted as if the image and all feature maps had no end,
        so that the box is equally large for all units, and may begin at negative numbers.
    input_index : int, default 0
        Which input of a model with several.

    Returns
    -------
    top, left, bottom, right : int
        ``image[top:bottom, left:right]`` is what the unit sees: the smallest box around all cells that can change it. All
        are 0 if it sees nothing.

    Raises
    ------
    ValueError
        For a unit that is not there, and an input that is no image.

    Notes
    -----
    Rows and columns that count are followed back from layer to layer (`convviz.geometry.Axis.cells`), so that the answer is
    exact at borders too, where the closed form of Araujo, Norris and Sim ("Computing receptive fields of convolutional
    neural networks", Distill 2019) is not.

    Examples
    --------
    >>> from convviz.nn import Conv2D, MaxPooling2D, Sequential
    >>> model = Sequential([Conv2D(4, 3, padding="same", input_shape=(28, 28, 1)), MaxPooling2D(), Conv2D(8, 3)])
    >>> receptive_field(model, "conv2d_1", 5, 5)
    (9, 9, 17, 17)
    >>> receptive_field(model, "conv2d_1", 0, 0), receptive_field(model, "conv2d_1", 0, 0, clipped=False)
    ((0, 0, 7, 7), (-1, -1, 7, 7))
    """
    require_built(model)
    known = named_nodes(model)
    node = known[name_of(known, layer)]
    if not 0 <= input_index < len(model.inputs):
        raise ValueError(f"the model has {len(model.inputs)} inputs; input_index is {input_index}")
    goal = model.inputs[input_index]
    if len(goal.shape) != 4:
        raise ValueError(f"the input {goal.node.layer.name!r} is no image: its shape is {goal.shape}")
    start = [chosen(node, row, 0), chosen(node, column, 1)]
    rows, columns = cells_seen(model, node, start, clipped).get(id(goal), [set(), set()])
    if not rows:
        return 0, 0, 0, 0
    return min(rows), min(columns), max(rows) + 1, max(columns) + 1


def cells_seen(model, node, start, clipped):
    """By the ``id`` of tensors, the rows and columns that cells of a node's output are computed from, as two sets."""
    seen = {id(node.output): start}
    for other in reversed(nodes_of(model)):
        places = seen.get(id(other.output))
        for tensor in other.inputs if places else ():
            rows, columns = (before(other, tensor, axis, places[axis], clipped) for axis in (0, 1))
            if rows and columns:  # else nothing but padding is read here, which adds nothing to other ways to the input
                found = seen.setdefault(id(tensor), [set(), set()])
                seen[id(tensor)] = [found[0] | rows, found[1] | columns]
    return seen


def chosen(node, place, axis):
    """The rows (axis 0) or columns (1) of a node's output that a question is about, as a set."""
    shape = node.output.shape
    if len(shape) != 4:
        return {0}
    if place is None:
        return set(range(shape[1 + axis]))
    name = ("row", "column")[axis]
    place = index_number(place, name)
    if not 0 <= place < shape[1 + axis]:
        raise ValueError(f"{describe(node.layer)} gives {shape[1]} × {shape[2]} units; there is no {name} {brief(place)}")
    return {place}


def before(node, tensor, axis, places, clipped):
    """The rows or columns of an input of a node that rows or columns of its output are computed from, as a set."""
    layer, shape = node.layer, tensor.shape
    if len(shape) != 4:
        return {0}
    everything = set(range(shape[1 + axis]))
    if len(node.output.shape) != 4 or layer.kind in ("global_average", "global_max"):
        return everything
    if hasattr(layer, "windows"):
        windows = layer.windows(shape)
        found = read(windows.columns if axis else windows.rows, places)
    elif layer.kind == "padding":
        found = {place - layer.padding[axis][0] for place in places}
    else:
        found = places
    return found & everything if clipped else found


def read(axis, places):
    """The cells of the input that windows number `places` read along an axis, beyond its ends too."""
    positions = {position for place in places for position in axis.cells(place)}
    return {position // axis.spacing for position in positions if position % axis.spacing == 0}
