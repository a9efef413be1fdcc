"""Whether a value is an operation, for functions in layers below the operations."""

from convviz._support.values import brief

__all__ = ["require_operation"]


def require_operation(value, name="operation"):
    """Raise TypeError unless a value is an operation: no class, and with a kind that can be computed."""
    if isinstance(value, type) or not all(hasattr(value, part) for part in ("kind", "compute", "geometry")):
        raise TypeError(f"{name} is {brief(value)}; expected an operation such as convviz.Convolution(…)")
