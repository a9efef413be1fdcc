"""What commands print of a trace, and the files that they write."""

from pathlib import Path

from convviz.cli.converters import chosen_steps, given
from convviz.cli.file_options import options_of
from convviz.cli.terminal import coloured, folded, say
from convviz.cli.texts import TEXTS

__all__ = ["show", "show_calculation", "show_input_gradient", "show_result", "show_steps", "weight", "write"]

#: A trace of at most so many steps, like every worked example, is printed whole; of a longer one the first, the middle
#: and the last step.
ALL = 64
#: Up to how many cells a side a feature map is printed, and how many filters of it.
CELLS, MAPS = 16, 4


def show(trace, arguments):
    """Print the steps and the result, and write the files."""
    show_steps(trace, arguments)
    show_result(trace, arguments.lang)
    write(trace, arguments)


def show_steps(trace, arguments):
    """Print the steps of a trace; of a long one the first, the middle and the last."""
    chosen = chosen_steps(arguments.steps, len(trace))
    if arguments.quiet:
        return
    from convviz.render.text import text

    few = chosen is None and len(trace) > ALL
    board = trace.board(arguments.lang, ends(trace) if few else chosen, colour=arguments.colour_by)
    for index in board.indices:
        say(text(board.scene(index), coloured()))
        say()
    if few:
        say(TEXTS[arguments.lang]["some"].format(len(board.indices), f"{len(trace):,}"))
        say()


def ends(trace):
    """The first, the middle and the last step of the first filter."""
    rows, columns = trace.shape[2:]
    return [0, rows // 2 * columns + columns // 2, rows * columns - 1]


def show_result(trace, lang):
    """Print the feature map, one filter after the other; of a large one the range."""
    from convviz.stage.captions import captions

    names = captions(lang, trace.captions)
    maps = [(n, c) for n in range(trace.result.shape[0]) for c in range(trace.result.shape[3])]
    say(names["output"].format("×".join(map(str, trace.output.shape))).strip())
    if max(trace.result.shape[1:3]) > CELLS:
        say(range_of(trace.result, lang))
        return
    for n, c in maps[:MAPS]:
        parts = [("image", n, trace.result.shape[0]), ("filter", c, trace.result.shape[3])]
        heading = names["comma"].join(names[name].format(i) for name, i, count in parts if count > 1)
        say((f"{heading}:\n" if heading else "") + table(trace.result[n, :, :, c]))
    if len(maps) > MAPS:
        say(TEXTS[lang]["more"].format(len(maps) - MAPS))


def show_input_gradient(gradient, lang):
    """Print the gradient of an input; of a large one the range."""
    from convviz.stage.captions import captions

    say(captions(lang)["input_gradient"].format("×".join(map(str, gradient.shape))))
    say(range_of(gradient, lang) if max(gradient.shape) > CELLS else table(gradient))


def range_of(values, lang):
    """The smallest and the largest value of an array as text."""
    return TEXTS[lang]["range"].format(plain(values.min()), plain(values.max()))


def table(values):
    """A 2-D array as lines of numbers, right-aligned."""
    texts = [[plain(value) for value in row] for row in values]
    width = max(len(text) for row in texts for text in row)
    return "\n".join(" ".join(f"{text:>{width}}" for text in row) for row in texts)


def plain(value):
    """A number with all its digits."""
    from convviz.steps.notation import show as written

    return written(value, digits=None).text


def show_calculation(entry, lang):
    """Print a calculation and its answer, and a network's table."""
    answer = ", ".join(map(str, entry.answer)) if isinstance(entry.answer, tuple) else str(entry.answer)
    say(folded(f"{entry.expression} {'→' if entry.layers else '='} {answer}"))
    if entry.published is not None:
        say(TEXTS[lang]["published"].format(entry.published))
    for layer in entry.table:
        say(f"  {layer.name:13} {'×'.join(map(str, layer.output_shape)):>12} {layer.parameters:>12,}")


def write(trace, arguments):
    """Write the files that were asked for."""
    from convviz.render import save

    for name in arguments.out:
        ending = Path(name).suffix.lower()
        look = given(arguments, "theme", *options_of(ending))
        steps, size, dpi = chosen_steps(arguments.steps, len(trace)), look.get("size"), look.get("dpi")
        made_of = trace._volumes_of_file if arguments.style == "volume" else trace._board_of_file
        board = made_of(name, arguments.lang, steps, colour=arguments.colour_by, size=size, dpi=dpi)
        saved = save(board, name, **look)
        some = len(board.indices) < len(trace) and ending not in (".png", ".svg") and not isinstance(saved, list)
        part = f", {len(board.indices):,} of {len(trace):,} steps" if some else ""
        for path in saved if isinstance(saved, list) else [saved]:
            say(f"wrote {path} ({weight(path.stat().st_size)}{part})")


def weight(count):
    """A number of bytes as text: 999 bytes, 85 kB, 1.0 MB."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"
