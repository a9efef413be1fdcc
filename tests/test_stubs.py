"""What type checkers read: the stubs say what the packages have, and the Python of the documents has no errors of type."""

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import python_of

import convviz

PACKAGE = Path(convviz.__file__).parent
LAZY = [path.parent for path in sorted(PACKAGE.rglob("__init__.py")) if "lazy_names.load" in path.read_text("utf-8")]


def title(folder):
    return ".".join(folder.relative_to(PACKAGE.parent).parts)


def stub_of(folder):
    """What a stub imports, by name the module it comes from, and its ``__all__``."""
    tree, homes, public = ast.parse((folder / "__init__.pyi").read_text("utf-8")), {}, None
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            homes |= {alias.asname: node.module for alias in node.names}
        elif isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            public = ast.literal_eval(node.value)
    return homes, public


def test_lazy_packages_are_found():
    assert [title(folder) for folder in LAZY] == ["convviz", "convviz.interactive", "convviz.nn", "convviz.nn.datasets"]


@pytest.mark.parametrize("folder", LAZY, ids=title)
def test_a_stub_names_what_its_package_has(folder):
    package, (homes, public) = importlib.import_module(title(folder)), stub_of(folder)
    assert public == list(package.__all__)
    assert sorted(homes) == sorted(set(public) - {"__version__"})
    for name, home in homes.items():
        assert getattr(importlib.import_module(home), name) is getattr(package, name)


ROOT = Path(__file__).resolve().parent.parent
#: The documents whose Python users copy.
DOCUMENTS = [ROOT / "README.md", ROOT / "docs/first_steps.md", ROOT / "docs/training.md", *ROOT.glob("docs/howto/*.md")]
OPTIONS = "--allow-redefinition --allow-untyped-defs --allow-untyped-calls --no-pretty --cache-dir cache".split()


def test_python_of_the_documents_has_no_errors_of_type(tmp_path):
    files = {f"{path.stem}_md.py": python_of(path.read_text("utf-8")) for path in DOCUMENTS}
    files["wrong.py"] = "import convviz as cv\n\ncv.MaxPooling(2).trace([[1]])[0].no_such_name\n"
    for name, source in files.items():
        (tmp_path / name).write_text(source, "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", ROOT / "setup.cfg", *OPTIONS, *files]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", env=environment)
    errors = re.findall(r"^.+: error: .+$", done.stdout, re.MULTILINE)
    # the last of the files must be refused
    assert errors == ['wrong.py:3: error: "MaximumStep" has no attribute "no_such_name"  [attr-defined]'], (
        done.stdout + done.stderr
    )
