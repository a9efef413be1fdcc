"""CIFAR-10 from files: both versions, folders and archives; nothing in them is executed; damage is refused."""

import os
import pickle
import random
import tarfile

import numpy as np
import pytest
from datasets_files import BATCHES, archive, binary, colours, home, python2_pickle, short_string, write

from convviz.nn.datasets import cifar10, cifar_files
from convviz.nn.datasets.cifar_files import read_binary, read_pickle

__all__ = ["home"]

COUNT = 8


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Batches of few images."""
    monkeypatch.setattr(cifar10, "COUNT", COUNT)


def files(make, ending=""):
    """The six batches, each different, by name."""
    return {name + ending: make(*colours(COUNT, seed)) for seed, name in enumerate(BATCHES)}


def check(found):
    """Compare what was loaded with what was written, pixel by pixel."""
    (x_train, y_train), (x_test, y_test) = found
    pixels, labels = zip(*(colours(COUNT, seed) for seed in range(6)), strict=True)
    assert x_train.shape == (5 * COUNT, 32, 32, 3) and x_test.shape == (COUNT, 32, 32, 3)
    assert y_train.shape == (5 * COUNT, 1) and y_test.shape == (COUNT, 1)
    assert all(array.dtype == np.uint8 and array.flags.c_contiguous for pair in found for array in pair)
    for channel in range(3):
        assert (x_train[..., channel] == np.concatenate(pixels[:5])[:, channel]).all()
        assert (x_test[..., channel] == pixels[5][:, channel]).all()
    assert y_train[:, 0].tolist() == sum(labels[:5], []) and y_test[:, 0].tolist() == labels[5]


def test_the_python_version(home):
    check(cifar10.load_data(write(home / "given", files(python2_pickle))))
    assert cifar10.class_names[3] == "cat" and len(cifar10.class_names) == 10


def test_the_binary_version(home):
    check(cifar10.load_data(write(home / "given", files(binary, ".bin"))))


@pytest.mark.parametrize(("make", "ending"), [(python2_pickle, ""), (binary, ".bin")])
@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_archives(home, make, ending, mode):
    inside = [(f"cifar-10-batches-py/{name}", content) for name, content in files(make, ending).items()]
    random.Random(3).shuffle(inside)
    path = home / "cifar-10-python.tar.gz"
    path.write_bytes(archive([("cifar-10-batches-py/readme.html", b"<html>"), *inside], mode))
    check(cifar10.load_data(path))
    check(cifar10.load_data(home))
    assert sorted(os.listdir(home)) == ["cifar-10-python.tar.gz", "home", "work"], "nothing was unpacked"


PLACES = [
    ("home/.keras/datasets/cifar-10-batches-py-target/cifar-10-batches-py", {}),
    ("home/.keras/datasets/cifar-10-batches-py", {}),
    ("work/data/cifar-10-batches-py", {}),
    ("own", {"CONVVIZ_DATA": "own"}),
    ("own/cifar10", {"CONVVIZ_DATA": "own"}),
    ("own/cifar-10-batches-bin", {"CONVVIZ_DATA": "own"}),
]


@pytest.mark.parametrize(("place", "settings"), PLACES)
def test_usual_places(home, monkeypatch, place, settings):
    for name, value in settings.items():
        monkeypatch.setenv(name, str(home / value))
    write(home / place, files(binary, ".bin"))
    check(cifar10.load_data())


@pytest.mark.parametrize("name", ["cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz"])
def test_archives_that_keras_left(home, name):
    content = archive([(f"cifar-10-batches-py/{batch}", content) for batch, content in files(python2_pickle).items()])
    write(home / "home/.keras/datasets", {name: content})
    check(cifar10.load_data())


def test_what_is_not_there_is_named(home):
    folder = write(home / "given", files(binary, ".bin"))
    (folder / "data_batch_3.bin").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        cifar10.load_data(folder)
    assert f"  {folder}: lacks data_batch_3\n" in str(caught.value)
    assert "Wanted: cifar-10-python.tar.gz" in str(caught.value)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_pickles_of_every_python_are_read(protocol, module):
    pixels, labels = colours(COUNT)
    if protocol == 2:
        content = python2_pickle(pixels, labels, module.encode())
    else:
        content = pickle.dumps({"data": pixels.reshape(COUNT, -1), "labels": labels}, protocol)
    found, numbers = read_pickle(content, "batch", COUNT)
    assert (found == pixels).all() and numbers.tolist() == labels


def test_the_pickle_of_these_tests_is_one():
    """Python's own unpickler, which may be trusted with what was written here, sees the same in it."""
    pixels, labels = colours(COUNT)
    batch = pickle.loads(python2_pickle(pixels, labels, b"numpy._core.multiarray"), encoding="bytes")
    assert (batch[b"data"] == pixels.reshape(COUNT, -1)).all() and batch[b"labels"] == labels


class Evil:
    """Pickled, it makes whoever unpickles it call a function."""

    def __init__(self, function, *given):
        self.call = function, given

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("where", ["alone", "data", "labels", "extra"])
def test_a_malicious_pickle_is_not_executed(tmp_path, protocol, where):
    marker = tmp_path / "marker"
    evil = Evil(open, str(marker), "w")
    pixels, labels = colours(COUNT)
    batch = {"data": pixels.reshape(COUNT, -1), "labels": labels, "extra": None, where: evil}
    content = pickle.dumps(evil if where == "alone" else batch, protocol)
    with pytest.raises(ValueError, match=r"it asks for (_?io\.open|__builtin__\.open|_codecs\.encode)|codec can't"):
        read_pickle(content, "batch", COUNT)
    assert not marker.exists()
    pickle.loads(pickle.dumps(evil, protocol)).close()
    assert marker.exists(), "the same pickle does write the marker where it is trusted"


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (b"cos\nsystem\n(S'true'\ntR.", "os.system"),
        (b"(S'true'\nios\nsystem\n.", "os.system"),
        (b"(cos\nsystem\nS'true'\no.", "os.system"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x031+1\x85R.", "builtins.eval"),
        (b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.", "numpy.ndarray.data"),
        (b"cnumpy\nload\n(S'x'\ntR.", "numpy.load"),
        (b"cnumpy.core.multiarray\nfromfile\n.", "numpy.core.multiarray.fromfile"),
        (b"c__builtin__\ngetattr\n.", "__builtin__.getattr"),
        (b"ccopyreg\n_reconstructor\n.", "copyreg._reconstructor"),
    ],
)
def test_every_way_to_name_a_function_is_refused(program, name):
    with pytest.raises(ValueError) as caught:
        read_pickle(program, "batch", COUNT)
    assert f"it asks for {name}, which no batch of images needs and which is not run" in str(caught.value)


def test_names_that_are_allowed_run_nothing_either(monkeypatch):
    """Even numpy's own functions are stood in for: an array of a terabyte, or of objects, is not made."""
    for name in ("ndarray", "dtype"):
        monkeypatch.setattr(np, name, None)
    for program in (
        b"cnumpy\nndarray\n(J\xff\xff\xff\x7f\x85tR.",
        b"cnumpy\ndtype\n(S'O'\ntR.",
        b"cnumpy\nndarray\n}S'name'\nS'x'\nsb.",
        b"\x80\x02cnumpy\nndarray\n)\x81.",
    ):
        with pytest.raises(ValueError, match="is no batch of CIFAR-10 images"):
            read_pickle(program, "batch", COUNT)
    assert cifar_files.Kept("ndarray").name == "ndarray"


def test_names_by_number_and_numbers_that_fill_the_memory_are_refused():
    with pytest.raises(ValueError, match="it asks for a name by its number"):
        read_pickle(b"\x80\x02\x82\x01.", "batch", COUNT)
    with pytest.raises(ValueError, match="it keeps a value under the number 2,147,483,647, more than it can hold"):
        read_pickle(b"\x80\x02}r\xff\xff\xff\x7f.", "batch", COUNT)
    with pytest.raises(ValueError, match="expected 1099511627776 bytes"):
        read_pickle(b"\x80\x04\x8e\0\0\0\0\0\1\0\0xx.", "batch", COUNT)


PIXELS, NUMBERS = colours(COUNT)
GOOD = python2_pickle(PIXELS, NUMBERS)
ROWS = PIXELS.reshape(COUNT, -1)

DAMAGED = [
    (b"", "it is empty (0 bytes)"),
    (b"<html>", "is no batch of CIFAR-10 images, or damaged"),
    (GOOD[:-1], "is no batch of CIFAR-10 images, or damaged"),
    (GOOD[:5000], "bytes in a string4, but only"),
    (pickle.dumps([1, 2]), "it holds a list; expected a dictionary"),
    (pickle.dumps({"data": ROWS}), "it has no entry 'labels'"),
    (pickle.dumps({"data": ROWS, "fine_labels": NUMBERS}), "(fine_labels: this is CIFAR-100)"),
    (pickle.dumps({"data": [1], "labels": NUMBERS}), "its data are a list; expected an array"),
    (pickle.dumps({"data": ROWS.dtype, "labels": NUMBERS}), "its data are in a form that is not known"),
    (pickle.dumps({"data": ROWS[1:], "labels": NUMBERS}), "its images have the shape (7, 3072); expected (8, 3072)"),
    (pickle.dumps({"data": PIXELS, "labels": NUMBERS}), "its images have the shape (8, 3, 32, 32); expected (8, 3072)"),
    (pickle.dumps({"data": np.asfortranarray(ROWS), "labels": NUMBERS}), "in C order"),
    (pickle.dumps({"data": ROWS.astype(np.int8), "labels": NUMBERS}), "its images are not of type uint8"),
    (pickle.dumps({"data": ROWS, "labels": NUMBERS[1:]}), "its labels are a list of 7; expected a list of 8"),
    (pickle.dumps({"data": ROWS, "labels": tuple(NUMBERS)}), "its labels are a tuple; expected a list of 8"),
    (pickle.dumps({"data": ROWS, "labels": [10, *NUMBERS[1:]]}), "label 0 is 10; expected 0 to 9"),
    (pickle.dumps({"data": ROWS, "labels": [*NUMBERS[1:], -1]}), "label 7 is -1; expected 0 to 9"),
    (pickle.dumps({"data": ROWS, "labels": [*NUMBERS[1:], 1.0]}), "label 7 is 1.0; expected 0 to 9"),
    (python2_pickle(PIXELS[1:], NUMBERS), "its images have the shape (7, 3072)"),
    (GOOD.replace(short_string(b"u1"), short_string(b"i1")), "its images are not of type uint8"),
    (GOOD.replace(b"M\x08\x00M", b"M\x07\x00M"), "its images have the shape (7, 3072)"),
    (pickle.dumps({"data": ROWS, "labels": NUMBERS}, 2), "it asks for _codecs.encode"),
]


@pytest.mark.parametrize(("content", "words"), DAMAGED)
def test_damaged_pickles_are_refused(content, words):
    with pytest.raises(ValueError) as caught:
        read_pickle(content, "folder/data_batch_1", COUNT)
    assert str(caught.value).startswith("folder/data_batch_1 is no batch of CIFAR-10 images, or damaged: ")
    assert words in str(caught.value)


def test_a_pickle_with_fewer_bytes_than_its_shape_is_refused():
    size = (COUNT * 3072).to_bytes(4, "little")
    content = GOOD.replace(b"T" + size + PIXELS.tobytes(), b"T" + (4).to_bytes(4, "little") + b"abcd")
    with pytest.raises(ValueError, match="its images have 4 bytes; expected 24,576"):
        read_pickle(content, "batch", COUNT)


@pytest.mark.parametrize("content", [GOOD, pickle.dumps({"data": ROWS, "labels": NUMBERS}, 5)])
def test_no_damage_gives_another_error_or_another_shape(content):
    chance = random.Random(0)
    inner = content.index(ROWS.tobytes()[:50])
    places = [place for place in range(len(content)) if not inner <= place < inner + ROWS.size]
    refused = 0
    for _ in range(1500):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            changed[chance.choice(places)] = chance.randrange(256)
        try:
            pixels, labels = read_pickle(bytes(changed), "batch", COUNT)
            assert pixels.shape == PIXELS.shape and labels.shape == (COUNT,) and labels.max() < 10
        except ValueError as error:
            refused += 1
            assert str(error).startswith("batch ")
    assert refused > 700


def test_damaged_binary_batches_are_refused():
    content = binary(PIXELS, NUMBERS)
    assert (read_binary(content, "batch", COUNT)[0] == PIXELS).all()
    expected = "expected 24,584, which is 8 images of 3,073 bytes"
    for wrong in (content[:-1], content + b"\0", content[:-3073], b""):
        with pytest.raises(ValueError, match=f"it has {len(wrong):,} bytes; {expected}"):
            read_binary(wrong, "batch", COUNT)
    with pytest.raises(ValueError, match="label 1 is 10; expected 0 to 9"):
        read_binary(content[:3073] + b"\x0a" + content[3074:], "batch", COUNT)


def linked(name, kind=tarfile.SYMTYPE):
    """A link in an archive."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


def giant(name):
    """A member that claims more than fits any batch."""
    member = tarfile.TarInfo(name)
    member.size = 2**40
    return member


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda inside: inside[1:], "it lacks data_batch_1"),
        (lambda inside: [*inside, inside[0]], "data_batch_1 is in it twice"),
        (lambda inside: [*inside, (f"x/{inside[0][0]}.bin", b"")], "data_batch_1.bin is in it twice"),
        (lambda inside: [("", linked("a/data_batch_1")), *inside[1:]], "a/data_batch_1 is no ordinary file"),
        (lambda inside: [("", linked("test_batch", tarfile.LNKTYPE)), *inside[:5]], "test_batch is no ordinary file"),
        (lambda inside: [("", linked("data_batch_2", tarfile.CHRTYPE)), *inside], "data_batch_2 is no ordinary file"),
        (lambda inside: [*inside[:5], ("", giant("test_batch"))], "test_batch has 1,099,511,627,776 bytes"),
        (lambda inside: [], "it lacks data_batch_1, data_batch_2"),
    ],
)
def test_wrong_archives_are_refused(home, change, words):
    path = home / "cifar-10-python.tar.gz"
    path.write_bytes(archive(change(list(files(binary).items()))))
    with pytest.raises(ValueError) as caught:
        list(cifar_files.members(path, BATCHES))
    assert str(caught.value).startswith(f"{path} is not the archive of CIFAR-10") and words in str(caught.value)


def test_paths_that_lead_out_of_an_archive_lead_nowhere(home):
    inside = [(f"../../{name}", content) for name, content in files(python2_pickle).items()]
    path = home / "work" / "cifar-10-python.tar.gz"
    path.write_bytes(archive([("/../../evil", b"x"), *inside]))
    check(cifar10.load_data(path))
    assert [entry.name for entry in home.rglob("*") if entry.is_file()] == ["cifar-10-python.tar.gz"]


def test_damaged_archives_are_refused(home):
    good = archive(list(files(python2_pickle).items()))
    path = home / "cifar-10-python.tar.gz"
    flipped = good[:5000] + bytes([good[5000] ^ 1]) + good[5001:]
    for content in (b"", b"<html></html>", good[:1000], good[: len(good) // 2], good[:-20], good[:-3], flipped):
        path.write_bytes(content)
        with pytest.raises(ValueError) as caught:
            cifar10.load_data(home)
        assert str(path) in str(caught.value)


def test_a_damaged_batch_is_named_with_its_archive(home):
    inside = files(python2_pickle)
    inside["data_batch_4"] = inside["data_batch_4"][:-9]
    path = home / "cifar-10-python.tar.gz"
    path.write_bytes(archive(list(inside.items())))
    with pytest.raises(ValueError) as caught:
        cifar10.load_data(path)
    assert str(caught.value).startswith(f"{path} (data_batch_4) is no batch of CIFAR-10 images, or damaged: ")
