"""Rounding to a venue's steps."""

import math

from models.kernels.compile import compiled

# A quotient this close to a whole number is that number: 0.3 / 0.1 is 2.9999999999999996. Beyond some millions of steps
# the last bits of value and quotient weigh more than that.
NEAR = 1e-9
LAST_BITS = 4e-16
# A float of so many steps cannot be told from its neighbours on the grid: it stays what it is.
MOST_STEPS = 1e15


@compiled
def floor_to_step(value: float, step: float) -> float:
    """Largest multiple of `step` not above `value`. NaN gives NaN.

    The multiple is divided by 1 / step where that is whole, so that 0.07 comes out as 0.07 and not 0.07000000000000001.

    >>> floor_to_step(0.0789, 0.01)
    0.07
    >>> floor_to_step(0.3, 0.1)
    0.3
    """
    if math.isnan(value):
        return math.nan
    steps = value / step
    if abs(steps) >= MOST_STEPS:
        return value
    count = math.floor(steps + max(NEAR, abs(steps) * LAST_BITS))
    # Beyond some millions of steps the quotient of a multiple is further off than NEAR.
    above = _multiple(count + 1, step)
    return above if above <= value else _multiple(count, step)


@compiled
def ceil_to_step(value: float, step: float) -> float:
    """Smallest multiple of `step` not below `value`. NaN gives NaN.

    >>> ceil_to_step(100.001, 0.01)
    100.01
    """
    if math.isnan(value):
        return math.nan
    steps = value / step
    if abs(steps) >= MOST_STEPS:
        return value
    count = math.ceil(steps - max(NEAR, abs(steps) * LAST_BITS))
    below = _multiple(count - 1, step)
    return below if below >= value else _multiple(count, step)


@compiled
def nearest_step(value: float, step: float) -> float:
    """The multiple of `step` nearest to `value`: sums and differences of multiples without their dust. NaN gives NaN.

    >>> nearest_step(0.3 - 0.1, 0.1)
    0.2
    """
    if math.isnan(value):
        return math.nan
    steps = value / step
    if abs(steps) >= MOST_STEPS:
        return value
    return _multiple(math.floor(steps + 0.5), step)


@compiled
def _multiple(count: float, step: float) -> float:
    per_unit = round(1.0 / step)
    if step < 1.0 and abs(per_unit * step - 1.0) < NEAR:
        return float(count / per_unit)
    return float(count * step)
