"""SIGTERM and SIGHUP at any moment of a save leave nothing unfinished behind, and end the process as they always do."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from convviz._support import termination
from convviz._support.files import atomic_file

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")

#: A program that forks so many processes, each of which saves again and again, and ends each of them after a random time.
#: It prints how each ended, what then stood in the folder, and how many processes were left.
PROGRAM = """
import json, os, random, signal, sys, time
import convviz as cv
from pathlib import Path

ending, trials, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
path, random = folder / f"a.{ending}", random.Random(ending)
trace = cv.Convolution([[1, 0], [0, -1]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])


def save():
    if ending == "npz":
        model.save(path)
    elif ending == "gallery":
        for done in gallery.write(folder, [("neuron", ".svg"), ("worksheet_1_1", ".svg"), ("lecture_5x5", ".gif")], jobs=2):
            pass
    else:
        trace.save(path)


def processes():
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == os.getsid(0) and fields[0] != "Z":
            found.append(stat.parent.name)
    return len(found)


if __name__ == "__main__":
    if ending == "npz":
        from convviz import nn
        model = nn.Sequential([nn.Dense(50, input_shape=(2000,))])
    elif ending == "gallery":
        from convviz.examples import gallery
    save()
    begun = time.monotonic()
    save()
    length, before, running = time.monotonic() - begun, sorted(os.listdir(folder)), processes()
    for trial in range(trials):
        number = random.choice([signal.SIGTERM, signal.SIGHUP])
        child = os.fork()
        if not child:
            while True:
                save()
        time.sleep(random.uniform(0, 1.2 * length))
        os.kill(child, number)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        deadline = time.monotonic() + 3
        while processes() > running and time.monotonic() < deadline:
            time.sleep(0.01)
        left = sorted(os.listdir(folder))
        print(json.dumps([status == -number, left == before, processes() == running]), flush=True)
"""


def trials(ending, count, folder):
    """What PROGRAM prints, line by line."""
    program = folder / "program.py"
    program.write_text(PROGRAM)
    (folder / "files").mkdir()
    command = [sys.executable, str(program), ending, str(count), str(folder / "files")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, start_new_session=True, env=environment)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("ending", ["apng", "gif", "html", "mp4", "pdf", "png", "pptx", "svg", "txt", "webp", "npz"])
def test_random_moments_of_a_save(ending, tmp_path):
    assert trials(ending, 12, tmp_path) == [[True, True, True]] * 12


def test_random_moments_of_the_gallery(tmp_path):
    assert trials("gallery", 3, tmp_path) == [[True, True, True]] * 3


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
