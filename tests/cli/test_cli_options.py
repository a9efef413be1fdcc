"""Every option of every command does what its help says, and nonsense ends in one line and exit status 2."""

import re
from pathlib import Path

import numpy as np
import odd_settings
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import convviz as cv
from convviz import cli, examples
from convviz.cli.arguments import parser
from convviz.inputs import Usage

IMAGE, KERNEL = [[1, 2, 3], [4, 5, 6], [7, 8, 10]], [[1, 2], [0, 1]]
TEXT, WEIGHTS = "1 2 3 / 4 5 6 / 7 8 10", "1 2 / 0 1"
COLOURS = np.random.default_rng(1).integers(0, 256, (3, 3, 3), dtype=np.uint8)
CONV, POOL = ["conv", TEXT, WEIGHTS, "--quiet"], ["pool", TEXT, "--quiet"]
EXAMPLE = ["example", "no_padding_no_strides_transposed"]
GALLERY = ["gallery", "out", "--only", "lecture_max_pooling", "--jobs", "1", "--quiet", "--formats"]
CHECK = ["check", "--input", TEXT, "--kernel", WEIGHTS]
RIGHT = cv.conv2d(IMAGE, KERNEL)
#: Commands and their options, without --help.
OPTIONS = {
    (command, action.option_strings[0])
    for command, each in parser().commands.items()
    for action in each._actions
    if action.option_strings and action.dest != "help"
}


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command line in a folder of its own: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(COLOURS).save("colours.png")
    first, *others = (Image.fromarray(np.full((1, 2), value, np.uint8)) for value in (9, 8))
    first.save("pages.tif", save_all=True, append_images=others)

    def call(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


def written(numbers):
    """An array as answers are typed."""
    return " / ".join(" ".join(map(str, row)) for row in np.asarray(numbers).tolist())


def table(out):
    """The numbers that are printed under the last heading, row by row."""
    rows = []
    for line in reversed(out.splitlines()):
        if not re.fullmatch(r"[-−+.\d e]+", line):
            break
        rows.append([float(word.replace("−", "-")) for word in line.split()])
    return rows[::-1]


def prints(option, base, wanted, *given):
    """A case: with an option the table is that of `wanted`, and without it another."""

    def case(run):
        status, out, _ = run(*base, option, *given)
        assert status == 0 and np.array_equal(table(out), np.asarray(wanted, float))
        assert table(run(*base)[1]) != table(out)

    return case


def says(option, base, there, *given, lost=(), status=0):
    """A case: with an option the output has what is in `there` and not what is in `lost`; without it the reverse."""

    def case(run):
        found, out, err = run(*base, option, *given)
        _, before, earlier = run(*base)
        assert found == status
        for words in there:
            assert words in out + err and words not in before + earlier
        for words in lost:
            assert words not in out + err and words in before + earlier

    return case


def draws(option, base, name, look, with_option, without, *given):
    """A case: what `look` sees in a file is `with_option` with the option, and `without` without it."""

    def case(run):
        for extra, wanted in (([], without), ([option, *given], with_option)):
            assert run(*base, *extra)[0] == 0
            found = look(Path(name))
            assert found == wanted, extra

    return case


def size(path):
    with Image.open(path) as picture:
        return picture.size


def dots(path):
    with Image.open(path) as picture:
        return round(picture.info["dpi"][0])


def clear(path):
    with Image.open(path) as picture:
        return picture.convert("RGBA").getpixel((0, 0))[3] == 0


def dark(path):
    with Image.open(path) as picture:
        return sum(picture.convert("RGB").getpixel((0, 0))) < 200


def frame_time(path):
    with Image.open(path) as picture:
        return picture.info["duration"]


def frames(path):
    with Image.open(path) as picture:
        return picture.n_frames


def moves(path):
    """Whether there are frames between the steps."""
    return frames(path) > 20


def japanese(path):
    return any("\u3040" < letter < "\u9fff" for letter in path.read_text(encoding="utf-8"))


def look_cases(command, base, out):
    """The options that say how files look, for a command that writes them: `out` gives the arguments for an ending."""

    def case(option, ending, *rest):
        arguments, name = out(ending)
        return (command, option), draws(option, [*base, *arguments], name, *rest)

    yield case("--size", "png", size, (320, 200), size_without(command), "320x200")
    yield case("--dpi", "png", dots, 200, 100, "200")
    yield case("--transparent", "png", clear, True, False)
    yield case("--theme", "png", dark, True, False, "dark")
    yield case("--seconds", "gif", frame_time, 400, 800, "0.4")
    yield case("--motion", "gif", moves, True, False)
    yield case("--lang", "svg", japanese, True, False, "ja")


def tinted(path):
    """Whether a picture says what its colours mean."""
    return "blue: below 0" in Path(path).read_text()


def with_blocks(path):
    """Whether a picture shows blocks."""
    return 'class="outline"' in Path(path).read_text()


def size_without(command):
    """The size of a picture for which none is asked."""
    trace = {
        "example": lambda: examples.get("no_padding_no_strides_transposed").trace(),
        "conv": lambda: cv.Convolution(KERNEL).trace(IMAGE),
        "pool": lambda: cv.MaxPooling(2, 1).trace(IMAGE),
        "gallery": lambda: examples.get("lecture_max_pooling").trace(),
    }[command]()
    return tuple(trace.figure(-1).get_size_inches().round(6) * 100)


def output_cases(command, base):
    """The options of a command that prints steps and writes files; `base` ends with --quiet."""
    yield from look_cases(command, base, lambda ending: (["--out", f"a.{ending}"], f"a.{ending}"))
    yield (command, "--out"), lambda run: (run(*base, "--out", "b.gif", "c.html"), Path("b.gif").stat(), Path("c.html").stat())
    yield (command, "--steps"), draws("--steps", [*base, "--out", "a.gif"], "a.gif", frames, 1, frames_of(command), "1-1")
    by_sign = [*base, "--out", "a.svg"]
    yield (command, "--colour-by"), draws("--colour-by", by_sign, "a.svg", tinted, True, False, "sign")
    yield (command, "--style"), draws("--style", by_sign, "a.svg", with_blocks, True, False, "volume")
    yield (command, "--quiet"), says("--quiet", base[:-1], [], lost=["step 1 of"])


def frames_of(command):
    """How many frames an animation of all steps has."""
    return {"example": 16, "conv": 4, "pool": 4}[command]


def cases():
    """For each option of each command a function that tries it."""
    colour = COLOURS.astype(int)
    grey = np.array(Image.fromarray(COLOURS).convert("L")).astype(int)
    photo, kernel_of_one = ["conv", "colours.png", "1 0 / 0 1", "--quiet"], [[1, 0], [0, 1]]
    each = cv.conv2d(colour, kernel_of_one, groups=3)
    yield (
        ("list", "--lang"),
        says("--lang", ["list"], ["例題", "鮮鋭化"], "ja", lost=["Worked examples"]),
    )
    yield ("example", "--scatter"), says("--scatter", EXAMPLE, ["cell × kernel"], lost=["kernel, turned 180°"])
    yield from output_cases("example", [*EXAMPLE, "--quiet"])
    yield ("conv", "--colour"), lambda run: all_channels(run(*photo, "--colour")[1], each, run(*photo)[1], grey, kernel_of_one)
    yield ("conv", "--bias"), prints("--bias", CONV, RIGHT + 5, "5")
    yield ("conv", "--strides"), prints("--strides", CONV, cv.conv2d(IMAGE, KERNEL, strides=(1, 2)), "1,2")
    yield ("conv", "--padding"), prints("--padding", CONV, cv.conv2d(IMAGE, KERNEL, padding="same"), "same")
    yield ("conv", "--dilation"), prints("--dilation", CONV, cv.conv2d(IMAGE, KERNEL, dilation_rate=2), "2")
    grouped = [*photo, "--colour"]
    yield ("conv", "--groups"), says("--groups", grouped, [], "3", lost=["each of the 3 channels by itself"])
    yield ("conv", "--flip"), prints("--flip", CONV, cv.conv2d(IMAGE, KERNEL, flip_kernel=True))
    yield ("conv", "--transposed"), prints("--transposed", CONV, cv.conv2d_transpose(IMAGE, KERNEL))
    same = [*CONV, "--padding", "same"]
    wanted = cv.conv2d(IMAGE, KERNEL, padding="same", padding_mode="replicate")
    yield ("conv", "--padding-mode"), prints("--padding-mode", same, wanted, "replicate")
    yield ("conv", "--frame"), prints("--frame", ["conv", "pages.tif", "1", "--quiet"], [[8, 8]], "2")
    up = [*CONV, "--transposed", "--strides", "2"]
    wanted = cv.conv2d_transpose(IMAGE, KERNEL, strides=2, output_padding=1)
    yield ("conv", "--output-padding"), prints("--output-padding", up, wanted, "1")
    yield ("conv", "--scatter"), says("--scatter", [*CONV[:-1], "--transposed"], ["cell × kernel"], lost=["turned 180°"])
    yield from output_cases("conv", CONV)
    yield from pool_cases(colour)
    yield from check_cases()
    yield from look_cases("gallery", GALLERY, lambda ending: ([ending], f"out/lecture_max_pooling.{ending}"))
    yield ("gallery", "--formats"), lambda run: (run(*GALLERY, "svg", "html"), Path("out/lecture_max_pooling.html").stat())
    yield ("gallery", "--only"), only_one
    yield ("gallery", "--jobs"), says("--jobs", GALLERY[:4] + ["--formats", "svg"], ["--jobs is 0"], "0", status=2)
    yield ("gallery", "--quiet"), says("--quiet", [*GALLERY[:6], "--formats", "svg"], [], lost=["wrote 1 file into out"])


def pool_cases(colour):
    """The options of pool."""
    photo = ["pool", "colours.png", "--quiet"]
    yield ("pool", "--colour"), lambda run: all_channels(run(*photo, "--colour")[1], cv.max_pool2d(colour), run(*photo)[1])
    for kind, function in (("average", cv.avg_pool2d), ("global-max", cv.global_max_pool2d)):
        yield ("pool", "--kind"), prints("--kind", POOL, np.reshape(function(IMAGE), (1, 1)), kind)
    yield ("pool", "--frame"), prints("--frame", ["pool", "pages.tif", "--pool-size", "1", "--quiet"], [[8, 8]], "2")
    yield ("pool", "--pool-size"), prints("--pool-size", POOL, cv.max_pool2d(IMAGE, (1, 2)), "1,2")
    yield ("pool", "--strides"), prints("--strides", POOL, cv.max_pool2d(IMAGE, strides=1), "1")
    yield ("pool", "--padding"), prints("--padding", POOL, cv.max_pool2d(IMAGE, padding="same"), "same")
    average = [*POOL, "--kind", "average", "--strides", "1"]
    yield ("pool", "--dilation"), prints("--dilation", average, cv.avg_pool2d(IMAGE, strides=1, dilation_rate=2), "2")
    yield ("pool", "--ceil"), prints("--ceil", POOL, cv.max_pool2d(IMAGE, ceil_mode=True))
    wanted = cv.avg_pool2d(IMAGE, strides=1, padding=1, count_include_pad=True)
    yield ("pool", "--count-include-pad"), prints("--count-include-pad", [*average, "--padding", "1"], wanted)
    wanted = cv.MaxPooling(2).trace(IMAGE, view="backward", gradient=[[7]]).output
    yield ("pool", "--backward"), prints("--backward", POOL, wanted, "7")
    yield from output_cases("pool", ["pool", TEXT, "--strides", "1", "--quiet"])


def check_cases():
    """The options of check: each makes an answer right that is wrong without it, or the other way round."""

    def judged(option, answer, *given, base=CHECK, without=1):
        def case(run):
            assert run("check", written(answer), *base[1:], option, *given)[0] == 0
            assert run("check", written(answer), *base[1:])[0] == without

        return (("check", option), case)

    yield judged("--bias", RIGHT + 5, "5")
    yield judged("--strides", cv.conv2d(IMAGE, KERNEL, strides=2), "2")
    yield judged("--padding", cv.conv2d(IMAGE, KERNEL, padding=1), "1")
    yield judged("--dilation", cv.conv2d(IMAGE, KERNEL, dilation_rate=2), "2")
    means = ["check", "--input", "1 2 / 2 2", "--kernel", "0.37 0 / 0 0.4"]
    yield judged("--decimals", [[1.2]], "1", base=means)
    pools = ["check", "--input", TEXT, "--pool", "max"]
    yield judged("--pool-size", cv.max_pool2d(IMAGE, (1, 3)), "1,3", base=pools)
    yield judged("--pool", cv.avg_pool2d(IMAGE), "average", base=pools)
    yield judged("--pool", cv.max_pool2d(IMAGE), "max", base=["check", "--input", TEXT], without=2)
    yield judged("--kernel", RIGHT, WEIGHTS, base=["check", "--input", TEXT], without=2)
    yield judged("--input", RIGHT, TEXT, base=["check", "--kernel", WEIGHTS], without=2)
    wanted = cv.conv2d(IMAGE, KERNEL, padding=1, padding_mode="circular")
    yield judged("--padding-mode", wanted, "circular", base=[*CHECK, "--padding", "1"])
    yield judged("--frame", [[8, 8]], "2", base=["check", "--input", "pages.tif", "--kernel", "1"])
    yield judged("--example", examples.get("lecture_6x6").answer, "lecture_6x6", base=["check"], without=2)
    wrong = ["check", written(RIGHT + 1), *CHECK[1:]]
    yield ("check", "--lang"), says("--lang", wrong, ["行 0"], "ja", lost=["row 0"], status=1)


def all_channels(out, wanted, plain, grey=None, kernel=None):
    """Raise AssertionError unless every channel of a result is printed; and without the option, that of the grey image."""
    parts = re.split(r"(?m)^filter \d+:\n|^.*:\n", out)
    found = [table(part) for part in parts if table(part)]
    assert len(found) == 3
    for channel in range(3):
        assert np.array_equal(found[channel], wanted[:, :, channel])
    if grey is not None:
        assert np.array_equal(table(plain), cv.conv2d(grey, kernel))
    assert len(table(plain)) == len(wanted)


def only_one(run):
    run("gallery", "out", "--only", "lecture_max_pooling", "ceil_mode", "--formats", "svg", "--quiet", "--jobs", "1")
    assert sorted(path.name for path in Path("out").iterdir()) == ["ceil_mode.svg", "lecture_max_pooling.svg"]


CASES = list(cases())


def test_every_option_has_a_case():
    assert {place for place, _ in CASES} == OPTIONS


@pytest.mark.parametrize(("place", "case"), CASES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_an_option_does_what_its_help_says(run, place, case):
    case(run)


# nonsense

NUMBERS = (
    "0 1 2 3 -1 7 99 1000000 2147483647 2147483648 18446744073709551616 -9223372036854775808 0.0 0.5 1.5 2.0 1e400 nan -inf"
)
LISTS = "1,2 1x2 １ １，２ 1,2,3 1,2,3,4 1,2,3,-4 1;2 1/2 0x10 1_000 1-2 2-1 1- 1-99 0-0 , ,, -- - slide 8in 1e5in 800x400"
WORDS = "True same SAME valid en ja fr light dark .. * a.gif a.jpg .png {step}.png no/where.png lecture_6x6 max a\0b \udcff"
LONG = ["1" + "0" * 30, "1" + "0" * 400, "1" + "0" * 5000, "1,1" + "0" * 400, "x" * 5000, "9" * 30 + "in"]
ODD = [*NUMBERS.split(), *LISTS.split(), *WORDS.split(), *LONG, "", "2 ", "same "]
BASES = (
    ["list"],
    [*EXAMPLE, "--quiet"],
    CONV,
    [*CONV, "--transposed"],
    [*CONV, "--out", "a.png"],
    [*CONV, "--out", "a.gif"],
    POOL,
    ["check", written(RIGHT), *CHECK[1:]],
    ["check", written(RIGHT), "--input", TEXT, "--pool", "max"],
    [*GALLERY, "svg"],
)
#: Each with an option and a word that it might be given.
NONSENSE = [
    (base, action.option_strings[0], action.nargs == 0)
    for base in BASES
    for action in parser().commands[base[0]]._actions
    if action.option_strings and action.dest != "help"
]


def status_of(arguments, capsys, monkeypatch):
    """The exit status, once stderr was found to be empty or one line of convviz's own words."""
    errors = []
    with monkeypatch.context() as patch:
        patch.setattr(cli, "reason", lambda error, plain=cli.reason: errors.append(error) or plain(error))
        status = cli.main([str(argument) for argument in arguments])
    err = capsys.readouterr().err
    assert status in ((0, 1, 2) if arguments[0] == "check" else (0, 2)), (status, err)
    if status == 2:
        assert err.startswith("convviz: ") and err.count("\n") == 1 and len(err) < 1000, err
        if not isinstance(errors[0], Usage):
            odd_settings.sentence_of(errors[0])
    return status


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NONSENSE), st.sampled_from(ODD))
def test_nonsense_ends_in_one_line_and_nothing_is_half_written(capsys, monkeypatch, tmp_path, place, word):
    base, option, alone = place
    monkeypatch.chdir(tmp_path)
    for path in sorted(tmp_path.rglob("*"), reverse=True):  # what the example before this one wrote
        path.rmdir() if path.is_dir() else path.unlink()
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    status = status_of([*base, option, *([] if alone else [word])], capsys, monkeypatch)
    after = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert status == 0 or after == before
    assert not [path for path in after if path.name.startswith(".") and path.suffix in ("", ".tmp")]


@pytest.mark.parametrize("option", ["--strides", "--dilation", "--padding", "--groups"])
@pytest.mark.parametrize("power", [31, 63, 64, 1000])
def test_settings_beyond_all_images(run, option, power):
    status, out, err = run(*CONV, option, str(2**power))
    assert (status, out) == (2, "")
    assert re.fullmatch(rf"convviz: {option} is .*; expected a whole number of at most 2147483647\n", err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cnv", "1", "1"], "COMMAND: invalid choice: 'cnv'; did you mean conv?"),
        (["zzz"], "invalid choice: 'zzz'; the commands are list, example, conv, pool, check, gallery"),
        (["conv", "1", "1", "--stride", "2"], "unrecognized arguments: --stride 2; did you mean --strides?"),
        (["conv", "1", "1", "--stride=2"], "unrecognized arguments: --stride=2; did you mean --strides?"),
        (["pool", "1", "--kernel-size", "2"], "did you mean --pool-size?"),
        (["conv", "1", "1", "--dilation-rate", "2"], "did you mean --dilation?"),
        (["pool", "1", "--ceil-mode"], "did you mean --ceil?"),
        (["pool", "1", "--border-mode", "same"], "did you mean --padding?"),
        (["conv", "1", "1", "--flip-kernel"], "did you mean --flip?"),
        (["example", "vgg16", "--output", "a.gif"], "did you mean --out?"),
        (["--verison"], "did you mean --version?"),
        (["list", "--qwerty"], "unrecognized arguments: --qwerty; see convviz list --help"),
        (["conv", "1", "1", "7"], "unrecognized arguments: 7; see convviz conv --help"),
    ],
)
def test_words_that_are_no_command_and_no_option(run, arguments, said):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "") and err.startswith("convviz: ") and err.endswith(f"{said}\n") and err.count("\n") == 1


def test_exit_statuses(run):
    assert run("conv", "1", "1")[0] == run("--help")[0] == run()[0] == 0
    assert run("check", "2", "--input", "1", "--kernel", "2")[0] == 0
    assert run("check", "3", "--input", "1", "--kernel", "2")[0] == 1
    assert run("check", "x y", "--input", "1", "--kernel", "2")[0] == run("conv", "1", "1 / 1")[0] == run("nothing")[0] == 2


#: Options that take numbers, and what else has to be given with each.
NUMBERED = {
    **{("conv", option): [] for option in ("--strides", "--padding", "--dilation", "--groups", "--bias", "--steps")},
    ("conv", "--output-padding"): ["--transposed"],
    ("conv", "--size"): ["--out", "a.png"],
    ("conv", "--dpi"): ["--out", "a.png"],
    ("conv", "--seconds"): ["--out", "a.gif"],
    **{("pool", option): [] for option in ("--strides", "--padding", "--dilation", "--pool-size", "--backward")},
    **{("check", option): [] for option in ("--strides", "--padding", "--dilation", "--bias", "--decimals")},
    ("gallery", "--size"): ["png"],
    ("gallery", "--jobs"): ["gif"],
}


@pytest.mark.parametrize("place", sorted(NUMBERED))
@pytest.mark.parametrize("value", ["0", "-1", "9,9", "1,0", "1,2,3", str(2**64), "1.5", "x"])
def test_an_error_names_the_option_that_was_typed(run, place, value):
    command, option = place
    base = {"conv": CONV, "pool": POOL, "check": [*CHECK, written(RIGHT)], "gallery": GALLERY}[command]
    harmless = {"--bias", "--steps", "--jobs"}
    if option in harmless and "," not in value and value != "x":
        return  # a bias may be any number, and 0 steps are none
    status, _, said = run(*base, *NUMBERED[place], option, value)
    assert not re.search("dilation_rate|pool_size|output_padding|ceil_mode", said)
    if status == 2:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", said), said


def test_a_size_that_does_not_fit_names_options_only(run):
    for option, said in (("--dilation", "a smaller --dilation"), ("--padding", "--padding must be smaller")):
        status, _, error = run(*POOL, option, "4")
        assert status == 2 and said in error
    status, _, error = run("conv", "colours.png", WEIGHTS, "--colour", "--groups", "2")
    assert status == 2 and "--groups" in error and "groups=" not in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*POOL, "--padding-mode", "reflect"], "a pooling has no padding mode; leave it out"),
        ([*POOL, "--bias", "1"], "a pooling has no bias; leave it out"),
        ([*CONV, "--pool-size", "2"], "--pool-size is an option of pool and check; see convviz conv --help"),
        ([*CHECK, "1", "--groups=2"], "--groups is an option of conv; see convviz check --help"),
    ],
)
def test_an_option_of_another_command_is_answered_with_where_it_belongs(run, arguments, said):
    status, _, error = run(*arguments)
    assert status == 2 and said in error and "did you mean" not in error
