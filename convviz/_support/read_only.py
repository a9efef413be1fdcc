"""Dicts and arrays that cannot be changed."""

__all__ = ["ReadOnlyDict", "read_only"]


class ReadOnlyDict(dict):
    """A dict that cannot be changed once it is made. Unlike a mappingproxy it can be copied, pickled and written as JSON.

    Examples
    --------
    >>> ReadOnlyDict({"step": 1})["step"] = 2
    Traceback (most recent call last):
        ...
    TypeError: this dict cannot be changed; dict(...) makes a copy that can
    """

    __slots__ = ()

    def _refuse(self, *args, **kwargs):
        raise TypeError("this dict cannot be changed; dict(...) makes a copy that can")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self):
        # a dict is otherwise unpickled and copied item by item, which is refused
        return type(self), (dict(self),)


def read_only(array):
    """A view of an array through which its cells cannot be changed.

    Examples
    --------
    >>> import numpy as np
    >>> read_only(np.zeros(2)).flags.writeable
    False
    """
    view = array.view()
    view.flags.writeable = False
    return view
