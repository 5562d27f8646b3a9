"""From bars and predictions to what the step reads. The backtest takes every row, a cycle those since its last."""

from dataclasses import dataclass, replace

import numpy as np

from models.engine.panel import ACTIONS, CODES, FIGURES, FROM, PRICES, TO, Panel, empty_panel
from models.features import Features, RangeFigures
from models.portfolio import blend_bars
from models.predictors import Predictions
from models.types import Bars, BoolArray, FloatArray, IntArray, Reason

BLOCKED = int(Reason.REFUSED_DATA)
NAMES = (PRICES, FIGURES, CODES, ACTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class SymbolInputs:
    """One symbol's inputs, columns of shape (n_bars,), as in Panel. A bar that may not be traded on has no open, high
    and low (NaN): an order waits for the next bar that can be trusted.

    `finer` are bars of a finer timeframe, or None; those of a bar are the ones from `ts` to before `ends`.
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

    def rows(self, chosen: BoolArray) -> "SymbolInputs":
        """The chosen rows only."""
        columns = {name: getattr(self, name)[chosen] for name in SymbolInputs.__slots__ if name != "finer"}
        return replace(self, **columns)


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
    predictions: Predictions,
    happened: Happenings,
) -> SymbolInputs:
    """One symbol's bars, which are `step` microseconds long, with their figures, regimes and blended edges."""
    known = predictions.aligned(bars.ts)
    tradable = happened.gate != BLOCKED
    prices = {name: np.where(tradable, getattr(bars, name), np.nan) for name in ("open", "high", "low")}
    return SymbolInputs(
        ts=bars.ts,
        ends=bars.ts + step,
        **prices,
        close=bars.close,
        volume=bars.volume,
        edge=blend_bars(known.momentum_bps, known.momentum_confidence, known.boosting_bps, known.boosting_confidence),
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
    )


def align(symbols: tuple[SymbolInputs, ...]) -> Panel:
    """Put every symbol on the union of their times."""
    ts = np.unique(np.concatenate([one.ts for one in symbols]))
    finer = [_finer_within(one) for one in symbols]
    extremes = [np.column_stack((bars.high, bars.low)) for bars in finer if bars is not None]
    panel = empty_panel(ts, len(symbols), np.concatenate([np.empty((0, 2)), *extremes]))
    before = 0
    for i, one in enumerate(symbols):
        at = np.searchsorted(ts, one.ts)
        for names, columns in zip(NAMES, (panel.prices, panel.figures, panel.codes, panel.actions), strict=True):
            for k, name in enumerate(names):
                columns[at, i, k] = getattr(one, name)
        bars = finer[i]
        if bars is not None:
            panel.finer_rows[at, i, FROM] = before + np.searchsorted(bars.ts, one.ts)
            panel.finer_rows[at, i, TO] = before + np.searchsorted(bars.ts, one.ends)
            before += len(bars)
    return panel


def _finer_within(one: SymbolInputs) -> Bars | None:
    """The finer bars from the symbol's first bar to the end of its last."""
    if one.finer is None or not one.ts.size:
        return None
    return one.finer.rows(slice(*np.searchsorted(one.finer.ts, [one.ts[0], one.ends[-1]]).tolist()))
