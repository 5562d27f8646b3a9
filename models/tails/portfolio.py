"""The tail of several positions together, from scenarios of the same days.

`prepare` is work for once a day; what stands on it costs a product of a matrix and a vector for every new book.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.tails.concentration import Shape, shape_of
from models.tails.cornish_fisher import cornish_fisher
from models.tails.correlation import shrunk_correlation
from models.tails.days import DailyCloses, common_days, log_returns
from models.tails.fitting import Fit
from models.tails.gaussian import GaussianTail, gaussian_tail, shrunk_covariance
from models.tails.historical import Tail, historical, lower_tail, require_confidence, tail_mass
from models.tails.history import forecast
from models.tails.parametric import normal, student_t
from models.tails.settings import LEAST_CORRELATION_DAYS, TailSettings
from models.types import BadInput, FloatArray, IntArray

DEFAULT_METHOD = "filtered"


@dataclass(frozen=True, slots=True, eq=False)
class Scenarios:
    """What the next day may bring to one unit of value held long, by asset.

    Attributes:
        filtered: simple returns (m, n): residuals of the same days times each asset's forecast.
        plain: simple returns as they came (d, n).
        covariance: of `plain`, shrunk (n, n).
        correlation: shrunk, of the last `correlation_days` (n, n).
        sigma: forecast standard deviation of each asset's log return (n,).
    """

    filtered: FloatArray
    plain: FloatArray
    covariance: FloatArray
    correlation: FloatArray
    sigma: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioTail:
    """In money. `tails` by method; `shortfall` (n,): each position's part of the filtered expected shortfall, they add
    up to it (Tasche, "Risk contributions and performance measurement", 1999); `shape`: how the values stand.
    """

    tails: dict[str, Tail]
    shortfall: FloatArray
    gaussian: GaussianTail
    shape: Shape


def prepare(series: Sequence[DailyCloses], settings: TailSettings, fit: Fit) -> Scenarios:
    """Scenarios from the days that all series have; at least one series.

    Raises:
        BadInput: a series is too short or does not move, or there are too few days in common.
    """
    forecasts = [forecast(one, settings, fit) for one in series]
    known = [one for one in forecasts if one is not None]
    if len(known) < len(forecasts) or not known:
        raise BadInput(
            f"found {len(known)} of {len(forecasts)} series with {settings.least_days} daily returns that move; leave "
            "the others out"
        )
    common = [one.rows(slice(-settings.window_days - 1, None)) for one in common_days(series)]
    if len(common[0]) <= LEAST_CORRELATION_DAYS:
        raise BadInput(f"found {len(common[0])} days in common; give series with {LEAST_CORRELATION_DAYS + 1} or more")
    logs = np.column_stack([log_returns(one.close) for one in common])
    days = common[0].ts[1:]
    for one in known:
        days = np.intersect1d(days, one.ts)
    filtered = [np.exp(one.mu + one.sigma * one.residual[np.searchsorted(one.ts, days)]) - 1.0 for one in known]
    plain = np.exp(logs) - 1.0
    return Scenarios(
        filtered=np.column_stack(filtered),
        plain=plain,
        covariance=shrunk_covariance(plain),
        correlation=shrunk_correlation(np.ascontiguousarray(logs[-settings.correlation_days :])),
        sigma=np.array([one.sigma for one in known]),
    )


def portfolio_tail(values: FloatArray, scenarios: Scenarios, confidence: float) -> PortfolioTail:
    """Of signed position values (n,), in the order of the scenarios' assets.

    Raises:
        BadInput: the confidence is not between 0 and 1.
    """
    require_confidence(confidence)
    profits, plain = weighted(scenarios.filtered, values), weighted(scenarios.plain, values)
    gaussian = gaussian_tail(values, scenarios.covariance, confidence)
    order = np.argsort(profits, kind="stable")
    tails = {
        DEFAULT_METHOD: Tail(*lower_tail(profits[order], confidence)),
        "historical": historical(plain, confidence),
        "normal": normal(plain, confidence),
        "student_t": student_t(plain, confidence),
        "cornish_fisher": cornish_fisher(plain, confidence),
        "shrunk_normal": gaussian.tail,
    }
    shortfall = _shortfall(scenarios.filtered, values, order, confidence)
    return PortfolioTail(tails, shortfall, gaussian, shape_of(values, scenarios.correlation))


@compiled
def weighted(scenarios: FloatArray, values: FloatArray) -> FloatArray:
    """What each scenario (m, n) brings to signed position values (n,), shape (m,)."""
    out = np.empty(scenarios.shape[0])
    for k in range(out.size):
        total = 0.0
        for i in range(values.size):
            total += scenarios[k, i] * values[i]
        out[k] = total
    return out


def _shortfall(scenarios: FloatArray, values: FloatArray, order: IntArray, confidence: float) -> FloatArray:
    """Each position's loss in the worst scenarios, the last of them in part."""
    mass, whole = tail_mass(order.size, confidence)
    worst = scenarios[order[: whole + 1]]
    lost: FloatArray = -values * (worst[:whole].sum(axis=0) + (mass - whole) * worst[whole]) / mass
    return lost
