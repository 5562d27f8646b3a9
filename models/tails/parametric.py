"""Value at risk and expected shortfall of returns that follow a distribution with their mean and standard deviation."""

import math
from statistics import NormalDist

from models.tails.historical import Tail, require_confidence
from models.tails.moments import moments_of
from models.types import FloatArray

STANDARD = NormalDist()


def normal(returns: FloatArray, confidence: float) -> Tail:
    """Of a long position with these simple returns (n,); a short one has those of `-returns`.

    VaR = s z - m and ES = s phi(z) / (1 - confidence) - m, z the quantile (McNeil, Frey and Embrechts, 2015, examples
    2.11 and 2.14).

    Raises:
        BadInput: fewer than two returns, or the confidence is not between 0 and 1.
    """
    require_confidence(confidence)
    mean, sd, _, _ = moments_of(returns)
    return normal_tail(mean, sd, confidence)


def normal_tail(mean: float, sd: float, confidence: float) -> Tail:
    """Of a normal distribution of returns."""
    quantile = STANDARD.inv_cdf(confidence)
    return Tail(sd * quantile - mean, sd * STANDARD.pdf(quantile) / (1.0 - confidence) - mean)


def student_t(returns: FloatArray, confidence: float) -> Tail:
    """As `normal`, with Student's t by the method of moments: 4 + 6 / k degrees of freedom for excess kurtosis k.

    ES = s' g(q) / (1 - confidence) (v + q^2) / (v - 1) - m, s' the scale, q the quantile, g the density (McNeil, Frey
    and Embrechts, 2015, example 2.15). Without excess kurtosis it is the normal distribution.

    Raises:
        BadInput: fewer than two returns, or the confidence is not between 0 and 1.
    """
    from scipy.special import stdtrit  # slow to import, and no decision needs it

    require_confidence(confidence)
    mean, sd, _, excess = moments_of(returns)
    if excess <= 0.0:
        return normal_tail(mean, sd, confidence)
    freedom = 4.0 + 6.0 / excess
    scale = sd * math.sqrt((freedom - 2.0) / freedom)
    quantile = float(stdtrit(freedom, confidence))
    density = _density(quantile, freedom)
    beyond = density / (1.0 - confidence) * (freedom + quantile * quantile) / (freedom - 1.0)
    return Tail(scale * quantile - mean, scale * beyond - mean)


def _density(value: float, freedom: float) -> float:
    """Student's t."""
    height = math.lgamma((freedom + 1.0) / 2.0) - math.lgamma(freedom / 2.0) - 0.5 * math.log(freedom * math.pi)
    return math.exp(height - (freedom + 1.0) / 2.0 * math.log1p(value * value / freedom))
