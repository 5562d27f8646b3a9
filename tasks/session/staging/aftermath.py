"""How it went on after days that passed and days that did not, and how often chance would do as well."""

import math
from dataclasses import dataclass

import numpy as np

from models.stages import figures_of
from models.types import BoolArray, FloatArray, IntArray
from models.types.timeframes import DAY

# Days that the look ahead is long.
HORIZONS = (30, 90)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The days after each day, all (n_days,); nan where the equity ends before the horizon does.

    Attributes:
        horizon: days. total_return, drawdown: fractions. sharpe: annualised.
    """

    horizon: int
    total_return: FloatArray
    sharpe: FloatArray
    drawdown: FloatArray


@dataclass(frozen=True, slots=True)
class Group:
    """Days that have something in common, and what came after them; nan where there is none.

    Attributes:
        name: of the group.
        days: that have their whole horizon before them; those that follow each other share most of it.
        spells: runs of such days that follow each other: as many looks as this are apart from each other, at most.
        mean_return, median_return, share_positive, mean_sharpe, mean_drawdown: of the horizon after them, fractions.
    """

    name: str
    days: int
    spells: int
    mean_return: float
    median_return: float
    share_positive: float
    mean_sharpe: float
    mean_drawdown: float


@dataclass(frozen=True, slots=True)
class Aftermath:
    """One horizon after the days that passed a stage and after those that did not.

    Attributes:
        horizon: days.
        groups: passed, not passed, all.
        difference: of the mean returns, passed less not passed; nan where one of them has no day.
        chance: share of the other places in time, the same pattern of days shifted around a ring, at which it would be
            as large or larger; nan as above.
    """

    horizon: int
    groups: tuple[Group, ...]
    difference: float
    chance: float


def ahead_of(days: IntArray, equity: FloatArray, horizon: int, days_per_year: float) -> Ahead:
    """Of equity (n_days + 1,), the first before all days, at midnights `days` (n_days,), UTC microseconds, rising."""
    found = np.full((3, days.size), np.nan)
    ends = np.searchsorted(days, days + horizon * DAY, side="right")
    whole = days + horizon * DAY <= days[-1] if days.size else np.zeros(0, dtype=np.bool_)
    for k in np.flatnonzero(whole).tolist():
        figures = figures_of(equity[k + 1 : int(ends[k]) + 1], np.zeros(0), days_per_year)
        found[:, k] = figures.total_return, figures.sharpe, figures.drawdown
    return Ahead(horizon, found[0], found[1], found[2])


def aftermath(passed: BoolArray, possible: BoolArray, ahead: Ahead) -> Aftermath:
    """Of the days that are `possible` (n_days,): old enough to be judged at all; `passed` (n_days,) those of them that
    passed.
    """
    known = possible & np.isfinite(ahead.total_return)
    groups = (
        _group("passed", known & passed, ahead),
        _group("not passed", known & ~passed, ahead),
        _group("all", known, ahead),
    )
    difference, chance = shifted(passed[known], ahead.total_return[known])
    return Aftermath(ahead.horizon, groups, difference, chance)


def shifted(passed: BoolArray, returns: FloatArray) -> tuple[float, float]:
    """(Mean of `returns` (n,) where passed less mean where not, share of the n - 1 other circular shifts of `passed`
    (n,) with as large a difference or a larger one); nan where one side has no day.

    A shift keeps what follows each other together, so that days which share their future are not taken for many.
    """
    if not passed.any() or passed.all():
        return math.nan, math.nan
    found = np.array([_difference(np.roll(passed, k), returns) for k in range(passed.size)])
    # Sums in another order are off by rounding.
    as_large = found[1:] >= found[0] - 1e-12
    return float(found[0]), float(as_large.mean())


def _difference(passed: BoolArray, returns: FloatArray) -> float:
    return float(returns[passed].mean() - returns[~passed].mean())


def _group(name: str, chosen: BoolArray, ahead: Ahead) -> Group:
    returns = ahead.total_return[chosen]
    spells = int(np.count_nonzero(np.diff(np.append(0, chosen.astype(np.int8))) == 1))
    return Group(
        name=name,
        days=returns.size,
        spells=spells,
        mean_return=_mean(returns),
        median_return=float(np.median(returns)) if returns.size else math.nan,
        share_positive=_mean((returns > 0.0).astype(np.float64)),
        mean_sharpe=_mean(ahead.sharpe[chosen]),
        mean_drawdown=_mean(ahead.drawdown[chosen]),
    )


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan
