"""Every file of the gallery runs by itself, and stays short."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

GALLERY = sorted((Path(__file__).resolve().parents[1] / "gallery").glob("*.py"))


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_it_runs(path, tmp_path):
    path_of_modules = os.pathsep.join(filter(None, [str(path.parents[1]), os.environ.get("PYTHONPATH")]))
    around = {**os.environ, "PYTHONPATH": path_of_modules}
    done = subprocess.run([sys.executable, path], cwd=tmp_path, env=around, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_it_is_one_idea(path):
    source = path.read_text(encoding="utf-8")
    assert path.stem.startswith("plot_")
    assert len(source.splitlines()) <= 40
    title, line, *_ = ast.get_docstring(ast.parse(source)).splitlines()
    assert line == "=" * len(title)


def test_there_is_a_gallery():
    assert GALLERY
