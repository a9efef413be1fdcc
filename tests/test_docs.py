"""The documentation: what its pages say is true, it is built without a warning, and its pages are complete and small.

Building takes a minute: ``-k "not built"`` leaves out what needs it. What a browser makes of the pages stands in
browser/test_docs.py.
"""

import doctest
import importlib
import inspect
import os
import re
import zlib
from html.parser import HTMLParser
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
    monkeypatch.setattr("convviz.interactive.explorer.require_notebook", lambda *words: None)
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


#: What the reference documents.
MODULES = (
    "convviz",
    "convviz.nn",
    "convviz.nn.callbacks",
    "convviz.nn.exchange",
    "convviz.nn.initializers",
    "convviz.nn.inspection",
    "convviz.nn.losses",
    "convviz.nn.metrics",
    "convviz.nn.optimizers",
    "convviz.nn.plots",
    "convviz.nn.regularizers",
    "convviz.examples",
    "convviz.geometry",
)


def names_in(module):
    """Public names of a module that are functions or classes."""
    return [name for name in module.__all__ if callable(getattr(module, name))]


def parameters_in(docstring):
    """Names of the parameters that a docstring in numpydoc's style describes."""
    found = re.search(r"^Parameters\n-+\n(.*?)(?=^\w+\n-+$|\Z)", docstring, re.DOTALL | re.MULTILINE)
    lines = [line for line in found[1].splitlines() if line[:1].strip()] if found else []
    return {name.strip(" *") for line in lines for name in line.split(" : ")[0].split(",")}


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_are_described_whole(module):
    """Every parameter, and an example."""
    lacking = {}
    for name in names_in(importlib.import_module(module)):
        function = getattr(importlib.import_module(module), name)
        if inspect.isfunction(function):
            missing = set(inspect.signature(function).parameters) - parameters_in(inspect.getdoc(function))
            lacking[name] = sorted(missing) + [""] * ("Examples\n---" not in inspect.getdoc(function))
    assert {name: parts for name, parts in lacking.items() if parts} == {}


# Links to elsewhere. Those between pages are looked at where the pages are built.


TEXTS = [*PAGES, *sorted(DOCS.glob("reference/*.rst")), *sorted(ROOT.glob("gallery/*.py")), *sorted(ROOT.glob("*.md"))]
ADDRESSES = [(path, address) for path in TEXTS for address in re.findall(r"\bhttps?:[^\s)>\"'`]*", path.read_text("utf-8"))]


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
        False,
        True,
        True,
        True,
    ]


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


class Links(HTMLParser):
    """What a page links to, and what in it can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.addresses, self.places = set(), {""}
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id" or (tag, name) == ("a", "name"):
                self.places.add(value)
            if name in ("href", "src") and value:
                self.addresses.add(value)


def lost_links(folder):
    """Links of the pages in a folder that lead to no file, or to no place in a page, as (page, address)."""
    pages = {path: Links(path) for path in folder.rglob("*.html")}
    return [
        (path.relative_to(folder).as_posix(), address)
        for path, page in pages.items()
        for address in sorted(page.addresses)
        if is_lost(address, path, pages)
    ]


def is_lost(address, path, pages):
    """Whether an address in a page leads nowhere, unless it is one of the web."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return False
    target = Path(os.path.normpath(path.parent / unquote(parts.path))) if parts.path else path
    return not target.is_file() or (target in pages and unquote(parts.fragment) not in pages[target].places)


def test_every_link_of_a_built_page_leads_somewhere(built):
    assert lost_links(built) == []


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#c"></a><a href="b.html#d"></a><a href="#e"></a><img src="f.png">')
    (tmp_path / "b.html").write_text('<p id="c"></p><a href="https://a.org"></a><a href="a.html"></a><a href="data:,"></a>')
    assert lost_links(tmp_path) == [("a.html", "#e"), ("a.html", "b.html#d"), ("a.html", "f.png")]


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


def test_no_built_page_shows_an_object_as_python_prints_it(built):
    shown = re.compile(r"&lt;matplotlib| object at 0x|\[Text\(|\[&lt;")
    pages = [page for page in built.rglob("*.html") if page.relative_to(built).parts[0] not in ("_modules", "_downloads")]
    assert [page.name for page in pages if shown.search(page.read_text("utf-8"))] == []


#: Second names of layers, as in Keras, which the page of the layers tells.
SECOND = {"convviz.nn.AvgPool2D", "convviz.nn.MaxPool2D"}


def test_the_built_reference_has_every_public_name(built):
    inventory = (built / "objects.inv").read_bytes().split(b"\n", 4)[4]
    documented = {line.split(" ")[0] for line in zlib.decompress(inventory).decode("utf-8").splitlines()}
    public = {f"{name}.{part}" for name in MODULES for part in names_in(importlib.import_module(name))}
    assert len(public) > 100
    assert sorted(public - documented - SECOND) == []


def test_no_name_of_a_person_became_a_list_in_the_built_reference(built):
    """A paragraph that begins with an initial is a list to docutils: A. Person."""
    pages = sorted(built.glob("reference/*.html"))
    assert pages
    assert [page.name for page in pages if re.search(r'<ol class="(upper|lower)', page.read_text("utf-8"))] == []


def test_built_japanese_pages_say_so(built):
    japanese, english = ((built / name).read_text("utf-8") for name in ("ja/index.html", "index.html"))
    assert '<html class="no-js" lang="ja"' in japanese
    assert '<html class="no-js" lang="en"' in english
    assert [words in page for page in (japanese, english) for words in ("このページの内容", "On this page")] == [
        True,
        False,
        False,
        True,
    ]
