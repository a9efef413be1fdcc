"""The command line: worked examples, and convolution and pooling of one's own numbers, in the terminal and as files.

Whatever goes wrong is one line on stderr and exit status 2. Heavy modules load only when a command needs them.
"""

import argparse
import codecs
import contextlib
import math
import os
import re
import signal
import sys
import tempfile
import threading
import unicodedata
from pathlib import Path

from convviz import __version__
from convviz.inputs import LIST, PLAIN, WHOLE, Usage, complain, number, read, read_answer, split_words

__all__ = ["main"]

#: A trace of at most so many steps, like every worked example, is printed whole; of a longer one the first, the middle
#: and the last step.
ALL = 64
#: Up to how many cells a side a feature map is printed, and how many filters of it.
CELLS, MAPS = 16, 4
#: Width of the column of names that list prints, and of a paragraph.
NAMES, PAGE = 26, 79
#: Which endings have an option; all have the others.
TIMED = (".gif", ".webp", ".apng", ".mp4")
STILL = (".pdf", ".png", ".svg")
PIXELS = (*TIMED, ".png")
CLEAR = (".gif", ".webp", ".apng", *STILL)
ONLY_FOR = {"size": TIMED + STILL, "dpi": PIXELS, "transparent": CLEAR, "seconds": TIMED}
#: What must be installed for a format: the module, the package that has it, and the extra of convviz.
PACKAGES = {".mp4": ("imageio_ffmpeg", "imageio-ffmpeg", "video"), ".pptx": ("pptx", "python-pptx", "slides")}
#: What stands for a character that the terminal cannot write.
INSTEAD = {
    "×": "x",
    "·": "*",
    "−": "-",
    "–": "-",
    "—": "-",
    "⌊": "[",
    "⌋": "]",
    "⌈": "[",
    "⌉": "]",
    "≈": "~",
    "→": ">",
    "…": ".",
    "│": "|",
    "┃": "|",
    "─": "-",
    "━": "-",
    "“": '"',
    "”": '"',
}

WORDS = {
    "en": {
        "source": "source: {}",
        "note": "note: {}",
        "some": "{} of {} steps. --steps 20 prints 20 of them, --steps 5-9 these.",
        "range": "from {} to {}",
        "more": "… and {} more",
        "wrong": "The source prints {} at row {}, column {}; right is {}.",
        "published": "The source prints {}.",
        "examples": "Worked examples (convviz example NAME)",
        "calculations": "Calculations (convviz example NAME)",
        "kernels": "Kernels (convviz conv INPUT NAME)",
        "animations": "Other animations (convviz gallery OUT --only NAME)",
        "written": "wrote {} files into {} ({})",
        "written_one": "wrote {} file into {} ({})",
    },
    "ja": {
        "source": "出典: {}",
        "note": "注: {}",
        "some": "{1} ステップのうち {0} ステップ。--steps 20 で 20 ステップ、--steps 5-9 でその範囲を表示。",
        "range": "{} から {} まで",
        "more": "… 他 {}",
        "wrong": "出典では行 {1}、列 {2} が {0} だが、正しくは {3}。",
        "published": "出典の値は {}。",
        "examples": "例題 (convviz example NAME)",
        "calculations": "計算例 (convviz example NAME)",
        "kernels": "カーネル (convviz conv INPUT NAME)",
        "animations": "その他のアニメーション (convviz gallery OUT --only NAME)",
        "written": "{1} に {0} ファイルを書き込み ({2})",
        "written_one": "{1} に {0} ファイルを書き込み ({2})",
    },
}


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, optional
        The arguments after the command's name; those of the process if not given.

    Returns
    -------
    int
        Exit status: 0; 1 for a wrong answer that was checked and for a file of the gallery that failed; 2 for input that
        makes no sense and files that cannot be read or written; 130 when interrupted.

    Examples
    --------
    >>> main(["conv", "1 2 3 / 4 5 6", "1 1", "--quiet"])
    feature map 2×2
     3  5
     9 11
    0
    """
    prepare_output()
    with interrupts() as pressed:
        try:
            status = run_command(sys.argv[1:] if argv is None else argv)
            attempt(sys.stdout.flush)
            return status or 0
        except KeyboardInterrupt:
            return 130
        except (Usage, ValueError, TypeError, OverflowError, OSError, ImportError, MemoryError) as error:
            if pressed:
                return 130
            complain(reason(error))
            return 2


@contextlib.contextmanager
def interrupts():
    """A list that is no longer empty once Ctrl-C was pressed.

    Compiled code of other packages may turn the exception into an error of its own: matplotlib says "Invalid bounding
    box" where it is interrupted while it reads one.
    """
    pressed = []

    def note(*about):
        pressed.append(True)
        raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run_command(argv):
    """Do what the arguments say; the exit status, or None for 0."""
    try:
        arguments = parser().parse_args(protected(argv))
    except SystemExit:
        # --help and --version have said what they had to; mistakes raise Usage
        return 0
    return arguments.run(arguments)


# What is said, and where


def prepare_output():
    """Let the terminal replace what its encoding lacks, rather than fail at the first ×."""
    codecs.register_error("convviz", look_alike)
    # streams that are closed (>&-) do not exist
    sys.stdout, sys.stderr = sys.stdout or open(os.devnull, "w"), sys.stderr or open(os.devnull, "w")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="convviz")


def look_alike(error):
    """A codec's error handler: a similar plain character for each, or a question mark."""
    return "".join(INSTEAD.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


def say(text=""):
    """Print a line."""
    attempt(print, text)


def folded(text):
    """A paragraph as lines that fit on the page; wide letters count twice."""
    lines, widths = [], []
    for word in text.split(" "):
        width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in word)
        if lines and widths[-1] + 1 + width <= PAGE:
            lines[-1] += f" {word}"
            widths[-1] += 1 + width
        else:
            lines.append(f"  {word}" if lines else word)
            widths.append(width + 2 if widths else width)
    return "\n".join(lines)


def attempt(action, *arguments):
    """Write to stdout. When its reader has left, the rest goes nowhere; files asked for are still written."""
    try:
        action(*arguments)
    except BrokenPipeError:
        silence()
    except OSError:
        silence()
        raise


def silence():
    """Send the rest of stdout nowhere, so that Python does not fail on it when it leaves."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reason(error):
    """An error as one line."""
    if isinstance(error, MemoryError):
        words = f"not enough memory; give a smaller image{f' ({error})' if str(error) else ''}"
    elif isinstance(error, OSError) and error.strerror:
        words = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    else:
        words = str(error) or type(error).__name__
    return " ".join(words.split())


def coloured():
    """Whether stdout is a terminal that wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


# The arguments


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line."""

    #: Options that take every word that follows them.
    greedy = "--out"

    def error(self, message):
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
    top.set_defaults(run=lambda arguments: top.print_help())
    commands = top.add_subparsers(metavar="COMMAND")
    for add in (add_list, add_example, add_conv, add_pool, add_check, add_gallery):
        add(commands)
    return top


def add_command(commands, name, run, summary, takes="", epilog=None):
    """A parser for one command."""
    command = commands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=epilog,
        allow_abbrev=False,
        usage=f"convviz {name} {takes}[options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def add_list(commands):
    """The command list."""
    command = add_command(commands, "list", run_list, "List worked examples, calculations and kernels.")
    command.add_argument("--lang", choices=("en", "ja"), default="en", help="language of the titles")


def add_example(commands):
    """The command example."""
    summary = "Show a worked example, every step of it, and its answer."
    command = add_command(commands, "example", run_example, summary, "NAME ")
    command.add_argument("name", metavar="NAME", help="a name that convviz list shows, for example lecture_6x6")
    add_scatter(command)
    add_output(command)


def add_conv(commands):
    """The command conv."""
    epilog = (
        "examples:\n"
        "  convviz conv '0 2 3 / 4 2 1 / 2 2 1' '1 2 / 0 1' --padding 1 --out conv.gif\n"
        "  convviz conv photo.jpg sobel_x --out edges.html"
    )
    summary = "Convolve an image or numbers with a kernel."
    command = add_command(commands, "conv", run_conv, summary, "INPUT KERNEL ", epilog)
    add_input(command)
    shown = "the same, or a kernel's name such as sobel_x (see convviz list)"
    command.add_argument("kernel", metavar="KERNEL", help=shown)
    command.add_argument("--bias", type=bias, metavar="B", help="a number, or one for each filter: 1,2,3")
    add_windows(command)
    command.add_argument("--groups", type=whole, metavar="G", help="cut the channels into so many groups")
    command.add_argument("--flip", action="store_true", help="rotate the kernel by 180° first, as mathematics does")
    command.add_argument("--transposed", action="store_true", help="transposed convolution")
    shown = "with --transposed: cells added at the bottom and right"
    command.add_argument("--output-padding", type=pair, metavar="A", help=shown)
    add_scatter(command)
    add_output(command)


def add_pool(commands):
    """The command pool."""
    epilog = "example:\n  convviz pool '3 4 5 6 / 1 2 3 4' --pool-size 2"
    command = add_command(commands, "pool", run_pool, "Pool an image or numbers.", "INPUT ", epilog)
    add_input(command)
    command.add_argument("--kind", choices=("max", "average", "global-max", "global-average"), default="max")
    command.add_argument("--pool-size", type=pair, metavar="K", help="2, or rows,columns (default 2)")
    add_windows(command)
    command.add_argument("--ceil", action="store_true", help="let the last windows hang over the end")
    shown = "with --kind average: count the zeros of padding"
    command.add_argument("--count-include-pad", action="store_true", help=shown)
    shown = "pooling backward: the gradient of the feature map, numbers as in INPUT, is handed back to the cells of the input"
    command.add_argument("--backward", metavar="GRADIENT", help=shown)
    add_output(command)


def add_check(commands):
    """The command check."""
    epilog = (
        "examples:\n"
        "  convviz check answer.csv --example lecture_6x6\n"
        "  convviz check '6 9 / 10 5' --input '0 2 3 / 4 2 1 / 2 2 1' --kernel '1 2 / 0 1'\n"
        "exit status: 0 right, 1 wrong, 2 unusable input"
    )
    summary = "Check an answer worked out by hand: which cells are wrong, and why."
    command = add_command(commands, "check", run_check, summary, "ANSWER ", epilog)
    shown = "a .csv or .npy file, or numbers such as '18 20 / 16 18'; leave a cell empty, or write _, if it is blank"
    command.add_argument("answer", metavar="ANSWER", help=shown)
    command.add_argument("--example", metavar="NAME", help="the worked example that the answer is to")
    command.add_argument("--input", metavar="INPUT", help="or the input, as for convviz conv")
    command.add_argument("--kernel", metavar="KERNEL", help="and the kernel")
    command.add_argument("--bias", type=bias, metavar="B", help="a number, or one for each filter: 1,2,3")
    command.add_argument("--pool", choices=("max", "average"), help="or the pooling, in place of a kernel")
    command.add_argument("--pool-size", type=pair, metavar="K", help="2, or rows,columns (default 2)")
    add_windows(command)
    command.add_argument("--decimals", type=whole, metavar="N", help="accept numbers rounded to so many decimals")
    command.add_argument("--lang", choices=("en", "ja"), default="en", help="language of the report")


def add_gallery(commands):
    """The command gallery."""
    epilog = (
        "examples:\n"
        "  convviz gallery animations\n"
        "  convviz gallery slides --formats pptx webp --theme dark --only lecture_6x6\n"
        "exit status: 0 all written, 1 some failed, 2 nothing could be begun"
    )
    summary = "Write all animations: worked examples, comparisons, a photograph under kernels."
    command = add_command(commands, "gallery", run_gallery, summary, "OUT ", epilog)
    command.greedy = "--formats and --only"
    command.add_argument("out", metavar="OUT", help="the folder for the files, which is made if it is not there")
    shown = "gif (unless told otherwise), html, webp, apng, mp4, pptx, pdf, png, svg"
    command.add_argument("--formats", nargs="+", action="extend", type=ending, metavar="FORMAT", help=shown)
    shown = "only these, by the names that convviz list shows"
    command.add_argument("--only", nargs="+", action="extend", metavar="NAME", help=shown)
    shown = "how many files are made at the same time (default: one on each core)"
    command.add_argument("--jobs", type=whole, metavar="N", help=shown)
    command.add_argument("--quiet", action="store_true", help="no progress bar, and not a word but errors")
    add_look(command)


def add_input(command):
    """The input, and what is to be done with its colours."""
    shown = "an image file, a .npy or .csv file, numbers such as '1 2 3 / 4 5 6', an example's name, or photograph"
    command.add_argument("input", metavar="INPUT", help=shown)
    shown = "keep the channels of a colour image; without it the image becomes grey"
    command.add_argument("--colour", "--color", action="store_true", help=shown)


def add_windows(command):
    """Options that say where windows stand."""
    command.add_argument("--strides", type=pair, metavar="S", help="1, or rows,columns")
    shown = "valid, same, full, or cells: 1, or rows,columns, or top,bottom,left,right"
    command.add_argument("--padding", type=padding, metavar="P", help=shown)
    command.add_argument("--dilation", type=pair, metavar="D", help="1, or rows,columns")


def add_scatter(command):
    """How transposed convolutions are shown."""
    shown = "for transposed convolutions: a step is an input cell that stamps the kernel"
    command.add_argument("--scatter", action="store_true", help=shown)


def add_output(command):
    """Options that say what is shown and written."""
    shown = "files to write: .gif .webp .apng .mp4 .pptx .html .pdf .png .svg; step{step}.png (.svg, .pdf) makes one a step"
    command.add_argument("--out", nargs="+", action="extend", default=[], metavar="FILE", help=shown)
    shown = "so many steps, evenly spread; or which ones: 1-4,9"
    command.add_argument("--steps", type=steps, metavar="N", help=shown)
    command.add_argument("--quiet", action="store_true", help="print the result without the steps")
    add_look(command)


def add_look(command):
    """Options that say what files look like."""
    shown = "width and height of pictures in pixels, or as lengths: 8inx4.5in, 20cm; a width alone; or slide: 1280x720"
    command.add_argument("--size", type=size, metavar="800x400", help=shown)
    shown = "pixels per inch, for lengths and for programs that show a .png (default 100)"
    command.add_argument("--dpi", type=dpi, metavar="200", help=shown)
    shown = "no background in files: for light slides, or with --theme dark for dark ones"
    command.add_argument("--transparent", action="store_true", default=None, help=shown)
    command.add_argument("--seconds", type=seconds, metavar="0.8", help="how long an animation shows each step")
    command.add_argument("--theme", choices=("light", "dark"), help="colours of the files")
    command.add_argument("--lang", choices=("en", "ja"), default="en", help="language of the captions")


def wholes(text, counts, expected):
    """Whole numbers separated by commas, × or blanks, as many as one of `counts`."""
    words = re.split(r"\s*[,x×]\s*|\s+", text.translate(PLAIN).strip())
    if len(words) not in counts or not all(WHOLE.fullmatch(word) for word in words):
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {expected}")
    return tuple(int(word) for word in words)


def whole(text):
    """A whole number."""
    return wholes(text, (1,), "a whole number")[0]


def pair(text):
    """One whole number, or two for rows and columns."""
    found = wholes(text, (1, 2), "a whole number, or two for rows and columns such as 2,1")
    return found[0] if len(found) == 1 else found


def padding(text):
    """The value of --padding, as operations take it."""
    if text.strip().lower() in ("valid", "same", "full"):
        return text.strip().lower()
    found = wholes(text, (1, 2, 4), "valid, same, full, or cells: 1, or rows,columns, or top,bottom,left,right")
    return found[0] if len(found) == 1 else found if len(found) == 2 else (found[:2], found[2:])


def size(text):
    """The value of --size, as files take it; whether it is too large depends on --dpi."""
    from convviz.render.sizes import parsed_size

    try:
        return parsed_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def ending(text):
    """A value of --formats as the ending of a file."""
    from convviz.render import ENDINGS

    found = f".{text.strip().lower().removeprefix('.')}"
    if found not in ENDINGS:
        known = [each.removeprefix(".") for each in ENDINGS]
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {', '.join(known[:-1])} or {known[-1]}")
    return found


def dpi(text):
    """The value of --dpi."""
    from convviz.render.sizes import checked_dpi

    try:
        return checked_dpi(number(text.strip()))
    except Usage:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a number of pixels per inch such as 200") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def seconds(text):
    """The value of --seconds."""
    try:
        value = number(text.strip())
    except Usage:
        value = 0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a number of seconds such as 0.8")
    return value


def bias(text):
    """The value of --bias: a list of numbers."""
    try:
        return [number(word) for word in split_words(text.translate(PLAIN))]
    except Usage as error:
        raise argparse.ArgumentTypeError(f"{error}; expected a number, or one for each filter such as 1,2,3") from None


def steps(text):
    """The value of --steps: how many, or which."""
    text = text.translate(PLAIN).strip()
    spans = [re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", part.strip()) for part in text.split(",") if part.strip()]
    if not spans or None in spans:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of steps nor steps such as 1-4,9")
    if WHOLE.fullmatch(text):
        return int(text)
    return Spans(text, [(int(span[1]), int(span[2] or span[1])) for span in spans])


class Spans:
    """Steps by their numbers, which begin with 1."""

    def __init__(self, text, spans):
        self.text, self.spans = text, spans

    def indices(self, count):
        """Indices in a trace of `count` steps, or the error that says which steps there are."""
        for low, high in self.spans:
            if not 1 <= low <= high <= count:
                raise Usage(f"--steps {self.text}: there are steps 1 to {count:,}, and a range runs from low to high")
        return sorted({i - 1 for low, high in self.spans for i in range(low, high + 1)})


# The commands


def run_list(arguments):
    """Print names and titles."""
    from convviz import examples
    from convviz.examples import gallery

    words, titles = WORDS[arguments.lang], examples.titles(arguments.lang)
    calculations = set(examples.names("calculation"))
    animations = gallery.titles(arguments.lang).items()
    groups = {
        "examples": {name: title for name, title in titles.items() if name not in calculations},
        "calculations": {name: title for name, title in titles.items() if name in calculations},
        "kernels": examples.kernel_titles(arguments.lang),
        "animations": {name: title for name, title in animations if name not in titles},
    }
    for heading, entries in groups.items():
        say(words[heading])
        for name, title in entries.items():
            # a name that is too long for its column has its title on the next line
            say(f"  {name:{NAMES}}  {title}" if len(name) <= NAMES else f"  {name}\n  {'':{NAMES}}  {title}")
        say()


def run_example(arguments):
    """Show a worked example or a calculation."""
    from convviz import examples

    name, words = arguments.name.strip(), WORDS[arguments.lang]
    if name not in examples.names():
        raise Usage(f"no worked example is called {name!r}; {examples.nearest(name, examples.names(), LIST)}")
    entry = examples.get(name)
    if entry.kind == "calculation" and arguments.out:
        raise Usage(f"{name} is a calculation: it has no steps to show in {arguments.out[0]}")
    check_files(arguments)
    say(entry.title_ja if arguments.lang == "ja" else entry.title)
    say(folded(words["source"].format(entry.source)))
    if entry.note:
        say(folded(words["note"].format(entry.note)))
    say()
    if entry.kind == "calculation":
        show_calculation(entry, words)
        return
    trace = entry.trace(**view(arguments))
    show_steps(trace, arguments)
    show_result(trace, arguments.lang)
    for row, column in entry.wrong_cells:
        say(words["wrong"].format(entry.published[row, column], row, column, entry.answer[row, column]))
    write(trace, arguments)


def run_conv(arguments):
    """Show a convolution of what was given."""
    check_files(arguments)
    if arguments.transposed and arguments.flip:
        raise Usage("--flip is for convolutions; leave it out with --transposed")
    for name in ("output_padding", "scatter"):
        if getattr(arguments, name) and not arguments.transposed:
            raise Usage(f"--{name.replace('_', '-')} needs --transposed")
    image, kernel = read(arguments.input, "INPUT", arguments.colour), read(arguments.kernel, "KERNEL")
    if arguments.colour and image.ndim == 3 and kernel.ndim == 2 and arguments.groups is None:
        arguments.groups = image.shape[2]
        complain(f"each of the {arguments.groups} channels by itself, as with --groups {arguments.groups}")
    settings = given(arguments, "bias", "strides", "padding", "groups", "output_padding", dilation="dilation_rate")
    show(convolution(arguments)(kernel, **settings).trace(image, **view(arguments)), arguments)


def run_check(arguments):
    """Check an answer; exit status 1 if it is wrong."""
    operation, image = problem(arguments)
    answer = read_answer(arguments.answer)
    report = operation.check(image, answer, decimals=arguments.decimals, lang=arguments.lang)
    say(str(report))
    return 0 if report else 1


def problem(arguments):
    """The operation and the image that an answer is to."""
    from convviz import examples, operations

    if (arguments.example is None) == (arguments.input is None):
        raise Usage("say what the answer is to: --example NAME, or --input INPUT with --kernel KERNEL or --pool max")
    settings = given(arguments, "bias", "pool_size", "strides", "padding", dilation="dilation_rate")
    if arguments.example is not None:
        if settings or arguments.kernel or arguments.pool:
            raise Usage("an example has its settings; leave out the other options, or use --input in place of --example")
        known = [name for name in examples.names() if name not in examples.names("calculation")]
        if arguments.example not in known:
            nearest = examples.nearest(arguments.example, known, LIST)
            raise Usage(f"no worked example is called {arguments.example!r}; {nearest}")
        entry = examples.get(arguments.example)
        return entry.operation, entry.image
    image = read(arguments.input, "INPUT")
    if (arguments.kernel is None) == (arguments.pool is None):
        raise Usage("give either --kernel KERNEL or --pool max")
    if arguments.pool:
        if "bias" in settings:
            raise Usage("--bias is for convolutions; leave it out with --pool")
        return {"max": operations.MaxPooling, "average": operations.AveragePooling}[arguments.pool](**settings), image
    if "pool_size" in settings:
        raise Usage("--pool-size needs --pool")
    return operations.Convolution(read(arguments.kernel, "KERNEL"), **settings), image


def run_gallery(arguments):
    """Write the gallery; exit status 1 if some of it failed."""
    from tqdm import tqdm

    from convviz._support import processes
    from convviz.examples import gallery

    endings = formats(arguments)
    files = [(name, each) for name in animations(arguments.only) for each in endings]
    jobs = processes.cores() if arguments.jobs is None else at_least_one(arguments.jobs, "--jobs")
    folder = writable_folder(arguments.out)
    look = {each: given(arguments, "theme", *options_of(each)) for each in endings}
    sizes, failed = [], []
    bar = tqdm(total=len(files), unit="file", leave=False, disable=True if arguments.quiet else None)
    with bar, contextlib.closing(gallery.write(folder, files, jobs, arguments.lang, look)) as written:
        for name, count, error in written:
            bar.update()
            if error is None:
                sizes.append(count)
            else:
                known = isinstance(error, (ValueError, TypeError, OSError, ImportError, MemoryError, RuntimeError))
                words = reason(error) if known else f"{type(error).__name__}: {reason(error)}"
                failed.append(words if name in words else f"{name}: {words}")
    if sizes and not arguments.quiet:
        words = WORDS[arguments.lang]["written" if len(sizes) > 1 else "written_one"]
        say(words.format(len(sizes), folder, weight(sum(sizes))))
    for failure in sorted(failed):
        complain(failure)
    return 1 if failed else 0


def animations(only):
    """Names of the animations that are asked for, each once; all of them for None."""
    from convviz import examples
    from convviz.examples import gallery

    known = gallery.names()
    for name in only or ():
        if name in examples.names("calculation"):
            raise Usage(f"--only {name}: that is a calculation, which has no steps to show")
        if name not in known:
            raise Usage(f"--only {name}: no animation is called that; {examples.nearest(name, known, LIST)}")
    return known if only is None else [name for name in known if name in only]


def formats(arguments):
    """The endings that are asked for, each once, after a look that they and the options of files can be had."""
    from importlib.util import find_spec

    endings = list(dict.fromkeys(arguments.formats or [".gif"]))
    check_look(arguments, endings, "--formats with")
    for each in endings:
        module, package, extra = PACKAGES.get(each, ("sys", "", ""))
        if find_spec(module) is None:
            raise Usage(f"to write {each}, install {package}, which is the extra [{extra}] of convviz: pip install {package}")
    return endings


def writable_folder(name):
    """A folder that is there, or is made, and may be written."""
    folder = Path(name)
    if folder.exists() and not folder.is_dir():
        raise Usage(f"{name} is a file; give the name of a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise Usage(f"{name}: no files can be written there ({error.strerror}); choose another folder") from None


def at_least_one(value, option):
    """A number that may not be 0."""
    if value < 1:
        raise Usage(f"{option} is {value}; expected a whole number of at least 1")
    return value


def convolution(arguments):
    """What makes the convolution that is asked for."""
    from functools import partial

    from convviz.operations import Convolution, TransposedConvolution

    return TransposedConvolution if arguments.transposed else partial(Convolution, flip_kernel=arguments.flip)


def run_pool(arguments):
    """Show a pooling of what was given."""
    from convviz import operations

    check_files(arguments)
    settings = given(
        arguments, "pool_size", "strides", "padding", "count_include_pad", dilation="dilation_rate", ceil="ceil_mode"
    )
    if arguments.count_include_pad and arguments.kind != "average":
        raise Usage("--count-include-pad needs --kind average")
    if settings and arguments.kind.startswith("global"):
        raise Usage(f"--kind {arguments.kind} has one window over the whole image; leave out the options about windows")
    make = {
        "max": operations.MaxPooling,
        "average": operations.AveragePooling,
        "global-max": operations.GlobalMaxPooling,
        "global-average": operations.GlobalAveragePooling,
    }[arguments.kind]
    image = read(arguments.input, "INPUT", arguments.colour)
    if arguments.backward is None:
        show(make(**settings).trace(image), arguments)
    else:
        show_backward(make(**settings), image, arguments)


def show_backward(operation, image, arguments):
    """Show how a gradient is handed back through a pooling."""
    from convviz.stage.captions import words

    trace = operation.trace(image, view="backward", gradient=read(arguments.backward, "GRADIENT"))
    show_steps(trace, arguments)
    output = trace.output
    say(words(arguments.lang)["input_gradient"].format("×".join(map(str, output.shape))))
    say(range_of(output, arguments.lang) if max(output.shape) > CELLS else table(output))
    write(trace, arguments)


def given(arguments, *names, **renamed):
    """The settings that were given, by the names that operations have for them."""
    pairs = [(name, name) for name in names] + list(renamed.items())
    found = {setting: getattr(arguments, name) for name, setting in pairs}
    return {setting: value for setting, value in found.items() if value is not None and value is not False}


def view(arguments):
    """The view of a trace that was asked for."""
    return {"view": "scatter"} if arguments.scatter else {}


# What commands print and write


def show(trace, arguments):
    """Print the steps and the result, and write the files."""
    show_steps(trace, arguments)
    show_result(trace, arguments.lang)
    write(trace, arguments)


def show_steps(trace, arguments):
    """Print the steps of a trace; of a long one the first, the middle and the last."""
    if isinstance(arguments.steps, Spans):
        arguments.steps = arguments.steps.indices(len(trace))
    if arguments.quiet:
        return
    from convviz.render.text import text

    few = arguments.steps is None and len(trace) > ALL
    board = trace.board(arguments.lang, ends(trace) if few else arguments.steps)
    for index in board.indices:
        say(text(board.scene(index), coloured()))
        say()
    if few:
        say(WORDS[arguments.lang]["some"].format(len(board.indices), f"{len(trace):,}"))
        say()


def ends(trace):
    """The first, the middle and the last step of the first filter."""
    rows, columns = trace.shape[2:]
    return [0, rows // 2 * columns + columns // 2, rows * columns - 1]


def show_result(trace, lang):
    """Print the feature map, one filter after the other; of a large one the range."""
    from convviz.stage.captions import words

    captions = words(lang, trace.captions)
    maps = [(n, c) for n in range(trace.result.shape[0]) for c in range(trace.result.shape[3])]
    say(captions["output"].format("×".join(map(str, trace.output.shape))).strip())
    if max(trace.result.shape[1:3]) > CELLS:
        say(range_of(trace.result, lang))
        return
    for n, c in maps[:MAPS]:
        names = [("image", n, trace.result.shape[0]), ("filter", c, trace.result.shape[3])]
        heading = captions["comma"].join(captions[name].format(i) for name, i, count in names if count > 1)
        say((f"{heading}:\n" if heading else "") + table(trace.result[n, :, :, c]))
    if len(maps) > MAPS:
        say(WORDS[lang]["more"].format(len(maps) - MAPS))


def range_of(values, lang):
    """From which number to which the values of an array go, as words."""
    return WORDS[lang]["range"].format(plain(values.min()), plain(values.max()))


def table(values):
    """A 2-D array as lines of numbers, right-aligned."""
    texts = [[plain(value) for value in row] for row in values]
    width = max(len(text) for row in texts for text in row)
    return "\n".join(" ".join(f"{text:>{width}}" for text in row) for row in texts)


def plain(value):
    """A number with all its digits."""
    from convviz.steps.notation import show as written

    return written(value, digits=None).text


def show_calculation(entry, words):
    """Print a calculation and its answer, and a network's table."""
    answer = ", ".join(map(str, entry.answer)) if isinstance(entry.answer, tuple) else str(entry.answer)
    say(folded(f"{entry.expression} {'→' if entry.layers else '='} {answer}"))
    if entry.published is not None:
        say(words["published"].format(entry.published))
    for layer in entry.table:
        say(f"  {layer.name:13} {'×'.join(map(str, layer.output_shape)):>12} {layer.parameters:>12,}")


def check_files(arguments):
    """Raise an error for a file that has no writer, and an option that no file has, before any work is done."""
    from convviz.render import ENDINGS

    endings = [Path(name).suffix.lower() for name in arguments.out]
    for name, ending in zip(arguments.out, endings, strict=True):
        if ending not in ENDINGS:
            raise Usage(f"--out {name}: expected the ending {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
        if not Path(name).parent.is_dir():
            raise Usage(f"--out {name}: {Path(name).parent}: there is no folder to write {Path(name).name!r} in")
    check_look(arguments, endings, "--out with the ending")


def check_look(arguments, endings, how):
    """Raise an error for an option that none of the files has, and for a size that is too large."""
    from convviz.render import LONGEST
    from convviz.render.sizes import DPI, checked_size

    if arguments.seconds is not None and arguments.seconds > LONGEST:
        raise Usage(f"--seconds is {arguments.seconds:g}; expected more than 0 and at most {LONGEST} seconds")
    for ending in endings:
        if arguments.size is not None and "size" in options_of(ending):
            checked_size(arguments.size, arguments.dpi if arguments.dpi and "dpi" in options_of(ending) else DPI)
    for option, fitting in ONLY_FOR.items():
        if getattr(arguments, option) is not None and not set(endings) & set(fitting):
            raise Usage(f"--{option} is for files: {how} {', '.join(fitting[:-1])} or {fitting[-1]}")


def options_of(ending):
    """The options, of those that only some files have, that a file with this ending has."""
    return [option for option, endings in ONLY_FOR.items() if ending in endings]


def write(trace, arguments):
    """Write the files that were asked for."""
    from convviz.render import save

    for name in arguments.out:
        ending = Path(name).suffix.lower()
        board = trace.board(arguments.lang, arguments.steps)
        saved = save(board, name, **given(arguments, "theme", *options_of(ending)))
        some = len(board.indices) < len(trace) and ending not in (".png", ".svg") and not isinstance(saved, list)
        part = f", {len(board.indices):,} of {len(trace):,} steps" if some else ""
        for path in saved if isinstance(saved, list) else [saved]:
            say(f"wrote {path} ({weight(path.stat().st_size)}{part})")


def weight(count):
    """A number of bytes as one says it."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"
