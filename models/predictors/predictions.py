"""What one version of one model said about each bar, and what it had seen when it said so."""

from dataclasses import dataclass

import numpy as np

from models.types import BoolArray, FloatArray, IntArray

# The model had nothing to say when the decision for this bar was made, and cannot have it later.
SILENT_FOLD = -4
# It was not heard in time, or is too old to be heard: no earlier word of it stands for this bar either.
LATE_FOLD = -3
# No model that may speak for this bar: it is in every model's past.
NO_FOLD = -2
# The final model, for bars after its training window.
FINAL_FOLD = -1
# `seen_until` where nobody spoke.
NOTHING_SEEN = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Columns of shape (n_bars,).

    Attributes:
        ts: opens of the bars, UTC microseconds, ascending.
        fold: which model spoke: 0.. a walk-forward fold that had not seen the bar, FINAL_FOLD the final model on a bar
            after its training, NO_FOLD nobody yet, SILENT_FOLD and LATE_FOLD nobody ever. Where nobody spoke edge and
            probabilities are NaN, confidence zero and familiarity one.
        seen_until: open of the last bar that a label or a calibration of the speaker had reached into, microseconds.
        edge_bps: expected return over the horizon, basis points.
        confidence: 0..1, how sure the sign of the model's edges is.
        raw: probability that the price rises first, as the model has it; NaN for models whose score is no probability.
        probability: the same, calibrated.
        familiarity: 0..1, 1 where the inputs are like those that the model learnt from.
    """

    ts: IntArray
    fold: IntArray
    seen_until: IntArray
    edge_bps: FloatArray
    confidence: FloatArray
    raw: FloatArray
    probability: FloatArray
    familiarity: FloatArray

    @classmethod
    def none(cls, ts: IntArray) -> "Predictions":
        """No prediction for any of the bars `ts`."""
        n = ts.size
        nobody, nothing = np.full(n, NO_FOLD, np.int64), np.full(n, NOTHING_SEEN, np.int64)
        unknown = (np.full(n, np.nan) for _ in range(3))
        edge, raw, probability = unknown
        return cls(ts, nobody, nothing, edge, np.zeros(n), raw, probability, np.ones(n))

    @property
    def spoken(self) -> BoolArray:
        """Whether somebody spoke, shape (n_bars,)."""
        return self.fold >= FINAL_FOLD

    def aligned(self, ts: IntArray) -> "Predictions":
        """The predictions for the bars `ts`, nobody's where there is none."""
        out = Predictions.none(ts)
        if not self.ts.size:
            return out
        first = int(np.searchsorted(ts, self.ts[0]))
        block = slice(first, first + self.ts.size)
        if np.array_equal(ts[block], self.ts):  # what a model says is nearly always one stretch without holes
            for name in Predictions.__slots__[1:]:
                getattr(out, name)[block] = getattr(self, name)
            return out
        at = np.searchsorted(self.ts, ts)
        found = (at < self.ts.size) & (self.ts[np.minimum(at, self.ts.size - 1)] == ts)
        for name in Predictions.__slots__[1:]:
            getattr(out, name)[found] = getattr(self, name)[at[found]]
        return out
