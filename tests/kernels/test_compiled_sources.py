"""What is compiled is kept on disk until any source that is compiled changes."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from convviz.kernels import sources

CODE = """
import numba.core.event as event
compiled = event.RecordingListener()
event.register("numba:compile", compiled)
import numpy as np
import convviz
from convviz import geometry
from convviz.kernels.cpu import cellwise
where = geometry.window_geometry((3, 3), (2, 2))
out = np.empty((1, 2, 2, 1))
cellwise.convolve(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)), np.zeros(1), where.rows, where.columns, 1, out)
print(out[0, 0, 0, 0], len(compiled.buffer) > 0, convviz.__file__)
"""


@pytest.fixture
def package(tmp_path):
    """A copy of the package without anything compiled."""
    return shutil.copytree(sources.FOLDER.parent, tmp_path / "convviz", ignore=shutil.ignore_patterns("__pycache__"))


def result_of(package):
    """What a process that runs a copy of the package prints."""
    variables = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    variables["PYTHONPATH"] = str(package.parent)
    printed = subprocess.check_output([sys.executable, "-c", CODE], cwd=package.parent, env=variables, text=True).split()
    assert printed.pop() == str(package / "__init__.py")
    return printed


def edit(path, old, new):
    """Change a line of a file, but not when it was changed: numba's own key is that time."""
    text, times = path.read_text(encoding="utf-8"), path.stat()
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)  # Python's own cache knows a file by its time


def test_an_edited_scalar_function_runs_at_once(package):
    assert result_of(package) == ["4.0", "True"]
    assert result_of(package) == ["4.0", "False"]
    edit(package / "kernels/scalar/window.py", "* kernel[i, j, c, f]\n", "* kernel[i, j, c, f] * 3\n")
    assert result_of(package) == ["12.0", "True"]
    assert result_of(package) == ["12.0", "False"]


def changed(package, name, device):
    """Whether the hash for a device is another one after a change in a file."""
    before = sources.digest_of(package / "kernels", device)
    path = package / "kernels" / name
    path.write_text(path.read_text(encoding="utf-8") + "\n# a change\n", encoding="utf-8")
    return sources.digest_of(package / "kernels", device) != before


FILES = sorted(path.relative_to(sources.FOLDER).as_posix() for path in sources.FOLDER.rglob("*.py"))


def test_every_file_below_kernels_is_in_the_key_of_the_device_that_compiles_it(package):
    assert {name for name in FILES if changed(package, name, "cuda")} == set(FILES)
    assert {name for name in FILES if changed(package, name, "cpu")} == {name for name in FILES if "cuda/" not in name}


def test_moving_code_from_file_to_file_is_a_change(package):
    before = sources.digest_of(package / "kernels", "cpu")
    (package / "kernels/cpu/halo.py").rename(package / "kernels/cpu/ring.py")
    assert sources.digest_of(package / "kernels", "cpu") != before


def test_the_versions_of_what_compiles_are_in_the_key(monkeypatch):
    before = sources.digest_of(sources.FOLDER, "cpu")
    assert sources.digest_of(sources.FOLDER, "cpu") == before
    for number, version in enumerate(sources.versions()):
        assert re.match(r"\d+\.\d+", version)
        others = sources.versions()[:number] + ("0",) + sources.versions()[number + 1 :]
        with monkeypatch.context() as patch:
            patch.setattr(sources, "versions", lambda others=others: others)
            assert sources.digest_of(sources.FOLDER, "cpu") != before


def test_nothing_is_compiled_outside_the_folder():
    """A function that is compiled elsewhere would not be in the key."""
    found = [
        path
        for path in sources.FOLDER.parent.rglob("*.py")
        if sources.FOLDER not in path.parents and re.search(r"\bn?jit\b|@compiled|@kernel\b", path.read_text(encoding="utf-8"))
    ]
    assert found == []
