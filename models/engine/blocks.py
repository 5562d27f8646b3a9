"""What a search knows of one symbol's bars before it tries a genome: columns and blocks that tell which bars a rule
cannot touch.

Every column has two rows: the bars as a long position sees them, and as a short one does, with all prices and the edge
negated, so that its low is what moves against it. A bar on which more may happen than prices touching levels (`odd`)
has a low of -inf and an entry of inf: it stops every scan.
"""

import math
from typing import NamedTuple

import numpy as np

from models.engine.panel import (
    CLOSE,
    DIVIDEND,
    EDGE,
    GATE,
    HIGH,
    LOW,
    OPEN,
    SPLIT,
    TAIL_LONG,
    TAIL_SHORT,
    VOLUME,
    Panel,
)
from models.engine.step import BLOCKED, FROZEN, NO_BAR, STALE
from models.execution import Bar, is_usable
from models.kernels import compiled
from models.risk import week_of
from models.types import BoolArray, FloatArray, IntArray
from models.types.timeframes import DAY as DAY_MICROS

# Bars that are skipped at once.
BLOCK = 16
# Rows of the columns; ENTRIES has the edge for rules that only buy, and its size for those that sell short too.
LONG, SHORT = range(2)


class Tables(NamedTuple):
    """Of one symbol's bars; columns of shape (2, n_bars), their `block_` extremes of shape (2, n_blocks).

    Attributes:
        entry: edge that an entry is weighed by, -inf without a prediction; block_entry: its maxima.
        low, high, close, edge: as the side sees them; an unknown edge is inf. block_low, block_worst, block_edge:
            minima of low, close and edge; block_high, block_crest: maxima of high and close.
        hazard: value at risk of one base unit at the close, quote currency, 0.0 unknown; block_hazard: its maxima.
        days: UTC day number, shape (n_bars,).
        day_begin, day_end: first bar of a bar's day, and first bar after it; week_begin: first one of its week; shape
            (n_bars,).
        next_odd, next_change: first odd bar, and first bar of another regime than the one before it, from a bar on;
            n_bars without one; shape (n_bars,).
    """

    entry: FloatArray
    low: FloatArray
    high: FloatArray
    close: FloatArray
    edge: FloatArray
    hazard: FloatArray
    block_entry: FloatArray
    block_low: FloatArray
    block_high: FloatArray
    block_worst: FloatArray
    block_crest: FloatArray
    block_edge: FloatArray
    block_hazard: FloatArray
    days: FloatArray
    day_begin: IntArray
    day_end: IntArray
    week_begin: IntArray
    next_odd: IntArray
    next_change: IntArray


def tables_of(panel: Panel) -> Tables:
    """The tables of a panel of one symbol."""
    odd = odd_bars(panel.prices, panel.codes, panel.actions, panel.decided)
    edge = panel.figures[:, 0, EDGE]
    known = np.where(np.isnan(edge), -math.inf, edge)
    entry = np.where(odd, math.inf, np.stack((known, np.where(np.isnan(edge), -math.inf, np.abs(edge)))))
    toward = np.stack((edge, -edge))
    toward[np.isnan(toward)] = math.inf
    prices = panel.prices[:, 0]
    low = np.where(odd, -math.inf, np.stack((prices[:, LOW], -prices[:, HIGH])))
    high = np.where(odd, -math.inf, np.stack((prices[:, HIGH], -prices[:, LOW])))
    close = np.where(odd, -math.inf, np.stack((prices[:, CLOSE], -prices[:, CLOSE])))
    tails = panel.tails[:, 0, [TAIL_LONG, TAIL_SHORT]].T
    hazard = np.where(odd | ~(tails > 0.0), 0.0, tails * prices[:, CLOSE])
    days = panel.ts // DAY_MICROS
    begins, weeks = _begins(days), _begins(weeks_of(days))
    return Tables(
        entry=entry,
        low=low,
        high=high,
        close=close,
        edge=toward,
        hazard=hazard,
        block_entry=_blocks(np.maximum, entry),
        block_low=_blocks(np.minimum, low),
        block_high=_blocks(np.maximum, high),
        block_worst=_blocks(np.minimum, close),
        block_crest=_blocks(np.maximum, close),
        block_edge=_blocks(np.minimum, toward),
        block_hazard=_blocks(np.maximum, hazard),
        days=days.astype(np.float64),
        day_begin=np.repeat(begins[:-1], np.diff(begins)),
        day_end=np.repeat(begins[1:], np.diff(begins)),
        week_begin=np.repeat(weeks[:-1], np.diff(weeks)),
        next_odd=_next(odd),
        next_change=_next(np.diff(panel.regime[:, 0], prepend=panel.regime[:1, 0]) != 0),
    )


@compiled
def odd_bars(prices: FloatArray, codes: IntArray, actions: FloatArray, decided: BoolArray) -> BoolArray:
    """Whether a bar of the only symbol has to be walked whatever the rules say, shape (n_bars,): its prices are not
    usable, its data is blocked, it goes ex, or nobody decides at its close.
    """
    odd = np.empty(decided.size, np.bool_)
    for t in range(decided.size):
        bar = Bar(prices[t, 0, OPEN], prices[t, 0, HIGH], prices[t, 0, LOW], prices[t, 0, CLOSE], prices[t, 0, VOLUME])
        gate = codes[t, 0, GATE]
        blocked = gate in (NO_BAR, STALE, BLOCKED, FROZEN)
        acts = actions[t, 0, SPLIT] != 1.0 or actions[t, 0, DIVIDEND] != 0.0
        odd[t] = blocked or acts or not decided[t] or not is_usable(bar)
    return odd


@compiled
def weeks_of(days: IntArray) -> IntArray:
    """Number of the week of each day number, shape of `days`."""
    weeks = np.empty(days.size, np.int64)
    for t in range(days.size):
        weeks[t] = week_of(float(days[t]))
    return weeks


def _begins(numbers: IntArray) -> IntArray:
    """The first bar of each run of equal numbers, and the number of bars."""
    if not numbers.size:
        return np.zeros(1, np.int64)
    return np.concatenate(([0], np.flatnonzero(np.diff(numbers)) + 1, [numbers.size]))


def _blocks(extreme: np.ufunc, columns: FloatArray) -> FloatArray:
    """Maxima or minima of each BLOCK of bars, shape (2, n_blocks); the last block may be shorter."""
    starts = np.arange(0, columns.shape[1], BLOCK)
    return np.asarray(extreme.reduceat(columns, starts, axis=1)) if starts.size else np.empty((2, 0))


def _next(chosen: BoolArray) -> IntArray:
    """The first chosen bar from each one on, or the number of bars."""
    after = np.where(chosen, np.arange(chosen.size), chosen.size)
    return np.asarray(np.minimum.accumulate(after[::-1])[::-1])
