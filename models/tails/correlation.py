"""How the symbols of a book moved together, as it was known at the end of each fifth day.

Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate
Analysis 88, 2004, on standardised returns: the sample's correlations are shrunk towards none by what the sample's own
noise calls for. An own kernel, because the step reads it: scikit-learn's bits depend on its linear algebra.
"""

import math
from collections.abc import Sequence

import numpy as np

from models.kernels import compiled
from models.tails.days import DailyCloses, common_days, log_returns
from models.tails.settings import LEAST_CORRELATION_DAYS, TailSettings
from models.types import FloatArray, IntArray

EVERY_DAYS = 5


def correlation_history(
    series: Sequence[DailyCloses], settings: TailSettings, first: int = 0
) -> tuple[IntArray, FloatArray]:
    """When each matrix was known (k,), UTC microseconds, and the matrices (k, n, n), from number `first` on.

    Days are those that all series have, counted from the first of them; there is none before LEAST_CORRELATION_DAYS
    returns. A series that did not move has correlation 1 with all: nothing speaks for less.
    """
    common = common_days(series)
    known_at = np.max([one.known_at for one in common], axis=0)
    returns = np.column_stack([log_returns(one.close) for one in common])
    ends = np.arange(LEAST_CORRELATION_DAYS, len(known_at), EVERY_DAYS)[first:]
    matrices = np.empty((ends.size, len(common), len(common)))
    for row, end in enumerate(ends.tolist()):
        window = np.ascontiguousarray(returns[max(0, end - settings.correlation_days) : end])
        matrices[row] = shrunk_correlation(window)
    return known_at[ends], matrices


@compiled
def average_correlation(matrices: FloatArray) -> FloatArray:
    """Mean of the correlations of different symbols, shape (k,) for matrices (k, n, n); NaN for one symbol."""
    count, symbols = matrices.shape[0], matrices.shape[1]
    out = np.full(count, math.nan)
    pairs = symbols * (symbols - 1) // 2
    for row in range(count if pairs else 0):
        total = 0.0
        for i in range(symbols):
            for j in range(i):
                total += matrices[row, i, j]
        out[row] = total / pairs
    return out


@compiled
def shrunk_correlation(returns: FloatArray) -> FloatArray:
    """Of returns (n_days, n_symbols), finite; shape (n_symbols, n_symbols), ones on the diagonal."""
    days, symbols = returns.shape
    scores = _standardised(returns)
    out = np.ones((symbols, symbols))
    moves = np.zeros(symbols)
    noise = 0.0
    apart = 0.0
    for i in range(symbols):
        for j in range(symbols):
            total = 0.0
            squares = 0.0
            for t in range(days):
                product = scores[t, i] * scores[t, j]
                total += product
                squares += product * product
            together = total / days
            noise += squares / days - together * together
            if i == j:
                moves[i] = together
            else:
                apart += together * together
                out[i, j] = together
    noise /= days
    keep = 1.0 - min(1.0, noise / apart) if apart > 0.0 else 0.0
    for i in range(symbols):
        for j in range(symbols):
            if i != j:
                out[i, j] = keep * out[i, j] if moves[i] > 0.0 and moves[j] > 0.0 else 1.0
    return out


@compiled
def _standardised(returns: FloatArray) -> FloatArray:
    """Deviations from each column's mean over its standard deviation."""
    days, symbols = returns.shape
    out = np.empty((days, symbols))
    for i in range(symbols):
        mean = 0.0
        for t in range(days):
            mean += returns[t, i]
        mean /= days
        spread = 0.0
        for t in range(days):
            off = returns[t, i] - mean
            spread += off * off
        spread = math.sqrt(spread / days)
        for t in range(days):
            out[t, i] = (returns[t, i] - mean) / spread if spread > 0.0 else 0.0
    return out
