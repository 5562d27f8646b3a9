"""From bars and predictions to what the step reads. The backtest takes every row, a paper cycle the last."""

from dataclasses import dataclass

import numpy as np

from models.features import Features
from models.portfolio import blend_bars
from models.predictors import Predictions
from models.regime import label_regimes
from models.types import Bars, BoolArray, FloatArray, IntArray, Reason, Regime

NO_BAR = int(Reason.REFUSED_NO_BAR)
BLOCKED = int(Reason.REFUSED_DATA)


@dataclass(frozen=True, slots=True, eq=False)
class SymbolInputs:
    """One symbol's inputs, columns of shape (n_bars,): edges in basis points (NaN without a prediction), regime codes,
    standard deviation of log returns per bar, and gates: 0, or the Reason code of what the data forbids. A bar that
    may not be traded on has no open (NaN): an order waits for the next bar that can be trusted.
    """

    ts: IntArray
    open: FloatArray
    close: FloatArray
    edge: FloatArray
    regime: IntArray
    volatility: FloatArray
    gate: IntArray

    def rows(self, chosen: BoolArray) -> "SymbolInputs":
        """The chosen rows only."""
        return SymbolInputs(*(getattr(self, name)[chosen] for name in SymbolInputs.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """All symbols on one time axis, arrays of shape (n_times, n_symbols); `gate` is NO_BAR where a symbol has none,
    otherwise as in SymbolInputs.
    """

    ts: IntArray
    open: FloatArray
    close: FloatArray
    edge: FloatArray
    regime: IntArray
    volatility: FloatArray
    gate: IntArray


def symbol_inputs(bars: Bars, features: Features, predictions: Predictions, gate: IntArray) -> SymbolInputs:
    """Regimes and blended edges of one symbol's bars; `gate` of shape (n_bars,) as in SymbolInputs."""
    known = predictions.aligned(bars.ts)
    return SymbolInputs(
        ts=bars.ts,
        open=np.where(gate == BLOCKED, np.nan, bars.open),
        close=bars.close,
        edge=blend_bars(known.momentum_bps, known.momentum_confidence, known.boosting_bps, known.boosting_confidence),
        regime=label_regimes(features.index, features.gap, features.atr_ratio, features.adx),
        volatility=features.volatility,
        gate=gate,
    )


def align(symbols: tuple[SymbolInputs, ...]) -> Panel:
    """Put every symbol on the union of their times."""
    ts = np.unique(np.concatenate([one.ts for one in symbols]))
    shape = (ts.size, len(symbols))
    columns = {name: np.full(shape, np.nan) for name in ("open", "close", "edge", "volatility")}
    regime = np.full(shape, int(Regime.RANGING), np.int64)
    gate = np.full(shape, NO_BAR, np.int64)
    for i, one in enumerate(symbols):
        at = np.searchsorted(ts, one.ts)
        for name, column in columns.items():
            column[at, i] = getattr(one, name)
        regime[at, i] = one.regime
        gate[at, i] = one.gate
    return Panel(ts=ts, regime=regime, gate=gate, **columns)
