"""SIGTERM and SIGHUP at any moment of a save leave nothing unfinished behind, and end the process as they always do."""

import contextlib
import functools
import os
import pathlib
import signal
import subprocess
import sys
import threading

import pytest

from convviz._support import termination
from convviz._support.files import atomic_file
from convviz.render import ENDINGS
from convviz.render.animation import mp4

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


@pytest.mark.parametrize("kind", [*(ending[1:] for ending in ENDINGS), "npz", "h5", "gallery", "download"])
def test_random_moments(kind):
    count = 2 if kind in ("gallery", "mp4", "pdf", "pptx") else 5
    program = pathlib.Path(__file__).parents[1] / "helpers" / "random_kills.py"
    command = [sys.executable, str(program), "--count", str(count), kind]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TQDM_DISABLE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    words = f"{kind:8} {count} killed: {count} by the signal, {count} left no file, {count} no process\n"
    assert (done.stdout, done.returncode) == (words, 0), done.stderr


def ended(body):
    """The status of a forked process that does `body` and then ends with status 1."""
    child = os.fork()
    if not child:
        for number in termination.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(20)  # should it not end
        with contextlib.suppress(BaseException):
            body()
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_does_not_disturb_what_the_first_undoes(first, second, tmp_path):
    (tmp_path / "a").touch()

    def undo():
        signal.raise_signal(second)
        (tmp_path / "a").unlink()

    def save():
        with termination.undone(undo), atomic_file(tmp_path / "b"):
            signal.raise_signal(first)

    assert ended(save) == -first
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_an_exception_cleans_up(tmp_path, monkeypatch):
    unlink = pathlib.Path.unlink
    moments = iter([lambda: signal.raise_signal(signal.SIGTERM)])
    monkeypatch.setattr(pathlib.Path, "unlink", lambda *about, **how: (next(moments, int)(), unlink(*about, **how)))

    def save():
        with atomic_file(tmp_path / "a"):
            raise KeyboardInterrupt

    assert ended(save) == -signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_one_undoing_that_fails_leaves_the_others(tmp_path):
    def save():
        with atomic_file(tmp_path / "a"), termination.undone(lambda: 1 / 0):
            signal.raise_signal(signal.SIGTERM)

    assert ended(save) == -signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_a_program_is_ended_while_its_end_is_waited_for():
    reader, writer = os.pipe()

    def wait():
        program = subprocess.Popen(["sleep", "60"], stdout=writer)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with termination.undone(functools.partial(mp4.stop, program)):
            program.wait()

    assert ended(wait) == -signal.SIGTERM
    os.close(writer)
    with open(reader, "rb") as output:
        assert output.read() == b""  # when nobody writes any more


def test_what_is_postponed_comes_in_the_end(usual):
    heard, done = [], []
    signal.signal(signal.SIGTERM, lambda *about: heard.append("SIGTERM"))
    with pytest.raises(KeyboardInterrupt), termination.postponed():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        assert heard == []
        done.append(True)
    assert heard == ["SIGTERM"]
    assert done == [True]


def test_bodies_may_end_in_any_order(usual):
    first, second = termination.undone(int), termination.undone(int)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert signal.getsignal(signal.SIGTERM) is termination.end
    second.__exit__(None, None, None)
    assert signal.getsignal(signal.SIGTERM) is usual[signal.SIGTERM]


def test_a_system_without_sighup(tmp_path):
    program = "import signal; del signal.SIGHUP; from convviz._support import termination, files; print(termination.SIGNALS)"
    program += f"; files.write_text({str(tmp_path / 'a')!r}, 'whole')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "SIGHUP" not in done.stdout and "SIGTERM" in done.stdout
    assert (tmp_path / "a").read_text() == "whole"


def test_under_nohup_a_save_goes_on(tmp_path):
    def save():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with atomic_file(tmp_path / "a") as temporary:
            signal.raise_signal(signal.SIGHUP)
            temporary.write_text("whole")

    assert ended(save) == 1
    assert (tmp_path / "a").read_text() == "whole"


@pytest.fixture
def usual():
    """The handlers of the signals, which are put back."""
    before = {number: signal.getsignal(number) for number in termination.SIGNALS}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


def test_handlers_are_there_while_a_file_is_written_only(usual, tmp_path):
    with atomic_file(tmp_path / "a.txt"), atomic_file(tmp_path / "b.txt"):
        assert {signal.getsignal(number) for number in termination.SIGNALS} == {termination.end}
    assert {number: signal.getsignal(number) for number in termination.SIGNALS} == usual
    assert termination._unfinished == []


def test_handlers_of_a_user_stay(usual, tmp_path):
    heard = []
    signal.signal(signal.SIGTERM, lambda *about: heard.append("SIGTERM"))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with atomic_file(tmp_path / "a.txt") as temporary:
        for number in termination.SIGNALS:
            signal.raise_signal(number)
        temporary.write_text("whole")
    assert heard == ["SIGTERM"]
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_a_handler_that_is_set_meanwhile_stays(usual, tmp_path):
    with atomic_file(tmp_path / "a.txt"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_threads_leave_the_handlers_alone(usual, tmp_path):
    seen = []

    def save():
        with atomic_file(tmp_path / "a.txt"):
            seen.append({number: signal.getsignal(number) for number in termination.SIGNALS})

    thread = threading.Thread(target=save)
    thread.start()
    thread.join()
    assert seen == [usual]


def test_a_forked_process_leaves_the_file_of_its_parent_alone(tmp_path):
    with atomic_file(tmp_path / "a.txt") as temporary:
        child = os.fork()
        if not child:
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
        assert temporary.exists()
