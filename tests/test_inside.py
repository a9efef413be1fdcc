"""What docs/inside.md says of the code is true: its files exist, every module is listed, its layers are those of the test."""

import re
from pathlib import Path

from test_imports import LAYERS, PACKAGE

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "inside.md").read_text(encoding="utf-8")
#: Paths in the page: below convviz/, or below the checkout if they begin with one of these folders.
OUTSIDE = ("tests/", "docs/", "gallery/", "static/")
NAMED = re.findall(r"`([\w/.*]+(?:\.py|/|\.md|\.txt))`", PAGE)


def found(name):
    """The files that a path of the page stands for."""
    folder = ROOT if name.startswith(OUTSIDE) or name.startswith("CHANGELOG") else PACKAGE
    return list(folder.glob(name.rstrip("/")))


def test_every_path_of_the_page_exists():
    assert len(NAMED) > 100
    assert sorted({name for name in NAMED if not found(name)}) == []


def test_every_module_has_its_place_on_the_page():
    """Each file of the package is named in the tables of files, or the folder that holds it is."""
    tables = PAGE[PAGE.index("## The files") :]
    named = set(re.findall(r"`([\w/.]+(?:\.py|/))`", tables))
    modules = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if path.stem not in ("__init__", "__main__")
    }
    missing = {name for name in modules if name not in named and not any(name.startswith(f) for f in named if f.endswith("/"))}
    assert sorted(missing) == []


def test_a_file_is_listed_once():
    tables = PAGE[PAGE.index("## The files") : PAGE.index("Beside the package")]
    listed = [name for row in re.findall(r"^\| (.*?) \|", tables, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)]
    assert sorted({name for name in listed if listed.count(name) > 1}) == []


def test_the_picture_shows_the_layers_of_the_imports():
    picture = (ROOT / "docs" / "static" / "layers.svg").read_text(encoding="utf-8")
    shown = re.findall(r'font-weight="700">([a-z_]+)<', picture)
    assert sorted(shown) == sorted(set(LAYERS) - {"__main__"})


def test_lower_layers_stand_lower_in_the_picture():
    picture = (ROOT / "docs" / "static" / "layers.svg").read_text(encoding="utf-8")
    rows = {layer: int(y) for y, layer in re.findall(r'y="(\d+)"><tspan font-weight="700">([a-z_]+)<', picture)}
    order = [rows[layer] for layer in LAYERS if layer in rows]
    assert order == sorted(order, reverse=True)
