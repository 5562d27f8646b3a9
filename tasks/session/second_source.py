"""What other venues said a symbol was worth when a bar closed: a price that its own feed cannot have spoilt."""

from collections.abc import Iterator

import numpy as np

from models.kernels import as_of
from models.types import FloatArray, IntArray, Series, bar_micros
from tasks.session.desk import Desk

# A close counts for so many bars after it was known; one that became known later than that was a repair.
FRESH_BARS = 2


def second_closes(desk: Desk, series: Series, ts: IntArray) -> Iterator[FloatArray]:
    """Of every backup whose bars are in the lake, its newest close known when each bar closed, shape of `ts`; NaN where
    there was none.

    Raises:
        Damaged: stored bars do not match their checksums.
    """
    closes = desk.closes(series, ts)
    present = desk.lake.series()
    for other in _others(desk, series):
        if other in present:
            columns = desk.bars.columns(other)
            known_at = np.maximum(columns.known_at, desk.closes(other, columns.bars.ts))
            yield known_closes(closes, known_at, columns.bars.ts, columns.bars.close, bar_micros(series.timeframe))


def known_closes(closes: IntArray, known_at: IntArray, ts: IntArray, close: FloatArray, step: int) -> FloatArray:
    """The newest of `close` (m,), of bars that opened at `ts` and were known at `known_at`, at each of `closes` (n,).

    Rows that came late by more than FRESH_BARS bars of `step` microseconds do not count, nor do older ones than that:
    a repair made today must not change what was allowed yesterday.
    """
    timely = known_at <= ts + (1 + FRESH_BARS) * step
    order = np.argsort(known_at[timely], kind="stable")
    rows = as_of(closes, known_at[timely][order], FRESH_BARS * step)
    out = np.full(closes.size, np.nan)
    out[rows >= 0] = close[timely][order][rows[rows >= 0]]
    return out


def _others(desk: Desk, series: Series) -> list[Series]:
    venue = desk.venue(series.venue)
    rules = venue.instruments.get(series.symbol)
    backups = venue.backups if rules is None or rules.backups is None else rules.backups
    return [Series(one.venue, one.symbol or series.symbol, series.timeframe) for one in backups]
