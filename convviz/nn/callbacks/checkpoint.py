"""The callback that saves the model."""

import os
import tempfile
from typing import Never

from convviz._support.keywords import explained
from convviz._support.values import brief, flag
from convviz.nn.callbacks.monitor import MonitorCallback, finite, missing
from convviz.nn.types import Logs, PathLikeStr

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(MonitorCallback):
    """Save the model after every epoch, or after every epoch that is the best so far.

    Parameters
    ----------
    filepath : str or path
        Ends in .npz, in a folder that exists; ``{epoch}`` and names of the logs are filled in, as in
        ``"net-{epoch:02d}-{val_loss:.2f}.npz"``.
    monitor : str, default "val_loss"
    verbose : int, default 0
        With 1, print a line about it.
    save_best_only : bool, default False
        Only after epochs in which `monitor` was better than in all before.
    mode : {"auto", "min", "max"}
    initial_value_threshold : float, optional
        The value that the first of these epochs must be better than.

    Raises
    ------
    TypeError, ValueError
        For another ending, and before training, if there will be no value of a name that is given.
    OSError
        Before training, if there is no such folder, or nothing can be written there.

    Examples
    --------
    >>> import os, tempfile
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> folder = tempfile.mkdtemp()
    >>> save = ModelCheckpoint(os.path.join(folder, "net-{epoch}-{loss:.1f}.npz"))
    >>> history = model.fit([[1.0]], [[3.0]], epochs=2, verbose=0, callbacks=[save])
    >>> sorted(os.listdir(folder))
    ['net-1-4.0.npz', 'net-2-4.0.npz']
    """

    _settings = ("filepath", "monitor", "verbose", "save_best_only", "mode", "initial_value_threshold")

    @explained
    def __init__(
        self,
        filepath: PathLikeStr,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        initial_value_threshold: float | None = None,
        **unknown: Never,
    ) -> None:
        super().__init__(monitor, mode, unknown)
        if not isinstance(filepath, (str, os.PathLike)):
            raise TypeError(f"filepath of ModelCheckpoint is a path such as 'net-{{epoch}}.npz', not {brief(filepath)}")
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only = flag(save_best_only, "save_best_only")
        if not self.filepath.endswith(".npz"):
            raise ValueError(
                f"filepath of ModelCheckpoint must end in .npz, as 'net-{{epoch:02d}}.npz'; it is {brief(self.filepath)}"
            )
        self.best = None if initial_value_threshold is None else finite(initial_value_threshold, "initial_value_threshold")

    def check(self, names: list[str]) -> None:
        if self.save_best_only:
            self._require_watched(names)
        every = "validation_freq" not in self.params or (self.save_best_only and self.monitor.startswith("val_"))
        # epochs without validation are saved, too
        known = names if every else [name for name in names if not name.startswith("val_")]
        self._filled(0, dict.fromkeys(known, 0.5))
        folder = os.path.dirname(self.filepath) or os.curdir
        if "{" not in folder:
            require_writable(folder)

    def _filled(self, epoch, logs):
        """The path after an epoch, or an error about the pattern."""
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except KeyError as error:
            name = error.args[0]
            raise ValueError(
                f"filepath {self.filepath!r} names {name!r}, but the logs have: epoch, {', '.join(sorted(logs))}"
                f"{missing(name, ['epoch', *logs])}"
            ) from None
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"filepath {self.filepath!r} cannot be filled in ({error}); write fields as in 'net-{{epoch:02d}}.npz' or "
                f"'net-{{loss:.2f}}.npz', of: epoch, {', '.join(sorted(logs))}"
            ) from None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_best_only:
            value = self._watched(logs)
            if value is None or not self._improves(value, self.best):
                return
            self.best = value
        path = self._filled(epoch, logs)
        self.model.save(path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saved to {path}")


def require_writable(folder):
    """Raise OSError unless the folder exists and files can be written there."""
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder!r} for the files of ModelCheckpoint; make it first")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"ModelCheckpoint cannot write into the folder {folder!r} ({reason}); choose another") from None
