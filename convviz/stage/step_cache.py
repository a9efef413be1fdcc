"""Steps of a trace that are made once and kept."""

__all__ = ["StepCache"]

#: How many of the steps are examined for the space that their numbers and captions take.
SAMPLES = 24
#: How many steps are kept at most.
KEPT = 1000


class StepCache:
    """The steps of a trace by index, each made when it is asked for first; those that are shown are kept.

    Parameters
    ----------
    trace : sequence of convviz.steps.Step
    indices : sequence of int
        The steps that are shown.

    Examples
    --------
    >>> import convviz as cv
    >>> steps = StepCache(cv.MaxPooling(1).trace([[3, 4]]), [0, 1])
    >>> steps[1].formula(), steps[1] is steps[1]
    ('max(4) = 4', True)
    """

    def __init__(self, trace, indices):
        self._trace, self._indices, self._kept = trace, indices, {}
        self._shown = frozenset(indices)

    def __getitem__(self, index):
        if index in self._kept:
            return self._kept[index]
        step = self._trace[index]
        if index in self._shown and len(self._kept) < KEPT:
            self._kept[index] = step
        return step

    def samples(self):
        """A few of the steps that are shown, evenly spread."""
        return [self[index] for index in self._indices[:: max(1, len(self._indices) // SAMPLES)]]
