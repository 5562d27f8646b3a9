"""Absurd prints: a price far off both sides' neighbours that the next bars do not confirm.

A row that no row follows is never called absurd here: whether the price stays there is not known yet (see `blocks`).
"""

import numpy as np

from models.kernels import compiled
from models.types import Bars, BoolArray, FloatArray, IntArray

# Rows on each side that a verdict reads, and nothing else: whoever adds rows grades this many around them anew.
CONTEXT = 5
# A bar that ended at less than a third of its neighbours. Nearest real ones in ten archives: 2.7 times (a crash that
# came back, litecoin in December 2013) and, absurd, 4.9 times.
CLOSE_FACTOR = 3.5
# A bar that only touched a price may have swept a thin book: real sweeps reach a tenth of the price. Nearest ones: 17
# times, and, absurd, 85 times.
WICK_FACTOR = 35.0
# Where the neighbours themselves lie a factor apart, the row has to be off by that factor to this power.
UNREST_POWER = 4
# The share of the neighbouring closes, at either end, that says nothing about unrest: other absurd prints nearby.
TRIMMED = 5

NOTHING, LONG_WICK, ABSURD = 0, 1, 2


def spikes(bars: Bars) -> BoolArray:
    """Absurd rows, shape (n_bars,): a close, or far more so a high or a low, that both sides' neighbours contradict."""
    absurd: BoolArray = _grade(bars.high, bars.low, bars.close) == ABSURD
    return absurd


def long_wicks(bars: Bars) -> BoolArray:
    """Rows whose high or low is strange but may have traded, shape (n_bars,); they are kept and named."""
    strange: BoolArray = _grade(bars.high, bars.low, bars.close) == LONG_WICK
    return strange


@compiled
def _grade(high: FloatArray, low: FloatArray, close: FloatArray) -> IntArray:
    """NOTHING, LONG_WICK or ABSURD of every row. Quotients only: no logarithm, so that every machine agrees."""
    grades = np.zeros(close.size, np.int64)
    for i in range(1, close.size - 1):
        first = max(0, i - CONTEXT)
        last = min(close.size, i + 1 + CONTEXT)
        nearest_high = close[i - 1]
        nearest_low = close[i - 1]
        for k in range(first, last):
            if k != i:
                nearest_high = max(nearest_high, close[k])
                nearest_low = min(nearest_low, close[k])
        if low[i] * CLOSE_FACTOR < nearest_high or high[i] > nearest_low * CLOSE_FACTOR:
            grades[i] = _grade_one(high[i], low[i], close[i], np.sort(close[first:i]), np.sort(close[i + 1 : last]))
    return grades


@compiled
def _grade_one(high: float, low: float, close: float, before: FloatArray, after: FloatArray) -> int:
    """The grade of one row against the sorted closes on both sides."""
    one, other = middle(before), middle(after)
    top, bottom = max(one, other), min(one, other)
    unrest = max(top / bottom, spread(np.sort(np.concatenate((before, after)))))
    needed = unrest**UNREST_POWER
    for_close = max(CLOSE_FACTOR, needed)
    for_wick = max(WICK_FACTOR, needed)
    if close * for_close <= bottom or close >= top * for_close or low * for_wick <= bottom or high >= top * for_wick:
        return ABSURD
    if low * for_close <= bottom or high >= top * for_close:
        return LONG_WICK
    return NOTHING


@compiled
def middle(ordered: FloatArray) -> float:
    """Median of ascending values, at least one."""
    half = ordered.size // 2
    return float(ordered[half]) if ordered.size % 2 else float((ordered[half - 1] + ordered[half]) / 2.0)


@compiled
def spread(ordered: FloatArray) -> float:
    """Largest over smallest of ascending positive values, without one in TRIMMED of them at either end."""
    cut = ordered.size // TRIMMED
    return float(ordered[ordered.size - 1 - cut] / ordered[cut])
