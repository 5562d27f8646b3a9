"""The value at risk of all positions of the account together, and what it leaves for another one.

Each position may lose `load` = value * one-day value at risk of a unit of value on its side. Together they lose
sqrt(sum_ij load_i * |C_ij| * load_j) with C the correlations of daily returns (the variance-covariance aggregation of
Jorion 2006, ch. 7, on tails instead of deviations); the absolute value gives hedges no credit: a correlation that
breaks can only make it smaller.
"""

import math

from models.kernels import compiled, inlined
from models.types import FloatArray


@inlined
def pulls_of(links: FloatArray, link: int, loads: FloatArray, pulls: FloatArray) -> float:
    """Square of the value at risk of all `loads` (n,) together; writes `pulls` (n,): the sum of all loads, each times
    the size of its correlation with a symbol.
    """
    for i in range(pulls.size):
        pulls[i] = 0.0
    for j in range(loads.size):
        if loads[j] != 0.0:
            for i in range(pulls.size):
                pulls[i] += abs(links[link, j, i]) * loads[j]
    square = 0.0
    for i in range(loads.size):
        square += loads[i] * pulls[i]
    return square


@compiled
def room_under_var(unit: float, pull: float, square: float, cap: float) -> float:
    """Largest value of a new position, whose unit of value loses `unit`, with which all lose no more than `cap`; quote
    currency, 0.0 where they lose that much already, inf where the position adds nothing or nothing caps it.
    """
    if cap == math.inf or unit <= 0.0:
        return math.inf
    gap = cap * cap - square
    if gap <= 0.0:
        return 0.0
    return (math.sqrt(pull * pull + gap) - pull) / unit
