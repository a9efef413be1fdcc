"""Downloads: whole, verified and under their names, or nothing; from a server of our own that misbehaves on request."""

import dataclasses
import hashlib
import http.server
import socket
import threading
from pathlib import Path

import numpy as np
import pytest
from datasets_files import archive, binary, colours, digits, home, idx_files, python2_pickle, write

from convviz.nn.datasets import cifar10, download, fashion_mnist, mnist, places
from convviz.nn.datasets.download import Remote

__all__ = ["home"]

CONTENT = bytes(range(256)) * 1000


class Server(http.server.ThreadingHTTPServer):
    """Answers each path by a script: bytes to send, a status, or the name of a misbehaviour; the last one stays."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.scripts, self.asked, self.released = {}, [], threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A client that has gone is what some tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    def log_message(self, *given):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        script = self.server.scripts.get(self.path, [404])
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, int):
            self.send_error(answer)
        elif isinstance(answer, bytes):
            self.send(answer, len(answer))
        else:
            getattr(self, answer)()

    def send(self, content, promised=None):
        self.send_response(200)
        if promised is not None:
            self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(content)

    def truncated(self):
        self.send(CONTENT[:100_000], len(CONTENT))

    def truncated_without_length(self):
        self.send(CONTENT[:100_000])

    def without_length(self):
        self.send(CONTENT)

    def damaged(self):
        self.send(CONTENT[:-1] + b"x", len(CONTENT))

    def silent(self):
        self.server.released.wait(60)

    def stalled(self):
        self.send(CONTENT[:100_000], len(CONTENT))
        self.wfile.flush()
        self.server.released.wait(60)

    def hung_up(self):
        self.connection.shutdown(socket.SHUT_RDWR)

    def not_http(self):
        self.wfile.write(b"hello\r\n\r\n")

    def length_is_no_number(self):
        self.send(CONTENT, "many")

    def moved(self):
        self.send_response(302)
        self.send_header("Location", "/other")
        self.end_headers()


@pytest.fixture
def server(home):
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Pauses that are written down and not made."""
    made = []
    monkeypatch.setattr(download.time, "sleep", made.append)
    return made


def remote(*addresses, content=CONTENT, name="file.gz"):
    """A file offered at some addresses."""
    return Remote(name, hashlib.sha256(content).hexdigest(), addresses)


def names(folder):
    """What lies in a folder, hidden files, too."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(home):
    """An empty folder to download into."""
    (home / "cache").mkdir()
    return home / "cache"


@pytest.mark.parametrize("answer", [CONTENT, "without_length", "length_is_no_number", "moved"])
def test_a_file_arrives(server, folder, capsys, answer):
    server.scripts = {"/file": [answer], "/other": [CONTENT]}
    download.fetch(remote(f"{server.address}/file"), folder)
    assert names(folder) == ["file.gz"]
    assert (folder / "file.gz").read_bytes() == CONTENT
    shown = capsys.readouterr()
    assert "file.gz" in shown.err and shown.out == ""
    assert ("100%" in shown.err) == (answer in (CONTENT, "moved"))


PASSING = [
    (500, "the server answered 500 Internal Server Error"),
    (503, "the server answered 503 Service Unavailable"),
    (429, "the server answered 429 Too Many Requests"),
    ("truncated", "broke off after 100,000 of 256,000 bytes"),
    ("hung_up", "Remote end closed connection without response"),
    ("not_http", "hello"),
]
LASTING = [
    (404, "the server answered 404 Not Found"),
    (403, "the server answered 403 Forbidden"),
    ("damaged", "sent 256,000 bytes that are not the file expected (wrong SHA-256)"),
    ("truncated_without_length", "sent 100,000 bytes that are not the file expected (wrong SHA-256)"),
    (b"<html>Please log in to the network of the hotel</html>", "bytes that are not the file expected (wrong SHA-256)"),
    (b"", "sent 0 bytes that are not the file expected"),
]


@pytest.mark.parametrize(("answer", "reason"), PASSING)
def test_what_may_pass_is_tried_again_after_a_pause(server, folder, pauses, answer, reason):
    server.scripts = {"/file": [answer, answer, CONTENT]}
    download.fetch(remote(f"{server.address}/file"), folder)
    assert (folder / "file.gz").read_bytes() == CONTENT
    assert len(server.asked) == 3
    assert pauses == [1, 2]


@pytest.mark.parametrize(("answer", "reason", "times"), [(*one, 3) for one in PASSING] + [(*one, 1) for one in LASTING])
def test_what_fails_leaves_nothing(server, folder, answer, reason, times):
    server.scripts = {"/file": [answer]}
    with pytest.raises(download.NotFetched) as caught:
        download.fetch(remote(f"{server.address}/file"), folder)
    assert len(server.asked) == times
    (tried,) = caught.value.args
    assert tried.startswith(f"{server.address}/file: ") and reason in tried
    assert names(folder) == []


@pytest.mark.parametrize("answer", ["silent", "stalled"])
def test_a_server_that_does_not_answer(server, folder, monkeypatch, answer):
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    server.scripts = {"/file": [answer]}
    with pytest.raises(download.NotFetched, match=r"no answer within 0\.1 s"):
        download.fetch(remote(f"{server.address}/file"), folder)
    assert len(server.asked) == 3 and names(folder) == []


def refused_address():
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/file"


def test_the_next_address_is_tried(server, folder, pauses):
    server.scripts = {"/damaged": ["damaged"], "/good": [CONTENT]}
    nobody = refused_address()
    others = (f"{server.address}/{name}" for name in ("missing", "damaged", "good"))
    download.fetch(remote(nobody, *others), folder)
    assert (folder / "file.gz").read_bytes() == CONTENT
    assert server.asked == ["/missing", "/damaged", "/good"] and pauses == []
    with pytest.raises(download.NotFetched) as caught:
        download.fetch(remote(nobody, f"{server.address}/missing"), folder)
    assert caught.value.args[0].startswith(f"{nobody}: ") and "refused" in caught.value.args[0]
    assert caught.value.args[1] == f"{server.address}/missing: the server answered 404 Not Found"


def test_a_name_that_no_server_has(home, folder, monkeypatch):
    def nowhere(*given):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(download.NotFetched, match="Name or service not known"):
        download.fetch(remote("http://data.invalid/file"), folder)


def test_a_file_that_stood_there_stays_when_the_download_fails(server, folder):
    (folder / "file.gz").write_bytes(b"before")
    server.scripts = {"/file": ["damaged"]}
    with pytest.raises(download.NotFetched):
        download.fetch(remote(f"{server.address}/file"), folder)
    assert names(folder) == ["file.gz"] and (folder / "file.gz").read_bytes() == b"before"


def test_an_interruption_leaves_nothing(server, folder, monkeypatch):
    pieces = iter([CONTENT[:1000]])

    def interrupted(response):
        for piece in pieces:
            assert len(names(folder)) == 1, "under another name"
            return piece
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "received_from", interrupted)
    server.scripts = {"/file": [CONTENT]}
    with pytest.raises(KeyboardInterrupt):
        download.fetch(remote(f"{server.address}/file"), folder)
    assert names(folder) == []


def test_a_full_disk_is_no_failure_of_the_network(server, folder, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download, "save", full)
    server.scripts = {"/file": [CONTENT]}
    with pytest.raises(OSError, match="No space left on device"):
        download.fetch(remote(f"{server.address}/file"), folder)
    assert len(server.asked) == 1 and names(folder) == []


def offer(monkeypatch, server, module, files):
    """Have a data set's files offered by the server, and only there."""
    server.scripts = {f"/{name}": [content] for name, content in files.items()}
    remotes = tuple(remote(f"{server.address}/{name}", content=content, name=name) for name, content in files.items())
    monkeypatch.setattr(module, "SOURCE", dataclasses.replace(module.SOURCE, files=remotes))


@pytest.fixture(params=["linux", "darwin", "win32", "XDG_CACHE_HOME", "CONVVIZ_DATA"])
def cache(request, home, monkeypatch):
    """The folder that downloads go to, on several systems."""
    if request.param.isupper():
        monkeypatch.setenv(request.param, str(home / "own"))
        monkeypatch.setattr(places.sys, "platform", "linux")
        return home / "own" / "convviz" if request.param == "XDG_CACHE_HOME" else home / "own"
    if request.param == "win32":
        monkeypatch.delenv("LOCALAPPDATA")
    monkeypatch.setattr(places.sys, "platform", request.param)
    inner = {"linux": ".cache", "darwin": "Library/Caches", "win32": "AppData/Local"}[request.param]
    return home / "home" / inner / "convviz"


def test_what_is_nowhere_is_downloaded_once(server, cache, monkeypatch):
    offer(monkeypatch, server, fashion_mnist, idx_files())
    (x_train, y_train), _ = fashion_mnist.load_data()
    assert (x_train == digits()[0][0]).all() and (y_train == digits()[0][1]).all()
    assert names(cache / "fashion-mnist") == sorted(idx_files())
    assert len(server.asked) == 4
    fashion_mnist.load_data()
    assert len(server.asked) == 4


def test_only_what_is_missing_is_downloaded(server, home, monkeypatch):
    monkeypatch.setenv("CONVVIZ_DATA", str(home / "own"))
    offer(monkeypatch, server, mnist, idx_files())
    server.scripts["/t10k-images-idx3-ubyte.gz"] = [404]
    with pytest.raises(FileNotFoundError, match="t10k-images-idx3-ubyte.gz: the server answered 404 Not Found"):
        mnist.load_data()
    assert names(home / "own" / "mnist") == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    server.scripts["/t10k-images-idx3-ubyte.gz"] = [idx_files()["t10k-images-idx3-ubyte.gz"]]
    server.asked.clear()
    assert (mnist.load_data()[1][0] == digits()[1][0]).all()
    assert server.asked == ["/t10k-images-idx3-ubyte.gz", "/t10k-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize(("make", "ending"), [(python2_pickle, ""), (binary, ".bin")])
def test_cifar10_is_downloaded_as_an_archive(server, home, monkeypatch, make, ending):
    monkeypatch.setattr(cifar10, "COUNT", 3)
    batch_names = [f"{name}{ending}" for name in cifar10.NAMES]
    content = archive([(f"a/{name}", make(*colours(3, seed))) for seed, name in enumerate(batch_names)])
    offer(monkeypatch, server, cifar10, {"cifar-10-python.tar.gz": content})
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert x_train.shape == (15, 32, 32, 3)
    assert (x_test == colours(3, 5)[0].transpose(0, 2, 3, 1)).all() and y_test[:, 0].tolist() == colours(3, 5)[1]
    assert np.array_equal(cifar10.load_data()[0][1], y_train)
    assert server.asked == ["/cifar-10-python.tar.gz"]


def test_nothing_is_downloaded_where_a_folder_is_given(server, home, monkeypatch):
    offer(monkeypatch, server, fashion_mnist, idx_files())
    with pytest.raises(FileNotFoundError, match="call load_data"):
        fashion_mnist.load_data(home / "given")
    assert server.asked == [] and not (home / "home" / ".cache").exists()


def test_offline_the_error_says_what_to_do(home, monkeypatch):
    monkeypatch.setattr(places.sys, "platform", "linux")
    nobody = refused_address()
    files = tuple(dataclasses.replace(one, addresses=(nobody,)) for one in fashion_mnist.SOURCE.files)
    monkeypatch.setattr(fashion_mnist, "SOURCE", dataclasses.replace(fashion_mnist.SOURCE, files=files))
    write(home / "work" / "data" / "FashionMNIST" / "raw", {"train-images-idx3-ubyte": b"x"})
    with pytest.raises(FileNotFoundError) as caught:
        fashion_mnist.load_data()
    lines = str(caught.value).splitlines()
    work, user = Path.cwd(), home / "home"
    assert lines == [
        "the files of Fashion-MNIST were not found.",
        "Wanted: train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz",
        "Looked in:",
        f"  {user}/.keras/datasets/fashion-mnist: no such folder",
        f"  {work}/data/FashionMNIST/raw: lacks train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte",
        f"  {user}/.cache/convviz/fashion-mnist: no such folder",
        "Tried to download:",
        f"  {nobody}: Connection refused",
        "What to do: put these files into one folder and call fashion_mnist.load_data(folder), or set the environment "
        "variable CONVVIZ_DATA to it.",
        f"They are offered at {nobody.removesuffix('/file')}/",
        "With no files at all, datasets.shapes(2000) gives images to train on.",
    ]


def test_a_folder_that_cannot_be_made(home, monkeypatch):
    (home / "own").write_bytes(b"a file")
    monkeypatch.setenv("CONVVIZ_DATA", str(home / "own"))
    with pytest.raises(OSError) as caught:
        mnist.load_data()
    assert "no folder for MNIST; set CONVVIZ_DATA to one that may be written" in str(caught.value)


@pytest.mark.parametrize("module", [fashion_mnist, mnist, cifar10])
def test_what_is_offered_is_verified(module):
    for one in module.SOURCE.files:
        assert len(one.sha256) == 64 and int(one.sha256, 16)
        assert len(one.addresses) >= 2 and one.addresses[0].startswith("https://")
        assert all(address.endswith(f"/{one.name}") for address in one.addresses)


def test_published_checksums_of_fashion_mnist_belong_to_their_files():
    """Order counts: the sums of the four files must not be exchanged."""
    first = {one.name: one.sha256[:4] for one in fashion_mnist.SOURCE.files}
    assert first == {
        "train-images-idx3-ubyte.gz": "3aed",
        "train-labels-idx1-ubyte.gz": "a04f",
        "t10k-images-idx3-ubyte.gz": "346e",
        "t10k-labels-idx1-ubyte.gz": "67da",
    }
