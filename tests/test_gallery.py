"""Every file of the gallery runs, shows something, and stays short.

Files run in a few processes, which import everything once. Those that train a network have "training" in the names of
their tests: ``-k "gallery and not training"`` leaves them out.
"""

import ast
import contextlib
import faulthandler
import io
import os
import runpy
import traceback
import warnings
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from convviz import examples
from convviz._support import processes
from convviz.nn.datasets import places

GALLERY = sorted((Path(__file__).resolve().parents[1] / "gallery").glob("*.py"))
LINES, LETTERS = 52, 128
#: What writes the animations of Dumoulin and Visin's guide.
ARITHMETIC = [path for path in GALLERY if path.stem.startswith("plot_arithmetic_")]
#: After so many seconds a file is taken to hang.
PATIENCE = 600


def named(path):
    """What a test of a file is called."""
    trains = path.stem.startswith("plot_train") or ".fit(" in path.read_text(encoding="utf-8")
    return path.stem + ("-training" if trains else "")


each_file = pytest.mark.parametrize("path", GALLERY, ids=named)


def refuse(remote, folder):
    """What stands for a download."""
    raise AssertionError(f"{remote.name}: the gallery must not download anything")


def work(path, folder):
    """Run a file in a folder of its own: names of what it wrote there, how many figures it drew, and what went wrong."""
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    place = Path(folder, path.stem)
    place.mkdir()
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    try:
        with (
            contextlib.chdir(place),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            mock.patch.object(places, "fetch", refuse),
        ):
            warnings.simplefilter("error")
            runpy.run_path(str(path), run_name="__main__")
        return sorted(os.listdir(place)), len(plt.get_fignums()), ""
    except Exception:
        return [], 0, traceback.format_exc()
    finally:
        faulthandler.cancel_dump_traceback_later()
        plt.close("all")


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory):
    """What `work` says of each file whose test is to run; those that train first, since they take longest."""
    asked = [item for item in request.session.items if "runs" in getattr(item, "fixturenames", ())]
    chosen = set()
    for item in asked:
        if item.path == request.path:
            chosen |= {item.callspec.params["path"]} if hasattr(item, "callspec") else set(ARITHMETIC)
    files = sorted(chosen, key=lambda path: ("training" not in named(path), path))
    task = partial(work, folder=tmp_path_factory.mktemp("gallery"))
    found = {}
    for path, result, error in processes.each(task, files, processes.cores()):
        found[path] = result or ([], 0, str(error))
    return found


@each_file
def test_it_runs_and_shows_something(path, runs):
    written, figures, complaint = runs[path]
    assert not complaint, complaint
    last = ast.parse(path.read_text(encoding="utf-8")).body[-1]
    ends_in_a_value = isinstance(last, ast.Expr) and not ast.unparse(last).startswith("print(")
    assert written or figures or ends_in_a_value
    assert not [name for name in written if name.startswith(".")]


def test_the_animations_of_the_guide_are_complete(runs):
    """15 of the conv_arithmetic set and 4 numeric ones."""
    guide = [example.name for example in examples.entries() if example.title.startswith("Guide")]
    written = {name for path in ARITHMETIC for name in runs[path][0]}
    assert len(guide) == 19
    assert [name for name in guide if f"{name}.gif" not in written] == []


@each_file
def test_it_is_one_idea(path):
    source = path.read_text(encoding="utf-8")
    assert path.stem.startswith("plot_")
    assert len(source.splitlines()) <= LINES
    assert max(map(len, source.splitlines())) <= LETTERS
    title, line, blank, *paragraph = ast.get_docstring(ast.parse(source)).splitlines()
    assert (line, blank) == ("=" * len(title), "") and paragraph


def test_nothing_else_stands_in_the_gallery():
    assert GALLERY
    folder = GALLERY[0].parent
    others = {path.name for path in folder.iterdir()} - {path.name for path in GALLERY} - {"__pycache__"}
    assert others <= {"README.rst", "README.txt", "GALLERY_HEADER.rst"}
