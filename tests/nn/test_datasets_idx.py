"""Fashion-MNIST and MNIST from files: where they are found, what they hold, and which ones are refused."""

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from datasets_files import IDX_NAMES, digits, home, idx, idx_files, write

from convviz.nn.datasets import fashion_mnist, mnist
from convviz.nn.datasets.idx import read, read_pair

__all__ = ["home"]

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "fashion-mnist"


@pytest.fixture
def folder(home):
    """A folder with the four files, packed."""
    return write(home / "given", idx_files())


def same(found, expected):
    """Whether two sets of data are equal to the last bit, type and shape."""
    return all(
        one.dtype == other.dtype and one.shape == other.shape and (one == other).all()
        for pair, pairs in zip(found, expected, strict=True)
        for one, other in zip(pair, pairs, strict=True)
    )


@pytest.mark.parametrize("module", [fashion_mnist, mnist])
def test_a_folder_is_read(folder, module):
    found = module.load_data(folder)
    assert same(found, digits())
    assert [array.shape for pair in found for array in pair] == [(30, 28, 28), (30,), (12, 28, 28), (12,)]
    assert all(array.dtype == np.uint8 and array.flags.writeable for pair in found for array in pair)
    assert same(module.load_data(str(folder)), digits())


def test_class_names():
    assert fashion_mnist.class_names[:2] == ("T-shirt/top", "Trouser") and fashion_mnist.class_names[9] == "Ankle boot"
    assert len(fashion_mnist.class_names) == len(mnist.class_names) == 10


@pytest.mark.parametrize("name", IDX_NAMES)
def test_content_and_not_the_name_says_whether_a_file_is_packed(folder, name):
    """Browsers unpack what they save, and leave the name."""
    packed = folder / f"{name}.gz"
    plain = gzip.decompress(packed.read_bytes())
    packed.write_bytes(plain)
    assert same(fashion_mnist.load_data(folder), digits())
    packed.rename(folder / name)
    assert same(fashion_mnist.load_data(folder), digits())


def test_the_real_files():
    if not REAL.is_dir():
        pytest.skip(f"there is no {REAL}")
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data(REAL)
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert np.bincount(y_train).tolist() == [6000] * 10 and np.bincount(y_test).tolist() == [1000] * 10
    # as published, of pixels between 0 and 1
    assert (x_train / 255).mean() == pytest.approx(0.28604, abs=5e-6)
    assert (x_train / 255).std() == pytest.approx(0.35302, abs=5e-6)
    with pytest.raises(FileNotFoundError, match="holds Fashion-MNIST, whose files have the same names"):
        mnist.load_data(REAL)


def test_keras_reads_the_same(home, monkeypatch):
    """Keras's own reader, given its own layout, in a process of its own: it looks up its folder when it is imported."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    pytest.importorskip("keras")
    write(home / "keras" / "datasets" / "fashion-mnist", idx_files())
    code = (
        "import json, keras\n"
        "data = keras.datasets.fashion_mnist.load_data()\n"
        "arrays = [array for pair in data for array in pair]\n"
        "print(json.dumps([[str(array.dtype), array.shape, int(array.sum(dtype='int64'))] for array in arrays]))"
    )
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = [array for pair in fashion_mnist.load_data() for array in pair]
    described = [[str(array.dtype), list(array.shape), int(array.sum(dtype="int64"))] for array in found]
    assert json.loads(done.stdout.splitlines()[-1]) == described


PLACES = [
    ("home/.keras/datasets/fashion-mnist", {}),
    ("elsewhere/datasets/fashion-mnist", {"KERAS_HOME": "elsewhere"}),
    ("work/data/FashionMNIST/raw", {}),
    ("elsewhere", {"CONVVIZ_DATA": "elsewhere"}),
    ("elsewhere/fashion-mnist", {"CONVVIZ_DATA": "elsewhere"}),
    ("elsewhere/FashionMNIST/raw", {"CONVVIZ_DATA": "elsewhere"}),
]


@pytest.mark.parametrize(("place", "settings"), PLACES)
def test_usual_places(home, monkeypatch, place, settings):
    for name, value in settings.items():
        monkeypatch.setenv(name, str(home / value))
    write(home / place, idx_files())
    assert same(fashion_mnist.load_data(), digits())


def test_places_in_a_given_folder(home):
    for number, inner in enumerate(("fashion-mnist", "FashionMNIST/raw")):
        write(home / f"given{number}" / inner, idx_files())
        assert same(fashion_mnist.load_data(home / f"given{number}"), digits())


def test_places_in_order(home, monkeypatch):
    monkeypatch.setenv("CONVVIZ_DATA", str(home / "own"))
    places = ["work/data/FashionMNIST/raw", "home/.keras/datasets/fashion-mnist", "own", "own/fashion-mnist"]
    for number, place in enumerate(places):
        data = digits(seed=number)
        write(home / place, idx_files(data))
        assert same(fashion_mnist.load_data(), data)
    assert same(fashion_mnist.load_data("data"), digits(seed=0))


def test_home_is_understood_in_a_path(home):
    write(home / "home" / "mine", idx_files())
    assert same(fashion_mnist.load_data("~/mine"), digits())


def marked(first):
    """Data whose training labels begin as those of a known data set."""
    (x_train, y_train), test = digits()
    y_train[:20] = first
    return (x_train, y_train), test


def test_the_other_data_set_is_not_taken_for_this_one(home, monkeypatch):
    """MNIST and Fashion-MNIST have files of the same names."""
    fashion = marked([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 0, 6, 4])
    numerals = marked([5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7, 2, 8, 6, 9])
    monkeypatch.setenv("CONVVIZ_DATA", str(write(home / "own", idx_files(fashion))))
    write(home / "work/data/MNIST/raw", idx_files(numerals))
    assert same(fashion_mnist.load_data(), fashion)
    assert same(mnist.load_data(), numerals)
    with pytest.raises(FileNotFoundError, match="own: holds Fashion-MNIST, whose files have the same names"):
        mnist.load_data(home / "own")
    with pytest.raises(FileNotFoundError, match="raw: holds MNIST, whose files have the same names"):
        fashion_mnist.load_data(home / "work/data/MNIST/raw")


def test_what_is_not_there_is_named(folder, home):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        fashion_mnist.load_data(folder)
    lines = str(caught.value).splitlines()
    assert lines[0] == "the files of Fashion-MNIST were not found."
    assert lines[1].startswith("Wanted: train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images")
    assert f"  {folder}: lacks t10k-labels-idx1-ubyte" in lines
    assert f"  {folder / 'fashion-mnist'}: no such folder" in lines
    assert "call fashion_mnist.load_data(folder)" in lines[-3] and "CONVVIZ_DATA" in lines[-3]
    assert "raw.githubusercontent.com/zalandoresearch" in lines[-2] and "datasets.shapes" in lines[-1]


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [(3, TypeError, "path is 3 (int); expected the name of a folder"), ("", ValueError, "path is empty")],
)
def test_paths_that_are_none(home, path, error, words):
    with pytest.raises(error) as caught:
        fashion_mnist.load_data(path)
    assert str(caught.value).startswith(words)


def test_a_file_in_place_of_a_folder(folder):
    for module in (fashion_mnist, mnist):
        with pytest.raises(FileNotFoundError, match="this is a file"):
            module.load_data(folder / "train-labels-idx1-ubyte.gz")


IMAGES = digits(5)[0][0]
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)
GOOD = idx(LABELS)
PACKED = gzip.compress(idx(IMAGES), mtime=0)

DAMAGED = [
    (b"", 1, "is empty (0 bytes)"),
    (b"\0\0\x08", 1, "is no IDX file: it begins with the bytes 00 00 08"),
    (b"<!DOCTYPE html><html>", 1, "begins with the bytes 3c 21 44 4f; this looks like a web page"),
    (b"\x93NUMPY", 1, "is no IDX file: it begins with the bytes 93 4e 55 4d"),
    (b"\0\x01" + GOOD[2:], 1, "is no IDX file: it begins with the bytes 00 01 08 01"),
    (idx(LABELS, kind=0x0A), 1, "is no IDX file: it begins with the bytes 00 00 0a 01"),
    (idx(LABELS, kind=0x0D), 1, "holds float32; expected uint8"),
    (idx(LABELS, kind=0x09), 1, "holds int8; expected uint8"),
    (idx(IMAGES), 1, "has 3 axes; expected 1 (labels)"),
    (GOOD, 3, "has 1 axes; expected 3 (images)"),
    (GOOD[:7], 1, "is cut short: it ends after 7 bytes, within the header"),
    (GOOD[:-1], 1, "is cut short: its header (5) promises 5 bytes, but 4 follow"),
    (GOOD + b"\0", 1, "is too long: its header (5) promises 5 bytes, but more follow"),
    (idx(IMAGES)[:-784], 3, "is cut short: its header (5, 28, 28) promises 3,920 bytes, but 3,136 follow"),
    (idx(IMAGES[:0]), 3, "is empty: its header says (0, 28, 28)"),
    (bytes([0, 0, 8, 3]) + b"\xff" * 12 + b"some", 3, "promises 79,228,162,458,924,105,385,300,197,375 bytes, but 4"),
    (gzip.compress(bytes([0, 0, 8, 3]) + b"\xff" * 12, mtime=0), 3, "bytes, but 0 follow"),
    (gzip.compress(GOOD[:-2], mtime=0), 1, "is cut short: its header (5) promises 5 bytes, but 3 follow"),
    (gzip.compress(GOOD + b"\0", mtime=0), 1, "is too long: its header (5)"),
    (gzip.compress(b"", mtime=0), 1, "is empty (0 bytes)"),
    (PACKED[:-100], 3, "is damaged: Compressed file ended before the end-of-stream marker was reached"),
    (PACKED[:8], 3, "is damaged: Compressed file ended before"),
    (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], 3, "is damaged: CRC check failed"),
    (PACKED + b"more", 3, "is damaged: Not a gzipped file"),
    (PACKED[:30] + b"\xff" * 30 + PACKED[60:], 3, "is damaged: "),
    (gzip.compress(idx(IMAGES // 64), mtime=0)[:30] + PACKED[30:], 3, "is damaged: "),
]


@pytest.mark.parametrize(("content", "axes", "words"), DAMAGED)
def test_damaged_files_are_refused(tmp_path, content, axes, words):
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError) as caught:
        read(path, axes)
    assert str(caught.value).startswith(f"{path} ") and words in str(caught.value)
    assert str(caught.value).endswith("; get the file anew")


@pytest.mark.parametrize("content", [idx(IMAGES), PACKED])
def test_no_damage_gives_another_error_or_another_shape(tmp_path, content):
    path = tmp_path / "file"
    chance = random.Random(0)
    refused = 0
    for _ in range(400):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(min(60, len(changed)))] = chance.randrange(256)
        path.write_bytes(changed[: chance.choice([len(changed), chance.randrange(len(changed))])])
        try:
            assert read(path, 3).shape == IMAGES.shape
        except ValueError:
            refused += 1
    assert refused > 200


def pair(folder, images, labels):
    """Two files, read together."""
    write(folder, {"images": idx(images), "labels": idx(labels)})
    return read_pair(folder / "images", folder / "labels", (28, 28), 10)


def test_images_and_labels_must_belong_together(tmp_path):
    assert same([pair(tmp_path, IMAGES, LABELS)], [(IMAGES, LABELS)])
    with pytest.raises(ValueError, match=r"images holds 5 images, but .*labels 4 labels; these files do not belong"):
        pair(tmp_path, IMAGES, LABELS[:4])
    with pytest.raises(ValueError, match="images holds images of 56×14 pixels; expected 28×28"):
        pair(tmp_path, IMAGES.reshape(5, 56, 14), LABELS)
    with pytest.raises(ValueError, match=r"labels is damaged: label 2 is 10; expected 0 to 9"):
        pair(tmp_path, IMAGES, np.array([3, 1, 10, 1, 11], np.uint8))


def test_damage_found_in_a_usual_place_is_an_error_and_not_passed_over(home):
    places = [home / "home/.keras/datasets/fashion-mnist", home / "work/data/FashionMNIST/raw"]
    for place in places:
        write(place, idx_files())
    path = places[0] / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError) as caught:
        fashion_mnist.load_data()
    assert str(caught.value).startswith(f"{path} is damaged")


def npz(path, **changes):
    """Keras's file for MNIST."""
    (x_train, y_train), (x_test, y_test) = digits()
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test, **changes}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def test_mnist_of_keras(home):
    assert same(mnist.load_data(npz(home / "own.npz")), digits())
    assert same(mnist.load_data(npz(home / "given" / "mnist.npz").parent), digits())
    with pytest.raises(FileNotFoundError):
        mnist.load_data("other.npz")
    npz(home / "home/.keras/datasets/mnist.npz")
    assert same(mnist.load_data(), digits())
    assert same(mnist.load_data("mnist.npz"), digits()), "Keras's default"


def test_damaged_npz_files_are_refused(home):
    x, y = digits()[0]
    wrong = [
        ({"x_test": None}, "it has no array 'x_test', only 'x_train', 'y_train', 'y_test'"),
        ({"x_train": x.astype(float)}, "x_train is an array of float64; expected uint8"),
        ({"x_train": x[:, :, :27]}, "x_train has the shape (30, 28, 27) and y_train (30,); expected (n, 28, 28)"),
        ({"y_train": y[:20]}, "x_train has the shape (30, 28, 28) and y_train (20,)"),
        ({"x_test": x[:0], "y_test": y[:0]}, "x_test has the shape (0, 28, 28)"),
        ({"y_test": np.full(12, 10, np.uint8)}, "y_test holds the label 10; expected 0 to 9"),
        ({"y_test": np.array([print], object)}, "Object arrays cannot be loaded"),
    ]
    for changes, words in wrong:
        path = npz(home / "mnist.npz", **changes)
        with pytest.raises(ValueError) as caught:
            mnist.load_data(path)
        assert str(caught.value).startswith(str(path)) and words in str(caught.value)
    np.save(home / "mnist.npy", x)
    for content in (b"", b"<html>", (home / "mnist.npy").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="it is no .npz file"):
            mnist.load_data(path)


def test_no_damage_to_an_npz_gives_another_error(home):
    content = npz(home / "mnist.npz").read_bytes()
    chance = random.Random(0)
    for number in range(300):
        changed = bytearray(content)
        if number % 3:
            # headers stand at the beginning and at the end
            changed[chance.choice([chance.randrange(200), -chance.randrange(1, 300)])] = chance.randrange(256)
        (home / "mnist.npz").write_bytes(changed if number % 3 else changed[: chance.randrange(len(changed))])
        try:
            assert [array.dtype for pair in mnist.load_data(home / "mnist.npz") for array in pair] == [np.uint8] * 4
        except ValueError as error:
            assert str(error).startswith(str(home / "mnist.npz"))
