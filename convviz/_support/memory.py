"""How much memory the machine has."""

import functools
import os

__all__ = ["memory"]


@functools.cache
def memory():
    """Bytes of this machine's memory; where the system does not say, as many as fit into 16 GiB."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**34
