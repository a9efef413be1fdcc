"""The board of an operation as volumes: input, filter and output as blocks, the filter as deep as what it reads."""

from dataclasses import dataclass, replace
from functools import partial

from convviz.stage import frames
from convviz.stage.blocks import Block
from convviz.stage.fitting import Captions, checked_shape
from convviz.stage.grids import font_size
from convviz.stage.parts import checked_show
from convviz.stage.scene import Frame, Scene, Stage
from convviz.stage.step_cache import StepCache
from convviz.stage.text_area import TextArea
from convviz.stage.titles import title_of
from convviz.stage.view import FILE, View, view_of
from convviz.stage.volume_captions import labels_of, longest_labels, remarks_of, signs_of, size_line
from convviz.stage.volume_faces import faces_of, links_of
from convviz.stage.volume_looks import Hues, input_numbers, kernel_look, result_numbers
from convviz.stage.volume_places import arranged, on_a_telephone

__all__ = ["VolumeBoard", "volume_board"]

#: Shape of a picture where none is given, and the least and most height of the blocks, in units.
SHAPE, HEIGHTS = 16 / 9, (5.5, 20.0)
#: Width of a picture without its margins, in units.
WIDTH = 24.0
#: On a medium that is narrower than this, in heights, blocks stand above each other, without lines between them.
UPRIGHT = 0.9
#: Space around the blocks on a telephone, in units.
MARGIN = 0.2
#: Smallest letters on the front of blocks, in widths of the picture: 11 points on a slide of 13.33 inches.
LEAST_LETTERS = 11 / 960


@dataclass(frozen=True, eq=False)
class VolumeBoard:
    """The steps of an operation as volumes; a `convviz.stage.protocol.Board`. Made by `volume_board`.

    Attributes
    ----------
    view : convviz.stage.view.View
        What is shown.
    steps : convviz.stage.step_cache.StepCache
    stage : convviz.stage.scene.Stage
    formula_area : convviz.stage.text_area.TextArea
        Where the formula of a step stands.
    blocks : dict of str to convviz.stage.blocks.Block
        "input", "kernel" and "output"; and of several filters "filter.0" and so on.
    numbers : dict of str to dict
        The numbers that are shown on the fronts of input and output.
    hues : convviz.stage.volume_looks.Hues
    lined : bool
        Whether lines lead from block to block, which stand beside each other then.
    """

    view: View
    steps: StepCache
    stage: Stage
    formula_area: TextArea
    blocks: dict
    numbers: dict
    hues: Hues
    lined: bool = True

    @property
    def indices(self):
        """The steps that are shown, ascending."""
        return self.view.indices

    def frame(self, index):
        """What step `index` of the trace changes on the stage, as a `convviz.stage.scene.Frame`."""
        step = self.steps[index]
        return self._frame(step, frames.formula, False)

    def question(self, index):
        """What step `index` changes on the stage, with its result hidden, as a `convviz.stage.scene.Frame`."""
        return replace(self._frame(self.steps[index], frames.open_formula, True), asked=True)

    def scene(self, index):
        """Step `index` of the trace as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))

    def _frame(self, step, formula, asked):
        written = formula(self.view, step)
        fitted = self.formula_area.fitted(written, partial(formula, self.view, step))
        texts = {"place": frames.step_text(self.view, step), "formula": fitted}
        for block, lines in labels_of(self.view, step).items():
            texts |= {f"{name}.{block}": line for name, line in zip(("label", "front"), lines, strict=True) if line}
        spoken = frames.spoken(self.view, step, written)
        links = tuple(links_of(self, step)) if self.lined else ()
        faces = tuple(faces_of(self, step, asked))
        return Frame(step.index, links=links, texts=texts, spoken=spoken, faces=faces)


def volume_board(trace, lang="en", steps=None, still=False, shape=None, show=None):
    """The steps of a trace as volumes, ready to be drawn.

    Parameters
    ----------
    trace, lang, steps, still, shape, show
        As for `convviz.stage.forward.board`; without a shape, that of a slide.

    Returns
    -------
    VolumeBoard

    Examples
    --------
    >>> import convviz as cv
    >>> shown = volume_board(cv.MaxPooling(2).trace([[3, 4], [1, 2]]))
    >>> faces = shown.scene(0).faces
    >>> sorted({face.block for face in faces}), [face.text for face in faces if face.text]
    (['input', 'output'], ['3', '4', '1', '2', '4'])
    """
    view = view_of(trace, lang, steps, still, FILE)
    kept = StepCache(trace, view.indices)
    samples, blocks = kept.samples(), blocks_of(view)
    numbers = numbers_of(view, blocks)
    captions = captions_of(view, samples, numbers, show)
    shape = checked_shape(shape) or SHAPE
    places, fitted = fitting(view, samples, blocks, captions, shape)
    places = places.moved(*shift(places, fitted.stage))
    blocks = {name: with_letters(view, block, numbers, fitted.stage.width) for name, block in places.blocks.items()}
    numbers = {name: found for name, found in numbers.items() if blocks[name].font}
    stage = replace(fitted.stage, steps=len(trace), lang=lang, strongest=view.strongest, box=places.area)
    stage = replace(stage, blocks=boxes_of(places), narrow=narrow_stage(view, samples))
    return VolumeBoard(view, kept, stage, fitted.formula_area, blocks, numbers, Hues.of(trace), shape >= UPRIGHT)


def captions_of(view, samples, numbers, show):
    """What is written around the blocks."""
    return Captions(
        title_of(view),
        [frames.step_text(view, step) for step in samples],
        [frames.formula(view, step) for step in samples],
        [],
        [(size_line(view), True), *remarks_of(view, numbers)],
        checked_show(show),
    )


def fitting(view, samples, blocks, captions, shape):
    """The blocks in their places, as large as they fit on a medium of this shape, and the stage with them."""
    labels, signs, height = longest_labels(view, samples), signs_of(view, samples[0].kind), HEIGHTS[1]
    if shape < UPRIGHT:
        places = on_a_telephone(blocks, labels, signs)
        return places, captions.staged(places.box, places.box.width, broken=True)
    for _ in range(2):  # captions take some of the height, which is known when they are laid out
        places = arranged(blocks, labels, signs, WIDTH, height)
        fitted = captions.staged(places.box, WIDTH)
        around = fitted.stage.height - places.box.height
        height = min(max(fitted.stage.width / shape - around, HEIGHTS[0]), HEIGHTS[1])
    return places, fitted


def boxes_of(places):
    """Where each block stands, by name."""
    return {name: block.box for name, block in places.blocks.items()}


def narrow_stage(view, samples):
    """The stage for a medium as narrow as a telephone, without captions."""
    labels, signs = longest_labels(view, samples), signs_of(view, samples[0].kind)
    places = on_a_telephone(blocks_of(view), labels, signs).moved(MARGIN, MARGIN)
    texts = places.box.moved(MARGIN, MARGIN)[1]
    size = places.box.width + 2 * MARGIN, places.box.height + 2 * MARGIN
    return Stage(*size, (), texts, (), 0, "", box=places.area, blocks=boxes_of(places))


def shift(places, stage):
    """How far a stage has moved the blocks and their texts, in units: to the right and down."""
    first = places.box.texts[0]
    placed = next(text for text in stage.texts if text.name == first.name)
    return placed.x - first.x, placed.y - first.y


# The blocks and their numbers


def blocks_of(view):
    """The blocks, with cells of the usual size, by name."""
    trace = view.trace
    rows, columns = (high - low for low, high in view.extent)
    blocks = {"input": Block.of("input", rows, columns, trace.source.shape[3])}
    if not view.pooled:
        size = *view.kernel_size, view.depth
        blocks["kernel"] = Block.of("kernel", *size)
        if len(view.filters) > 1:
            blocks |= {f"filter.{number}": Block.of(f"filter.{number}", *size) for number in view.filters}
    blocks["output"] = Block.of("output", *trace.geometry.output_shape, trace.result.shape[3])
    return blocks


def numbers_of(view, blocks):
    """The numbers of input and output, as far as their cells are drawn one by one, by block."""
    found = {"input": input_numbers, "output": result_numbers}
    return {name: numbers(view) for name, numbers in found.items() if blocks[name].lined}


def with_letters(view, block, numbers, width):
    """A block with letters for its numbers, unless they would be too small to be read."""
    if not block.lined or block.name.startswith("filter."):
        return block
    if block.name == "input":
        texts = {number.text for number in numbers["input"].values()}
    elif block.name == "output":
        texts = {number.text for past in numbers["output"].values() for _, number in past}
    else:
        texts = set(kernel_texts(view))
    font = font_size(texts, block.pitch)
    return replace(block, font=font) if font >= LEAST_LETTERS * width else block


def kernel_texts(view):
    """The weights that can be in front, as texts."""
    size, hues = view.kernel_size, Hues(0, {}, False)
    for number in view.filters:
        look = kernel_look(view, number, hues)
        yield from (look(row, column, view.depth - 1).text for row in range(size[0]) for column in range(size[1]))
