"""The parser of the command line. It names the command; `convviz.cli.commands` has a function for each."""

import argparse
import re

from convviz import __version__
from convviz._support.keywords import ours_for
from convviz._support.suggestions import spelled
from convviz.cli.converters import bias, dpi, ending, padding, padding_mode, pair, seconds, size, steps, whole_number
from convviz.inputs import Usage

__all__ = ["parser", "protected", "refuse"]

#: What --kind and --pool take: the commands of poolings in `convviz.operations.names`, which takes too long to import for
#: --help. A test compares them.
POOLINGS = ("max", "average", "global-max", "global-average")
WINDOW_POOLINGS = POOLINGS[:2]
#: What is said of an option that a command has not, and others have.
ELSEWHERE = {
    ("pool", "--padding-mode"): "a pooling has no padding mode; leave it out",
    ("pool", "--bias"): "a pooling has no bias; leave it out",
    ("pool", "--groups"): "a pooling treats each channel by itself; leave it out",
}


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line."""

    #: Options that take every word that follows them.
    greedy = "--out"

    #: The parser of each command, by its name.
    commands = {}

    def error(self, message):
        wrong = re.match(r"argument COMMAND: invalid choice: '(.*?)'", message)
        if wrong:
            near = spelled(wrong[1], self.commands)
            hint = f"did you mean {near}?" if near else f"the commands are {', '.join(self.commands)}"
            raise Usage(f"COMMAND: invalid choice: {wrong[1]!r}; {hint}")
        hint = f" (before {self.greedy})" if message.startswith("the following arguments are required") else ""
        raise Usage(f"{message}{hint}; see {self.prog} --help")


def protected(argv):
    """The arguments, with a space before those that are negative numbers and would be taken for options."""
    return [f" {text}" if re.match(r"-(\d|\.\d|inf|nan|∞)", text, re.IGNORECASE) else text for text in argv]


def parser():
    """The parser of the whole command line."""
    top = Parser(
        prog="convviz",
        description="Convolution and pooling, computed step by step, in the terminal and as animations and pages.",
        epilog="convviz COMMAND --help says more of each. Try: convviz example lecture_6x6 --out conv.gif conv.html",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"convviz {__version__}")
    top.set_defaults(command=None)
    subparsers = top.add_subparsers(metavar="COMMAND")
    for add in (add_list, add_example, add_conv, add_pool, add_check, add_gallery):
        add(subparsers)
    top.commands = subparsers.choices
    return top


def refuse(unknown, top, command):
    """Raise Usage for arguments that a command does not have, with the nearest of its options."""
    own, word = top.commands.get(command, top), unknown[0].split("=")[0]
    others = [name for name, other in top.commands.items() if word in options_of(other)]
    near = likely(word, options_of(own)) if word.startswith("-") and not others else None
    hint = f"did you mean {near}?" if near else f"see {own.prog} --help"
    if others and command:
        hint = ELSEWHERE.get((command, word)) or f"{word} is an option of {' and '.join(others)}; {hint}"
    raise Usage(f"unrecognized arguments: {' '.join(unknown)}; {hint}")


def options_of(command):
    """The options that the parser of a command has."""
    return [option for action in command._actions for option in action.option_strings]


def likely(name, known):
    """The option that was probably meant: one that begins alike, is spelled alike or is called so elsewhere; None for none."""
    word = name.lstrip("-")
    alike = [each for each in known if word and (each.startswith(f"--{word}") or f"--{word}".startswith(f"{each}-"))]
    options = {each.removeprefix("--").replace("-", "_"): each for each in known}
    elsewhere, _ = ours_for(word.replace("-", "_"), options)
    return next(iter(alike), None) or spelled(name, known) or options.get(elsewhere)


def add_command(subparsers, name, summary, takes="", epilog=None):
    """A parser for one command."""
    command = subparsers.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=epilog,
        allow_abbrev=False,
        usage=f"convviz {name} {takes}[options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(command=name)
    return command


def add_list(subparsers):
    """The command list."""
    command = add_command(subparsers, "list", "List worked examples, calculations and kernels.")
    command.add_argument("--lang", choices=("en", "ja"), default="en", help="language of the titles")


def add_example(subparsers):
    """The command example."""
    summary = "Show a worked example, every step of it, and its answer."
    command = add_command(subparsers, "example", summary, "NAME ")
    command.add_argument("name", metavar="NAME", help="a name that convviz list shows, for example lecture_6x6")
    add_scatter(command)
    add_output(command)


def add_conv(subparsers):
    """The command conv."""
    epilog = (
        "examples:\n"
        "  convviz conv '0 2 3 / 4 2 1 / 2 2 1' '1 2 / 0 1' --padding 1 --out conv.gif\n"
        "  convviz conv photo.jpg sobel_x --out edges.html"
    )
    summary = "Convolve an image or numbers with a kernel."
    command = add_command(subparsers, "conv", summary, "INPUT KERNEL ", epilog)
    add_input(command)
    shown = "the same, or a kernel's name such as sobel_x (see convviz list)"
    command.add_argument("kernel", metavar="KERNEL", help=shown)
    command.add_argument("--bias", type=bias, metavar="B", help="a number, or one for each filter: 1,2,3")
    add_windows(command)
    add_padding_mode(command)
    command.add_argument("--groups", type=whole_number, metavar="G", help="cut the channels into so many groups")
    command.add_argument("--flip", action="store_true", help="rotate the kernel by 180° first, as mathematics does")
    command.add_argument("--transposed", action="store_true", help="transposed convolution")
    shown = "with --transposed: cells added at the bottom and right"
    command.add_argument("--output-padding", type=pair, metavar="A", help=shown)
    add_scatter(command)
    add_output(command)


def add_pool(subparsers):
    """The command pool."""
    epilog = "example:\n  convviz pool '3 4 5 6 / 1 2 3 4' --pool-size 2"
    command = add_command(subparsers, "pool", "Pool an image or numbers.", "INPUT ", epilog)
    add_input(command)
    command.add_argument("--kind", choices=POOLINGS, default=POOLINGS[0])
    command.add_argument("--pool-size", type=pair, metavar="K", help="2, or rows,columns (default 2)")
    add_windows(command)
    command.add_argument("--ceil", action="store_true", help="let the last windows hang over the end")
    shown = "with --kind average: count the zeros of padding"
    command.add_argument("--count-include-pad", action="store_true", help=shown)
    shown = "pooling backward: the gradient of the feature map, numbers as in INPUT, is handed back to the cells of the input"
    command.add_argument("--backward", metavar="GRADIENT", help=shown)
    add_output(command)


def add_check(subparsers):
    """The command check."""
    epilog = (
        "examples:\n"
        "  convviz check answer.csv --example lecture_6x6\n"
        "  convviz check '6 9 / 10 5' --input '0 2 3 / 4 2 1 / 2 2 1' --kernel '1 2 / 0 1'\n"
        "exit status: 0 right, 1 wrong, 2 unusable input"
    )
    summary = "Check an answer worked out by hand: which cells are wrong, and why."
    command = add_command(subparsers, "check", summary, "ANSWER ", epilog)
    shown = (
        "a .csv or .npy file, numbers such as '18 20 / 16 18', or - for standard input; leave a cell empty, or write _, "
        "if it is blank"
    )
    command.add_argument("answer", metavar="ANSWER", help=shown)
    command.add_argument("--example", metavar="NAME", help="the worked example that the answer is to")
    command.add_argument("--input", metavar="INPUT", help="or the input, as for convviz conv")
    add_frame(command)
    command.add_argument("--kernel", metavar="KERNEL", help="and the kernel")
    command.add_argument("--bias", type=bias, metavar="B", help="a number, or one for each filter: 1,2,3")
    command.add_argument("--pool", choices=WINDOW_POOLINGS, help="or the pooling, in place of a kernel")
    command.add_argument("--pool-size", type=pair, metavar="K", help="2, or rows,columns (default 2)")
    add_windows(command)
    add_padding_mode(command)
    command.add_argument("--decimals", type=whole_number, metavar="N", help="accept numbers rounded to so many decimals")
    command.add_argument("--lang", choices=("en", "ja"), default="en", help="language of the report")


def add_gallery(subparsers):
    """The command gallery."""
    epilog = (
        "examples:\n"
        "  convviz gallery animations\n"
        "  convviz gallery slides --formats pptx webp --theme dark --only lecture_6x6\n"
        "exit status: 0 all written, 1 some failed, 2 nothing could be begun"
    )
    summary = "Write all animations: worked examples, comparisons, a photograph under kernels."
    command = add_command(subparsers, "gallery", summary, "OUT ", epilog)
    command.greedy = "--formats and --only"
    command.add_argument("out", metavar="OUT", help="the folder for the files, which is made if it is not there")
    shown = "gif (unless told otherwise), html, webp, apng, mp4, pptx, pdf, png, svg"
    command.add_argument("--formats", nargs="+", action="extend", type=ending, metavar="FORMAT", help=shown)
    shown = "only these, by the names that convviz list shows"
    command.add_argument("--only", nargs="+", action="extend", metavar="NAME", help=shown)
    shown = "how many files are made at the same time (default: one on each core; at most 64)"
    command.add_argument("--jobs", type=whole_number, metavar="N", help=shown)
    command.add_argument("--quiet", action="store_true", help="no progress bar, and not a word but errors")
    add_look(command)


def add_input(command):
    """The input, and whether its colours are kept."""
    shown = (
        "an image file, a .npy or .csv file, numbers such as '1 2 3 / 4 5 6', an example's name, photograph, or - for standard "
        "input"
    )
    command.add_argument("input", metavar="INPUT", help=shown)
    shown = "keep the channels of a colour image; without it the image becomes grey"
    command.add_argument("--colour", "--color", action="store_true", help=shown)
    add_frame(command)


def add_frame(command):
    """Which frame of the input is read."""
    shown = "of an animation, or a file with several pages: which frame is the input, counting from 1"
    command.add_argument("--frame", type=whole_number, metavar="N", help=shown)


def add_windows(command):
    """Options for the positions of windows."""
    command.add_argument("--strides", type=pair, metavar="S", help="1, or rows,columns")
    shown = "valid, same, full, or cells: 1, or rows,columns, or top,bottom,left,right"
    command.add_argument("--padding", type=padding, metavar="P", help=shown)
    command.add_argument("--dilation", type=pair, metavar="D", help="1, or rows,columns")


def add_padding_mode(command):
    """How the padding is filled."""
    shown = "how the padding is filled: zeros (default), reflect, symmetric, replicate or circular"
    command.add_argument("--padding-mode", type=padding_mode, metavar="MODE", help=shown)


def add_scatter(command):
    """How transposed convolutions are shown."""
    shown = "for transposed convolutions: a step is an input cell that stamps the kernel"
    command.add_argument("--scatter", action="store_true", help=shown)


def add_output(command):
    """Options for what is printed and written."""
    shown = "files to write: .gif .webp .apng .mp4 .pptx .html .pdf .png .svg; step{step}.png (.svg, .pdf) makes one a step"
    command.add_argument("--out", nargs="+", action="extend", default=[], metavar="FILE", help=shown)
    shown = "so many steps, evenly spread; or which ones: 1-4,9"
    command.add_argument("--steps", type=steps, metavar="N", help=shown)
    command.add_argument("--quiet", action="store_true", help="print the result without the steps")
    shown = "sign: numbers below 0 are blue and those above red, in files and on a terminal"
    command.add_argument("--colour-by", "--color-by", choices=("sign",), help=shown)
    shown = (
        "files show grids of numbers (default), or volumes: blocks of height x width x channels, filters as deep as they read"
    )
    command.add_argument("--style", choices=("grid", "volume"), help=shown)
    add_look(command)


def add_look(command):
    """Options for the look of files."""
    shown = "width and height of pictures in pixels, or as lengths: 8inx4.5in, 20cm; a width alone; or slide: 1280x720"
    command.add_argument("--size", type=size, metavar="800x400", help=shown)
    shown = "pixels per inch, for lengths and for programs that show a .png (default 100)"
    command.add_argument("--dpi", type=dpi, metavar="200", help=shown)
    shown = "no background in files: for light slides, or with --theme dark for dark ones"
    command.add_argument("--transparent", action="store_true", default=None, help=shown)
    command.add_argument("--seconds", type=seconds, metavar="0.8", help="how long an animation shows each step")
    shown = "what is between steps: the window slides, the products appear, their sum grows; on slides, the window slides"
    command.add_argument("--motion", action="store_true", default=None, help=shown)
    command.add_argument("--theme", choices=("light", "dark"), help="colours of the files")
    command.add_argument("--lang", choices=("en", "ja"), default="en", help="language of the captions")
