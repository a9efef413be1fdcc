"""The operations: what a convolution or pooling is told once, and then does to every image."""

from convviz.operations.operations import (
    AveragePooling,
    Convolution,
    Global,
    GlobalAveragePooling,
    GlobalMaxPooling,
    MaxPooling,
    Operation,
    Pooling,
    TransposedConvolution,
)

__all__ = [
    "AveragePooling",
    "Convolution",
    "Global",
    "GlobalAveragePooling",
    "GlobalMaxPooling",
    "MaxPooling",
    "Pooling",
    "Operation",
    "TransposedConvolution",
]
