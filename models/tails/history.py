"""What could be lost on the next day, as it was known at the end of each day.

Filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper, "VaR without correlations for portfolios of
derivative securities", Journal of Futures Markets 19, 1999) with GJR-GARCH and t innovations: the standardised
residuals of the last days, times tomorrow's standard deviation. Fits are made at days counted from the series' first,
from the days before, so nothing of a day depends on later ones.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from models.kernels import compiled
from models.tails.days import DailyCloses, log_returns
from models.tails.fitting import Fit
from models.tails.garch import EWMA, PERCENT, Garch, first_square, run_garch
from models.tails.historical import lower_tail, tail_mass, upper_tail
from models.tails.settings import TailSettings
from models.types import BadInput, FloatArray, IntArray

CONFIDENCES = (0.90, 0.95, 0.99)
CHOSEN: FloatArray = np.array(CONFIDENCES)


class Rule(IntEnum):
    """Where a day's parameters come from: nothing is known, its own fit, the last that converged, none ever did."""

    UNKNOWN = 0
    FITTED = 1
    FIT_BEFORE = 2
    EWMA = 3


@dataclass(frozen=True, slots=True, eq=False)
class TailHistory:
    """One row a day. `known_at` (n,) UTC microseconds; `sigma` (n,): standard deviation of the next day's log return;
    the others (n, 3) by CONFIDENCES: losses of one unit of value held long or short, as positive fractions of it.

    NaN before `least_days` returns were known, and where the price does not move. `rule` (n,): see Rule.
    """

    known_at: IntArray
    sigma: FloatArray
    long_var: FloatArray
    long_es: FloatArray
    short_var: FloatArray
    short_es: FloatArray
    rule: IntArray

    def rows(self, chosen: slice | IntArray) -> "TailHistory":
        """The chosen days."""
        return TailHistory(*(getattr(self, name)[chosen] for name in TailHistory.__slots__))

    def then(self, later: "TailHistory") -> "TailHistory":
        """These days and behind them `later`."""
        columns = ((getattr(self, name), getattr(later, name)) for name in TailHistory.__slots__)
        return TailHistory(*(np.concatenate(pair) for pair in columns))


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """The next day of one series: mean and standard deviation of its log return, and the standardised residuals that it
    may come out as, shape (m,), each with the day it is of, `ts` (m,).
    """

    ts: IntArray
    residual: FloatArray
    mu: float
    sigma: float
    rule: Rule


def confidence_column(confidence: float) -> int:
    """The column of a confidence.

    Raises:
        BadInput: it is not one of CONFIDENCES.
    """
    if confidence not in CONFIDENCES:
        raise BadInput(f"found VaR confidence {confidence}; give one of {', '.join(map(str, CONFIDENCES))}")
    return CONFIDENCES.index(confidence)


def tail_history(days: DailyCloses, settings: TailSettings, fit: Fit, first: int = 0) -> TailHistory:
    """The rows from day number `first` on; every fit that a row needs is asked of `fit`, once unless one failed."""
    returns = log_returns(days.close) * PERCENT
    count = len(days)
    sigma, rule = np.full(count, np.nan), np.zeros(count, np.int64)
    tails = np.full((4, count, len(CONFIDENCES)), np.nan)
    for at in range(settings.least_days, count, settings.refit_days):
        end = min(at + settings.refit_days, count)
        if end <= first:
            continue
        garch, by = _in_force(returns, at, settings, fit)
        window = _window(returns, at, settings)
        start = at - window.size
        parts = (*garch[:5], first_square(window), settings.window_days, CHOSEN)
        _forecast(returns[start : end - 1], at - start, *parts, sigma[at:end], tails[:, at:end])
        rule[at:end] = by
    long_var, long_es, short_var, short_es = tails
    whole = TailHistory(days.known_at, sigma, long_var, long_es, short_var, short_es, rule)
    return whole.rows(slice(first, None))


def forecast(days: DailyCloses, settings: TailSettings, fit: Fit) -> Forecast | None:
    """The day after the last one; None before `least_days` returns were known, and where the price does not move."""
    returns = log_returns(days.close) * PERCENT
    if returns.size < settings.least_days:
        return None
    at = returns.size - (returns.size - settings.least_days) % settings.refit_days
    garch, by = _in_force(returns, at, settings, fit)
    window = _window(returns, at, settings)
    variance, residual = run_garch(returns[at - window.size :], *garch[:5], first_square(window))
    if not variance[-1] > 0.0:
        return None
    newest = min(settings.window_days, residual.size)
    sigma = math.sqrt(variance[-1]) / PERCENT
    return Forecast(days.ts[-newest:], residual[-newest:], garch.mu / PERCENT, sigma, by)


def _window(returns: FloatArray, at: int, settings: TailSettings) -> FloatArray:
    return returns[max(0, at - settings.window_days) : at]


def _in_force(returns: FloatArray, at: int, settings: TailSettings, fit: Fit) -> tuple[Garch, Rule]:
    """The parameters from day `at` on: its own fit, else the newest that converged, else EWMA."""
    for earlier in range(at, settings.least_days - 1, -settings.refit_days):
        found = fit(_window(returns, earlier, settings))
        if found is not None:
            return found, Rule.FITTED if earlier == at else Rule.FIT_BEFORE
    return EWMA, Rule.EWMA


@compiled
def _forecast(
    returns: FloatArray,
    known: int,
    mu: float,
    omega: float,
    alpha: float,
    gamma: float,
    beta: float,
    start: float,
    window: int,
    confidences: FloatArray,
    sigma: FloatArray,
    tails: FloatArray,
) -> None:
    """Write the rows of one fit: the first knows `known` of `returns` (percent), each later one a return more."""
    variance, residual = run_garch(returns, mu, omega, alpha, gamma, beta, start)
    first = max(0, known - window)
    ascending = np.empty(window + 1)
    size = known - first
    ascending[:size] = np.sort(residual[first:known])
    scenarios = np.empty(window)
    for row in range(sigma.size):
        end = known + row
        if row > 0:
            size = _put_in(ascending, size, residual[end - 1])
        if size > window:
            size = _taken_out(ascending, size, residual[end - 1 - window])
        if not variance[end] > 0.0:
            continue
        spread = math.sqrt(variance[end])
        sigma[row] = spread / PERCENT
        # Only what is lost or won most is looked at, and the order of scenarios is that of residuals.
        least = 0
        for c in range(confidences.size):
            least = max(least, tail_mass(size, confidences[c])[1] + 1)
        for k in range(size):
            if k < least or k >= size - least:
                scenarios[k] = math.exp((mu + spread * ascending[k]) / PERCENT) - 1.0
        for c in range(confidences.size):
            tails[0, row, c], tails[1, row, c] = lower_tail(scenarios[:size], confidences[c])
            tails[2, row, c], tails[3, row, c] = upper_tail(scenarios[:size], confidences[c])


@compiled
def _place(ascending: FloatArray, size: int, value: float) -> int:
    """Number of those among the first `size` that are below the value."""
    low = 0
    high = size
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _put_in(ascending: FloatArray, size: int, value: float) -> int:
    """Put the value into its place; returns how many there are."""
    at = _place(ascending, size, value)
    for k in range(size, at, -1):
        ascending[k] = ascending[k - 1]
    ascending[at] = value
    return size + 1


@compiled
def _taken_out(ascending: FloatArray, size: int, value: float) -> int:
    """Take one of that value out; returns how many are left."""
    for k in range(_place(ascending, size, value), size - 1):
        ascending[k] = ascending[k + 1]
    return size - 1
