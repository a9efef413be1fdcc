"""The names of devices and precisions, as ``Model.compile`` takes them."""

from convviz.nn.lookup import find

__all__ = ["device_name", "precision_name"]

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("float32", "tf32")


def device_name(device):
    """One of "auto", "cpu" and "cuda", or an error."""
    return find(device, dict(zip(DEVICES, DEVICES, strict=True)), "device")


def precision_name(precision):
    """One of "float32" and "tf32", or an error."""
    return find(precision, dict(zip(PRECISIONS, PRECISIONS, strict=True)), "precision")
