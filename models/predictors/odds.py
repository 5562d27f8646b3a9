"""From a score to a probability: Platt scaling, a logistic curve through what followed the scores."""

import math
from dataclasses import dataclass

import numpy as np

from models.types import FloatArray

# Fewer rows say no more than how often the price rose.
FEWEST_ROWS = 30
MOST_STEPS = 100
# A Newton step that is shorter, in deviations of the score, no longer matters.
SHORTEST_STEP = 1e-10


@dataclass(frozen=True, slots=True)
class Odds:
    """P(rise) = 1 / (1 + exp(-(slope * score + offset))); a slope of zero says the base rate whatever the score."""

    slope: float
    offset: float


def sigmoid(score: FloatArray) -> FloatArray:
    """1 / (1 + exp(-score)) of each score, shape (n,); NaN where it is NaN. No score is too large for it."""
    small = np.exp(-np.abs(score))
    return np.where(score >= 0.0, 1.0, small) / (1.0 + small)


def probability(score: FloatArray, odds: Odds) -> FloatArray:
    """Calibrated P(rise) of each score, shape (n,)."""
    return sigmoid(odds.slope * score + odds.offset)


def fit_odds(score: FloatArray, rose: FloatArray, weight: FloatArray) -> Odds:
    """The odds that are likeliest given what followed: `score`, `rose` (0 or 1) and `weight`, all (n,).

    Rows with a NaN or without weight do not count. The targets are smoothed as if one rise and one fall more had been
    seen, so that a score which parts them cleanly still promises no certainty. A slope is never negative: where
    greater scores rose less often, where all went one way, and where fewer than 30 rows count, the odds are those of
    the base rate.

    Source: J. Platt, Probabilistic outputs for support vector machines and comparisons to regularized likelihood
    methods, Advances in Large Margin Classifiers (1999), 61-74.
    """
    known = np.isfinite(score) & np.isfinite(rose) & (weight > 0.0)
    score, rose, weight = score[known], rose[known], weight[known]
    ups, downs = float(np.sum(weight * rose)), float(np.sum(weight * (1.0 - rose)))
    base = Odds(0.0, math.log((ups + 1.0) / (downs + 1.0)))
    if score.size < FEWEST_ROWS or ups == 0.0 or downs == 0.0:
        return base
    if np.min(score) == np.max(score):
        return base
    # Whatever the score's unit, the figures below are of order one.
    unit = float(np.max(np.abs(score)))
    middle = float(np.sum(weight * (score / unit))) / (ups + downs)
    spread = math.sqrt(float(np.sum(weight * (score / unit - middle) ** 2)) / (ups + downs))
    target = np.where(rose > 0.5, (ups + 1.0) / (ups + 2.0), 1.0 / (downs + 2.0))
    slope, offset = _likeliest((score / unit - middle) / spread, target, weight / (ups + downs), base.offset)
    if slope <= 0.0 or not math.isfinite(slope / spread / unit):
        return base
    return Odds(slope / spread / unit, offset - slope / spread * middle)


def _likeliest(x: FloatArray, target: FloatArray, share: FloatArray, offset: float) -> tuple[float, float]:
    """Slope and offset of the greatest log-likelihood, by Newton's method from no slope and `offset` on."""
    slope = 0.0
    for _ in range(MOST_STEPS):
        by_slope, by_offset = _newton_step(x, target, share, slope, offset)
        part = _gaining_part(x, target, share, (slope, offset), (by_slope, by_offset))
        slope, offset = slope - part * by_slope, offset - part * by_offset
        if part * max(abs(by_slope), abs(by_offset)) < SHORTEST_STEP:
            break
    return slope, offset


def _newton_step(
    x: FloatArray, target: FloatArray, share: FloatArray, slope: float, offset: float
) -> tuple[float, float]:
    """What to take off slope and offset. Sums are numpy's: a product of matrices depends on the number of threads."""
    risen = sigmoid(slope * x + offset)
    miss, bend = share * (risen - target), share * risen * (1.0 - risen)
    by_offset, by_slope = float(np.sum(miss)), float(np.sum(miss * x))
    flat, cross, steep = float(np.sum(bend)), float(np.sum(bend * x)), float(np.sum(bend * x * x))
    determinant = flat * steep - cross * cross
    if determinant <= 0.0:
        return 0.0, 0.0
    return (flat * by_slope - cross * by_offset) / determinant, (steep * by_offset - cross * by_slope) / determinant


def _gaining_part(
    x: FloatArray, target: FloatArray, share: FloatArray, at: tuple[float, float], step: tuple[float, float]
) -> float:
    """The greatest of 1, 1/2, 1/4, ... of the step that does not raise the loss; zero if none."""
    before, part = _loss(at[0] * x + at[1], target, share), 1.0
    while part > SHORTEST_STEP:
        if _loss((at[0] - part * step[0]) * x + at[1] - part * step[1], target, share) <= before:
            return part
        part *= 0.5
    return 0.0


def _loss(z: FloatArray, target: FloatArray, share: FloatArray) -> float:
    """Mean of -ln(likelihood) at log-odds `z`."""
    return float(np.sum(share * (np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))) - target * z)))
