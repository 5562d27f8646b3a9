"""Whether what is called 60 % happens in 60 of 100 cases, and what a probability was worth."""

from dataclasses import dataclass

import numpy as np

from models.types import FloatArray, IntArray

# Fewer pairs say nothing about probabilities.
FEWEST_PAIRS = 30
BINS = 10
# A probability of zero or one would cost infinitely much once it is wrong.
SMALLEST = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of like probability: mean `probability`, share that `rose`, both 0..1, and how many."""

    probability: float
    rose: float
    count: int


def reliability(probability: FloatArray, rose: FloatArray, bins: int = BINS) -> tuple[Bin, ...]:
    """The points of a reliability picture, from low to high: `probability` and `rose` (0 or 1), both (n,).

    Bins hold equally many cases: the probabilities of markets are so near to one half that bins of equal width would
    put nearly all into one. Equal probabilities share a bin, so there may be fewer. Pairs with a NaN do not count;
    no points where fewer than 30 are left.
    """
    p, y, _ = _known(probability, rose, None)
    if p.size < FEWEST_PAIRS:
        return ()
    bin_of = _bins(p, bins)
    count = np.bincount(bin_of)
    mean, share = (np.bincount(bin_of, one) / np.maximum(count, 1) for one in (p, y))
    return tuple(Bin(float(mean[k]), float(share[k]), int(count[k])) for k in np.flatnonzero(count))


def expected_calibration_error(
    probability: FloatArray, rose: FloatArray, weight: FloatArray | None = None, bins: int = BINS
) -> float | None:
    """Mean distance between the probability and the share that rose over the bins of `reliability`, 0..1.

    `weight` (n,) weighs the cases inside a bin and the bins; one each if None. None where fewer than 30 pairs count.
    Chance alone makes it about 0.4 * sqrt(bins / n) for probabilities near one half that are right, and more where the
    cases overlap.

    Source: M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning,
    AAAI (2015).
    """
    p, y, w = _known(probability, rose, weight)
    if p.size < FEWEST_PAIRS:
        return None
    # The distance of a bin's means times the bin's weight.
    distance = np.abs(np.bincount(_bins(p, bins), w * (p - y)))
    return float(np.sum(distance) / np.sum(w))


def log_loss(probability: FloatArray, rose: FloatArray, weight: FloatArray | None = None) -> float | None:
    """Mean of -ln(probability of what happened), nats; arguments and None as in `expected_calibration_error`."""
    p, y, w = _known(probability, rose, weight)
    return None if p.size < FEWEST_PAIRS else float(np.sum(w * surprise(p, y)) / np.sum(w))


def brier(probability: FloatArray, rose: FloatArray, weight: FloatArray | None = None) -> float | None:
    """Mean squared distance of probability and what happened, 0..1; arguments as in `expected_calibration_error`.

    Source: G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950).
    """
    p, y, w = _known(probability, rose, weight)
    return None if p.size < FEWEST_PAIRS else float(np.sum(w * (p - y) ** 2) / np.sum(w))


def surprise(probability: FloatArray, rose: FloatArray) -> FloatArray:
    """-ln(probability of what happened) of each case, nats, shape (n,)."""
    happened = np.where(rose > 0.5, probability, 1.0 - probability)
    return -np.log(np.maximum(happened, SMALLEST))


def _known(
    probability: FloatArray, rose: FloatArray, weight: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The pairs without a NaN, with their weights; those that weigh nothing do not count."""
    w = np.ones(probability.size) if weight is None else weight
    known = np.isfinite(probability) & np.isfinite(rose) & (w > 0.0)
    return probability[known], rose[known], w[known]


def _bins(probability: FloatArray, bins: int) -> IntArray:
    """Which bin each case falls into, shape (n,)."""
    edges = np.quantile(probability, np.linspace(0.0, 1.0, bins + 1))
    return np.searchsorted(edges[1:-1], probability)
