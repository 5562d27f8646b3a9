"""Adaptive price levels: swing lows and highs, floor pivots, and how far from a level the close is.

Levels are in quote currency. What the predictors see of them is a distance in ATRs, so that it means the same at every
price and in every volatility.
"""

import math

from models.features.kind import Inputs
from models.kernels import compiled
from models.types import FloatArray

# A swing low is the lowest of so many bars before and after it: it is known so many bars later.
SWING = 5
# A level is broken when a bar closes further than this many ATRs beyond it; a swing that is nearer to the level than
# this is a test of it, not a new one. Both follow the market's volatility.
TOLERANCE = 0.5


def support(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """The last confirmed swing low, of low, close, ATR and the lowest low of 2 * window + 1 bars; quote currency.

    A bar whose low is the lowest of `window` bars before and after it is a swing low, confirmed by the last of these.
    It becomes the support when it is more than TOLERANCE ATRs from the one so far. When a bar closes more than that
    below the support, the lowest low of the 2 * window + 1 bars stands in until a swing low is confirmed; so it does at
    the beginning. NaN until that and the ATR are known.
    """
    low, close, true_range, lowest = inputs
    _write_level(low, close, true_range, lowest, window, -1.0, room)
    return room


def resistance(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """The last confirmed swing high, of high, close, ATR and the highest high: the mirror image of `support`."""
    high, close, true_range, highest = inputs
    _write_level(high, close, true_range, highest, window, 1.0, room)
    return room


def pivot(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Floor pivot P = (high + low + close) / 3 of the bar `window` bars ago; quote currency, NaN for the first ones.

    Source: Person (2004), A Complete Guide to Technical Trading Tactics.
    """
    high, low, close = inputs
    room[:window] = math.nan
    _write_pivot(high, low, close, room[window:])
    return room


def reflected(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """2 * pivot - x of the pivot's bar, `window` bars ago: S1 of its high, R1 of its low. Quote currency, NaN as P."""
    pivots, extreme = inputs
    room[:window] = math.nan
    _write_reflected(pivots[window:], extreme, room[window:])
    return room


def distance(inputs: Inputs, _: int, room: FloatArray) -> FloatArray:
    """(x - level) / ATR: positive above the level; NaN where the ATR is unknown or nothing."""
    values, level, true_range = inputs
    _write_distance(values, level, true_range, room)
    return room


@compiled
def _write_level(
    edge: FloatArray,
    close: FloatArray,
    true_range: FloatArray,
    extreme: FloatArray,
    swing: int,
    side: float,
    out: FloatArray,
) -> None:
    """Write the support (`side` -1) or the resistance (1): `edge` are lows or highs, `extreme` theirs of the window."""
    known = 0
    while known < out.size and (math.isnan(extreme[known]) or math.isnan(true_range[known])):
        out[known] = math.nan
        known += 1
    level = math.nan if known == out.size else extreme[known]
    for t in range(known, out.size):
        tolerance = TOLERANCE * true_range[t]
        if side * (close[t] - level) > tolerance or (
            edge[t - swing] == extreme[t] and math.fabs(extreme[t] - level) > tolerance
        ):
            level = extreme[t]
        out[t] = level


@compiled
def _write_pivot(high: FloatArray, low: FloatArray, close: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        out[t] = (high[t] + low[t] + close[t]) / 3.0


@compiled
def _write_reflected(pivots: FloatArray, extreme: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        out[t] = 2.0 * pivots[t] - extreme[t]


@compiled
def _write_distance(values: FloatArray, level: FloatArray, true_range: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        out[t] = (values[t] - level[t]) / true_range[t] if true_range[t] > 0.0 else math.nan
