"""Documents: their code blocks, run as a reader would run them, and the documentation, built as pages."""

import ast
import functools
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import bootstrap
import pytest

__all__ = ["blocks", "build", "follow", "players", "python_of"]

ROOT = Path(__file__).resolve().parents[2]
#: What builds the documentation, as Python imports it.
NEEDED = ("sphinx", "sphinx_gallery", "furo", "myst_parser", "numpydoc")


def blocks(text, *languages):
    """Every code block in one of the languages, as (number of its first line, text)."""
    opening = "|".join(map(re.escape, languages))
    for match in re.finditer(rf"^```(?:{opening})\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield text[: match.start(1)].count("\n") + 1, match[1]


def python_of(text):
    """All Python of a document as one file, with the same line numbers: other lines are empty."""
    lines = [""] * (text.count("\n") + 1)
    for start, source in blocks(text, "python", "{player}"):
        lines[start : start + source.count("\n")] = re.sub(r"^:[\w-]+:.*$", "", source, flags=re.MULTILINE).splitlines()
    return "\n".join(lines) + "\n"


def comments(source):
    """The comment at the end of each line that has one, by number of the line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def gives(statement):
    """Whether a statement is there for its value, which the comment behind it shows, not to print or save something."""
    if not isinstance(statement, ast.Expr):
        return False
    function = getattr(statement.value, "func", None)
    return getattr(function, "id", getattr(function, "attr", None)) not in ("print", "save")


def follow(start, source, names, title):
    """Run a block statement by statement, and compare the value of each expression with the comment behind it."""
    said = comments(source)
    for statement in ast.parse(source).body:
        comment = said.get(statement.end_lineno)
        ast.increment_lineno(statement, start - 1)
        if gives(statement) and comment:
            value = eval(compile(ast.Expression(statement.value), title, "eval"), names)
            assert comment in (str(value), repr(value)), f"{title}, line {statement.lineno}"
        else:
            exec(compile(ast.Module([statement], []), title, "exec"), names)


@functools.cache
def build(folder):
    """The folder of the documentation's pages, built below `folder`, once, from a copy of the checkout.

    A warning is an error. Where what builds it is not installed, the test is skipped. If the environment variable
    CONVVIZ_DOCS names a folder of pages that were built before, it is that one.
    """
    if given := os.environ.get("CONVVIZ_DOCS"):
        return Path(given).resolve()
    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"the documentation is not built without {name}: pip install '.[docs]'")
    copy = folder / "documentation"
    for name in ("docs", "gallery", "convviz"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "_build", "course"))
    for path in ROOT.glob("*.md"):
        shutil.copy(path, copy)
    command = [sys.executable, "-m", "sphinx", *bootstrap.DOCS]
    done = subprocess.run(command, cwd=copy, capture_output=True, encoding="utf-8")
    said = done.stdout + done.stderr
    assert (done.returncode, "WARNING" in said) == (0, False), said
    return copy / bootstrap.DOCS[-1]


def players(page):
    """How many players a page holds."""
    return page.read_text("utf-8").count('<div class="convviz"')
