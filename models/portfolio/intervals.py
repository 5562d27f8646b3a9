"""How far the figures of a backtest could have come out otherwise: intervals by block bootstrap.

Blocks of random length keep what neighbouring days have to do with each other (Politis and Romano, "The Stationary
Bootstrap", Journal of the American Statistical Association 89, 1994); their mean length is chosen as by Politis and
White, Econometric Reviews 23(1), 2004, corrected 2009.
`arch` is imported where it is used: it takes seconds to load, and only reports need it.
"""

from dataclasses import dataclass

import numpy as np

from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.returns import growth_rate, sharpe_ratio, whole_return
from models.types import BadInput, FloatArray, IntArray
from models.types.timeframes import DAY

# Nine in ten replicates lie within.
BOUNDS = (5.0, 95.0)
# Fewer days hold too few blocks to be drawn from.
FEWEST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure of the daily returns as they were, and where 90 % of its replicates lie."""

    low: float
    figure: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals of one backtest, all of daily returns: beside `Metrics` of shorter bars the figures differ somewhat.

    Attributes:
        days: UTC days with a return.
        block: mean length of a block, days.
        replicates: how many were drawn.
        sharpe: annualised.
        total_return: over the whole window.
        cagr: the same bounds as a yearly rate; None when beyond a float.
        max_drawdown: at daily closes, so never deeper than at each bar. Replicates lose what links distant blocks.
    """

    days: int
    block: int
    replicates: int
    sharpe: Interval
    total_return: Interval
    cagr: Interval | None
    max_drawdown: Interval


def intervals(
    returns: FloatArray, ts: IntArray, days_per_year: int, generator: np.random.Generator, replicates: int
) -> Intervals | None:
    """90 % percentile intervals of bar returns (n,), with `ts` (n,) the opens of their bars, UTC microseconds.

    Returns are compounded to UTC days first, so that time and memory are bounded by days, not by bars; a day's return
    counts to the day its bars opened. None below 30 days or when nothing moved. A replicate in which nothing moves
    counts as a Sharpe ratio of zero. The same generator state gives the same result to the bit.

    Raises:
        BadInput: shapes differ, `ts` does not rise, a return is not finite, or no replicate is asked for.
    """
    daily = daily_returns(returns, ts)
    if replicates < 1:
        raise BadInput(f"{replicates} replicates were asked for; take 1 at least, 1000 for a stable interval")
    if daily.size < FEWEST_DAYS or sharpe_ratio(daily, days_per_year) is None:
        return None
    from arch.bootstrap import StationaryBootstrap, optimal_block_length

    block = max(1, round(float(optimal_block_length(daily)["stationary"].iloc[0])))
    bootstrap = StationaryBootstrap(block, daily, seed=generator)
    drawn = bootstrap.apply(lambda sample: _figures(sample, days_per_year), replicates)
    low, high = np.percentile(drawn, BOUNDS, axis=0)
    figures = _figures(daily, days_per_year)
    sharpe, total, depth = (Interval(*map(float, one)) for one in zip(low, figures, high, strict=True))
    rate = _yearly(total, daily.size / days_per_year)
    return Intervals(daily.size, block, replicates, sharpe, total, rate, depth)


def yearly_excess(
    returns: FloatArray,
    others: FloatArray,
    ts: IntArray,
    days_per_year: int,
    generator: np.random.Generator,
    replicates: int,
) -> Interval | None:
    """What bar returns (n,) earn beyond `others` (n,) in a year: mean difference of their daily log returns, times the
    days of a year, and its 90 % percentile interval over blocks of days that are drawn from both alike.

    None below 30 days, when nothing differs, or when a day lost everything.

    Raises:
        BadInput: as `intervals`.
    """
    daily, other = daily_returns(returns, ts), daily_returns(others, ts)
    if replicates < 1:
        raise BadInput(f"{replicates} replicates were asked for; take 1 at least, 1000 for a stable interval")
    if daily.size < FEWEST_DAYS or min(daily.min(), other.min()) <= -1.0:
        return None
    difference = np.log1p(daily) - np.log1p(other)
    if sharpe_ratio(difference, days_per_year) is None:
        return None
    from arch.bootstrap import StationaryBootstrap, optimal_block_length

    block = max(1, round(float(optimal_block_length(difference)["stationary"].iloc[0])))
    drawn = StationaryBootstrap(block, difference, seed=generator).apply(np.mean, replicates)
    low, high = np.percentile(drawn, BOUNDS) * days_per_year
    return Interval(float(low), float(difference.mean()) * days_per_year, float(high))


def daily_returns(returns: FloatArray, ts: IntArray) -> FloatArray:
    """Returns compounded to UTC days, shape (n_days,); days without a bar are left out.

    Raises:
        BadInput: shapes differ, `ts` does not rise, or a return is not finite.
    """
    if returns.shape != ts.shape:
        raise BadInput(f"there are {returns.size} returns and {ts.size} times; give the open of each return's bar")
    if not (ts[1:] > ts[:-1]).all():
        raise BadInput("the times of the returns do not rise; give each bar once, oldest first")
    if not np.isfinite(returns).all():
        first = int(np.flatnonzero(~np.isfinite(returns))[0])
        raise BadInput(f"return {first} is {returns[first]}; returns have to be finite: take bar_returns of the equity")
    if returns.size == 0:
        return returns
    begins = np.flatnonzero(np.diff(ts // DAY, prepend=ts[0] // DAY - 1))
    kept: FloatArray = np.multiply.reduceat(np.maximum(1.0 + returns, 0.0), begins)
    return kept - 1.0


def _figures(daily: FloatArray, days_per_year: int) -> FloatArray:
    curve = np.empty(daily.size + 1)
    curve[0] = 1.0
    np.cumprod(1.0 + daily, out=curve[1:])
    sharpe = sharpe_ratio(daily, days_per_year)
    return np.array([0.0 if sharpe is None else sharpe, whole_return(curve), deepest_drawdown(curve)])


def _yearly(total: Interval, years: float) -> Interval | None:
    low, figure, high = (growth_rate(one, years) for one in (total.low, total.figure, total.high))
    return None if low is None or figure is None or high is None else Interval(low, figure, high)
