"""Saves that are ended at random moments by SIGTERM and SIGHUP, and what is left of them.

    python tests/helpers/random_kills.py [--count 20] [--seed 0] [endings]

forks so many processes for each ending, each of which saves again and again, and ends each after a random time, by one signal
or by two. `npz` is a model, `h5` its weights for Keras, `gallery` some animations in two processes, `download` a data set.
A line for each ending says how many processes ended by one of the signals that were sent, left no file behind, and left no
process running. The exit status is 1 unless all did.
"""

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import convviz as cv
from convviz.examples import gallery
from convviz.nn.datasets import download
from convviz.nn.exchange.keras_weights import save_keras_weights
from convviz.render import ENDINGS

KINDS = [*(ending[1:] for ending in ENDINGS), "npz", "h5", "gallery", "download"]
#: How many seconds a process has to end, and those that it started, before it counts as left.
PATIENCE = 10
FILES = [("neuron", ".svg"), ("worksheet_1_1", ".svg"), ("lecture_5x5", ".gif")]


def saver(kind, folder):
    """A function that saves once."""
    path = Path(folder, f"a.{kind}")
    if kind == "gallery":
        return lambda: list(gallery.write(folder, FILES, jobs=2))
    if kind in ("npz", "h5"):
        model = cv.nn.Sequential([cv.nn.Dense(50, input_shape=(2000,))])
        return lambda: model.save(path) if kind == "npz" else save_keras_weights(model, path.with_suffix(".weights.h5"))
    if kind == "download":
        source = Path(folder).parent / "source"
        source.write_bytes(bytes(5_000_000))
        remote = download.Remote("data", hashlib.sha256(source.read_bytes()).hexdigest(), (source.as_uri(),))
        return lambda: download.fetch(remote, Path(folder))
    trace = cv.Convolution([[1, 0], [0, -1]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    return lambda: trace.save(path)


def processes():
    """How many processes this session has."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found += int(fields[3]) == os.getsid(0) and fields[0] != "Z"
    return found


def reached(condition):
    """Whether a condition becomes true in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def killed(save, length, chance):
    """Save in a forked process, and end it; whether it ended by a signal that was sent."""
    numbers = chance.choice([[signal.SIGTERM], [signal.SIGHUP], [signal.SIGTERM, signal.SIGHUP]])
    child = os.fork()
    if not child:
        while True:
            save()
    time.sleep(chance.uniform(0, 1.2 * length))
    for number in numbers:
        os.kill(child, number)
        time.sleep(chance.choice([0, chance.uniform(0, 0.01)]))
    ended = []
    if not reached(lambda: ended.append(os.waitpid(child, os.WNOHANG)) or ended[-1][0]):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return False
    return -os.waitstatus_to_exitcode(ended[-1][1]) in numbers


def trials(kind, count, folder, chance):
    """Of each trial: whether it ended by a signal that was sent, left no file, and left no process."""
    save = saver(kind, folder)
    save()
    begun = time.monotonic()
    save()
    length, before, running = time.monotonic() - begun, sorted(os.listdir(folder)), processes()
    for _ in range(count):
        by_signal = killed(save, length, chance)
        alone = reached(lambda: processes() <= running)
        yield by_signal, sorted(os.listdir(folder)) == before, alone


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", metavar="endings", nargs="*", choices=[[], *KINDS])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if os.getsid(0) != os.getpid() and not os.fork():  # processes are counted by their session
        os.setsid()
    elif os.getsid(0) != os.getpid():
        sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
    failed = False
    for kind in arguments.kinds or KINDS:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, "files")
            folder.mkdir()
            done = list(trials(kind, arguments.count, folder, random.Random(f"{kind} {arguments.seed}")))
        by_signal, files, alone = (sum(column) for column in zip(*done, strict=True))
        print(f"{kind:8} {len(done)} killed: {by_signal} by the signal, {files} left no file, {alone} no process", flush=True)
        failed |= by_signal + files + alone < 3 * len(done)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
