"""Files and standard input: what is read, what is said to be lost, and what is refused."""

import io
import struct
import sys
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from convviz import cli
from convviz.inputs import Usage
from convviz.inputs.pictures import decoded
from convviz.inputs.sources import read, read_answer
from convviz.interactive import Explorer
from convviz.interactive.start import settings_of

TWO = [["1", "2"], ["3", "4.5"]]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder, standard input given as bytes: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments, stdin=None):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = cli.main([*map(str, arguments)])
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


def rows(out):
    return [line.split() for line in out.splitlines()[1:]]


def png(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, "PNG", **options)
    return file.getvalue()


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


# Text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", ["1;2\n3;4,5\n", "sep=;\r\n1;2\r\n3;4,5\r\n", "１\t２\n３\t４，５\n"])
def test_tables_in_every_encoding_with_a_mark(run, tmp_path, text, encoding):
    content = text.encode(encoding)
    (tmp_path / "a.csv").write_bytes(content)
    assert rows(run("conv", "a.csv", "1", "--quiet")[1]) == TWO
    status, out, err = run("conv", "-", "1", "--quiet", stdin=content)
    assert (status, rows(out), err) == (0, TWO, "")
    assert run("check", "-", "--input", "a.csv", "--kernel", "1", stdin=content)[0] == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1,2\n3,4\n".encode("utf-16-le"), "a.csv seems to be UTF-16 without a byte order mark; save it as CSV (UTF-8)"),
        ("幅,1\n".encode("cp932"), "a.csv is not text in UTF-8; save it as CSV (UTF-8)"),
        (b"\xff\xfe1", "a.csv is not text in UTF-16; save it as CSV (UTF-8)"),
    ],
)
def test_other_encodings_are_refused(run, tmp_path, content, said):
    (tmp_path / "a.csv").write_bytes(content)
    assert run("conv", "a.csv", "1") == (2, "", f"convviz: {said}\n")


def test_names_are_said_to_be_left_out(run, tmp_path):
    (tmp_path / "a.csv").write_text("x,a,b\ntop,1,2\nend,3,4.5\n")
    left = "convviz: {}: the first row (x, a, b) was read as names of columns and left out\n"
    left += "convviz: {}: the first column (top, end) was read as names of rows and left out\n"
    status, out, err = run("conv", "a.csv", "1", "--quiet")
    assert (status, rows(out), err) == (0, TWO, left.format("a.csv", "a.csv"))
    assert run("check", "a.csv", "--input", "1 2 / 3 4.5", "--kernel", "1")[::2] == (0, left.format("a.csv", "a.csv"))
    stdin = (tmp_path / "a.csv").read_bytes()
    assert run("conv", "-", "1", "--quiet", stdin=stdin)[2] == left.format("standard input", "standard input")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.xlsx", "is a file of a spreadsheet program; save the sheet there as CSV (UTF-8) and give that file"),
        ("a.ods", "is a file of a spreadsheet program"),
        ("a.XLS", "is a file of a spreadsheet program"),
        ("a.json", "holds JSON; write the numbers in rows, as CSV"),
        ("a.mat", "is a file of MATLAB; write the matrix there with writematrix"),
        ("a.npz", "holds several arrays"),
        ("a.pt", "holds Python objects"),
        ("a.svg", "is a drawing; save it as PNG"),
        ("a.pdf", "is a document"),
    ],
)
def test_files_of_other_programs_get_a_sentence(run, tmp_path, name, said):
    (tmp_path / name).write_bytes(b"anything")
    for arguments in (["conv", name, "1"], ["conv", "1", name], ["check", name, "--input", "1", "--kernel", "1"]):
        status, _, err = run(*arguments)
        assert status == 2 and err.startswith(f"convviz: {name} {said}") and err.count("\n") == 1
    (tmp_path / name).unlink()
    assert f"INPUT: there is no file '{name}'" in run("conv", name, "1")[2]


def test_a_spreadsheet_with_another_ending(run, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as file:
        file.writestr("xl/workbook.xml", "")
    said = "is a file of a spreadsheet program; save the sheet there as CSV (UTF-8) and give that file\n"
    assert run("conv", "a.csv", "1")[2] == f"convviz: a.csv {said}"
    assert run("conv", "-", "1", stdin=(tmp_path / "a.csv").read_bytes())[2] == f"convviz: standard input {said}"


# Standard input


def test_standard_input_holds_what_files_and_arguments_hold(run, tmp_path):
    np.save(tmp_path / "a.npy", np.array([[1, 2], [3, 4.5]]))
    for content in (b"1 2 / 3 4.5", b"1 2\n3 4.5\n", b"1,2\n3,4.5\n", (tmp_path / "a.npy").read_bytes()):
        assert rows(run("conv", "-", "1", "--quiet", stdin=content)[1]) == TWO
        assert rows(run("conv", "1", "-", "--padding", "1", "--quiet", stdin=content)[1]) != []
        assert run("check", "-", "--input", "1 2 / 3 4.5", "--kernel", "1", stdin=content)[0] == 0
    assert run("check", "1 _", "--input", "1 2", "--kernel", "-", stdin=b"1")[1].endswith("1 is blank.\n")
    assert rows(run("conv", "-", "1", "--quiet", stdin=png([[7, 8]]))[1]) == [["7", "8"]]
    assert rows(run("pool", "1 2 / 3 4", "--backward", "-", "--quiet", stdin=b"5")[1])[-1] == ["0", "5"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["conv", "-", "-"], b"1", "INPUT and KERNEL are -, but standard input holds one of them; give the other as a file or"),
        (["check", "-", "--input", "-", "--kernel", "1"], b"1", "ANSWER and INPUT are -, but"),
        (["pool", "-", "--backward", "-"], b"1", "INPUT and GRADIENT are -, but"),
        (["conv", "-", "1"], b"", "standard input is empty"),
        (["conv", "-", "1"], b"sobel", "standard input: row 1, column 1 (counting from 1): 'sobel' is not a number"),
        (["conv", "-", "1"], b"1,5 2,5", "standard input can be read as '1 5 2 5' or as '1.5 2.5'; write it in one of these"),
        (["conv", "-", "1"], b"\x80\x81", "standard input is not a picture that can be read"),
        (["check", "-", "--input", "1", "--kernel", "1"], png([[1]]), "standard input is not a table of numbers"),
    ],
)
def test_standard_input_that_makes_no_sense(run, arguments, stdin, said):
    status, _, err = run(*arguments, stdin=stdin)
    assert status == 2 and err.startswith(f"convviz: {said}") and err.count("\n") == 1


def test_a_closed_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert run("conv", "-", "1")[2] == "convviz: standard input is closed; give a file, or numbers\n"


@given(st.lists(st.lists(st.integers(-999, 999) | st.sampled_from([0.5, 1.25, 1e-3]), min_size=2, max_size=2), min_size=1))
def test_every_way_in_gives_the_same_numbers(values):
    inline = " / ".join(" ".join(map(str, row)) for row in values)
    mark = "," if len(values) > 1 else ", "  # in one row, 1,100 can be one number
    table = "\n".join(mark.join(map(str, row)) for row in values)
    with pytest.MonkeyPatch.context() as patch:
        found = []
        for text in (inline, table):
            for function in (lambda text: read(text, "KERNEL"), read_answer):
                found.append(np.asarray(function(f" {text}")))
                patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
                found.append(np.asarray(function("-")))
    assert all(np.array_equal(each, values) for each in found)


# Pictures

LOSSES = {
    "RGBA": lambda ink: saved(Image.fromarray(ink), "PNG"),
    "LA": lambda ink: saved(Image.fromarray(ink).convert("LA"), "PNG"),
    "palette": lambda ink: saved(Image.fromarray(ink).quantize(4), "PNG"),
    "grey with a transparent value": lambda ink: png(np.where(ink[..., 3] > 0, 0, 9), transparency=9),
    "GIF": lambda ink: saved(Image.fromarray(ink), "GIF"),
    "WebP": lambda ink: saved(Image.fromarray(ink), "WEBP", lossless=True),
    "TIFF": lambda ink: saved(Image.fromarray(ink), "TIFF"),
}
WHITE = "has transparent parts, which were laid on white"


@pytest.mark.parametrize("kind", LOSSES)
def test_black_ink_on_a_transparent_background(run, tmp_path, kind):
    ink = np.zeros((3, 3, 4), np.uint8)
    ink[1, :, 3] = 255
    (tmp_path / "ink").write_bytes(LOSSES[kind](ink))
    status, out, err = run("conv", "ink", "1", "--quiet")
    assert (status, rows(out)) == (0, [["255"] * 3, ["0"] * 3, ["255"] * 3])
    assert err == f"convviz: ink {WHITE}\n"
    assert run("conv", "-", "1", "--quiet", stdin=LOSSES[kind](ink))[2] == f"convviz: standard input {WHITE}\n"


def raw_png(samples, bits, colour, transparent):
    """A PNG of given bits, grey or of three channels, with a tRNS chunk, written byte by byte."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b""
    for row in samples:
        line = "".join(f"{int(value):0{bits}b}" for value in np.ravel(row))
        line += "0" * (-len(line) % 8)
        lines += b"\0" + bytes(int(line[i : i + 8], 2) for i in range(0, len(line), 8))
    height, width = np.shape(samples)[:2]
    head = struct.pack(">IIBBBBB", width, height, bits, 2 if colour else 0, 0, 0, 0)
    clear = struct.pack(">" + "H" * np.size(transparent), *np.ravel(transparent))
    body = chunk(b"IHDR", head) + chunk(b"tRNS", clear) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@given(
    st.integers(0, 2**32), st.sampled_from([(1, False), (2, False), (4, False), (8, False), (16, False), (8, True), (16, True)])
)
def test_a_transparent_value_of_any_depth_is_laid_on_white(seed, depth):
    rng = np.random.default_rng(seed)
    bits, colour = depth
    values = rng.choice(2**bits, min(2**bits, 4), replace=False) if bits < 16 else rng.choice(250, 4, replace=False) * 256 + 99
    shape = (3, 5, 3) if colour else (3, 5)
    samples = rng.choice(values, shape)
    clear = samples[1, 2]
    hidden = (samples == clear).all(-1) if colour else samples == clear
    white = 65535 if depth == (16, False) else 255
    shown = samples if depth == (16, False) else samples >> 8 if bits == 16 else samples * (255 // (2**bits - 1))
    found, notes = decoded(raw_png(samples, bits, colour, clear), "x.png", True)
    if found.ndim < np.ndim(shown):
        found = np.repeat(found[..., None], 3, axis=-1)  # all pixels were grey
    assert np.array_equal(found, np.where(hidden[..., None] if colour else hidden, white, shown))
    assert WHITE in notes


@given(st.integers(0, 2**32), st.sampled_from(["RGBA", "LA", "WebP", "TIFF"]))
def test_transparency_is_laid_on_white_in_every_pixel(seed, kind):
    ink = np.random.default_rng(seed).integers(0, 256, (4, 5, 4), np.uint8)
    ink[..., 1] = ink[..., 2] = ink[..., 0]
    content = LOSSES[kind](ink) if kind != "WebP" else saved(Image.fromarray(ink), "WEBP", lossless=True, exact=True)
    found, notes = decoded(content, "ink", False)
    grey, alpha = ink[..., 0].astype(float), ink[..., 3] / 255
    assert np.abs(found - (grey * alpha + 255 * (1 - alpha))).max() <= 1
    assert notes == [WHITE] * bool((alpha < 1).any())


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_later_frames_are_said_and_can_be_read(run, tmp_path, kind):
    first, *others = (Image.fromarray(np.full((1, 2), value, np.uint8)) for value in (10, 20, 30))
    options = {"lossless": True} if kind == "WEBP" else {}
    (tmp_path / "a").write_bytes(saved(first, kind, save_all=True, append_images=others, **options))
    said = "convviz: a has 3 frames, of which the first was read; --frame 2 reads the second\n"
    status, out, err = run("conv", "a", "1", "--quiet")
    assert (status, rows(out), err) == (0, [["10", "10"]], said)
    for frame in (1, 2, 3):
        assert rows(run("conv", "a", "1", "--quiet", "--frame", frame)[1]) == [[f"{frame}0"] * 2]
        assert run("check", "20 20", "--input", "a", "--kernel", "1", "--frame", frame)[0] == (frame != 2)
    for frame in (0, 4, -1):
        assert run("pool", "a", "--frame", frame)[2] == f"convviz: a has the frames 1 to 3, but --frame is {frame}\n"


@pytest.mark.parametrize("text", ["1 2", "lecture_6x6", "a.csv"])
def test_frames_are_of_pictures(run, tmp_path, text):
    (tmp_path / "a.csv").write_text("1 2")
    assert run("conv", text, "1", "--frame", "2")[2] == f"convviz: --frame is for pictures, but INPUT is {text!r}\n"
    (tmp_path / "still.png").write_bytes(png([[1]]))
    assert run("conv", "still.png", "1", "--frame", "2")[2] == "convviz: still.png has only 1 frame, but --frame is 2\n"


def deep_png(kind, channels):
    """A PNG of one pixel with 16 bits in each channel, which Pillow does not write."""
    parts = [b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 16, kind, 0, 0, 0), b"IEND"]
    parts[1:1] = [b"IDAT" + zlib.compress(b"\0" + bytes(range(1, 2 * channels + 1)))]
    chunks = (struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def profile(name):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (png([[1, 2]]), []),
        (png([[[1, 2, 3]]]), []),
        (saved(Image.fromarray(np.eye(2) > 0), "PNG"), []),
        (png([[1]], icc_profile=profile("sRGB")), []),
        (png([[1]], icc_profile=profile("LAB")), ["has a colour profile (Lab identity built-in), which was not applied"]),
        (png([[1]], icc_profile=b"nonsense"), ["has a colour profile (unknown), which was not applied"]),
        (saved(Image.new("CMYK", (2, 2), (9, 99, 199, 0)), "TIFF"), ["is in CMYK and was turned into red, green and blue"]),
        (deep_png(2, 3), ["has 16 bits in each channel, of which the upper 8 were read"]),
        (deep_png(6, 4), ["has 16 bits in each channel, of which the upper 8 were read", WHITE]),
        (deep_png(0, 1), []),
    ],
)
def test_what_else_is_lost(content, notes):
    assert decoded(content, "picture", True)[1] == notes


def test_a_large_picture_is_said_to_be_large_in_our_words(monkeypatch):
    assert Image.MAX_IMAGE_PIXELS * 2 // 1_000_000 == 178
    monkeypatch.setattr("convviz.inputs.pictures.MANY", 1_000_000)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, notes = decoded(saved(Image.new("1", (1500, 1000)), "PNG"), "large", False)
    assert found.shape == (1000, 1500)
    assert notes == ["has 2 million pixels; this takes time and memory"]
    with pytest.raises(Usage) as caught:
        decoded(saved(Image.new("1", (3000, 1000)), "PNG"), "huge.png", False)
    assert str(caught.value) == "huge.png has 3,000,000 pixels, more than the 2,000,000 that are read; make it smaller first"


@given(st.integers(0, 2**32), st.sampled_from(["PNG", "GIF", "WEBP", "TIFF", "JPEG", "BMP"]))
def test_damaged_pictures_are_read_or_refused(seed, kind):
    rng = np.random.default_rng(seed)
    frames = [Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)) for _ in range(2)]
    several = {} if kind in ("JPEG", "BMP") else {"save_all": True, "append_images": frames[1:]}
    content = bytearray(saved(frames[0], kind, **several))
    for place in rng.integers(len(content), size=rng.integers(1, 5)):
        content[place] = rng.integers(256)
    if rng.random() < 0.3:
        del content[rng.integers(1, len(content)) :]
    try:
        assert decoded(bytes(content), "x", True)[0].size
    except Usage as error:
        assert str(error).startswith("x ")


@pytest.mark.parametrize("error", [TypeError("Missing dimensions"), KeyError(156), struct.error("short"), zlib.error("bad")])
def test_what_pillow_raises_for_damaged_pictures_is_a_sentence(error, monkeypatch):
    def fail(self):
        raise error

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    with pytest.raises(Usage, match="^x cannot be read as a picture: "):
        decoded(png([[1]]), "x", True)


def test_an_upload_says_what_was_lost():
    explorer = Explorer(settings_of("convolution"))
    ink = np.zeros((12, 12, 4), np.uint8)
    frames = [Image.fromarray(ink), Image.fromarray(ink + 255)]
    content = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    file = {"name": "a<b.png", "type": "image/png", "size": len(content), "content": memoryview(content), "last_modified": 0}
    explorer._take_file({"new": (file,)})
    assert explorer.image.min() == 255
    said = "a&lt;b.png has 2 frames, of which the first was read. a&lt;b.png has transparent parts, which were laid on white."
    assert said in explorer.message.value and "--frame" not in explorer.message.value
