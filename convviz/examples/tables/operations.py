"""How the tables write an operation."""

__all__ = ["convolution", "transposed"]


def convolution(kernel, **settings):
    """A convolution."""
    return "convolution", {"kernel": kernel, **settings}


def transposed(kernel, **settings):
    """A transposed convolution."""
    return "transposed_convolution", {"kernel": kernel, **settings}
