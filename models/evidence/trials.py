"""How many different things were tried: streams of returns that go together are one trial.

After Lopez de Prado and Lewis, "Detection of False Investment Strategies Using Unsupervised Learning Methods",
Quantitative Finance 19(9), 2019: clusters by correlation, as many as the silhouettes say. Here from one tree of mean
linkage instead of k-means, so that nothing is drawn; and streams that do not go together are never joined.
"""

from dataclasses import dataclass

import numpy as np

from models.portfolio.returns import ROUNDING, sharpe_ratio
from models.types import BadInput, FloatArray, IntArray

# Distance of two streams that have nothing to do with each other: sqrt((1 - 0) / 2).
UNRELATED = np.sqrt(0.5)
# Streams that share less than half of their variance in the mean, at a correlation below sqrt(0.5), are never taken for
# one trial: the best of them would look better than it is.
FURTHEST = np.sqrt((1.0 - np.sqrt(0.5)) / 2.0)
# Of a correlation, so many digits after the point are no rounding: copies of a stream have no distance.
DIGITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Effective:
    """Trials that are different from each other.

    Attributes:
        count: of them, 1 to the number of streams.
        labels: shape (n_trials,): which of them each stream belongs to, 0 to count - 1.
        variance: of their Sharpe ratios per day; 0 where there is only one ratio.
    """

    count: float
    labels: IntArray
    variance: float

    @property
    def estimated(self) -> float:
        """How many there are among all trials that these streams were drawn from, those that no stream shows too: as
        many more as the trials that showed once, and those that showed twice, let expect; at least `count`.

        Chao, "Nonparametric Estimation of the Number of Classes in a Population", Scandinavian Journal of Statistics
        11(4), 1984, without bias where none showed twice (Chao 2005). It is a lower bound.
        """
        sizes = np.bincount(self.labels)
        once, twice = int((sizes == 1).sum()), int((sizes == 2).sum())
        return self.count + once * (once - 1) / (2.0 * (twice + 1))


def effective_trials(streams: FloatArray) -> Effective:
    """Of daily returns (n_days, n_trials), the number of clusters and how far their Sharpe ratios lie apart.

    Streams without movement are one trial together, without a Sharpe ratio. A cluster's stream is the mean of its
    members at equal volatility, since a larger stake is no other trial; where there is one cluster only, the variance
    is that of its members' ratios. Neither scaling a stream nor the order of streams matters.

    Raises:
        BadInput: there is no stream, fewer than two days, or a return is not finite.
    """
    _require(streams)
    deviation = streams.std(axis=0, ddof=1)
    moving = deviation > ROUNDING * (1.0 + np.abs(streams.mean(axis=0)))
    equal = streams[:, moving] / deviation[moving]
    labels = np.zeros(streams.shape[1], np.int64)
    if equal.shape[1]:
        labels[moving] = _clusters(equal)
    labels[~moving] = labels[moving].max(initial=-1) + 1
    return Effective(float(labels.max() + 1), labels, _variance(equal, labels[moving]))


def _clusters(streams: FloatArray) -> IntArray:
    """Number of each stream's cluster, shape (n_streams,): of all cuts of the tree that join no strangers the one whose
    silhouettes have the greatest mean beside their deviation.
    """
    count = streams.shape[1]
    if count == 1:
        return np.zeros(1, np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage  # slow to import, and no decision needs it

    distance = _distances(streams)
    tree = linkage(distance[np.triu_indices(count, 1)], method="average")
    heights = np.unique(tree[tree[:, 2] <= FURTHEST, 2])
    best, labels = 0.0, np.arange(count)
    for height in heights:
        found = np.asarray(fcluster(tree, height, "distance"), np.int64) - 1
        quality = _quality(_silhouettes(distance, found))
        if quality >= best:
            best, labels = quality, found
    return labels


def _distances(streams: FloatArray) -> FloatArray:
    """sqrt((1 - correlation) / 2) of each two streams, 0..1, shape (n_streams, n_streams)."""
    correlation = np.clip(np.round(np.corrcoef(streams, rowvar=False), DIGITS), -1.0, 1.0)
    return np.sqrt((1.0 - correlation) / 2.0)


def _silhouettes(distance: FloatArray, labels: IntArray) -> FloatArray:
    """How much nearer each stream is to its own cluster than to the next one, -1..1, shape (n_streams,).

    Rousseeuw, "Silhouettes", Journal of Computational and Applied Mathematics 20, 1987; 0 for who is alone. The next
    one is never further than a stream that has nothing to do with it would be: so one cluster can be right as well.
    """
    rows, sizes = np.arange(labels.size), np.bincount(labels)
    sums = np.add.reduceat(distance[:, np.argsort(labels)], np.cumsum(sizes) - sizes, axis=1)
    own = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    sums[rows, labels] = np.inf
    other = np.minimum((sums / sizes).min(axis=1), UNRELATED)
    return np.where(sizes[labels] > 1, (other - own) / np.maximum(np.maximum(own, other), ROUNDING), 0.0)


def _quality(silhouettes: FloatArray) -> float:
    return float(silhouettes.mean() / max(silhouettes.std(), ROUNDING))


def _variance(streams: FloatArray, labels: IntArray) -> float:
    """Of the ratios of the clusters' mean streams, or of all streams (n_days, n_streams) where there is one cluster."""
    clusters = [streams[:, labels == one].mean(axis=1) for one in np.unique(labels)]
    ratios = _ratios(clusters if len(clusters) > 1 else list(streams.T))
    return float(ratios.var(ddof=1)) if ratios.size > 1 else 0.0


def _ratios(streams: list[FloatArray]) -> FloatArray:
    """Sharpe ratios per day of those that have one."""
    found = (sharpe_ratio(one, 1.0) for one in streams)
    return np.array([one for one in found if one is not None])


def _require(streams: FloatArray) -> None:
    if streams.ndim != 2 or streams.shape[0] < 2 or streams.shape[1] < 1:
        raise BadInput(f"streams of shape {streams.shape}; give one row a day, two at least, and one column a trial")
    if not np.isfinite(streams).all():
        raise BadInput("a return of a stream is not finite; take bar_returns of the equity")
