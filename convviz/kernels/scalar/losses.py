"""Losses of one cell and their slopes. Constants take the type of the cell, or float32 would become float64."""

from math import exp, log, log1p

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_slope",
    "clipped",
    "cross_entropy_slope",
    "sigmoid",
    "sigmoid_cross_entropy",
    "squared_error",
    "squared_error_slope",
    "was_clipped",
]


def sigmoid(logit):
    """1 / (1 + e^−z), without overflow."""
    one = type(logit)(1)
    small = exp(-abs(logit))
    return (one if logit >= 0 else small) / (one + small)


def sigmoid_cross_entropy(logit, target):
    """−t·log σ(z) − (1 − t)·log(1 − σ(z)) = max(z, 0) − z·t + log(1 + e^−|z|); its slope is σ(z) − t."""
    above = logit if logit > 0 else type(logit)(0)
    return above - logit * target + log1p(exp(-abs(logit)))


def clipped(probability, epsilon):
    """A probability moved to epsilon … 1 − epsilon; NaN stays."""
    top = type(epsilon)(1) - epsilon
    return epsilon if probability < epsilon else top if probability > top else probability


def was_clipped(probability, epsilon):
    """Whether a probability lies outside epsilon … 1 − epsilon."""
    return probability < epsilon or probability > type(epsilon)(1) - epsilon


def binary_cross_entropy(probability, target, epsilon):
    """−t·log p − (1 − t)·log(1 − p) of the clipped probability."""
    one = type(probability)(1)
    p = clipped(probability, epsilon)
    return -target * log(p) - (one - target) * log(one - p)


def binary_cross_entropy_slope(probability, target, epsilon):
    """(p − t) / (p·(1 − p)), and 0 where p was clipped."""
    one = type(probability)(1)
    slope = (probability - target) / (probability * (one - probability))
    return type(slope)(0) if was_clipped(probability, epsilon) else slope


def cross_entropy_slope(probability, target, epsilon):
    """t / p, and 0 where p was clipped."""
    slope = target / probability
    return type(slope)(0) if was_clipped(probability, epsilon) else slope


def squared_error(prediction, target):
    """(p − t)²."""
    return (prediction - target) * (prediction - target)


def squared_error_slope(prediction, target):
    """2·(p − t)."""
    return type(prediction)(2) * (prediction - target)
