"""JupyterLab for the tests: a server of its own with nothing of the user's, and pages that run notebooks."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: How long a server may take to start, and a notebook to run, in seconds.
PATIENCE = 120
READY = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return session?.isReady && session.session?.kernel?.connectionStatus == "connected"
        && session.session.kernel.status == "idle";
}"""
#: Every cell of the players in a page, by player and grid: rows of texts.
GRIDS = """(players) => players.map((player) => Object.fromEntries(
    [...player.querySelectorAll("[data-grid]")].map((grid) => {
        const rows = [];
        for (const cell of grid.querySelectorAll("g[data-role]")) {
            (rows[+cell.dataset.row] ??= [])[+cell.dataset.column] = cell.querySelector("text").textContent;
        }
        return [grid.dataset.grid, rows];
    })))"""


def homes(folder):
    """The environment in which Jupyter finds nothing but what is under a folder, and this checkout."""
    names = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
        "IPYTHONDIR",
    )
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, **{name: str(folder / name.lower()) for name in names}, "PYTHONPATH": path}


def write_notebook(path, *sources):
    """A notebook of code cells that have not run."""
    import nbformat

    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), path)


def nbconvert(folder, *options):
    """Run nbconvert on the notebook book.ipynb of a folder, with nothing of the user's.

    In a process of its own: Jupyter's event loop and playwright's do not share a thread.
    """
    command = [sys.executable, "-m", "nbconvert", *options, "book.ipynb"]
    done = subprocess.run(command, cwd=folder, env=homes(folder), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def without_addresses(source):
    """The document without the scripts that nbconvert's template loads from elsewhere, which offline are errors."""
    for host in ("https://cdnjs.cloudflare.com", "https://unpkg.com"):
        source = source.replace(host, "data:text/javascript,0//")
    return source


class Lab:
    """A JupyterLab server. Use it in a with statement.

    Parameters
    ----------
    folder : pathlib.Path
        An empty one, for everything.
    """

    def __init__(self, folder):
        self.folder, self.files, self.token = folder, folder / "files", secrets.token_hex(8)
        self.files.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        environment = homes(self.folder)
        settings = Path(environment["JUPYTER_CONFIG_DIR"], "labconfig")
        settings.mkdir(parents=True)
        off = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        (settings / "page_config.json").write_text(json.dumps(off))
        options = (
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.files}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
        )
        self.log = open(self.folder / "log", "w")
        command = [sys.executable, "-m", "jupyterlab", *options]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT)
        self.wait()
        return self

    def wait(self):
        """Until the server answers."""
        ends = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError):
                return self.ask("api/status")
            if time.monotonic() > ends or self.process.poll() is not None:
                raise RuntimeError(f"JupyterLab did not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            time.sleep(0.2)

    def ask(self, path, method="GET"):
        """What the server's interface answers."""
        request = urllib.request.Request(
            f"{self.address}/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def stop_kernels(self):
        """Shut every kernel down."""
        for session in self.ask("api/sessions"):
            self.ask(f"api/sessions/{session['id']}", "DELETE")

    def open(self, page, name, run=True):
        """Open a notebook in a page, and run all its cells."""
        page.goto(f"{self.address}/doc/tree/{name}?token={self.token}")
        page.wait_for_function(READY, timeout=1000 * PATIENCE)
        if run:
            command(page, "notebook:run-all-cells")
            page.wait_for_function(READY, timeout=1000 * PATIENCE)
        return page

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def command(page, name, **options):
    """Execute a command of JupyterLab."""
    page.evaluate("([name, options]) => window.jupyterapp.commands.execute(name, options)", [name, options])


def grids(page):
    """The texts of every player in a page, by grid."""
    return page.locator(".convviz.mounted").evaluate_all(GRIDS)


def to_the_end(page):
    """Put every player in a page at its last step."""
    page.locator(".convviz.mounted input[type=range]").evaluate_all(
        "(all) => all.forEach((slider) => { slider.value = slider.max; slider.dispatchEvent(new Event('input')); })"
    )
