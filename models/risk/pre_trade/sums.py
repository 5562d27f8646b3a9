"""Sums over what is held and ordered, and how findings are noted."""

import math
from typing import NamedTuple

import numpy as np

from models.kernels import compiled
from models.risk.pre_trade.inputs import Holdings, Purses, RowLimits
from models.types import FloatArray, IntArray

# What rounding may be off by: parts of the equity, parts of a lot in a size, parts of a step on a grid.
ROUNDING = 1e-9
LOT_ROUNDING = 1e-8
GRID = 1e-6


class Sums(NamedTuple):
    """What is held, what waits and the orders before: written as orders are looked at.

    Attributes:
        exposure, at_risk, free: shape (n_systems,): value of positions, what they lose at their stops, and equity that
            nothing binds, quote currency.
        loads: shape (n_rows,): one-day value at risk of each row by itself, quote currency.
        account: shape (3,): square of the value at risk of all, positions, entries ordered today.
    """

    exposure: FloatArray
    at_risk: FloatArray
    free: FloatArray
    loads: FloatArray
    account: FloatArray


SQUARE, POSITIONS, TRADES = range(3)


@compiled
def sums_before(
    holdings: Holdings, limits: RowLimits, purses: Purses, systems: IntArray, links: FloatArray, trades: float
) -> Sums:
    """The sums before the first order, held and waiting units at the last closes."""
    count = purses.equity.size
    sums = Sums(np.zeros(count), np.zeros(count), purses.equity.copy(), np.zeros(systems.size), np.zeros(3))
    sums.account[TRADES] = trades
    for i in range(systems.size):
        if holdings.units[i] != 0.0:
            bound = limits.margin[i]
            add(sums, holdings, systems[i], i, holdings.units[i], holdings.close[i], holdings.stop[i], bound)
        if holdings.waiting[i] != 0.0:
            bound = limits.margin[i] + limits.costs[i]
            add(sums, holdings, systems[i], i, holdings.waiting[i], holdings.close[i], holdings.stop[i], bound)
        if holdings.units[i] != 0.0 or holdings.waiting[i] != 0.0:
            sums.account[POSITIONS] += 1.0
    sums.account[SQUARE] = 0.0
    for i in range(systems.size):
        for j in range(systems.size):
            sums.account[SQUARE] += sums.loads[i] * abs(links[i, j]) * sums.loads[j]
    return sums


@compiled
def add(
    sums: Sums, holdings: Holdings, system: int, i: int, units: float, price: float, stop: float, bound: float
) -> None:
    """Count units of row `i`, of which `bound` of their value is bound, into the sums of its system and its load."""
    value = abs(units) * price
    sums.exposure[system] += value
    sums.at_risk[system] += value * lost_share(units, price, stop, 1.0)
    sums.free[system] -= value * bound
    sums.loads[i] += load_of(value, tail_of(holdings, units, i))


@compiled
def lost_share(side: float, price: float, stop: float, most: float) -> float:
    """What units on a side (its sign) lose from `price` to their stop, fraction of their value, `most` at most and
    without a stop.
    """
    if stop <= 0.0:
        return most
    share = 1.0 - stop / price if side > 0.0 else stop / price - 1.0
    return min(most, max(0.0, share))


@compiled
def tail_of(holdings: Holdings, side: float, i: int) -> float:
    """One-day value at risk of a unit of value of row `i`, on a side (its sign); NaN where it is not known."""
    return float(holdings.tail_long[i] if side > 0.0 else holdings.tail_short[i])


@compiled
def load_of(value: float, tail: float) -> float:
    """What a value may lose in a day, quote currency; a tail that is not known counts nothing."""
    return value * tail if tail > 0.0 else 0.0


@compiled
def pull_on(sums: Sums, links: FloatArray, i: int) -> float:
    """How much a unit of load in row `i` adds to the loads of all rows: their weighted sum."""
    pull = 0.0
    for j in range(sums.loads.size):
        pull += abs(links[i, j]) * sums.loads[j]
    return pull


@compiled
def note(table: FloatArray, count: IntArray, row: int, check: int, found: float, allowed: float) -> None:
    """Append a finding."""
    table[count[0], 0], table[count[0], 1] = row, check
    table[count[0], 2], table[count[0], 3] = found, allowed
    count[0] += 1


@compiled
def at_most(
    table: FloatArray, count: IntArray, row: int, check: int, found: float, allowed: float, slack: float
) -> None:
    """Append a finding unless `found` is at most `allowed`, or above it by rounding; NaN is above everything."""
    if not found <= allowed + slack:
        note(table, count, row, check, found, allowed)


@compiled
def is_on_grid(value: float, step: float) -> bool:
    """Whether a value is a multiple of a step, but for rounding; beyond 2**50 steps a float cannot tell."""
    steps = abs(value) / step
    return steps > 2.0**50 or abs(steps - math.floor(steps + 0.5)) <= max(GRID, steps * 1e-15)
