"""How far two samples are from one population: population stability index, and Kolmogorov's and Smirnov's distance."""

import math

import numpy as np

from models.types import FloatArray, IntArray

# Tenths, as the index is used everywhere; its rule of thumb (0.1 small, 0.25 large) is of them.
BINS = 10
# Added to every count, so that a bin that only one side has is far and not infinitely far.
HALF = 0.5
# Terms of Kolmogorov's series: the last that is left out is below 1e-12 from KNOWN_TO_BE_ONE on.
TERMS = 100
KNOWN_TO_BE_ONE = 0.1


def quantile_edges(figures: FloatArray) -> FloatArray:
    """Upper edges of all bins but the last, ascending, by the tenths of what is finite in `figures` (n,).

    A value that holds two edges of tenths gets a bin of its own. Empty where nothing is finite.
    """
    known = figures[np.isfinite(figures)]
    if not known.size:
        return np.empty(0)
    tenths = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
    edges, holds = np.unique(tenths, return_counts=True)
    return np.union1d(edges, np.nextafter(edges[holds > 1], -np.inf))


def bins_of(figures: FloatArray, edges: FloatArray) -> IntArray:
    """Bin of each of `figures` (n,): 0 for NaN, which is a bin of its own, else 1.. to edges.size + 1."""
    return np.where(np.isnan(figures), 0, 1 + np.searchsorted(edges, figures))


def stability_index(expected: FloatArray, found: FloatArray) -> FloatArray:
    """Population stability index of the counts `found` (..., n_bins) beside `expected` (..., n_bins): shape (...).

    sum of (p - q) * ln(p / q) over the shares p and q of both sides, every count half a bar more than it is: the
    divergence of Jeffreys, Theory of Probability, 1939, as Siddiqi, Credit Risk Scorecards, 2006, uses it. Zero where
    the shares are the same; it has no bound.
    """
    p, q = (one + HALF for one in (found, expected))
    p, q = (one / one.sum(axis=-1, keepdims=True) for one in (p, q))
    index: FloatArray = ((p - q) * np.log(p / q)).sum(axis=-1)
    return index


def distance(one: FloatArray, other: FloatArray) -> float:
    """Largest difference of both samples' distribution functions, 0..1; NaN do not count, NaN where a side is empty.

    Smirnov, Bulletin Moscow University 2, 1939.
    """
    one, other = (np.sort(side[~np.isnan(side)]) for side in (one, other))
    if not one.size or not other.size:
        return math.nan
    both = np.concatenate([one, other])
    shares = [np.searchsorted(side, both, side="right") / side.size for side in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def independent_bars(figures: FloatArray) -> float:
    """As how many independent figures those of a series count: n * (1 - r) / (1 + r), at least one where there is any.

    r is the correlation of neighbours, cut to 0..1: Bayley and Hammersley, Supplement to the Journal of the Royal
    Statistical Society 8, 1946, for a series that forgets geometrically. NaN do not count.
    """
    known = figures[np.isfinite(figures)]
    if known.size < 3 or np.ptp(known[:-1]) == 0.0 or np.ptp(known[1:]) == 0.0:
        return float(min(known.size, 1))
    r = max(float(np.corrcoef(known[:-1], known[1:])[0, 1]), 0.0)
    return max(known.size * (1.0 - r) / (1.0 + r), 1.0)


def chance_of(found: float, one: float, other: float) -> float:
    """How probable a distance of at least `found` is between samples of one population, of `one` and `other`
    independent figures, 0..1.

    Kolmogorov's limit with the correction of Stephens, Journal of the Royal Statistical Society B 32, 1970.
    """
    root = math.sqrt(one * other / (one + other))
    return kolmogorov((root + 0.12 + 0.11 / root) * found)


def kolmogorov(x: float) -> float:
    """P(K > x) of Kolmogorov's distribution: 2 * sum of (-1)^(j - 1) * exp(-2 * j^2 * x^2)."""
    if x < KNOWN_TO_BE_ONE:
        return 1.0
    terms = ((-1.0) ** (j - 1) * math.exp(-2.0 * j * j * x * x) for j in range(1, TERMS + 1))
    return min(max(2.0 * math.fsum(terms), 0.0), 1.0)
