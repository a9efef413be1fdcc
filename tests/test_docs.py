"""The documentation: what its pages say is true, it is built without a warning, and its pages are complete and small.

Building takes a minute: ``-k "not built"`` leaves out what needs it. What a browser makes of the pages stands in
browser/test_docs.py.
"""

import doctest
import importlib
import os
import re
import zlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from documents import blocks, build, follow, players

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.relative_to(DOCS).parts[0] not in ("_build", "course"))
#: What a reader loads with a page, at most: its own HTML and the pictures in it, in bytes.
LARGEST = 2_000_000


def title(path):
    """What a test about a file is called."""
    return path.relative_to(ROOT).as_posix()


# What the pages say


@pytest.mark.parametrize("path", [path for path in PAGES if list(blocks(path.read_text("utf-8"), "python"))], ids=title)
def test_python_of_a_page(path, tmp_path, monkeypatch):
    # what is said of notebooks runs here without one; the controls are made all the same
    monkeypatch.setattr("convviz.widgets.explorer.require_notebook", lambda *words: None)
    monkeypatch.chdir(tmp_path)
    names, saved = {}, []
    for start, source in blocks(path.read_text("utf-8"), "python", "{player}"):
        # options of a directive stand in lines of their own, which Python must not see but count
        follow(start, re.sub(r"^:[\w-]+:.*$", "", source, flags=re.MULTILINE), names, title(path))
        saved += re.findall(r'save\w*\("([\w-]+\.\w+)"', source)
    assert [name for name in saved if not (tmp_path / name).stat().st_size] == []


def test_a_wrong_comment_of_a_page_is_found():
    text = "# Title\n\n```python\nx = 1\nx + 1  # 3\n```\n"
    ((start, source),) = blocks(text, "python")
    with pytest.raises(AssertionError, match="a.md, line 5"):
        follow(start, source, {}, "a.md")


@pytest.mark.parametrize("name", ["index.md", "howto/slides.md", "howto/notebooks.md", "howto/checking.md"])
def test_a_page_and_its_translation_go_together(name):
    """They have the same blocks in the same order, and link to each other."""
    pages = DOCS / name, DOCS / "ja" / Path(name).name
    texts = [page.read_text("utf-8") for page in pages]
    kinds = [re.findall(r"^```(\{?(?!\{?toctree)\w+)", text, re.MULTILINE) for text in texts]
    assert kinds[0] == kinds[1] != []
    for text, here, there in zip(texts, pages, reversed(pages), strict=True):
        assert f"]({os.path.relpath(there, here.parent)})" in text


WITH_EXAMPLES = [
    path for path in sorted((ROOT / "convviz").rglob("*.py")) if ">>> " in path.read_text("utf-8") and "cuda" not in path.parts
]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=title)
def test_examples_in_docstrings(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert found.failed == 0


# Links to elsewhere. Those between pages are checked by Sphinx, when the pages are built.


TEXTS = [*PAGES, *sorted(DOCS.glob("reference/*.rst")), *sorted(ROOT.glob("gallery/*.py")), *sorted(ROOT.glob("*.md"))]
ADDRESSES = [
    (path, address) for path in TEXTS for address in re.findall(r"\bhttps?:[^\s)>\"'`]*", path.read_text("utf-8"))
]


def wrong_with(address):
    """What is wrong with an external link, as far as that shows without a network; "" if nothing."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", parts.netloc):
        return "no address of the web by https"
    return "ends in a mark of the sentence around it" if address[-1] in ".,;:!?" else ""


def test_external_links_have_the_form_of_links():
    assert ADDRESSES
    assert [(title(path), address) for path, address in ADDRESSES if wrong_with(address)] == []


def test_a_link_that_is_none_is_found():
    assert [bool(wrong_with(text)) for text in ("https://a.org/b", "http://a.org", "https://a", "https://a.org/b.")] == [
        False, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")), ids=title)
def test_links_to_files_of_the_checkout(path):
    named = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_commands_that_are_said_are_there():
    words = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert "python3 tests/bootstrap.py docs" in words
    assert "$(PYTHON) tests/bootstrap.py docs" in (ROOT / "Makefile").read_text("utf-8")
    named = re.findall(r"`((?:docs|tests|gallery|convviz)/[\w/.]*)`", words)
    assert named
    assert [name for name in named if "_build" not in name and not (ROOT / name).exists()] == []


# The course


def test_the_course_has_a_place_for_every_program():
    listed = re.findall(r'"(\w+)"', (DOCS / "extensions" / "course.py").read_text("utf-8"))
    programs = [path.stem.removeprefix("plot_") for path in ROOT.glob("gallery/plot_*.py")]
    assert sorted(set(programs) - set(listed)) == []


# The pages as they are built


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the pages."""
    return build(tmp_path_factory.getbasetemp())


def files_of(page):
    """Files that a browser loads for a page because they stand in it, styles and scripts of all pages apart."""
    for address in re.findall(r'<(?:img|iframe|source|video)\b[^>]*?\bsrc="([^"]+)"', page.read_text("utf-8")):
        if not address.startswith("data:"):
            assert not urlsplit(address).scheme, f"{page.name} loads {address}"
            yield page.parent / unquote(urlsplit(address).path)


def test_no_built_page_is_large(built):
    sizes = {
        page.relative_to(built).as_posix(): page.stat().st_size + sum(path.stat().st_size for path in set(files_of(page)))
        for page in built.rglob("*.html")
    }
    assert len(sizes) > 30
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def test_built_pages_hold_players(built):
    for name in ("index", "howto/slides", "howto/notebooks", "ja/index", "ja/slides", "ja/notebooks"):
        assert players(built / f"{name}.html"), name
    assert players(built / "howto" / "notebooks.html") == 2
    course = [page for page in built.glob("course/*/plot_*.html") if players(page)]
    assert len(course) >= 5


def test_every_program_has_a_built_page_that_shows_something(built):
    for path in ROOT.glob("gallery/plot_*.py"):
        (page,) = built.glob(f"course/*/{path.stem}.html")
        shown = players(page) or list(files_of(page)) or 'class="convviz-report"' in page.read_text("utf-8")
        assert shown or path.stem.startswith("plot_train_"), path.stem


MODULES = (
    "convviz", "convviz.nn", "convviz.nn.callbacks", "convviz.nn.exchange", "convviz.nn.initializers",
    "convviz.nn.inspection", "convviz.nn.losses", "convviz.nn.metrics", "convviz.nn.optimizers", "convviz.nn.plots",
    "convviz.nn.regularizers", "convviz.examples", "convviz.geometry",
)  # fmt: skip
#: Second names of layers, as in Keras, which the page of the layers tells.
SECOND = {"convviz.nn.AvgPool2D", "convviz.nn.MaxPool2D"}


def test_the_built_reference_has_every_public_name(built):
    inventory = (built / "objects.inv").read_bytes().split(b"\n", 4)[4]
    documented = {line.split(" ")[0] for line in zlib.decompress(inventory).decode("utf-8").splitlines()}
    public = {f"{name}.{part}" for name in MODULES for part in names_in(importlib.import_module(name))}
    assert len(public) > 100
    assert sorted(public - documented - SECOND) == []


def names_in(module):
    """Public names of a module that are functions or classes."""
    return [name for name in module.__all__ if callable(getattr(module, name))]


def test_built_japanese_pages_say_so(built):
    assert '<html class="no-js" lang="ja"' in (built / "ja" / "index.html").read_text("utf-8")
    assert '<html class="no-js" lang="en"' in (built / "index.html").read_text("utf-8")
