"""Fingerprints of what convviz makes, to compare two versions of the code: results, texts, pixels, pages, decks, training.

    python tests/helpers/outputs.py write BEFORE.json --checkout ../before
    python tests/helpers/outputs.py write AFTER.json
    python tests/helpers/outputs.py compare BEFORE.json AFTER.json

Every worked example and every animation of the gallery is saved in every format, in English and partly in Japanese and on
dark ground; reports, worksheets and exercises are written; two small networks are trained. `compare` lists what differs and
ends with status 1 if anything does.
"""

import argparse
import hashlib
import importlib
import json
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np

#: Steps that are shown of a long trace, to keep this within minutes.
STEPS = 20


def fingerprint(data):
    """A short hash of bytes or of a text."""
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()[:16]


def of_array(array):
    """A hash of dtype, shape and every bit of an array; exact numbers by what they print."""
    array = np.asarray(array)
    cells = repr(array.tolist()).encode() if array.dtype == object else np.ascontiguousarray(array).tobytes()
    return fingerprint(f"{array.dtype} {array.shape} ".encode() + cells)


def of_file(path):
    """A hash of a file; of a picture's pixels and durations, of a deck's parts without its dates."""
    if path.suffix == ".pptx":
        with zipfile.ZipFile(path) as deck:
            parts = {name: deck.read(name) for name in sorted(deck.namelist()) if name != "docProps/core.xml"}
        return fingerprint(b"".join(name.encode() + data for name, data in parts.items()))
    if path.suffix in (".gif", ".png", ".webp"):
        from PIL import Image

        with Image.open(path) as picture:
            frames = []
            for number in range(getattr(picture, "n_frames", 1)):
                picture.seek(number)
                frames.append(picture.convert("RGBA").tobytes() + str(picture.info.get("duration")).encode())
        return fingerprint(b"".join(frames))
    return fingerprint(path.read_bytes())


def texts_of(trace, lang):
    """What a terminal shows of a trace, and its formulas."""
    shown = range(len(trace)) if len(trace) <= 2 * STEPS else range(0, len(trace), len(trace) // STEPS)
    return "\n".join(trace.text(index, lang=lang) for index in shown)


def save_all(trace, folder, found, name, lang="en", endings=(".svg", ".html", ".png", ".gif", ".pptx"), **options):
    """Save a trace in several formats and put down a hash of each."""
    for ending in endings:
        path = folder / f"file{ending}"
        steps = None if len(trace) <= STEPS else STEPS
        trace.save(path, lang=lang, steps=steps if ending not in (".svg", ".png") else None, **options)
        found[f"{name}{''.join(f' {value}' for value in options.values())} {lang}{ending}"] = of_file(path)


def examples(cv, folder, found):
    """All worked examples: result, texts and files."""
    for entry in cv.examples.entries():
        if not hasattr(entry, "operation"):
            found[f"{entry.name} calculation"] = fingerprint(repr((entry, entry.answer, entry.title, entry.note)))
            continue
        trace = entry.trace()
        found[f"{entry.name} result"] = of_array(trace.output)
        found[f"{entry.name} repr"] = fingerprint(repr((entry, trace, entry.operation, [repr(step) for step in trace])))
        save_all(trace, folder, found, entry.name)
        save_all(trace, folder, found, entry.name, "ja", (".svg", ".html"), theme="dark")
        found[f"{entry.name} predict"] = save_predict(trace, folder)
        for lang in ("en", "ja"):
            found[f"{entry.name} text {lang}"] = fingerprint(texts_of(trace, lang))
        reports(entry, found)


def save_predict(trace, folder):
    """The page that hides results."""
    path = folder / "predict.html"
    trace.save(path, predict=True, steps=min(STEPS, len(trace)))
    return of_file(path)


def reports(entry, found):
    """Reports about what the source printed, and about answers that common mistakes give."""
    right = np.asarray(entry.answer)
    answers = {"published": entry.published, "right": right, "turned": right[::-1], "plus": right + 1}
    one = right.copy()
    one.flat[-1] += 2
    answers["one"] = one
    for kind, answer in answers.items():
        if answer is not None:
            for lang in ("en", "ja"):
                report = entry.operation.check(entry.image, answer, lang=lang)
                shown = (str(report), repr(report), report.to_dict(), report._repr_html_())
                found[f"{entry.name} report {kind} {lang}"] = fingerprint(repr(shown))


def gallery(found, folder):
    """The animations of the gallery that are no worked examples: transposed, backward, comparisons, photographs."""
    try:
        animations = importlib.import_module("convviz.examples.gallery")
    except ImportError:  # where it stood before
        animations = importlib.import_module("convviz.gallery")
    import convviz as cv

    for name in animations.names():
        if name not in cv.examples.names():
            save_all(animations.animation(name), folder, found, f"gallery {name}")


def exercises(cv, folder, found):
    """Exercises, worksheets and their keys."""
    for kind in ("convolution", "max_pooling", "average_pooling", "transposed_convolution"):
        for difficulty in ("easy", "medium", "hard"):
            problem = cv.exercise(kind, seed=3, difficulty=difficulty)
            found[f"exercise {kind} {difficulty}"] = fingerprint(problem.text() + repr(problem))
            for number, path in enumerate(problem.worksheet(folder / "sheet.html")):
                found[f"exercise {kind} {difficulty} sheet {number}"] = of_file(Path(path))


def training(cv, found):
    """Weights, losses and predictions of two small networks, to the bit."""
    from convviz import nn

    x, y = nn.datasets.shapes(320, seed=1)
    networks = {
        "plain": [
            nn.Conv2D(8, 3, padding="same", activation="relu", input_shape=(28, 28, 1)),
            nn.Conv2D(32, 3, activation="relu"),
            nn.Conv2D(32, 3, activation="relu"),
            nn.MaxPooling2D(2),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Dense(4, activation="softmax"),
        ],
        "other": [
            nn.DepthwiseConv2D(3, input_shape=(28, 28, 1), strides=2),
            nn.BatchNormalization(),
            nn.Activation("tanh"),
            nn.Conv2DTranspose(4, 3, strides=2, activation="sigmoid"),
            nn.AveragePooling2D(3),
            nn.GlobalMaxPooling2D(),
            nn.Dense(4),
            nn.Activation("softmax"),
        ],
    }
    for name, layers in networks.items():
        nn.set_random_seed(1)
        model = nn.Sequential(layers)
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], device="cpu")
        history = model.fit(x, y, epochs=2, batch_size=32, validation_split=0.2, verbose=0)
        found[f"training {name} history"] = fingerprint(repr(history.history))
        for number, weights in enumerate(model.get_weights()):
            found[f"training {name} weight {number}"] = of_array(weights)
        found[f"training {name} predictions"] = of_array(model.predict(x[:50], verbose=0))


def write(path, checkout):
    """Make everything with the convviz of a checkout, and write the hashes."""
    sys.path.insert(0, str(Path(checkout).resolve()))
    import convviz as cv

    assert Path(cv.__file__).resolve().is_relative_to(Path(checkout).resolve()), cv.__file__
    found = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        examples(cv, Path(folder), found)
        gallery(found, Path(folder))
        exercises(cv, Path(folder), found)
        training(cv, found)
    Path(path).write_text(json.dumps(found, indent=1, sort_keys=True))
    print(f"{len(found)} fingerprints in {path}")


def compare(before, after):
    """Print what differs between two files of hashes; the number of differences."""
    old, new = (json.loads(Path(path).read_text()) for path in (before, after))
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    for name in differing:
        print(f"{name}: {old.get(name, 'missing')} → {new.get(name, 'missing')}")
    print(f"{len(old.keys() & new.keys()) - len(differing)} of {len(old)} are the same")
    return len(differing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("write")
    one.add_argument("path")
    one.add_argument("--checkout", default=Path(__file__).resolve().parents[2])
    two = commands.add_parser("compare")
    two.add_argument("before")
    two.add_argument("after")
    given = parser.parse_args()
    if given.command == "write":
        write(given.path, given.checkout)
        return 0
    return int(bool(compare(given.before, given.after)))


if __name__ == "__main__":
    sys.exit(main())
