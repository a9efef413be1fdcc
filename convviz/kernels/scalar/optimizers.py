"""How optimizers move one weight; the formulas are those of Keras 3. Numbers have the weight's type.

Each function gives the new weight and then the new state.
"""

from math import sqrt

__all__ = ["adadelta", "adagrad", "adam", "adam_amsgrad", "momentum", "nesterov", "penalty_slope", "rms", "rms_centered"]


def momentum(weight, slope, velocity, learning_rate, decay):
    """v ← m·v − η·g, w ← w + v."""
    velocity = velocity * decay - slope * learning_rate
    return weight + velocity, velocity


def nesterov(weight, slope, velocity, learning_rate, decay):
    """v ← m·v − η·g, w ← w + m·v − η·g."""
    velocity = velocity * decay - slope * learning_rate
    return weight + (velocity * decay - slope * learning_rate), velocity


def adagrad(weight, slope, squares, learning_rate, epsilon):
    """s ← s + g², w ← w − η·g / √(s + ε)."""
    squares = squares + slope * slope
    return weight - learning_rate * slope / sqrt(squares + epsilon), squares


def rms(slope, mean_square, learning_rate, rho, rest, epsilon):
    """s ← ρ·s + (1 − ρ)·g²; gives the step η·g / √(s + ε) and s."""
    mean_square = rho * mean_square + rest * (slope * slope)
    return learning_rate * slope / sqrt(mean_square + epsilon), mean_square


def rms_centered(slope, mean_square, mean, learning_rate, rho, rest, epsilon):
    """With a ← ρ·a + (1 − ρ)·g besides; gives the step η·g / √(s − a² + ε), s and a."""
    mean_square = rho * mean_square + rest * (slope * slope)
    mean = rho * mean + rest * slope
    return learning_rate * slope / sqrt(mean_square - mean * mean + epsilon), mean_square, mean


def adam(weight, slope, mean, mean_square, learning_rate, rest_1, rest_2, epsilon):
    """m ← m + (g − m)·(1 − β₁), v ← v + (g² − v)·(1 − β₂), w ← w − m·α / (√v + ε)."""
    mean = mean + (slope - mean) * rest_1
    mean_square = mean_square + (slope * slope - mean_square) * rest_2
    return weight - mean * learning_rate / (sqrt(mean_square) + epsilon), mean, mean_square


def adam_amsgrad(weight, slope, mean, mean_square, largest, learning_rate, rest_1, rest_2, epsilon):
    """`adam` that divides by the largest v so far."""
    mean = mean + (slope - mean) * rest_1
    mean_square = mean_square + (slope * slope - mean_square) * rest_2
    largest = largest if largest > mean_square else mean_square
    return weight - mean * learning_rate / (sqrt(largest) + epsilon), mean, mean_square, largest


def adadelta(weight, slope, squares, steps, learning_rate, rho, rest, epsilon):
    """s ← ρ·s + (1 − ρ)·g², d = −√(u + ε) / √(s + ε)·g, u ← ρ·u + (1 − ρ)·d², w ← w + η·d."""
    squares = rho * squares + rest * (slope * slope)
    step = -(sqrt(steps + epsilon) * slope / sqrt(squares + epsilon))
    return weight + learning_rate * step, squares, rho * steps + rest * (step * step)


def penalty_slope(weight, l1, l2):
    """Slope of l1·|w| + l2·w², with 0 for the slope of |w| at 0."""
    zero = type(weight)(0)
    sign = l1 if weight > zero else -l1 if weight < zero else zero
    return sign + (l2 + l2) * weight
