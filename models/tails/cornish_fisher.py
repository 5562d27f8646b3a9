"""The normal quantile, corrected for skewness and kurtosis."""

from models.tails.historical import Tail, require_confidence
from models.tails.moments import moments_of
from models.tails.parametric import STANDARD
from models.types import FloatArray


def cornish_fisher(returns: FloatArray, confidence: float) -> Tail:
    """Of a long position with these simple returns (n,); a short one has those of `-returns`.

    Cornish and Fisher (1938); the shortfall is the integral of the same expansion over the tail (Maillard, "A user's
    guide to the Cornish Fisher expansion", 2012). Outside its domain (`in_domain`) the expansion is no distribution:
    more confidence may then give a smaller value at risk. The shortfall is at least the value at risk.

    Raises:
        BadInput: fewer than two returns, or the confidence is not between 0 and 1.
    """
    require_confidence(confidence)
    mean, sd, skewness, excess = moments_of(returns)
    z = STANDARD.inv_cdf(1.0 - confidence)
    squared = skewness * skewness
    corrected = z + (z * z - 1.0) * skewness / 6.0
    corrected += (z * z * z - 3.0 * z) * excess / 24.0 - (2.0 * z * z * z - 5.0 * z) * squared / 36.0
    beyond = 1.0 + z * skewness / 6.0 + (z * z - 1.0) * excess / 24.0 - (2.0 * z * z - 1.0) * squared / 36.0
    var = -mean - sd * corrected
    return Tail(var, max(var, -mean + sd * STANDARD.pdf(z) / (1.0 - confidence) * beyond))


def in_domain(skewness: float, excess: float) -> bool:
    """Whether the corrected quantile rises with the quantile everywhere: its derivative has no root."""
    squared = skewness * skewness
    top, middle = excess / 8.0 - squared / 6.0, skewness / 3.0
    low = 1.0 - excess / 8.0 + 5.0 * squared / 36.0
    if top == 0.0 and middle == 0.0:
        return low > 0.0
    return top > 0.0 and middle * middle < 4.0 * top * low
