"""The progress of training and evaluation: a bar with the loss, the metrics and the time that is left."""

import time

import numpy as np

from convviz._support.values import as_index, brief
from convviz.nn.callbacks import Callback

__all__ = ["Progress", "advance", "bar", "level"]


def level(verbose):
    """0, 1 or 2 for what `verbose` says."""
    if verbose is None or isinstance(verbose, (bool, np.bool_)):
        return int(verbose or 0)
    if isinstance(verbose, str) and verbose == "auto":
        return 1
    number = as_index(verbose)
    if number in (0, 1, 2):
        return number
    raise ValueError(f"verbose is 0 (silent), 1 (a bar), 2 (a line an epoch) or 'auto', not {brief(verbose)}")


def texts(logs):
    """Values of logs as they are shown."""
    return {name: f"{value:.4f}" if 1e-3 <= abs(value) < 1e5 or value == 0 else f"{value:.2e}" for name, value in logs.items()}


def bar(steps, title):
    """A bar for a number of steps, None if unknown: in a notebook a widget, else a line of text."""
    import warnings

    with warnings.catch_warnings():
        # without ipywidgets tqdm says so and then shows a line of text
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm
    # short, so that the values beside it are not cut off where a line has 80 letters
    form = "{desc}: {percentage:3.0f}%|{bar:8}| {n_fmt}/{total_fmt} {elapsed}<{remaining}{postfix}"
    return tqdm(total=steps, desc=title, unit="batch", dynamic_ncols=True, leave=False, bar_format=form if steps else None)


def advance(bar, logs, batches=1):
    """Move a bar on by some batches, with the values so far beside it."""
    bar.set_postfix(texts(logs), refresh=False)
    bar.update(batches)


class Progress(Callback):
    """The bar of `fit` for ``verbose=1``, which becomes a line at the end of an epoch; the lines alone for 2.

    Parameters
    ----------
    verbose : {1, 2}
    """

    every_batch = False

    def __init__(self, verbose):
        self.verbose, self.bar, self.began = verbose, None, 0.0

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()
        if self.verbose == 1:
            self.bar = bar(self.params["steps"], f"Epoch {epoch + 1}/{self.params['epochs']}")

    def on_train_batch_end(self, batch, logs=None):
        if self.bar is not None:
            advance(self.bar, logs, batch + 1 - self.bar.n)

    def on_epoch_end(self, epoch, logs=None):
        self.close()
        shown = ", ".join(f"{name} {text}" for name, text in texts(logs).items())
        took = f"{time.perf_counter() - self.began:.0f} s, " if self.verbose == 1 else ""
        print(f"Epoch {epoch + 1}/{self.params['epochs']}: {took}{shown}")

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """End the bar, wherever it stands."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
