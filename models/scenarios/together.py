"""Returns of several assets made to move together."""

import math
from collections.abc import Sequence

import numpy as np

from models.types import FloatArray

# A standard deviation (of log returns, or of a part of standardised ones) below it came from rounding.
NOTHING = 1e-12


def moved_together(returns: Sequence[FloatArray], correlation: float) -> tuple[FloatArray, ...]:
    """Bar returns (n,) of each asset with the same means and standard deviations, correlated anew.

    With x_i the standardised returns of asset i, z the standardised mean of all x_i, and e_i what is left of x_i
    without its part along z, standardised as well:

        r_i = mean_i + sigma_i * (sqrt(share) * z + sqrt(1 - share) * e_i)

    z is orthogonal to every e_i, so the correlation of i and j is share + (1 - share) * corr(e_i, e_j). The share is
    such that the mean over all pairs is `correlation`; for many assets it is nearly the correlation itself, because
    the e_i sum to about nothing. At 1.0 all returns are exactly proportional; where the e_i are more alike than
    `correlation` the share is 0.

    An asset whose returns do not move stays as it is, and one that has nothing of its own is moved by z alone. Where
    the x_i cancel out, the first of them is z. Source: the one-factor model of Vasicek (2002), "The distribution of
    loan portfolio value", with the assets' own past in place of random draws.
    """
    standard = [_standardised(one) for one in returns]
    moving = [one for one in standard if one is not None]
    if len(moving) < 2:
        return tuple(returns)
    common = _standardised(np.mean(moving, axis=0))
    if common is None:
        common = moving[0]
    own = [None if one is None else _standardised(one - np.mean(one * common) * common) for one in standard]
    share = _share([one for one in own if one is not None], correlation)
    return tuple(
        one if mine is None else one.mean() + one.std() * _mixed(common, rest, share)
        for one, mine, rest in zip(returns, standard, own, strict=True)
    )


def _mixed(common: FloatArray, own: FloatArray | None, share: float) -> FloatArray:
    return common if own is None else math.sqrt(share) * common + math.sqrt(1.0 - share) * own


def _share(own: Sequence[FloatArray], correlation: float) -> float:
    """Of the common part in the variance, so that the mean pair correlation is `correlation`."""
    pairs = len(own) * (len(own) - 1)
    if not pairs:
        return correlation
    alike = (float(np.mean(np.sum(own, axis=0) ** 2)) - len(own)) / pairs
    if alike >= correlation:
        return 0.0
    return (correlation - alike) / (1.0 - alike)


def _standardised(series: FloatArray) -> FloatArray | None:
    """Mean 0 and population standard deviation 1; None where nothing moves."""
    spread = float(series.std())
    return None if spread < NOTHING else (series - series.mean()) / spread
