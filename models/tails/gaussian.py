"""The tail of a portfolio whose returns are jointly normal, and which position it comes from."""

import math
from dataclasses import dataclass

import numpy as np

from models.tails.historical import Tail
from models.tails.parametric import STANDARD
from models.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GaussianTail:
    """In money. `tail` is that of the portfolio, without a mean; by position, shape (n,): `component` adds up to its
    value at risk (negative: a hedge), `marginal` is what one more unit of value, held long, would add to it.
    """

    tail: Tail
    component: FloatArray
    marginal: FloatArray


def shrunk_covariance(returns: FloatArray) -> FloatArray:
    """Ledoit and Wolf (2004) by scikit-learn, of returns (n_days, n_assets); shape (n_assets, n_assets)."""
    from sklearn.covariance import ledoit_wolf  # slow to import, no decision needs it

    covariance: FloatArray = ledoit_wolf(returns)[0]
    return covariance


def gaussian_tail(values: FloatArray, covariance: FloatArray, confidence: float) -> GaussianTail:
    """Of signed position values (n,) with daily returns of this covariance (n, n).

    VaR = z s, s^2 = v'Cv; component v_i (Cv)_i z / s by Euler (McNeil, Frey and Embrechts, 2015, section 8.5).
    """
    covered = covariance @ values
    sd = math.sqrt(max(0.0, float(values @ covered)))
    quantile = STANDARD.inv_cdf(confidence)
    marginal = covered * (quantile / sd) if sd > 0.0 else np.zeros(values.size)
    tail = Tail(sd * quantile, sd * STANDARD.pdf(quantile) / (1.0 - confidence))
    return GaussianTail(tail, values * marginal, marginal)
