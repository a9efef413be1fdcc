"""The command line: what it prints and writes, and what it says about nonsense."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import unicodedata
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convviz
from convviz import cli, examples
from convviz.cli import output

IMAGE = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]
COMMAND = [sys.executable, "-m", "convviz"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(convviz.__file__).parents[1])}


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


@pytest.fixture
def result(run):
    """Run it with --quiet and give the rows of numbers that follow the heading."""

    def call(*arguments):
        status, out, err = run(*arguments, "--quiet")
        assert (status, err) == (0, "")
        return [line.split() for line in out.splitlines()[1:]]

    return call


@pytest.fixture
def complaint(run, tmp_path):
    """Run it and give its one line of complaint, less the name in front; nothing may be written."""

    def call(*arguments):
        before = sorted(tmp_path.iterdir())
        status, _, err = run(*arguments)
        assert status == 2
        assert err.startswith("convviz: ") and err.count("\n") == 1 and err.endswith("\n")
        assert "Traceback" not in err and "Errno" not in err
        assert sorted(tmp_path.iterdir()) == before
        return err[len("convviz: ") : -1]

    return call


def shell(*arguments, check=False, **environment):
    """The command as a process of its own."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, check=check, env=ENVIRONMENT | environment)


def width(line):
    """Columns that a line takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


# list, --version, --help


def test_list_names_everything(run):
    status, out, err = run("list")
    assert (status, err) == (0, "")
    for name, title in (examples.titles() | examples.kernel_titles()).items():
        assert re.search(rf"^  {name}\s+{re.escape(title)}$", out, re.MULTILINE), name


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_list_fits_a_terminal(run, lang):
    _, out, _ = run("list", "--lang", lang)
    assert max(width(line) for line in out.splitlines()) <= 80
    assert ("例題" in out) == (lang == "ja")


def test_version(run):
    assert run("--version") == (0, f"convviz {convviz.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["list", "--help"], ["example", "-h"], ["conv", "-h"], ["pool", "-h"]])
def test_help(run, arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = run(*arguments)
    assert (status, err) == (0, "") and out.startswith("usage: convviz")
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["example", "vgg16"], ["conv", "--help"]])
def test_light_commands_load_no_heavy_modules(arguments):
    code = (
        "import sys; from convviz.cli import main; main(sys.argv[1:]); "
        "print([m for m in ('numba', 'matplotlib', 'PIL') if m in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True, env=ENVIRONMENT)
    assert found.stderr.decode().strip() == "[]"


# example


def test_example_shows_every_step(run):
    status, out, err = run("example", "lecture_6x6")
    assert (status, err) == (0, "")
    assert out.startswith("Lecture: 6×6 input, 3×3 kernel, no padding\nsource: 須藤毅顕")
    places = []
    for row, column in product(range(4), range(4)):
        pairs = [(IMAGE[row + i][column + j], KERNEL[i][j]) for i in range(3) for j in range(3)]
        formula = " + ".join(f"{a}×{b}" for a, b in pairs) + f" = {sum(a * b for a, b in pairs)}"
        places.append(out.index(formula, places[-1] + 1 if places else 0))
    assert out.count("⌊(6 − 3)/1⌋ + 1 = 4") == 16
    assert out.index("feature map 4×4\n18 20 19 20\n16 18 21 18\n18 25 21 19\n15 16 22 16\n") > places[-1]
    assert "The source prints 22 at row 0, column 1; right is 20.\n" in out
    assert "The source prints 17 at row 3, column 1; right is 16.\n" in out
    assert "steps." not in out


def test_example_marks_the_window(run):
    _, out, _ = run("example", "lecture_6x6", "--steps", "6-6")
    lines = [line for line in out.splitlines() if "[" in line]
    assert len(lines) == 3
    assert lines[0].startswith(" 4  [2] [1] [2]  3   0") and "[18]" in lines[0]
    assert lines[1].startswith(" 2  [2] [1] [3]  2   1")
    assert lines[2].startswith(" 1  [1] [2] [3]  1   2")


@pytest.mark.parametrize("name", [name for kind in examples.KINDS[:3] for name in examples.names(kind)])
def test_every_example_runs(run, name):
    status, out, err = run("example", name)
    assert (status, err) == (0, "")
    assert out.count("output size") == examples.get(name).answer.size
    rows = [[word.replace("−", "-") for word in line.split()] for line in out.splitlines()]
    answer = examples.get(name).answer
    for number, plane in enumerate(np.moveaxis(np.atleast_3d(answer), 2, 0)):
        words = [[f"{value:g}" if value == int(value) else repr(float(value)) for value in row] for row in plane]
        start = next(i for i in range(len(rows)) if rows[i : i + len(words)] == words)
        called = examples.get(name).captions.get("output", {"en": "feature map"})["en"].split()
        heading = [*called, "×".join(map(str, answer.shape))] if answer[0, 0].size == 1 else ["filter", f"{number}:"]
        assert rows[start - 1] == heading


def test_example_in_japanese(run):
    _, out, _ = run("example", "lecture_6x6", "--lang", "ja")
    assert out.startswith("講義：6×6の入力と3×3のカーネル") and "特徴マップ 4×4" in out
    assert "出典では行 0、列 1 が 22 だが、正しくは 20。" in out


def test_example_seen_from_the_input(run):
    status, out, _ = run("example", "no_padding_strides_transposed", "--scatter")
    assert status == 0 and "step 4 of 4" in out


@pytest.mark.parametrize("name", examples.names("calculation"))
def test_every_calculation_is_shown(run, name):
    status, out, err = run("example", name)
    assert (status, err) == (0, "")
    assert max(width(line) for line in out.splitlines()) <= 80
    entry, flat = examples.get(name), out.replace("\n  ", " ")
    answer = ", ".join(map(str, entry.answer)) if isinstance(entry.answer, tuple) else str(entry.answer)
    assert f"\n{entry.expression} {'→' if entry.layers else '='} {answer}" in flat
    assert f"source: {entry.source}\n" in flat and entry.note in flat
    for layer in entry.table:
        assert re.search(rf"{layer.name} +{'×'.join(map(str, layer.output_shape))} +{layer.parameters:,}$", out, re.MULTILINE)


def test_a_calculation_that_was_printed_wrong(run):
    _, out, _ = run("example", "lecture_weights_28x28")
    assert "28·28·10 = 7840\nThe source prints 7850.\n" in out


def test_unknown_example(complaint):
    assert "is called 'lecture_6x7'; did you mean 'lecture_6x6'" in complaint("example", "lecture_6x7")
    assert complaint("example", "") == "no worked example is called ''; convviz list lists all"
    assert complaint("example", "vgg16", "--out", "x.gif") == "vgg16 is a calculation: it has no steps to show in x.gif"


# conv and pool: numbers


@pytest.mark.parametrize(
    "text",
    [
        "1 2 3 / 4 5 6",
        "1,2,3;4,5,6",
        "1, 2, 3 / 4, 5, 6",
        "1 2 3\n4 5 6\n",
        " 1\t2  3 /\n4 5 6 /",
        "１　２　３／４　５　６",
        "1. 2e0 3.0;4 5 .6e1",
    ],
)
def test_numbers_inline(result, text):
    assert result("conv", text, "1 1") == [["3", "5"], ["9", "11"]]


@pytest.mark.parametrize("kernel", ["-1 1", "-1,1", " -1 1", "−1 1", "-1.0 +1"])
def test_numbers_that_begin_with_a_minus(result, kernel):
    assert result("conv", "-1 2 3 / 4 -5 6", kernel) == [["3", "1"], ["−9", "11"]]


def test_minus_in_options(result):
    assert result("conv", "1 2", "1", "--bias", "-3") == [["−2", "−1"]]
    assert result("conv", "-inf 2", "-.5", "--bias=-.5") == [["∞", "−1.5"]]


def test_numbers_stay_exact(result):
    assert result("conv", "9223372036854775807 1 / 123456789012345678901234567890 0", "2 2") == [
        [str(2 * (9223372036854775807 + 1))],
        [str(2 * 123456789012345678901234567890)],
    ]


def test_nan_and_infinity_pass(result):
    assert result("conv", "nan 1 inf -inf", "1") == [["NaN", "1", "∞", "−∞"]]


def test_settings_reach_the_operation(result):
    image, kernel = "1 2 3 4 / 5 6 7 8 / 9 1 2 3 / 4 5 6 7", "1 2 / 3 4"
    numbers, weights = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3], [4, 5, 6, 7]], [[1, 2], [3, 4]]
    for options, settings in [
        (["--strides", "2"], {"strides": 2}),
        (["--strides", "2,1"], {"strides": (2, 1)}),
        (["--padding", "same"], {"padding": "same"}),
        (["--padding", "FULL"], {"padding": "full"}),
        (["--padding", "1"], {"padding": 1}),
        (["--padding", "1,2"], {"padding": (1, 2)}),
        (["--padding", "1,0,2,1"], {"padding": ((1, 0), (2, 1))}),
        (["--dilation", "2x1"], {"dilation_rate": (2, 1)}),
        (["--bias", "-7"], {"bias": -7}),
        (["--flip"], {"flip_kernel": True}),
        (["--padding", "same", "--padding-mode", "reflect"], {"padding": "same", "padding_mode": "reflect"}),
        (["--padding", "2", "--padding-mode", "Wrap"], {"padding": 2, "padding_mode": "circular"}),
    ]:
        wanted = convviz.Convolution(weights, **settings)(numbers)
        assert result("conv", image, kernel, *options) == [[str(v).replace("-", "−") for v in row] for row in wanted]
    wanted = convviz.TransposedConvolution(weights, strides=2, output_padding=(1, 0))(numbers)
    found = result("conv", image, kernel, "--transposed", "--strides", "2", "--output-padding", "1,0")
    assert found == [[str(value) for value in row] for row in wanted]


def test_poolings(result):
    image = "3 4 5 6 / 1 2 3 4 / -1 3 0 3 / 2 2 5 2"
    assert result("pool", image) == [["4", "6"], ["3", "5"]]
    assert result("pool", image, "--kind", "average") == [["2.5", "4.5"], ["1.5", "2.5"]]
    assert result("pool", image, "--pool-size", "3", "--strides", "3", "--ceil") == [["5", "6"], ["5", "2"]]
    assert result("pool", image, "--kind", "average", "--padding", "1", "--count-include-pad")[0] == ["0.75", "2.25", "1.5"]
    assert result("pool", image, "--kind", "average", "--padding", "1")[0] == ["3", "4.5", "6"]
    assert result("pool", image, "--kind", "global-max") == [["6"]]
    assert result("pool", image, "--kind", "global-average") == [["2.75"]]
    assert result("pool", image, "--backward", "1 2 / 3 4")[::2] == [["0", "1", "0", "2"], ["0", "3", "0", "0"]]


def test_kernels_and_examples_by_name(result):
    image = "0 0 9 / 0 0 9 / 0 0 9"
    assert result("conv", image, "sobel_x") == [["36"]]
    assert result("conv", "lecture_6x6", "lecture_6x6") == [[str(v) for v in row] for row in examples.lecture_6x6.answer]
    assert result("pool", "lecture_max_pooling") == [["4", "6"], ["3", "5"]]


def test_filters_and_images_are_told_apart(run, tmp_path):
    np.save(tmp_path / "two.npy", np.arange(2 * 2 * 2).reshape(2, 2, 2, 1))
    np.save(tmp_path / "kernel.npy", np.arange(1, 7).reshape(1, 1, 1, 6))
    _, out, _ = run("conv", "two.npy", "kernel.npy", "--quiet")
    assert out.startswith("feature map 2×2×2×6\nimage 0, filter 0:\n0 1\n2 3\nimage 0, filter 1:\n0 2\n4 6\n")
    assert out.endswith("image 0, filter 3:\n 0  4\n 8 12\n… and 8 more\n")


# What is printed of many steps


def test_of_many_steps_a_few_are_printed(run, tmp_path):
    np.save(tmp_path / "large.npy", np.arange(30 * 40).reshape(30, 40))
    status, out, err = run("conv", "large.npy", "identity")
    assert (status, err) == (0, "")
    assert re.findall(r"step ([\d,]+) of ([\d,]+)", out) == [("1", "1,064"), ("552", "1,064"), ("1,064", "1,064")]
    assert "3 of 1,064 steps. --steps 20 prints 20 of them, --steps 5-9 these.\n" in out
    assert out.endswith("feature map 28×38\nfrom 41 to 1158\n")


def test_up_to_64_steps_are_all_printed(run):
    row = " ".join(map(str, range(8)))
    assert run("conv", " / ".join([row] * 8), "1")[1].count("output size") == 64
    assert run("conv", " / ".join([row] * 9), "1")[1].count("output size") == 3


@pytest.mark.parametrize(
    "text, numbers", [("4", [1, 6, 11, 16]), ("1-3,16", [1, 2, 3, 16]), ("7-7", [7]), ("7,", [7]), (" 2 - 3 , 2", [2, 3])]
)
def test_steps_can_be_chosen(run, text, numbers):
    _, out, _ = run("example", "lecture_6x6", "--steps", text)
    assert [int(n) for n in re.findall(r"step (\d+) of 16", out)] == numbers


def test_quiet_prints_no_steps(run):
    assert run("conv", "1 2", "3", "--quiet") == (0, "feature map 1×2\n3 6\n", "")


# Files that are read


def rows_of(pixels):
    return [[str(value) for value in row] for row in np.asarray(pixels).tolist()]


@pytest.mark.parametrize(
    "text",
    ["1,2\n3,4\n", "1;2\r\n3;4\r\n", "1\t2\n3\t4", "1 2\n3  4\n", "\ufeff1,2\n\n3,4\n\n", '"1","2"\n" 3", 4 ', " 1, 2\n 3, 4"],
)
def test_csv(result, tmp_path, text):
    (tmp_path / "image.csv").write_text(text, encoding="utf-8", newline="")
    assert result("conv", "image.csv", "1") == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    "text, said",
    [
        (b"a,2\n1,2\n", "row 1, column 1 (counting from 1): 'a' is not a number"),
        (b"a,b\n1,c\n", "row 2, column 2 (counting from 1): 'c' is not a number"),
        (b"1,2\n3,x\n", "row 2, column 2 (counting from 1): 'x' is not a number"),
        (b"1,2\n\n3,1e\n", "row 3, column 2 (counting from 1): '1e' is not a number"),
        (b"1,2\n3,\n", "row 2, column 2 (counting from 1): nothing stands there; expected a number"),
        (b"1;2.5\n3;4,5\n", "row 2, column 2 (counting from 1): '4,5' is not a number"),
        (b"1,2\n3\n", "row 2 has length 1, but row 1 has length 2; every row needs as many numbers"),
        (b"1,2\n3,4,5\n", "row 2 has length 3, but row 1 has length 2; every row needs as many numbers"),
        (b"1,1_000\n", "row 1, column 2 (counting from 1): '1_000' is not a number"),
        (b"1,0x10\n", "row 1, column 2 (counting from 1): '0x10' is not a number"),
        (b"1,1e999\n", "row 1, column 2 (counting from 1): 1e999 is too large; floats end near 1.8e308"),
        (b"1,2+3j\n", "row 1, column 2 (counting from 1): '2+3j' is not a number"),
        (b"9" * 5000 + b"\n", "row 1, column 1 (counting from 1): a number of 5,000 digits is too long"),
        (b"", "is empty; expected rows of numbers"),
        (b"\n \n", "is empty; expected rows of numbers"),
        ("é,1\n".encode("latin-1"), "is not text in UTF-8; save it as CSV (UTF-8)"),
        (b"1,\x002\n", "row 1, column 2 (counting from 1): '\\x002' is not a number"),
        (b'"1,2\n', "row 1, column 1 (counting from 1): '1,2' is not a number"),
    ],
)
def test_csv_that_is_not_numbers(complaint, tmp_path, text, said):
    (tmp_path / "data.csv").write_bytes(text)
    found = complaint("conv", "data.csv", "1")
    assert found.startswith("data.csv") and said in found


def test_npy(result, tmp_path):
    np.save(tmp_path / "image.npy", np.array([[200, 100], [50, 25]], np.uint8))
    assert result("conv", "image.npy", "2") == [["400", "200"], ["100", "50"]]


def test_npy_that_holds_a_pickle_is_refused(complaint, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    np.save(tmp_path / "bomb.npy", np.array([Bomb()], object), allow_pickle=True)
    said = "bomb.npy holds Python objects (a pickle), which could run any program; save numbers instead"
    assert complaint("conv", "bomb.npy", "1") == said
    assert not (tmp_path / "exploded").exists()


def test_npy_that_is_none(complaint, tmp_path):
    (tmp_path / "a.npy").write_bytes(b"")
    (tmp_path / "b.npy").write_bytes(b"\x80\x04K\x01.")
    np.save(tmp_path / "c.npy", np.arange(6).reshape(2, 3))
    whole = (tmp_path / "c.npy").read_bytes()
    (tmp_path / "c.npy").write_bytes(whole[:-8])
    (tmp_path / "d.npy").write_bytes(whole[:20])
    np.savez(tmp_path / "e.npz", np.eye(2))
    np.save(tmp_path / "f.npy", np.array([["x"]]))
    np.save(tmp_path / "g.npy", np.array([[1j]]))
    np.save(tmp_path / "h.npy", np.arange(3))
    assert complaint("conv", "a.npy", "1") == "a.npy is not a .npy file; write it with numpy.save"
    assert complaint("conv", "b.npy", "1") == "b.npy is not a .npy file; write it with numpy.save"
    assert complaint("conv", "c.npy", "1").startswith("c.npy cannot be read")
    assert complaint("conv", "d.npy", "1").startswith("d.npy cannot be read")
    assert complaint("conv", "e.npz", "1").startswith("e.npz holds several arrays; save the one that is meant")
    assert "expected numbers" in complaint("conv", "f.npy", "1")
    assert "complex numbers are not supported" in complaint("conv", "g.npy", "1")
    assert "expected (H, W)" in complaint("conv", "h.npy", "1")


GREY = np.array([[0, 50], [100, 255]], np.uint8)
COLOUR = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]], np.uint8)


@pytest.mark.parametrize("name", ["grey.png", "grey.bmp", "grey.tif", "grey.gif", "grey.webp", "GREY.PNG", "no_ending"])
def test_grey_pictures(result, tmp_path, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    Image.fromarray(GREY).save(tmp_path / name, format=None if "." in name else "PNG", **options)
    assert result("conv", name, "1") == rows_of(GREY)


def test_pictures_of_other_modes(result, tmp_path):
    Image.fromarray(GREY).convert("LA").save(tmp_path / "alpha.png")
    Image.fromarray(GREY).convert("RGB").save(tmp_path / "grey_as_colour.png")
    Image.fromarray(np.array([[0, 60000]], np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(np.array([[0.5, -2]], np.float32)).save(tmp_path / "real.tif")
    Image.fromarray(GREY > 60).save(tmp_path / "bits.png")
    assert result("conv", "alpha.png", "1") == rows_of(GREY)
    assert result("conv", "grey_as_colour.png", "1") == rows_of(GREY)
    assert result("conv", "deep.png", "2") == [["0", "120000"]]
    assert result("conv", "real.tif", "1") == [["0.5", "−2"]]
    assert result("conv", "bits.png", "1") == [["0", "0"], ["255", "255"]]


def test_a_picture_is_turned_as_the_camera_was(result, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GREY).save(tmp_path / "turned.png", exif=exif)
    assert result("conv", "turned.png", "1") == rows_of(np.rot90(GREY, -1))


def test_colour_becomes_grey_and_says_so(run, tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "colour.png")
    status, out, err = run("conv", "colour.png", "1", "--quiet")
    assert (status, err) == (0, "convviz: colour.png is in colour and was turned grey; --colour keeps red, green and blue\n")
    assert out == "feature map 2×2\n 76 150\n 29   9\n"


def test_colour_can_be_kept(run, tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "colour.png")
    status, out, err = run("conv", "colour.png", "2", "--colour", "--quiet")
    assert (status, err) == (0, "convviz: each of the 3 channels by itself, as with --groups 3\n")
    assert out.startswith("feature map 2×2×3\nfilter 0:\n510   0\n  0  18\nfilter 1:\n  0 510\n  0  18\n")
    status, out, err = run("pool", "colour.png", "--color", "--quiet")
    assert (status, err) == (0, "") and out.startswith("feature map 1×1×3\nfilter 0:\n255\n")
    np.save(tmp_path / "sum.npy", np.ones((1, 1, 3, 1), int))
    status, out, err = run("conv", "colour.png", "sum.npy", "--colour", "--quiet")
    assert (status, out, err) == (0, "feature map 2×2×1\n255 255\n255  27\n", "")


def test_photograph_by_name(run):
    status, out, _ = run("conv", "photograph", "edge", "--quiet")
    assert status == 0 and out.startswith("feature map 598×510\nfrom −")


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://w3.org'/>"])
def test_pictures_that_are_none(complaint, tmp_path, content):
    (tmp_path / "broken.png").write_bytes(content)
    assert complaint("conv", "broken.png", "1").startswith("broken.png")


def test_a_picture_that_was_cut_off(complaint, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    Image.fromarray(noise).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:1500])
    assert complaint("conv", "cut.png", "1").startswith("cut.png")


def test_a_picture_that_would_fill_the_memory(complaint, tmp_path, monkeypatch):
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert complaint("conv", "bomb.png", "1").startswith("bomb.png")


# Nonsense


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["conv"], "the following arguments are required: INPUT, KERNEL (before --out); see convviz conv --help"),
        (["conv", "--out", "a.gif", "1 2", "1"], "required: INPUT, KERNEL (before --out)"),
        (["conv", "1 2"], "the following arguments are required: KERNEL"),
        (["conv", "1", "1", "1"], "unrecognized arguments: 1"),
        (["conv", "1", "1", "--pad", "1"], "unrecognized arguments: --pad"),
        (["conv", "", "1"], "INPUT is empty; give an image file, a .npy or .csv file, or numbers such as '1 2 3 / 4 5 6'"),
        (["conv", "1", " "], "KERNEL is empty"),
        (["conv", "missing.png", "1"], "INPUT: there is no file 'missing.png'; give an image file"),
        (["conv", "2024/missing.csv", "1"], "INPUT: there is no file '2024/missing.csv'"),
        (["conv", ".", "1"], ". is a folder; give an image file"),
        (["conv", "1 2 / 3 4", "sobel"], "KERNEL 'sobel' is no file, no numbers and no known name"),
        (["conv", "1 2 / 3 4", "sobel"], "did you mean 'sobel_y' or 'sobel_x'?"),
        (["conv", "fotograph", "edge"], "did you mean 'photograph'?"),
        (["conv", "vgg16", "edge"], "INPUT 'vgg16' is no file, no numbers and no known name"),
        (["conv", "x" * 5000, "1"], "INPUT 'xxxxxxx"),
        (["conv", "a\0b", "1"], "is no file, no numbers and no known name"),
        (["conv", "1 2 / 3", "1"], "INPUT: row 2 has length 1, but row 1 has length 2; every row needs as many numbers"),
        (["conv", "1 2 // 3 4", "1"], "INPUT: row 2, column 1 (counting from 1): nothing stands there"),
        (["conv", "1 x / 3 4", "1"], "INPUT: row 1, column 2 (counting from 1): 'x' is not a number"),
        (["conv", "1", "1,,2"], "KERNEL: row 1, column 2 (counting from 1): nothing stands there; expected a number"),
        (["conv", "1 3² / 3 4", "1"], "row 1, column 2 (counting from 1): '3²' is not a number"),
        (["conv", "1 2 3", "1 2 3 4"], "the kernel spans 4 columns, but the input has only 3"),
        (["conv", "1 2", "1", "--strides", "0"], "strides is 0; expected a whole number of at least 1"),
        (["conv", "1 2", "1", "--strides", "-1"], "strides is -1; expected a whole number of at least 1"),
        (["conv", "1 2", "1", "--strides", "1.5"], "argument --strides: '1.5' is not a whole number, or two"),
        (["conv", "1 2", "1", "--strides", "1,2,3"], "argument --strides: '1,2,3' is not a whole number, or two"),
        (["conv", "1 2", "1", "--strides", ""], "argument --strides: '' is not a whole number"),
        (["conv", "1 2", "1", "--strides"], "argument --strides: expected one argument"),
        (["conv", "1 2", "1", "--padding", "-1"], "padding is -1; expected a whole number of at least 0"),
        (["conv", "1 2", "1", "--padding", "half"], "argument --padding: 'half' is not valid, same, full, or cells"),
        (["conv", "1 2", "1", "--padding", "1,2,3"], "argument --padding: '1,2,3' is not valid, same, full, or cells"),
        (["conv", "1 2", "1", "--padding", "1,-2,0,0"], "expected a whole number of at least 0"),
        (
            ["conv", "1 2", "1", "--padding", "1", "--padding-mode", "mirrored"],
            "argument --padding-mode: 'mirrored' is not zeros, reflect, symmetric, replicate or circular",
        ),
        (["conv", "1 2", "1", "--padding-mode", "wrap"], "--padding-mode needs --padding, such as --padding same"),
        (
            ["conv", "1 2", "1", "--padding", "1", "--padding-mode", "wrap", "--transposed"],
            "--padding-mode is for convolutions; leave it out with --transposed",
        ),
        (["conv", "1 2", "1", "--dilation", "x"], "argument --dilation: 'x' is not a whole number"),
        (["conv", "1 2", "1", "--groups", "2"], "groups is 2, but the image has 1 channel; leave out --groups"),
        (["conv", "1 2", "1", "--groups", "0"], "groups is 0; expected a whole number of at least 1"),
        (["conv", "1 2", "1", "--bias", "1,2"], "bias has shape (2,)"),
        (["conv", "1 2", "1", "--bias", "one"], "argument --bias: 'one' is not a number; expected a number, or one for each"),
        (["conv", "1 2", "1", "--flip", "--transposed"], "--flip is for convolutions; leave it out with --transposed"),
        (["conv", "1 2", "1", "--output-padding", "1"], "--output-padding needs --transposed"),
        (["conv", "1 2", "1", "--scatter"], "--scatter needs --transposed"),
        (["conv", "1 2", "1", "--transposed", "--output-padding", "1"], "--output-padding is 1; it must be smaller"),
        (["conv", "1 2", "1", "--steps", "0"], "steps is 0; expected a whole number of at least 1"),
        (["conv", "1 2", "1", "--steps", "x"], "argument --steps: 'x' is neither a number of steps nor steps such as 1-4,9"),
        (["conv", "1 2", "1", "--steps", "0-1"], "--steps 0-1: there are steps 1 to 2"),
        (["conv", "1 2", "1", "--steps", "2-3"], "--steps 2-3: there are steps 1 to 2"),
        (["conv", "1 2", "1", "--steps", "2-1"], "--steps 2-1: there are steps 1 to 2, and a range runs from low to high"),
        (["conv", "1 2", "1", "--steps", "1-999999999999999999"], "there are steps 1 to 2"),
        (["conv", "1 2", "1", "--theme", "pink"], "invalid choice: 'pink' (choose from"),
        (["conv", "1 2", "1", "--lang", "fr"], "invalid choice: 'fr' (choose from"),
        (["conv", "1 2", "1", "--out"], "argument --out: expected at least one argument"),
        (["conv", "1 2", "1", "--out", "x.jpg"], "--out x.jpg: expected the ending .gif, .webp,"),
        (["conv", "1 2", "1", "--out", "x"], "--out x: expected the ending .gif"),
        (["conv", "1 2", "1", "--out", "x.gif", "--size", "800x"], "'800x' is not a size such as 800x400, 8inx4.5in, 1280"),
        (["conv", "1 2", "1", "--out", "x.gif", "--size", "8 inches"], "'8 inches' is not a size such as 800x400, 8inx4.5in"),
        (["conv", "1 2", "1", "--out", "x.gif", "--size", "-8in"], "'-8in' is not a size such as 800x400"),
        (["conv", "1 2", "1", "--out", "x.png", "--size", "9in", "--dpi", "1200"], "10000 pixels at 1200 pixels per inch"),
        (["conv", "1 2", "1", "--out", "x.png", "--size", "0.1in"], "from 16 to 10000 pixels at 100 pixels per inch"),
        (["conv", "1 2", "1", "--out", "x.png", "--dpi", "3"], "dpi is 3; expected from 10 to 1200 pixels per inch"),
        (["conv", "1 2", "1", "--out", "x.png", "--dpi", "nan"], "dpi is nan; expected from 10 to 1200 pixels per inch"),
        (["conv", "1 2", "1", "--out", "x.png", "--dpi", "fine"], "'fine' is not a number of pixels per inch such as 200"),
        (["conv", "1 2", "1", "--out", "x.pdf", "--dpi", "200"], "--dpi is for files: --out with the ending .gif, .webp,"),
        (["conv", "1 2", "1", "--out", "x.html", "--motion"], "--motion is for files: --out with the ending .gif, .webp"),
        (["conv", "1 2", "1", "--out", "x.mp4", "--transparent"], "--transparent is for files: --out with the ending .gif"),
        (["conv", "1 2", "1", "--out", "x.gif", "--size", "4x4"], "expected width and height from 16 to 10000 pixels"),
        (["conv", "1 2", "1", "--out", "x.gif", "--size", "99999x400"], "expected width and height from 16 to 10000 pixels"),
        (["conv", "1 2", "1", "--out", "x.gif", "--seconds", "-1"], "'-1' is not a number of seconds such as 0.8"),
        (["conv", "1 2", "1", "--out", "x.gif", "--seconds", "nan"], "'nan' is not a number of seconds such as 0.8"),
        (["conv", "1 2", "1", "--out", "x.gif", "--seconds", "fast"], "'fast' is not a number of seconds such as 0.8"),
        (["conv", "1 2", "1", "--out", "x.gif", "--seconds", "1e9"], "expected more than 0 and at most 600 seconds"),
        (["conv", "1 2", "1", "--seconds", "1"], "--seconds is for files: --out with the ending .gif, .webp, .apng or .mp4"),
        (["conv", "1 2", "1", "--out", "x.html", "--size", "80x80"], "--size is for files: --out with the ending .gif"),
        (["conv", "1 2", "1", "--out", "no/such/x.gif"], "no/such: there is no folder to write 'x.gif' in"),
        (["pool", "1 2 / 3 4", "--kind", "min"], "invalid choice: 'min'"),
        (["pool", "1 2 / 3 4", "--count-include-pad"], "--count-include-pad needs --kind average"),
        (["pool", "1 2 / 3 4", "--kind", "global-max", "--strides", "2"], "--kind global-max has one window over the whole"),
        (["pool", "1 2 / 3 4", "--padding", "2"], "holds nothing but padding"),
        (["pool", "1 2 / 3 4", "--pool-size", "3"], "the pool spans 3 rows, but the input has only 2"),
    ],
)
def test_nonsense_is_one_line(complaint, arguments, said):
    # the folder's real name may stand in front of a relative one
    assert said in complaint(*arguments).replace(os.getcwd() + os.sep, "")


def test_running_out_of_memory_is_one_line(complaint, monkeypatch):
    def full(*arguments):
        raise MemoryError("Unable to allocate 7 TiB")

    monkeypatch.setattr(convviz.Convolution, "trace", full)
    assert complaint("conv", "1", "1") == "not enough memory; give a smaller image (Unable to allocate 7 TiB)"


def test_errors_of_several_lines_become_one(complaint, monkeypatch):
    def fail(*arguments):
        raise ValueError("first\n  second")

    monkeypatch.setattr(convviz.Convolution, "trace", fail)
    assert complaint("conv", "1", "1") == "first second"


def test_an_error_of_the_program_itself_is_not_hidden(run, monkeypatch):
    def fail(*arguments):
        raise AttributeError("a mistake in convviz")

    monkeypatch.setattr(convviz.Convolution, "trace", fail)
    with pytest.raises(AttributeError):
        run("conv", "1", "1")


def test_random_text_never_gives_a_traceback(run):
    rng = np.random.default_rng(7)
    signs = list("0123456789 ,;/.-+eExX\n\t\\\"'[](){}inf∞−×…é畳\u3000") + ["nan", "--", "-1"]
    for _ in range(300):
        texts = ["".join(rng.choice(signs, rng.integers(0, 12))) for _ in range(3)]
        status, _, err = run("conv", texts[0], texts[1], "--padding", texts[2], "--quiet")
        assert (status == 0) == (err == "") and status in (0, 2), texts
        assert err.count("\n") <= 1, texts


# Files that are written


def test_an_example_as_animation_and_page(run, tmp_path):
    status, out, err = run("example", "lecture_6x6", "--quiet", "--out", "conv.gif", "conv.html", "--size", "400x200")
    assert (status, err) == (0, "")
    with Image.open(tmp_path / "conv.gif") as animation:
        assert (animation.size, animation.n_frames) == ((400, 200), 16)
    assert (tmp_path / "conv.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    for name in ("conv.gif", "conv.html"):
        size = (tmp_path / name).stat().st_size
        assert f"wrote {name} ({size / 1000:.0f} kB)\n" in out
    assert sorted(os.listdir(tmp_path)) == ["conv.gif", "conv.html"]


def test_options_of_files(run, tmp_path):
    options = ["--steps", "1-3", "--seconds", "0.5", "--theme", "dark", "--lang", "ja", "--size", "200x100"]
    status, out, _ = run("conv", "1 2 3 / 4 5 6", "1", *options, "--out", "a.gif", "--out", "b.html", "c.png")
    assert status == 0 and re.search(r"wrote a\.gif \(\d+ kB, 3 of 6 steps\)", out)
    with Image.open(tmp_path / "a.gif") as animation:
        assert (animation.size, animation.n_frames, animation.info["duration"]) == ((200, 100), 3, 500)
        assert sum(animation.convert("RGB").getpixel((0, 0))) < 150
    assert '<html lang="ja"' in (tmp_path / "b.html").read_text(encoding="utf-8")
    with Image.open(tmp_path / "c.png") as picture:
        assert picture.size == (200, 100)


def test_sizes_for_slides(run, tmp_path):
    for size, options, pixels in [
        ("8inx4.5in", ["--dpi", "50"], (400, 225)),
        ("slide", [], (1280, 720)),
        ("4in,400", ["--dpi", "50.5"], (202, 400)),
    ]:
        assert run("conv", "1 2", "1", "--quiet", "--out", "a.png", "a.svg", "--size", size, *options)[0] == 0
        with Image.open(tmp_path / "a.png") as picture:
            assert picture.size == pixels
            assert picture.info["dpi"] == pytest.approx([float(options[-1]) if options else 100] * 2, abs=0.02)
    assert ' width="4in" height="400"' in (tmp_path / "a.svg").read_text(encoding="utf-8")
    run("conv", "1 2", "1", "--quiet", "--out", "a.svg", "--size", "640")
    assert ' width="640" height="' in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_transparent_files_beside_one_that_cannot_be(run, tmp_path):
    status, _, err = run("conv", "1 2", "1", "--out", "a.png", "a.gif", "a.html", "--transparent", "--theme", "dark")
    assert (status, err) == (0, "")
    for name in ("a.png", "a.gif"):
        with Image.open(tmp_path / name) as picture:
            assert picture.convert("RGBA").getpixel((0, 0))[3] == 0


def test_a_page_for_each_step(run, tmp_path):
    status, out, _ = run("pool", "1 2 3 4 5 6", "--pool-size", "1,2", "--steps", "2", "--quiet", "--out", "step{step}.pdf")
    assert status == 0 and out.count("wrote step") == 2 and "of 3 steps" not in out
    assert sorted(os.listdir(tmp_path)) == ["step0.pdf", "step2.pdf"]


def test_a_picture_for_each_step(run, tmp_path):
    status, out, _ = run("pool", "1 2 3 4", "--pool-size", "1,2", "--quiet", "--out", "step{step}.svg")
    assert status == 0 and out.count("wrote step") == 2
    assert len(list(tmp_path.glob("step*.svg"))) == 2


def test_sizes_of_files_as_one_says_them():
    sizes = [999, 1000, 85_188, 999_499, 999_500, 12_345_678]
    assert [output.weight(size) for size in sizes] == ["999 bytes", "1 kB", "85 kB", "999 kB", "1.0 MB", "12.3 MB"]


# The terminal


def test_no_colour_in_a_pipe_and_colour_at_a_terminal(tmp_path):
    pty = pytest.importorskip("pty", reason="terminals are made by pty, which this system lacks")

    def seen(**environment):
        master, slave = pty.openpty()
        base = {key: value for key, value in ENVIRONMENT.items() if key not in ("NO_COLOR", "TERM")}
        arguments = [*COMMAND, "conv", "1 2", "1"]
        subprocess.run(arguments, stdout=slave, check=True, env=base | {"TERM": "xterm"} | environment)
        os.close(slave)
        text = os.read(master, 100_000).decode()
        os.close(master)
        return text

    assert "\033[" in seen()
    assert "\033[" not in seen(NO_COLOR="1")
    assert "\033[" not in seen(TERM="dumb")
    assert b"\033[" not in shell("conv", "1 2", "1", check=True).stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp932", "utf-8"])
def test_a_terminal_that_lacks_signs(encoding):
    found = shell("example", "lecture_6x6", check=True, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert found.stderr == b""
    out = found.stdout.decode(encoding)
    sign = "×" if encoding != "ascii" else "x"
    assert f"0{sign}1 + 2{sign}2 + 3{sign}2" in out
    assert ("[(6 - 3)/1] + 1 = 4" in out) == (encoding in ("ascii", "latin-1"))


def test_a_complaint_that_the_terminal_cannot_write():
    found = shell("conv", "畳", "1", PYTHONIOENCODING="ascii")
    assert found.returncode == 2 and found.stderr.startswith(b"convviz: INPUT '?' is no file")


def test_a_reader_that_leaves_is_no_error_and_files_are_written(tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "example", "lecture_6x6", "--out", "a.svg"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=ENVIRONMENT,
    )
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr.read() == b""
    process.stderr.close()
    assert (tmp_path / "a.svg").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, which only Linux has")
@pytest.mark.parametrize(
    "arguments, unbuffered",
    [(["list"], ""), (["list"], "1"), (["example", "lecture_6x6"], ""), (["conv", "1", "1"], "1"), (["--version"], "")],
)
def test_a_full_disk_is_one_line(arguments, unbuffered):
    environment = ENVIRONMENT | {"PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        found = subprocess.run([*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, env=environment)
    assert found.returncode == 2
    assert found.stderr.startswith(b"convviz: ") and found.stderr.count(b"\n") == 1


def test_interruption_is_quiet(run, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(convviz.Convolution, "trace", interrupted)
    assert run("conv", "1", "1") == (130, "", "")


def test_an_interruption_that_another_package_turned_into_an_error_is_one(run, monkeypatch):
    def interrupted(*arguments):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("Invalid bounding box") from None

    monkeypatch.setattr(convviz.Convolution, "trace", interrupted)
    assert run("conv", "1", "1") == (130, "", "")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(os.name != "posix", reason="interrupts are sent by a POSIX signal")
def test_control_c_while_a_file_is_written_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "conv", "photograph", "sobel_x", "--steps", "100000", "--quiet", "--out", "long.gif"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=ENVIRONMENT,
    )
    while not list(tmp_path.iterdir()):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"")
    assert list(tmp_path.iterdir()) == []


def test_the_module_runs_as_a_program():
    found = shell("conv", "1 2 3", "-1 1", "--quiet", check=True)
    assert found.stdout.decode() == "feature map 1×2\n1 1\n"
    assert shell("conv", "1 2 3", "1 1 1 1").returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_streams_that_are_closed_are_no_error(closed, tmp_path):
    for command in (["example", "neuron", "--out", "a.svg"], ["gallery", "out", "--only", "neuron", "--formats", "svg"]):
        line = f"{shlex.join([*COMMAND, *command])} {closed}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, env=ENVIRONMENT, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "a.svg").stat().st_size and (tmp_path / "out" / "neuron.svg").stat().st_size
