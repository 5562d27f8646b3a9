"""From bars and predictions to what the step reads. The backtest takes every row, a cycle those since its last."""

from dataclasses import dataclass, replace

import numpy as np

from models.engine.panel import (
    ACTIONS,
    CODES,
    FIGURES,
    FROM,
    PRICES,
    SCALE,
    TAIL_LONG,
    TAIL_SHORT,
    TO,
    Panel,
    empty_panel,
)
from models.features import Features, RangeFigures
from models.types import Bars, BoolArray, FloatArray, IntArray, Reason

BLOCKED = int(Reason.REFUSED_DATA)
NAMES = (PRICES, FIGURES, CODES, ACTIONS)
# Of SymbolInputs, what is no column of bars.
WHOLE = ("finer", "tails", "trust")


@dataclass(frozen=True, slots=True, eq=False)
class TailFigures:
    """What may be lost with a symbol in a day, as of `known_at`, UTC microseconds, ascending; columns of shape (k,).

    `long` and `short` are the value at risk of a unit of value held on either side, fractions, NaN while they are not
    known; `scale` is the share of its size that an entry gets in this market, 0..1.
    """

    known_at: IntArray
    long: FloatArray
    short: FloatArray
    scale: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Correlations of the symbols' daily returns, `matrices` of shape (k, n, n), as of `known_at`, shape (k,), UTC
    microseconds, ascending.
    """

    known_at: IntArray
    matrices: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SymbolInputs:
    """One symbol's inputs, columns of shape (n_bars,), as in Panel. A bar that may not be traded on has no open, high
    and low (NaN): an order waits for the next bar that can be trusted.

    `finer` are bars of a finer timeframe, or None; those of a bar are the ones from `ts` to before `ends`. `tails` are
    looked up when a row ends; None: nothing is at risk. `trust` (n_bars,), 0..1, is the share of its size that an entry
    gets as far as its models know such a market; None: all of it.
    """

    ts: IntArray
    ends: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    edge: FloatArray
    volatility: FloatArray
    atr: FloatArray
    range_low: FloatArray
    range_high: FloatArray
    range_width: FloatArray
    oscillator: FloatArray
    momentum: FloatArray
    sentiment: FloatArray
    atr_ratio: FloatArray
    adx: FloatArray
    stretch: FloatArray
    regime: IntArray
    gate: IntArray
    split: FloatArray
    dividend: FloatArray
    finer: Bars | None
    tails: TailFigures | None
    trust: FloatArray | None = None

    def rows(self, chosen: BoolArray) -> "SymbolInputs":
        """The chosen rows only."""
        columns = {name: getattr(self, name)[chosen] for name in SymbolInputs.__slots__ if name not in WHOLE}
        return replace(self, **columns, trust=None if self.trust is None else self.trust[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Happenings:
    """What came to a series from outside, columns of shape (n_bars,): `gate` as in Panel, splits and dividends at the
    bars that go ex, and finer bars where there are some.
    """

    gate: IntArray
    split: FloatArray
    dividend: FloatArray
    finer: Bars | None = None

    @classmethod
    def none(cls, bars: int) -> "Happenings":
        """Nothing happened on any of so many bars."""
        return cls(np.zeros(bars, np.int64), np.ones(bars), np.zeros(bars))


def symbol_inputs(
    bars: Bars,
    step: int,
    features: Features,
    ranges: RangeFigures,
    regime: IntArray,
    edge: FloatArray,
    happened: Happenings,
    tails: TailFigures | None = None,
    trust: FloatArray | None = None,
) -> SymbolInputs:
    """One symbol's bars, which are `step` microseconds long, with their figures, regimes and blended edges."""
    tradable = happened.gate != BLOCKED
    prices = {name: np.where(tradable, getattr(bars, name), np.nan) for name in ("open", "high", "low")}
    return SymbolInputs(
        ts=bars.ts,
        ends=bars.ts + step,
        **prices,
        close=bars.close,
        volume=bars.volume,
        edge=edge,
        volatility=features.volatility,
        atr=features.atr_relative,
        range_low=ranges.low,
        range_high=ranges.high,
        range_width=ranges.width,
        oscillator=ranges.oscillator,
        momentum=features.momentum_score,
        sentiment=features.sentiment,
        atr_ratio=features.atr_ratio,
        adx=features.adx,
        stretch=features.stretch,
        regime=regime,
        gate=happened.gate,
        split=happened.split,
        dividend=happened.dividend,
        finer=happened.finer,
        tails=tails,
        trust=trust,
    )


def align(symbols: tuple[SymbolInputs, ...], links: Links | None = None) -> Panel:
    """Put every symbol on the union of their times; without `links` all of them move together."""
    ts = np.unique(np.concatenate([one.ts for one in symbols]))
    finer = [_finer_within(one) for one in symbols]
    extremes = [np.column_stack((bars.high, bars.low)) for bars in finer if bars is not None]
    panel = empty_panel(ts, len(symbols), np.concatenate([np.empty((0, 2)), *extremes]))
    before = 0
    ends = np.zeros(ts.size, np.int64)
    for i, one in enumerate(symbols):
        at = np.searchsorted(ts, one.ts)
        for names, columns in zip(NAMES, (panel.prices, panel.figures, panel.codes, panel.actions), strict=True):
            for k, name in enumerate(names):
                columns[at, i, k] = getattr(one, name)
        ends[at] = np.maximum(ends[at], one.ends)
        bars = finer[i]
        if bars is not None:
            panel.finer_rows[at, i, FROM] = before + np.searchsorted(bars.ts, one.ts)
            panel.finer_rows[at, i, TO] = before + np.searchsorted(bars.ts, one.ends)
            before += len(bars)
    for i, one in enumerate(symbols):
        if one.tails is not None:
            _look_up(panel.tails[:, i], one.tails, ends)
        if one.trust is not None:
            panel.tails[np.searchsorted(ts, one.ts), i, SCALE] *= one.trust
    if links is None:
        return panel
    known = np.concatenate([panel.links, links.matrices])
    return panel._replace(links=known, link_rows=np.searchsorted(links.known_at, ends, side="right"))


def _look_up(columns: FloatArray, tails: TailFigures, moments: IntArray) -> None:
    """Write what is known of a symbol's tails at each moment, shape (n_times,), into `columns`, (n_times, 4)."""
    rows = np.searchsorted(tails.known_at, moments, side="right") - 1
    for column, known, unknown in (
        (TAIL_LONG, tails.long, np.nan),
        (TAIL_SHORT, tails.short, np.nan),
        (SCALE, tails.scale, 1.0),
    ):
        columns[:, column] = np.where(rows >= 0, known[rows], unknown) if known.size else unknown


def _finer_within(one: SymbolInputs) -> Bars | None:
    """The finer bars from the symbol's first bar to the end of its last."""
    if one.finer is None or not one.ts.size:
        return None
    return one.finer.rows(slice(*np.searchsorted(one.finer.ts, [one.ts[0], one.ends[-1]]).tolist()))
