"""Ticks and lots in exact fractions, written from the docstrings alone. See plain_engine."""

import math
from fractions import Fraction

# A quotient within this of a whole number is that number, and within as much as its own last bits weigh.
NEAR = 1e-9
BITS = 4e-16


def steps(value: float, step: float, up: bool) -> float:
    """The next decimal multiple of `step`; the value itself where it is one, by as much as floats can tell."""
    exact = Fraction(repr(step))
    near = max(NEAR, abs(value / step) * BITS)
    count = math.ceil(value / step - near) if up else math.floor(value / step + near)
    further = float((count - 1 if up else count + 1) * exact)
    if (up and further >= value) or (not up and further <= value):
        return further
    return float(count * exact)


def down(value: float, step: float) -> float:
    return steps(value, step, up=False)


def above(value: float, step: float) -> float:
    return steps(value, step, up=True)


def nearest(value: float, step: float) -> float:
    if math.isinf(value):
        return value
    exact = Fraction(repr(step))
    return float(round(Fraction(value) / exact) * exact)
