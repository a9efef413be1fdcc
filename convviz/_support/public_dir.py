"""What ``dir()`` and an editor's completion list of an object: what its users may use."""

from __future__ import annotations

__all__ = ["PublicDir"]


class PublicDir:
    """Base class of objects whose ``dir()`` leaves out what only other parts of convviz use.

    Subclasses name it in ``_internal``: methods by which, for example, the stage asks a trace for the weights of a channel.
    They have no underscore, since they are called from other modules and may be overridden by an operation of one's own.
    """

    _internal: frozenset[str] = frozenset()

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()) - self._internal)
