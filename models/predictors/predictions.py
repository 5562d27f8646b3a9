"""Predictions per bar, each with the fold that made it."""

from dataclasses import dataclass

import numpy as np

from models.types import FloatArray, IntArray

# No model that may speak for this bar: it is in every model's past.
NO_FOLD = -2
# The final model, for bars after its training window.
FINAL_FOLD = -1


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Columns of shape (n_bars,); edges are basis points of expected return over the horizon, confidences 0..1.

    `fold` says which model spoke: 0.. a walk-forward fold that had not seen the bar, FINAL_FOLD the final model on a
    bar after its training, NO_FOLD nobody; there the edges are NaN and the confidences zero.
    """

    ts: IntArray
    fold: IntArray
    momentum_bps: FloatArray
    momentum_confidence: FloatArray
    boosting_bps: FloatArray
    boosting_confidence: FloatArray

    @classmethod
    def none(cls, ts: IntArray) -> "Predictions":
        """No prediction for any of the bars `ts`."""
        n = ts.size
        nan, zero = np.full(n, np.nan), np.zeros(n)
        return cls(ts, np.full(n, NO_FOLD, np.int64), nan, zero, nan.copy(), zero.copy())

    def aligned(self, ts: IntArray) -> "Predictions":
        """The predictions for the bars `ts`, nobody's where there is none."""
        out = Predictions.none(ts)
        at = np.searchsorted(self.ts, ts)
        found = (at < self.ts.size) & (self.ts[np.minimum(at, self.ts.size - 1)] == ts) if self.ts.size else at < 0
        for name in Predictions.__slots__[1:]:
            getattr(out, name)[found] = getattr(self, name)[at[found]]
        return out
