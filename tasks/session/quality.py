"""What the rules say about a stored series."""

import numpy as np

from models.actions import ActionKind
from models.quality import Finding, Flaw, Gap, GapKind, QualityReport, Rule, blocks, quality_report
from models.types import Bars, IntArray, Series, bar_micros
from tasks.session.desk import Desk
from tasks.session.stock import expected_bars, take_stock


def quality_of(desk: Desk, series: Series) -> QualityReport:
    """The report on a series: its quarantined rows, its absences, and the bars on which nothing may be traded.

    Raises:
        BadInput: the lake has no such series.
        Damaged: stored data does not match its checksum.
    """
    ledger = take_stock(desk, series)
    bars = desk.bars.read(series) if ledger.bars else desk.bars.rows(series).bars.rows(slice(0, 0))
    bad_ts, flaws = _quarantined(desk, series)
    gaps = [Gap(one.start, one.end, one.missing, GapKind(one.kind)) for one in ledger.absences]
    return quality_report(bars, gaps, bad_ts, flaws, block_codes(desk, series, bars), _quiet(ledger.quiet))


def block_codes(desk: Desk, series: Series, bars: Bars) -> IntArray:
    """The code of `models.quality.Block` of every bar, shape (n_bars,). Causal: a split counts once it is known."""
    if not len(bars):
        return np.empty(0, np.int64)
    expected = expected_bars(desk, series, bars.ts)
    return blocks(bars, bar_micros(series.timeframe), expected, _splits_in_time(desk, series, bars.ts))


def _splits_in_time(desk: Desk, series: Series, ts: IntArray) -> IntArray:
    """When the symbol's splits took effect, without those that were published after the first bar they concern."""
    closes = desk.closes(series, ts)
    splits = [one for one in desk.actions.read(series.venue, series.symbol) if one.kind is ActionKind.SPLIT]
    rows = np.searchsorted(ts, np.array([one.ex_ts for one in splits], np.int64))
    known = {one.ex_ts for one, row in zip(splits, rows, strict=True) if row < ts.size and one.known_at <= closes[row]}
    return np.array(sorted(known), np.int64)


def _quarantined(desk: Desk, series: Series) -> tuple[IntArray, IntArray]:
    """Opens and flaw codes of the rows that are kept apart."""
    ts, names = desk.bars.quarantined(series)
    rows, codes = desk.bars.times(series)
    flaws = np.array([int(Flaw[name.upper()]) for name in names], np.int64)
    return np.concatenate([ts, rows[codes != 0]]), np.concatenate([flaws, codes[codes != 0]])


def _quiet(bars: int) -> list[Finding]:
    if not bars:
        return []
    return [Finding(Rule.QUIET, bars, None, None, f"{bars} bars absent without a trade")]
