"""The package as it is installed, what the README says, and the commands that set everything up."""

import ast
import configparser
import email
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bootstrap
import pytest
from documents import blocks, follow

import convviz

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Where commands are said: the README, how to contribute, and the pages of the documentation.
PAGES = [path for pattern in ("*.md", "docs/*.md", "docs/*/*.md") for path in sorted(ROOT.glob(pattern))]


def lines(language, *texts):
    """Every line of code blocks in that language: of the README, or of other texts."""
    return [line for text in texts or [README] for _, block in blocks(text, language) for line in block.splitlines()]


# The README


def test_python_of_the_readme(tmp_path, monkeypatch, capsys):
    # what is said of notebooks runs here without one; the controls are made all the same
    monkeypatch.setattr("convviz.interactive.explorer.require_notebook", lambda *words: None)
    monkeypatch.chdir(tmp_path)
    names = {}
    for start, source in blocks(README, "python"):
        follow(start, source, names, "README.md")
    assert "row 3, column 1: " in capsys.readouterr().out  # of the report that is printed
    named = re.findall(r'\(f?"([\w-]+\.\w+)"', "\n".join(lines("python")))
    assert len(named) >= 4
    assert [name for name in named if not (tmp_path / name).stat().st_size] == []


def test_a_wrong_comment_in_the_readme_is_found():
    follow(1, "1 + 1  # 2", {}, "README.md")
    with pytest.raises(AssertionError, match="README.md, line 7"):
        follow(6, "x = 1\nx + 1  # 3", {}, "README.md")


SAID = lines("sh", *(path.read_text(encoding="utf-8") for path in PAGES))
COMMANDS = list(dict.fromkeys(line.split("  #")[0].strip() for line in SAID if line.startswith("convviz ")))


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_readme_and_the_pages(line, tmp_path):
    _, *arguments = shlex.split(line)
    if arguments[0] == "gallery" and "--only" not in arguments:
        arguments += ["--only", "lecture_6x6"]  # all of them take half a minute
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", "-m", "convviz", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()
    written = arguments[arguments.index("--out") + 1 :] if "--out" in arguments else []
    written += arguments[1:2] if arguments[0] == "gallery" else []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)


def test_every_command_is_said_somewhere():
    said = {line.split()[1] for line in COMMANDS}
    assert said == {"list", "example", "conv", "pool", "check", "gallery"}
    assert {"list", "example"} <= {line.split()[1] for line in lines("sh") if line.startswith("convviz ")}


FILES_OF_COMMANDS = re.compile(r"(?<![\w/.-])(?:tests|docs|gallery|convviz)/[\w/.*]+")


def test_files_in_commands_exist():
    """What a command for the shell names is there, apart from what it makes."""
    named = {name for line in SAID for name in FILES_OF_COMMANDS.findall(line.split("--out")[0])}
    assert len(named) > 8
    assert sorted(name for name in named if not list(ROOT.glob(name))) == []


def test_extras_that_are_said_exist():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    said = set(re.findall(r"'\.\[(\w+)\]'", "\n".join([README, *(path.read_text(encoding="utf-8") for path in PAGES)])))
    assert {"slides", "video", "keras", "cuda"} <= said <= set(config["options.extras_require"])


def test_continuous_integration_runs_the_command_of_the_readme():
    command = "python3 tests/bootstrap.py test"
    assert command in lines("sh")
    assert command in (ROOT / ".ci" / "run").read_text()
    assert command.replace("python3", "$(PYTHON)") in (ROOT / "Makefile").read_text()


# What is installed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy so that nothing is left in the checkout."""
    copy, made = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("convviz", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*command, "--wheel-dir", made, copy], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = made.iterdir()
    return path


def inside(wheel, name):
    """The text of a file of the wheel's metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(f"convviz-{convviz.__version__}.dist-info/{name}").decode()


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = ROOT / "convviz"
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert held == {path.relative_to(ROOT).as_posix() for path in files}
    assert {"convviz/render/page/player.js", "convviz/py.typed", "convviz/__init__.pyi"} <= held


def test_metadata(wheel):
    metadata = email.message_from_string(inside(wheel, "METADATA"))
    assert (metadata["Name"], metadata["Version"]) == ("convviz", convviz.__version__)
    assert (metadata["Requires-Python"], metadata["License-Expression"]) == (">=3.11", "MIT")
    assert metadata.get_all("Provides-Extra") == ["video", "slides", "keras", "cuda", "test", "mutation", "docs"]
    needed = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert {re.match(r"[\w-]+", line)[0] for line in needed} == {
        "ipywidgets",
        "matplotlib",
        "numba",
        "numpy",
        "pillow",
        "tqdm",
    }
    assert all(">=" in line for line in needed)
    assert "MIT License" in inside(wheel, "licenses/LICENSE")
    assert metadata.get_payload().startswith("# convviz")


def test_the_version_is_read_without_running_the_package():
    """A literal can be read from the source; anything else would make the build import numpy and numba."""
    tree = ast.parse((ROOT / "convviz" / "__init__.py").read_text(encoding="utf-8"))
    values = [node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__version__"]
    assert [ast.literal_eval(value) for value in values] == [convviz.__version__]


def test_the_installed_command_works_without_the_checkout(wheel, tmp_path):
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", site, wheel]
    subprocess.run(install, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, site / "bin" / "convviz", "example", "lecture_6x6", "--out", "conv.html"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "= 18" in done.stdout
    script = (ROOT / "convviz" / "render" / "page" / "player.js").read_text(encoding="utf-8")
    assert "mountPlayer" in script
    assert "mountPlayer" in (tmp_path / "conv.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("extra", ["test", "docs"])
def test_an_extra_pins_everything(extra):
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = config["options.extras_require"][extra].split("\n")[1:]
    assert wanted
    assert [line for line in wanted if not re.fullmatch(r"[\w-]+ == [\d.]+", line)] == []


# The two commands


def test_the_set_up_is_written_for_an_older_python():
    ast.parse(Path(bootstrap.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))


def run_bootstrap(*arguments, **environment):
    command = [sys.executable, bootstrap.__file__, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


def test_an_environment_of_someone_else_is_left_alone(tmp_path):
    mine = tmp_path / "pyvenv.cfg"
    mine.write_text("home = elsewhere")
    done = run_bootstrap("demo", CONVVIZ_VENV=str(tmp_path))
    assert done.returncode == 1
    assert "was not made by this command" in done.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["home = elsewhere"]


def test_usage():
    for arguments in ([], ["demo", "more"], ["deploy"]):
        done = run_bootstrap(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "python3 tests/bootstrap.py demo" in done.stderr


def test_an_old_python_looks_for_a_newer_one(monkeypatch, capsys):
    versions = {sys.executable: (3, 9), "/opt/python3.13": (0, 0), "/opt/python3.12": (3, 12)}
    monkeypatch.setattr(bootstrap, "version_of", versions.get)
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}" if name in ("python3.12", "python3.13") else None)
    assert bootstrap.find_python() == "/opt/python3.12"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit):
        bootstrap.find_python()
    assert "convviz needs 3.11 or later" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("user", "tool", "said"),
    [
        (1000, "/usr/bin/apt-get", "Run: sudo apt-get install python3.11-venv"),
        (0, None, "lacks the modules venv and ensurepip"),
        (0, "/usr/bin/apt-get", "installing the Debian package python3.11-venv"),
    ],
)
def test_a_debian_without_venv(user, tool, said, monkeypatch, capsys):
    called = []
    monkeypatch.setattr(bootstrap, "ask", lambda python, code: None)
    monkeypatch.setattr(bootstrap, "version_of", lambda python: (3, 11))
    monkeypatch.setattr(bootstrap, "apt_get", lambda *arguments: called.append(arguments) or "no such package")
    monkeypatch.setattr(shutil, "which", lambda name: tool)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(SystemExit):
        bootstrap.require_venv("/usr/bin/python3")
    error = capsys.readouterr().err
    assert said in error
    if user == 0 and tool:
        assert [arguments[0] for arguments in called] == ["install", "update"]
        assert "no such package" in error
    else:
        assert called == []


def test_a_failing_pip_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "failure", lambda command, **options: "ERROR: No matching distribution found")
    with pytest.raises(SystemExit):
        bootstrap.pip(tmp_path, ".")
    error = capsys.readouterr().err
    assert "No matching distribution" in error
    assert "check the network" in error


def test_what_a_failed_command_said_is_kept():
    code = "import sys; print('\\n'.join(map(str, range(100)))); sys.exit(3)"
    words = bootstrap.failure([sys.executable, "-c", code])
    assert words.splitlines() == [str(number) for number in range(85, 100)]
    assert bootstrap.failure([sys.executable, "-c", "print('fine')"]) == ""
    assert bootstrap.failure([sys.executable, "-c", "raise SystemExit(3)"]) == "(no words)"


def test_an_environment_is_good_until_the_settings_change(tmp_path, monkeypatch):
    for name in ("setup.cfg", "pyproject.toml"):
        (tmp_path / name).write_text("[metadata]")
    monkeypatch.setattr(bootstrap, "CHECKOUT", tmp_path)
    monkeypatch.setattr(bootstrap, "version_of", lambda python: (3, 11))
    bootstrap.write_stamps(tmp_path, bootstrap.fingerprint(""), bootstrap.fingerprint("test"))
    assert bootstrap.fingerprint("test") in bootstrap.read_stamps(tmp_path)
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = convviz")
    assert bootstrap.fingerprint("test") not in bootstrap.read_stamps(tmp_path)
    monkeypatch.setattr(bootstrap, "version_of", lambda python: (0, 0))
    assert bootstrap.read_stamps(tmp_path) == []
