"""Small files in the formats of MNIST, Fashion-MNIST and CIFAR-10, and a home in which none of them lies."""

import gzip
import io
import struct
import tarfile

import numpy as np
import pytest

IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home and working folder; returns the folder above both."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("CONVVIZ_DATA", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def idx(array, kind=8):
    """An array of bytes as an IDX file."""
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def digits(train=30, test=12, seed=0):
    """``(x_train, y_train), (x_test, y_test)`` as MNIST has them."""
    generator = np.random.default_rng(seed)
    return tuple(
        (
            generator.integers(0, 256, (count, 28, 28)).astype(np.uint8),
            generator.integers(0, 10, count).astype(np.uint8),
        )
        for count in (train, test)
    )


def idx_files(data=None):
    """The four IDX files of some data, by name, packed."""
    (x_train, y_train), (x_test, y_test) = data or digits()
    arrays = zip(IDX_NAMES, (x_train, y_train, x_test, y_test), strict=True)
    return {f"{name}.gz": gzip.compress(idx(array), mtime=0) for name, array in arrays}


def write(folder, files):
    """Write files into a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def colours(count, seed=0):
    """Pixels (count, 3, 32, 32) and labels of one batch."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, 3, 32, 32)).astype(np.uint8), generator.integers(0, 10, count).tolist()


def short_string(text):
    """Python 2's opcode for a str."""
    return b"U" + bytes([len(text)]) + text


def python2_pickle(pixels, labels, module=b"numpy.core.multiarray"):
    """A batch as Python 2 pickled it with protocol 2, opcode by opcode."""
    array = (
        b"c"
        + module
        + b"\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
        + short_string(b"b")
        + b"\x87R"  # an empty array
        + b"(K\x01"
        + b"M"
        + struct.pack("<H", len(pixels))
        + b"M\x00\x0c\x86"  # its version and shape
        + b"cnumpy\ndtype\n"
        + short_string(b"u1")
        + b"K\x00K\x01\x87R"
        + b"(K\x03"
        + short_string(b"|")
        + b"NNN"
        + 2 * b"J\xff\xff\xff\xff"
        + b"K\x00tb"  # the state of the dtype
        + b"\x89T"
        + struct.pack("<i", pixels.size)
        + pixels.tobytes()
        + b"tb"
    )
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    title = short_string(b"batch_label") + short_string(b"a batch")
    return b"\x80\x02}q\x00(" + title + short_string(b"labels") + listed + short_string(b"data") + array + b"u."


def binary(pixels, labels):
    """A batch of the binary version."""
    return b"".join(bytes([label]) + image.tobytes() for image, label in zip(pixels, labels, strict=True))


def archive(files, mode="w:gz"):
    """Files as an archive in memory; a `tarfile.TarInfo` in place of bytes is added as it is."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:
        for name, content in files:
            if isinstance(content, tarfile.TarInfo):
                # its header alone, whatever it claims
                header = content.tobuf()
                tar.fileobj.write(header)
                tar.offset += len(header)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
