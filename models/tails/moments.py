"""Mean, standard deviation, skewness and excess kurtosis of returns."""

import math
from typing import NamedTuple

from models.types import BadInput, FloatArray


class Moments(NamedTuple):
    """`sd` with n - 1; `skewness` and `excess` kurtosis as the sample stands, 0.0 where nothing moves."""

    mean: float
    sd: float
    skewness: float
    excess: float


def moments_of(returns: FloatArray) -> Moments:
    """Of finite returns, shape (n,).

    Raises:
        BadInput: there are fewer than two.
    """
    if returns.size < 2:
        raise BadInput(f"found {returns.size} returns; give at least two")
    mean = float(returns.mean())
    off = returns - mean
    second = float((off * off).mean())
    sd = math.sqrt(second * returns.size / (returns.size - 1))
    if second <= 0.0:
        return Moments(mean, 0.0, 0.0, 0.0)
    score = off / math.sqrt(second)
    squared = score * score
    return Moments(mean, sd, float((squared * score).mean()), float((squared * squared).mean()) - 3.0)
