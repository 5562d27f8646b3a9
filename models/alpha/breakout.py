"""Breakout: a close outside the range of late goes on in its direction."""

import math

import numpy as np

from models.alpha.inputs import AlphaInputs
from models.features.declared import RANGE
from models.indicators import write_extreme
from models.kernels import compiled
from models.types import FloatArray


def breakout(inputs: AlphaInputs) -> FloatArray:
    """How far the close is beyond the range of the 20 bars before this one, in ATRs, shape (n_bars,).

    Above zero over their highest high, below zero under their lowest low, zero between. No cut is needed: ATR(14) holds
    a fourteenth of the bar's own true range, so that the score is within -14..14. NaN for the first 20 bars and where
    the ATR is NaN or zero. Source: Donchian's four-week rule (Donchian 1960, High finance in copper, Financial Analysts
    Journal 16(6)); as a trading range break-out in Brock, Lakonishok and LeBaron (1992), Journal of Finance 47(5).
    """
    bars = inputs.bars
    lowest, highest = np.empty(len(bars)), np.empty(len(bars))
    write_extreme(bars.low, RANGE, False, lowest)
    write_extreme(bars.high, RANGE, True, highest)
    out = np.empty(len(bars))
    _write_breakout(bars.close, lowest, highest, inputs.features.atr, out)
    return out


@compiled
def _write_breakout(
    close: FloatArray, lowest: FloatArray, highest: FloatArray, atr: FloatArray, out: FloatArray
) -> None:
    """`lowest` and `highest` include their own bar: those of the bar before are what this one breaks out of."""
    out[:1] = math.nan
    for t in range(1, out.size):
        low, high = lowest[t - 1], highest[t - 1]
        beyond = math.nan
        if low <= high:
            beyond = max(close[t] - high, 0.0) + min(close[t] - low, 0.0)
        out[t] = beyond / atr[t] if atr[t] > 0.0 else math.nan
