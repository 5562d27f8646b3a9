"""The meta-learner: what the other models said about bars that they had not seen, weighed by a logistic regression."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from models.kernels import compiled
from models.predictors.labels import Labels
from models.predictors.predictions import Predictions
from models.types import BadInput, FloatArray, IntArray

# What is taken from each model, in this order.
SAID = ("odds", "edge")
# A probability of nought or one would be infinite log-odds.
SUREST = 1e-6
# Standard deviations beyond which a word counts as if it were there: what was silent in most folds of a training says,
# when it speaks at last, what is many of its usual deviations.
FURTHEST = 4.0
MOST_STEPS = 100
TOLERANCE = 1e-8


def stacked_names(models: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the columns of `stacked_inputs`."""
    return tuple(f"{model}_{said}" for model in models for said in SAID)


def stacked_inputs(ts: IntArray, said: dict[str, Predictions], models: tuple[str, ...]) -> FloatArray:
    """What the meta-learner sees of the bars `ts` (UTC microseconds), shape (n_bars, 2 * len(models)).

    Of each model the log-odds of its calibrated probability, which is what the meta-learner gives itself, and its edge
    times its confidence, basis points: by that a model that was sure in one fold and found nothing in the next is heard
    as such. NaN where the model was silent, and everywhere for one that is not in `said`.

    Raises:
        ValueError: a model had seen a bar that it speaks about: its words there are no forecast.
    """
    out = np.full((ts.size, len(SAID) * len(models)), np.nan)
    for column, model in zip(range(0, out.shape[1], len(SAID)), models, strict=True):
        if model in said:
            words = said[model].aligned(ts)
            _require_unseen(model, words)
            spoken = words.spoken
            _write_odds(words.probability[spoken], odds := np.empty(int(spoken.sum())))
            out[spoken, column] = odds
            out[spoken, column + 1] = words.edge_bps[spoken] * words.confidence[spoken]
    return out


def _require_unseen(model: str, words: Predictions) -> None:
    seen = np.flatnonzero(words.spoken & (words.seen_until >= words.ts))
    if seen.size:
        at = int(seen[0])
        raise ValueError(
            f"{model} speaks about the bar that opened at {words.ts[at]}, of which fold {words.fold[at]} had seen all "
            f"until {words.seen_until[at]} (UTC microseconds); the meta-learner may hear out-of-fold predictions only"
        )


@compiled
def _write_odds(probability: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        p = min(max(probability[t], SUREST), 1.0 - SUREST)
        out[t] = math.log(p / (1.0 - p))


@dataclass(frozen=True, slots=True, eq=False)
class StackedCore:
    """Log-odds = offset + sum of weights * (input - center) / scale, the quotient cut to -4..4; an input that is not
    known adds nothing.

    Attributes:
        center, scale, weights: shape (n_inputs,); where scale is zero the input says nothing.
        offset: log-odds where every input is as usual.
    """

    center: FloatArray
    scale: FloatArray
    weights: FloatArray
    offset: float

    @property
    def importance(self) -> FloatArray:
        """Share of each input in the weights' sizes, shape (n_inputs,); all zero where all weights are."""
        size = np.abs(self.weights)
        return size / size.sum() if size.any() else size

    @property
    def curves(self) -> dict[str, FloatArray]:
        """Nothing is learnt in rounds that would tell."""
        return {}

    def scores(self, inputs: FloatArray, rows: slice) -> FloatArray:
        """Log-odds that the price rises first, shape (n_rows,); NaN where no input is known.

        Raises:
            BadInput: there are more or fewer inputs than were learnt from.
        """
        part = inputs[rows]
        if part.shape[1] != self.weights.size:
            raise BadInput(
                f"the meta-learner learnt from {self.weights.size} inputs, not {part.shape[1]}; train it again"
            )
        out = np.empty(len(part))
        _write_scores(part, self.center, self.scale, self.weights, self.offset, out)
        return out

    def as_lists(self) -> dict[str, list[float] | float]:
        """Plain values that JSON keeps to the bit."""
        return {
            "center": self.center.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "offset": self.offset,
        }

    @classmethod
    def from_lists(cls, fields: dict[str, Any]) -> "StackedCore":
        """The core of what `as_lists` gave.

        Raises:
            KeyError, TypeError, ValueError: it is not of that form.
        """
        center, scale, weights = (np.array(fields[name], np.float64) for name in ("center", "scale", "weights"))
        if weights.ndim != 1 or not center.shape == scale.shape == weights.shape:
            raise ValueError(
                f"center, scale and weights are of {center.shape}, {scale.shape} and {weights.shape} inputs"
            )
        return cls(center, scale, weights, float(fields["offset"]))


@compiled
def _write_scores(
    inputs: FloatArray, center: FloatArray, scale: FloatArray, weights: FloatArray, offset: float, out: FloatArray
) -> None:
    """A loop, because a library's product of matrices rounds a row differently among others."""
    for t in range(out.size):
        score = offset
        heard = False
        for k in range(weights.size):
            if math.isfinite(inputs[t, k]):
                heard = True
                if scale[k] > 0.0:
                    score += weights[k] * min(max((inputs[t, k] - center[k]) / scale[k], -FURTHEST), FURTHEST)
        out[t] = score if heard else math.nan


@dataclass(frozen=True, slots=True)
class StackedKind:
    """`penalty` is the strength of the L2 penalty on the standardised weights, in independent observations."""

    penalty: float
    name: ClassVar[str] = "meta"
    gives_odds: ClassVar[bool] = True
    learns: ClassVar[bool] = True
    takes_gaps: ClassVar[bool] = True
    reach: ClassVar[int] = 1

    def fit(self, inputs: FloatArray, labels: Labels, early: IntArray, late: IntArray) -> StackedCore:  # noqa: ARG002 - as of Kind
        """Weigh the standardised columns of `early`; a silent model is taken to have said what it usually says."""
        center, scale = usual_of(inputs[early])
        standard = _standardised(inputs[early], center, scale)
        weights, offset = _regression(standard, labels.rose[early], labels.weight[early], self.penalty)
        return StackedCore(center, scale, weights, offset)


def usual_of(inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of the known values of each column; zero and zero where there are none."""
    center, scale = np.zeros(inputs.shape[1]), np.zeros(inputs.shape[1])
    for k, column in enumerate(inputs.T):
        known = column[np.isfinite(column)]
        if known.size and np.ptp(known) > 0.0:
            center[k], scale[k] = known.mean(), known.std()
    return center, scale


def _standardised(inputs: FloatArray, center: FloatArray, scale: FloatArray) -> FloatArray:
    known = np.isfinite(inputs) & (scale > 0.0)
    out: FloatArray = np.zeros(inputs.shape)
    np.divide(inputs - center, scale, out=out, where=known)
    return out.clip(-FURTHEST, FURTHEST)


def _regression(inputs: FloatArray, rose: FloatArray, weight: FloatArray, penalty: float) -> tuple[FloatArray, float]:
    """Weights (n_inputs,) and offset of the logistic regression; nothing where only one thing ever happened."""
    from sklearn.linear_model import LogisticRegression

    if rose.size == 0 or np.ptp(rose) == 0.0:
        return np.zeros(inputs.shape[1]), 0.0
    # Newton's steps end at the optimum, a handful of them with these few columns.
    model = LogisticRegression(C=1.0 / penalty, solver="newton-cholesky", max_iter=MOST_STEPS, tol=TOLERANCE)
    model.fit(inputs, rose, sample_weight=weight)
    return model.coef_[0].astype(np.float64), float(model.intercept_[0])
