"""The interface of the engines, one for each device: what the training loop asks for."""

__all__ = ["BaseEngine"]


class BaseEngine:
    """Base class of the engines: a model's plans with their memory on a device.

    The host's weights are up to date after `sync_to_host`. What changes them elsewhere calls `refresh` before it lets the
    engine compute.

    Parameters
    ----------
    model : convviz.nn.Model

    Attributes
    ----------
    nbytes : int
        Bytes held on the device, apart from the host's weights.
    """

    def refresh(self):
        """The host's weights may have changed: they are read again before anything is computed."""
        raise NotImplementedError

    def sync_to_host(self):
        """Bring the host's weights, and the optimizer's averages and steps, up to date."""
        raise NotImplementedError

    def train(self, run, first, most=None):
        """Train with the batches of a run from a number on.

        Parameters
        ----------
        run : convviz.nn.samples.Run
        first : int
            Number of the first batch.
        most : int, optional
            At most this many batches; as many as the engine likes if not given.

        Returns
        -------
        int
            How many batches were done, 1 or more.

        Raises
        ------
        convviz.nn.engine.not_a_number.NotANumber
            If a loss is not finite, here or in `rows`; the weights stay as they were before that step.
        """
        raise NotImplementedError

    def test(self, run, first, most=None):
        """The same without training."""
        raise NotImplementedError

    def rows(self):
        """For each batch since the last call its number of samples, and a list of its loss and metrics.

        Raises
        ------
        convviz.nn.engine.not_a_number.NotANumber
            If a loss of training is not finite.
        """
        raise NotImplementedError

    def predict(self, data, indices):
        """The outputs for samples of a `convviz.nn.samples.Arrays`, a list of arrays that the next call may overwrite."""
        raise NotImplementedError

    @property
    def nbytes(self):
        raise NotImplementedError
