"""Run the demonstration or the tests, or build the documentation, on a machine that has nothing but Python.

    python3 tests/bootstrap.py demo
    python3 tests/bootstrap.py test [arguments of pytest]
    python3 tests/bootstrap.py oldest [arguments of pytest]
    python3 tests/bootstrap.py docs

"oldest" runs a part of the tests with the oldest versions of all packages that setup.cfg allows, in an environment of its own.
What they need is installed into a virtual environment: the folder .venv of the checkout, or the one that the environment
variable CONVVIZ_VENV names. It is used again until setup.cfg changes.

Written for Python 3.8 and later, so that it can say what is missing on a system whose Python is too old for convviz.
"""

import configparser
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
#: Commands to look for when the Python that runs this file is too old.
NAMES = ("python3.13", "python3.12", "python3.11", "python3.14")
DEMO = "convviz-demo"
#: Arguments of Sphinx: every warning is an error, and all of them are shown.
DOCS = ("-W", "-n", "--keep-going", "-q", "-b", "html", "-d", "docs/_build/doctrees", "docs", "docs/_build/html")
#: Arguments of stubtest, which compares what type checkers read of convviz with what is there.
STUBTEST = ("convviz", "--concise", "--mypy-config-file", "setup.cfg", "--allowlist", "tests/typing/allowlist.txt")
STUBTEST += ("--ignore-unused-allowlist",)
#: What is tested with the oldest versions: all that is shown, computed and saved, but slides: the oldest python-pptx that is
#: allowed is the newest one.
CORE = """
tests/test_arrays.py tests/test_geometry.py tests/steps tests/stage tests/trace/test_trace.py tests/interactive
tests/kernels/test_kernels.py tests/kernels/test_numba_private.py tests/kernels/test_oldest.py
tests/render/test_animation.py tests/render/test_figure.py tests/render/test_files.py tests/render/test_svg.py
tests/render/test_text.py
""".split()
#: What they are run by, besides what convviz needs; in the versions of the extra "test".
RUNNERS = ("hypothesis", "pytest", "pytest-xdist")
#: The file in a virtual environment that says what it was made from, and that this command made it.
STAMPS = "convviz.json"


def say(words):
    print("convviz: " + words, file=sys.stderr, flush=True)


def stop(words):
    say(words)
    sys.exit(1)


def ask(python, code):
    """What a line of Python prints when another interpreter runs it; None where that fails."""
    try:
        done = subprocess.run([str(python), "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    return done.stdout.decode().strip() if done.returncode == 0 else None


def version_of(python):
    """Version of an interpreter such as (3, 11); (0, 0) where it does not run."""
    answer = ask(python, "import sys; print(*sys.version_info[:2])")
    return tuple(int(part) for part in answer.split()) if answer else (0, 0)


def find_python():
    """An interpreter that is new enough: the present one, else one that PATH knows."""
    for python in (sys.executable, *filter(None, map(shutil.which, NAMES))):
        if version_of(python) >= OLDEST:
            return python
    stop(
        f"this is Python {platform.python_version()}; convviz needs {OLDEST[0]}.{OLDEST[1]} or later, and none of "
        f"{', '.join(NAMES)} is on the PATH. Install one (Debian 12 and later: apt-get install python3; macOS: "
        "https://www.python.org/downloads/), then give the command again."
    )


def require_venv(python):
    """See to it that virtual environments can be made: Debian packs the module they need apart from Python."""
    if ask(python, "import ensurepip, venv; print(1)"):
        return
    major, minor = version_of(python)
    package = f"python{major}.{minor}-venv"
    if not shutil.which("apt-get"):
        stop(f"{python} lacks the modules venv and ensurepip; install them, then give the command again.")
    if os.geteuid() != 0:
        stop(f"Python's module venv is not installed. Run: sudo apt-get install {package}")
    say(f"installing the Debian package {package}, which Python needs to make virtual environments")
    install = ("install", "-y", "--no-install-recommends", package)
    failed = apt_get(*install) and (apt_get("update") or apt_get(*install))
    if failed:
        stop(f"apt-get could not install {package}:\n{failed}")


def apt_get(*arguments):
    """Nothing if apt-get did it, else what it said."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    return failure(["apt-get", "-qq", *arguments], env=environment)


def failure(command, **options):
    """Run a command without a word; the end of what it said if it fails, else an empty text."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    words = done.stdout.decode(errors="replace").strip().splitlines()
    told = [line for line in words if "WARNING: Retrying" not in line]
    return "\n".join(told[-15:]) or "(no words)" if done.returncode else ""


def folder():
    """Where the virtual environment is or is to be."""
    return Path(os.environ.get("CONVVIZ_VENV") or CHECKOUT / ".venv").absolute()


def fingerprint(extra):
    """What an environment was made from; it is good for as long as this stays the same."""
    parts = [hashlib.sha256((CHECKOUT / name).read_bytes()).hexdigest() for name in ("setup.cfg", "pyproject.toml")]
    return [str(CHECKOUT), extra, *parts]


def read_stamps(venv):
    """The fingerprints that the environment answers to; none where it does not run or was left unfinished."""
    try:
        known = json.loads((venv / STAMPS).read_text())
    except (OSError, ValueError):
        return []
    return known if version_of(venv / "bin" / "python") >= OLDEST else []


def write_stamps(venv, *known):
    (venv / STAMPS).write_text(json.dumps(known))


def make(venv):
    """An empty environment in place of an earlier one; anything else that is there stays."""
    if venv.exists() and not (venv / STAMPS).exists() and (not venv.is_dir() or any(venv.iterdir())):
        stop(f"{venv} is there and was not made by this command; move it, or name another folder in CONVVIZ_VENV.")
    python = find_python()
    require_venv(python)
    words = failure([python, "-m", "venv", "--clear", str(venv)])
    if words:
        stop(f"{python} could not make a virtual environment in {venv}:\n{words}")
    write_stamps(venv)


def pip(venv, *arguments):
    """Install with pip, quietly; where it fails, show what it said last and stop."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments]
    words = failure(command, cwd=str(CHECKOUT))
    if words:
        stop(
            f"pip could not install what is needed:\n{words}\n"
            "convviz: if this speaks of connections or of no matching distribution, this machine does not reach the "
            "package index; check the network or the proxy, then give the command again."
        )


def set_up(extra):
    """The environment with convviz in it, and with what the extra of that name lists ("" for none)."""
    venv = folder()
    known = read_stamps(venv)
    if fingerprint(extra) in known:
        return venv
    say(f"setting up {venv}{'; this takes some minutes the first time' if extra else ''}")
    if fingerprint("") in known:
        write_stamps(venv)
    else:
        make(venv)
        known = [fingerprint("")]
    pip(venv, "--editable", f".[{extra}]" if extra else ".")
    write_stamps(venv, *known, fingerprint(extra))
    return venv


def requirements(section, name):
    """The requirements that setup.cfg lists under a name, one a line, without comments."""
    config = configparser.ConfigParser()
    config.read(str(CHECKOUT / "setup.cfg"), encoding="utf-8")
    lines = config[section][name].splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def oldest_versions():
    """The oldest versions that setup.cfg allows of all that convviz needs for computing, showing and saving.

    Which of them a Python takes, pip decides by their markers.
    """
    wanted = requirements("options", "install_requires")
    for extra in ("video", "slides", "keras"):
        wanted += requirements("options.extras_require", extra)
    return [line.replace(">=", "==", 1) for line in wanted]  # a marker may have a ">=" of its own


def set_up_oldest():
    """An environment with the oldest versions, beside the usual one."""
    venv = folder().with_name(folder().name + "-oldest")
    known = fingerprint("oldest")
    if known not in read_stamps(venv):
        say(f"setting up {venv}")
        make(venv)
        tools = [line for line in requirements("options.extras_require", "test") if line.split()[0] in RUNNERS]
        pip(venv, "--editable", ".", *(line.replace(" ", "") for line in oldest_versions() + tools))
        write_stamps(venv, known)
    return venv


def run(*command, **options):
    """Run a command and end with its status if it fails."""
    status = subprocess.run([str(part) for part in command], **options).returncode
    if status:
        sys.exit(status if status > 0 else 128 - status)


def demo():
    """The 6×6 worked example: its steps in the terminal, and as an animation and a page."""
    venv, out = set_up(""), Path.cwd() / DEMO
    try:
        out.mkdir(exist_ok=True)
    except OSError as error:
        stop(f"the folder for the files cannot be made here: {error}")
    files = [out / "lecture_6x6.gif", out / "lecture_6x6.html"]
    run(venv / "bin" / "convviz", "example", "lecture_6x6", "--out", *files)
    print(f"\nOpen in a browser:\n  {files[0]}   the steps as an animation\n  {files[1]}  the same, to step through")


def test(arguments):
    """The formatter, the linter and the type checker, then the tests."""
    python = set_up("test") / "bin" / "python"
    run(python, "-m", "ruff", "format", "--check", "--diff", "--quiet", ".", cwd=CHECKOUT)
    run(python, "-m", "ruff", "check", ".", cwd=CHECKOUT)
    run(python, "-m", "mypy", cwd=CHECKOUT)
    run(python, "-m", "mypy.stubtest", *STUBTEST, cwd=CHECKOUT)
    # all tests are shared among the cores; a few that someone names start faster in one process
    run(python, "-m", "pytest", *(arguments or ("-n", "auto", "--dist", "worksteal")), cwd=CHECKOUT)


def oldest(arguments):
    """A part of the tests, with the oldest versions that are allowed."""
    python = set_up_oldest() / "bin" / "python"
    # old packages call what newer ones, on which they set no bound, will remove
    quiet = "-W", "ignore::DeprecationWarning"
    # compiled code of two versions of numba, which may run at the same time, must not lie in one folder
    environment = os.environ | {"NUMBA_CACHE_DIR": str(python.parents[1] / "numba-cache")}
    parts = arguments or ("-n", "auto", "--dist", "worksteal", *CORE)
    run(python, "-m", "pytest", *quiet, *parts, cwd=CHECKOUT, env=environment)


def docs():
    """The documentation, as pages."""
    python = set_up("docs") / "bin" / "python"
    # Sphinx leaves pages there whose sources are gone
    shutil.rmtree(str(CHECKOUT / DOCS[-1]), ignore_errors=True)
    say("building the documentation; every program of the course runs, which takes a minute or two")
    run(python, "-m", "sphinx", *DOCS, cwd=CHECKOUT)
    print(f"Open in a browser:\n  {CHECKOUT / DOCS[-1] / 'index.html'}")


def main(arguments):
    if arguments[:1] == ["demo"] and len(arguments) == 1:
        demo()
    elif arguments[:1] == ["test"]:
        test(arguments[1:])
    elif arguments[:1] == ["oldest"]:
        oldest(arguments[1:])
    elif arguments[:1] == ["docs"] and len(arguments) == 1:
        docs()
    else:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
