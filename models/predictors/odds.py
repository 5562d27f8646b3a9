"""From a score to a probability: temperature scaling, a logistic curve through the origin and what followed the scores.

The curve has a slope and no offset: a score of zero promises nothing. How often prices rose in a calibration window
says next to nothing about how often they will rise in the window after it: on hourly BTC/USDT a curve with an offset
made the probabilities of the trees worse than they had been.
"""

import math
from dataclasses import dataclass

import numpy as np

from models.types import FloatArray

# Fewer rows say nothing.
FEWEST_ROWS = 30
MOST_STEPS = 100
# A Newton step that is shorter, by the largest score, no longer matters.
SHORTEST_STEP = 1e-10


@dataclass(frozen=True, slots=True)
class Odds:
    """P(rise) = 1 / (1 + exp(-slope * score)), `slope` not negative; a slope of zero says one half to any score."""

    slope: float


def sigmoid(score: FloatArray) -> FloatArray:
    """1 / (1 + exp(-score)) of each score, shape (n,); NaN where it is NaN. No score is too large for it."""
    small = np.exp(-np.abs(score))
    return np.where(score >= 0.0, 1.0, small) / (1.0 + small)


def probability(score: FloatArray, odds: Odds) -> FloatArray:
    """Calibrated P(rise) of each score, shape (n,)."""
    return sigmoid(odds.slope * score)


def fit_odds(score: FloatArray, rose: FloatArray, weight: FloatArray, largest: float = math.inf) -> Odds:
    """The odds that are likeliest given what followed: `score`, `rose` (0 or 1) and `weight`, all (n,).

    Rows with a NaN or without weight do not count. The targets are smoothed as if one rise and one fall more had been
    seen (Platt 1999), so that a score which parts them cleanly still promises no certainty. The slope is zero where
    greater scores rose less often, where all went one way, and where fewer than 30 rows count; it is cut to `largest`.

    Source: C. Guo, G. Pleiss, Y. Sun and K. Weinberger, On calibration of modern neural networks, ICML 2017; J. Platt,
    Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers (1999), 61-74.
    """
    known = np.isfinite(score) & np.isfinite(rose) & (weight > 0.0)
    score, rose, weight = score[known], rose[known], weight[known]
    ups, downs = float(np.sum(weight * rose)), float(np.sum(weight * (1.0 - rose)))
    unit = float(np.max(np.abs(score))) if score.size else 0.0
    if score.size < FEWEST_ROWS or ups == 0.0 or downs == 0.0 or unit == 0.0:
        return Odds(0.0)
    # Whatever the score's unit, the figures below are of order one.
    target = np.where(rose > 0.5, (ups + 1.0) / (ups + 2.0), 1.0 / (downs + 2.0))
    slope = _likeliest(score / unit, target, weight / (ups + downs)) / unit
    return Odds(min(slope, largest)) if slope > 0.0 and math.isfinite(slope) else Odds(0.0)


def _likeliest(x: FloatArray, target: FloatArray, share: FloatArray) -> float:
    """Slope of the greatest log-likelihood, by Newton's method from none on; where the first step is down, that."""
    slope = 0.0
    for _ in range(MOST_STEPS):
        step = _newton_step(x, target, share, slope)
        part = _gaining_part(x, target, share, slope, step)
        slope -= part * step
        if slope <= 0.0 or part * abs(step) < SHORTEST_STEP:
            break
    return slope


def _newton_step(x: FloatArray, target: FloatArray, share: FloatArray, slope: float) -> float:
    """What to take off the slope. Sums are numpy's: a product of matrices depends on the number of threads."""
    risen = sigmoid(slope * x)
    bend = float(np.sum(share * risen * (1.0 - risen) * x * x))
    return float(np.sum(share * (risen - target) * x)) / bend if bend > 0.0 else 0.0


def _gaining_part(x: FloatArray, target: FloatArray, share: FloatArray, slope: float, step: float) -> float:
    """The greatest of 1, 1/2, 1/4, ... of the step that does not raise the loss; zero if none."""
    before, part = _loss(slope * x, target, share), 1.0
    while part > SHORTEST_STEP:
        if _loss((slope - part * step) * x, target, share) <= before:
            return part
        part *= 0.5
    return 0.0


def _loss(z: FloatArray, target: FloatArray, share: FloatArray) -> float:
    """Mean of -ln(likelihood) at log-odds `z`."""
    return float(np.sum(share * (np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))) - target * z)))
