"""The commands: each takes the parsed arguments and returns the exit status, or None for 0."""

from convviz._support.suggestions import nearest
from convviz.cli.converters import given
from convviz.cli.file_options import check_files
from convviz.cli.gallery import write_gallery
from convviz.cli.output import show, show_calculation, show_input_gradient, show_result, show_steps, write
from convviz.cli.terminal import folded, say
from convviz.cli.texts import TEXTS
from convviz.inputs import Usage, complain
from convviz.inputs.sources import LIST, read, read_answer, require_one_stdin

__all__ = ["COMMANDS"]

#: Width of the column of names that list prints.
NAMES = 26


def list_names(arguments):
    """Print names and titles."""
    from convviz import examples
    from convviz.examples import gallery

    texts, titles = TEXTS[arguments.lang], examples.titles(arguments.lang)
    calculations = set(examples.names("calculation"))
    animations = gallery.titles(arguments.lang).items()
    groups = {
        "examples": {name: title for name, title in titles.items() if name not in calculations},
        "calculations": {name: title for name, title in titles.items() if name in calculations},
        "kernels": examples.kernel_titles(arguments.lang),
        "animations": {name: title for name, title in animations if name not in titles},
    }
    for heading, entries in groups.items():
        say(texts[heading])
        for name, title in entries.items():
            # a name that is too long for its column has its title on the next line
            say(f"  {name:{NAMES}}  {title}" if len(name) <= NAMES else f"  {name}\n  {'':{NAMES}}  {title}")
        say()


def show_example(arguments):
    """Show a worked example or a calculation."""
    from convviz import examples

    name, texts = arguments.name.strip(), TEXTS[arguments.lang]
    entry = known_example(name, examples.names())
    if entry.kind == "calculation" and arguments.out:
        raise Usage(f"{name} is a calculation: it has no steps to show in {arguments.out[0]}")
    check_files(arguments)
    say(entry.title_ja if arguments.lang == "ja" else entry.title)
    say(folded(texts["source"].format(entry.source)))
    if entry.note:
        say(folded(texts["note"].format(entry.note)))
    say()
    if entry.kind == "calculation":
        show_calculation(entry, arguments.lang)
        return
    trace = entry.trace(**view(arguments))
    show_steps(trace, arguments)
    show_result(trace, arguments.lang)
    for row, column in entry.wrong_cells:
        say(texts["wrong"].format(entry.published[row, column], row, column, entry.answer[row, column]))
    write(trace, arguments)


def known_example(name, known):
    """The worked example called `name`, which must be one of those known."""
    from convviz import examples

    if name not in known:
        raise Usage(f"no worked example is called {name!r}; {nearest(name, known, LIST)}")
    return examples.get(name)


def convolve(arguments):
    """Show a convolution of what was given."""
    check_files(arguments)
    if arguments.transposed and arguments.flip:
        raise Usage("--flip is for convolutions; leave it out with --transposed")
    for name in ("output_padding", "scatter"):
        if getattr(arguments, name) and not arguments.transposed:
            raise Usage(f"--{name.replace('_', '-')} needs --transposed")
    check_padding_mode(arguments, "--transposed" if arguments.transposed else "")
    require_one_stdin(INPUT=arguments.input, KERNEL=arguments.kernel)
    image, kernel = read(arguments.input, "INPUT", arguments.colour, arguments.frame), read(arguments.kernel, "KERNEL")
    names = "bias", "strides", "padding", "padding_mode", "groups", "output_padding"
    settings = given(arguments, *names, dilation="dilation_rate")
    if arguments.colour and image.ndim == 3 and kernel.ndim == 2 and arguments.groups is None:
        settings["groups"] = image.shape[2]
        complain(f"each of the {image.shape[2]} channels by itself, as with --groups {image.shape[2]}")
    show(convolution(kernel, settings, arguments).trace(image, **view(arguments)), arguments)


def check_padding_mode(arguments, other):
    """Refuse --padding-mode where it would do nothing: without padding, or with `other`, the option of another operation."""
    if arguments.padding_mode is None:
        return
    if other:
        raise Usage(f"--padding-mode is for convolutions; leave it out with {other}")
    if arguments.padding in (None, "valid"):
        raise Usage("--padding-mode needs --padding, such as --padding same")


def convolution(kernel, settings, arguments):
    """The convolution that is asked for."""
    from convviz.operations import Convolution, TransposedConvolution

    if arguments.transposed:
        return TransposedConvolution(kernel, **settings)
    return Convolution(kernel, flip_kernel=arguments.flip, **settings)


def view(arguments):
    """The view of a trace that was asked for."""
    return {"view": "scatter"} if arguments.scatter else {}


def pool(arguments):
    """Show a pooling of what was given."""
    check_files(arguments)
    settings = given(
        arguments, "pool_size", "strides", "padding", "count_include_pad", dilation="dilation_rate", ceil="ceil_mode"
    )
    chosen = pooling_class(arguments.kind)
    if arguments.count_include_pad and "count_include_pad" not in chosen.settings:
        raise Usage("--count-include-pad needs --kind average")
    if settings and chosen.is_global:
        raise Usage(f"--kind {arguments.kind} has one window over the whole image; leave out the options about windows")
    require_one_stdin(INPUT=arguments.input, GRADIENT=arguments.backward)
    image = read(arguments.input, "INPUT", arguments.colour, arguments.frame)
    operation = chosen(**settings)
    if arguments.backward is None:
        show(operation.trace(image), arguments)
        return
    trace = operation.trace(image, view="backward", gradient=read(arguments.backward, "--backward"))
    show_steps(trace, arguments)
    show_input_gradient(trace.output, arguments.lang)
    write(trace, arguments)


def pooling_class(command):
    """The class of the pooling that --kind and --pool name."""
    from convviz.operations import class_of
    from convviz.operations.names import NAMES

    kind = next(names.kind for names in NAMES.values() if names.command == command)
    return class_of(kind)


def check(arguments):
    """Check an answer; exit status 1 if it is wrong."""
    require_one_stdin(ANSWER=arguments.answer, INPUT=arguments.input, KERNEL=arguments.kernel)
    operation, image = problem(arguments)
    answer = read_answer(arguments.answer)
    report = operation.check(image, answer, decimals=arguments.decimals, lang=arguments.lang)
    say(str(report))
    return 0 if report else 1


def problem(arguments):
    """The operation and the image that an answer is to."""
    from convviz import examples

    if (arguments.example is None) == (arguments.input is None):
        raise Usage("say what the answer is to: --example NAME, or --input INPUT with --kernel KERNEL or --pool max")
    names = "bias", "pool_size", "strides", "padding", "padding_mode"
    settings = given(arguments, *names, dilation="dilation_rate")
    if arguments.example is not None:
        if settings or arguments.kernel or arguments.pool or arguments.frame:
            raise Usage("an example has its settings; leave out the other options, or use --input in place of --example")
        known = [name for name in examples.names() if name not in examples.names("calculation")]
        entry = known_example(arguments.example, known)
        return entry.operation, entry.image
    check_padding_mode(arguments, "--pool" if arguments.pool else "")
    image = read(arguments.input, "INPUT", frame=arguments.frame)
    if (arguments.kernel is None) == (arguments.pool is None):
        raise Usage("give either --kernel KERNEL or --pool max")
    return operation_of_problem(arguments, settings), image


def operation_of_problem(arguments, settings):
    """The operation that --kernel or --pool describes."""
    from convviz.operations import Convolution

    if arguments.pool:
        if "bias" in settings:
            raise Usage("--bias is for convolutions; leave it out with --pool")
        return pooling_class(arguments.pool)(**settings)
    if "pool_size" in settings:
        raise Usage("--pool-size needs --pool")
    return Convolution(read(arguments.kernel, "KERNEL"), **settings)


#: What runs for each command.
COMMANDS = {
    "list": list_names,
    "example": show_example,
    "conv": convolve,
    "pool": pool,
    "check": check,
    "gallery": write_gallery,
}
