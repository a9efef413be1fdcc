"""All weights of a model in one flat array, so that one launch changes them all and one copy brings them to the host.

Weights begin at multiples of four cells, which is what loads and stores of four need. The cells between them hold zeros.
"""

import math

import numpy as np

__all__ = ["Parameters"]

#: Every weight begins at a multiple of so many cells.
STEP = 4


class Parameters:
    """Where each of several arrays stands in a flat one; gradients and what optimizers keep are laid out alike.

    Parameters
    ----------
    shapes : iterable of tuple of int

    Attributes
    ----------
    shapes : list of tuple of int
    offsets : list of int
        Where each array begins.
    size : int
        Cells of the flat array, a multiple of four.

    Examples
    --------
    >>> parameters = Parameters([(3, 2), (5,)])
    >>> parameters.offsets, parameters.size
    ([0, 8], 16)
    >>> flat = parameters.pack([np.ones((3, 2)), np.full(5, 2.0)])
    >>> flat.astype(int).tolist()
    [1, 1, 1, 1, 1, 1, 0, 0, 2, 2, 2, 2, 2, 0, 0, 0]
    >>> parameters.unpack(flat)[1]
    array([2., 2., 2., 2., 2.], dtype=float32)
    """

    def __init__(self, shapes):
        self.shapes = [tuple(map(int, shape)) for shape in shapes]
        self.offsets, self.size = [], 0
        for shape in self.shapes:
            self.offsets.append(self.size)
            self.size += -(-math.prod(shape) // STEP) * STEP

    def __len__(self):
        return len(self.shapes)

    def views(self, flat):
        """The arrays inside a flat one, on the GPU or of numpy; the memory is shared.

        Parameters
        ----------
        flat : device array or ndarray, (size,)

        Returns
        -------
        list of arrays with the shapes

        Raises
        ------
        ValueError
            If the flat array has another shape.
        """
        if tuple(flat.shape) != (self.size,):
            raise ValueError(f"expected a flat array of {self.size} cells; its shape is {tuple(flat.shape)}")
        places = zip(self.offsets, self.shapes, strict=True)
        return [flat[offset : offset + math.prod(shape)].reshape(shape) for offset, shape in places]

    def pack(self, arrays, out=None):
        """Arrays of the shapes, one behind the other with zeros between.

        Parameters
        ----------
        arrays : iterable of ndarray
        out : ndarray, (size,), optional
            For the result, such as memory that is copied to the GPU faster; new and of float32 unless it is given.

        Returns
        -------
        ndarray, (size,)

        Raises
        ------
        ValueError
            If there are more or fewer arrays than shapes, or one has another shape.
        """
        arrays = list(arrays)
        found = [array.shape for array in arrays]
        if found != self.shapes:
            raise ValueError(f"expected arrays of shapes {self.shapes}; theirs are {found}")
        out = np.empty(self.size, np.float32) if out is None else out
        views = self.views(out)
        out[...] = 0
        for view, array in zip(views, arrays, strict=True):
            view[...] = array
        return out

    def unpack(self, flat):
        """The arrays inside a flat one of numpy, copied."""
        return [view.copy() for view in self.views(flat)]
