"""Where the blocks of a trace stand on the stage, and what is written at them."""

from dataclasses import dataclass, replace

from convviz.stage.boxes import Box
from convviz.stage.scene import Text
from convviz.stage.text_width import bold_width, em_width

__all__ = ["Places", "arranged", "on_a_telephone"]

#: Height of the letters under the blocks, and of the signs between them, in units.
LETTERS, SIGN = 0.42, 0.8
#: Space between two blocks, in which a sign stands; under a block for two lines; and for the small blocks of filters.
GAP, LABEL, STRIP = 2.0, 1.4, 1.6
#: Space at both sides of a sign together, in units.
BESIDE = 0.9
#: Width of a small block that stands for a filter, and from one to the next, in units.
SMALL, APART = 0.9, 1.25
#: Height of the line under a small block, in units.
LINE = 0.6
#: The largest side of a cell, in units.
LARGEST = 1.6
#: On a telephone: width of the blocks, the largest height of one, the space of a sign between two rows, in units.
TELEPHONE, HIGHEST, BETWEEN = 11.6, 6.5, 1.2


@dataclass(frozen=True)
class Places:
    """The blocks in their places, and the texts at them.

    Attributes
    ----------
    blocks : dict of str to convviz.stage.blocks.Block
        "input", "kernel" and "output"; and of several filters "filter.0" and so on.
    box : convviz.stage.boxes.Box
        The size of all of them, and the texts.
    x, y : float
        Where the box begins, in units.
    """

    blocks: dict
    box: Box
    x: float = 0.0
    y: float = 0.0

    @property
    def area(self):
        """Left, top, right and bottom of the blocks and their texts, in units."""
        return self.x, self.y, self.x + self.box.width, self.y + self.box.height

    def moved(self, dx, dy):
        """The blocks, moved."""
        blocks = {name: replace(block, x=block.x + dx, y=block.y + dy) for name, block in self.blocks.items()}
        return replace(self, blocks=blocks, x=self.x + dx, y=self.y + dy)


def arranged(blocks, labels, signs, width, height, gap=GAP):
    """Blocks from left to right, as large as they fit, with signs between them, and the small ones under the second.

    Parameters
    ----------
    blocks : dict of str to convviz.stage.blocks.Block
        As in `Places`, with cells of the usual size.
    labels : dict of str to (str, str)
        The two lines under each of them, the longest that a step brings; of a small block the line is one.
    signs : sequence of str
        What stands between two blocks.
    width, height : float
        The space for them, in units.
    gap : float
        The least space between two blocks, in units.
    """
    large = [block for block in blocks.values() if not block.name.startswith("filter.")]
    small = [block for block in blocks.values() if block.name.startswith("filter.")]
    gaps = [max(gap, bold_width(each) * SIGN + BESIDE) for each in signs]
    scale = scale_of(large, labels, bool(small), width - sum(gaps), height)
    large, x, placed, texts = [scaled(block, scale) for block in large], 0.0, {}, []
    highs = [column_height(block, bool(small)) for block in large]
    deep = max(highs)
    for number, block in enumerate(large):
        across = column_width(block, labels[block.name])
        placed[block.name] = at(block, x + (across - extent(block)[0]) / 2, (deep - highs[number]) / 2)
        texts += label_texts(placed[block.name], labels[block.name], x + across / 2)
        x += across
        if number < len(signs):
            texts.append(Text(f"sign.{block.name}", x + gaps[number] / 2, deep / 2, signs[number], SIGN, "middle", "strong"))
            x += gaps[number]
    if small:
        kernel = placed["kernel"]
        middle, top = (kernel.box[0] + kernel.box[2]) / 2, kernel.box[3] + LABEL
        placed |= strip(small, middle, top)
        texts += [strip_text(placed[block.name], labels[block.name][0]) for block in small]
    return Places(placed, Box(x, deep + LABEL, (), tuple(texts)))


def on_a_telephone(blocks, labels, signs):
    """The blocks for a medium that is narrow: the input above the others, or all above each other where labels are long.

    The parameters are those of `arranged`.
    """
    large = {name: block for name, block in blocks.items() if not name.startswith("filter.")}
    small = {name: block for name, block in blocks.items() if name.startswith("filter.")}
    first, *others = large
    rows = [[first], others]
    least = sum(column_width(scaled(large[name], 0.0), labels[name]) for name in others)
    if least + sum(bold_width(each) * SIGN + BESIDE for each in signs[1:]) > TELEPHONE:
        rows = [[name] for name in large]
    placed, texts, top, between = {}, [], 0.0, iter(signs)
    for number, names in enumerate(rows):
        if number:
            texts.append(
                Text(f"sign.{rows[number - 1][-1]}", TELEPHONE / 2, top + BETWEEN / 2, next(between), SIGN, "middle", "strong")
            )
            top += BETWEEN
        shown = {name: large[name] for name in names} | (small if "kernel" in names else {})
        gaps = [next(between) for _ in names[1:]]
        row = arranged(shown, labels, gaps, TELEPHONE, HIGHEST + LABEL, 0.0)
        row = row.moved((TELEPHONE - row.box.width) / 2, top)
        placed |= row.blocks
        texts += row.box.moved(row.x, row.y)[1]
        top += row.box.height
    return Places(placed, Box(TELEPHONE, top, (), tuple(texts)))


def scale_of(large, labels, strips, width, height):
    """By how much blocks can be enlarged so that they fit; a label may be wider than its block."""
    low, high = 0.0, LARGEST
    for _ in range(30):  # halves the interval each time
        middle = (low + high) / 2
        tried = [scaled(block, middle) for block in large]
        across = sum(column_width(block, labels[block.name]) for block in tried)
        fits = across <= width and max(column_height(block, strips) for block in tried) + LABEL <= height
        low, high = (middle, high) if fits else (low, middle)
    return max(low, 0.05)


def scaled(block, scale):
    """A block with larger cells."""
    return replace(block, pitch=block.pitch * scale)


def extent(block):
    """Width and height of a block with its depth, in units."""
    left, top, right, bottom = block.box
    return right - left, bottom - top


def at(block, left, top):
    """A block whose box begins there."""
    return replace(block, x=left, y=top + block.thickness[1])


def column_width(block, label):
    """Width of a block with the lines under it, in units."""
    return max(extent(block)[0], *(em_width(line) * LETTERS for line in label))


def column_height(block, strips):
    """Height of a block, in units, and of the small blocks under it, but not of the lines under the lowest block."""
    return extent(block)[1] + (STRIP if strips and block.name == "kernel" else 0.0)


def label_texts(block, label, middle):
    """The two lines under a block."""
    y = block.box[3] + 0.5
    for name, line, role in zip(("label", "front"), label, ("text", "faint"), strict=True):
        if line:
            yield Text(f"{name}.{block.name}", middle, y, line, LETTERS, "middle", role)
        y += LETTERS * 1.35


def strip(small, middle, top):
    """The small blocks beside each other around `middle`, by name."""
    left = middle - APART * len(small) / 2
    placed = {}
    for number, block in enumerate(small):
        each = scaled(block, SMALL / max(extent(scaled(block, 1.0))))
        across, high = extent(each)
        x, y = left + APART * (number + 0.5) - across / 2, top + STRIP - LINE - high
        placed[block.name] = at(each, x, y)
    return placed


def strip_text(block, line):
    """The line under a small block."""
    left, _, right, bottom = block.box
    return Text(f"label.{block.name}", (left + right) / 2, bottom + 0.35, line, LETTERS, "middle", "faint")
