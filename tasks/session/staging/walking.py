"""A backtest walked day by day: on which days each stage's criteria would have been met, and what came after."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.stages import (
    BOTTOM,
    Demotion,
    Evidence,
    Rules,
    Standing,
    Verdict,
    by_day,
    criteria_of,
    demoted,
    demotions,
    figures_of,
    may_promote,
    verdicts,
)
from models.types import BadInput, BoolArray, FloatArray, IntArray
from models.types.stages import Stage
from models.types.timeframes import DAY
from tasks.session.backtesting import BacktestReport
from tasks.session.staging.aftermath import HORIZONS, Aftermath, Ahead, aftermath, ahead_of

# What a backtest can show, and what is not the same on all days that are judged.
SHOWN = ("trades", "sharpe", "drawdown", "win_rate", "profit_factor")
# Stages whose figures are asked for; on a rung it is days and profit alone.
JUDGED = (Standing(Stage.EXPLORATION), Standing(Stage.PAPER), Standing(Stage.MICRO))


@dataclass(frozen=True, eq=False)
class Track:
    """What a book did, by bar and by day.

    Attributes:
        ts: opens of the bars (n_bars,), UTC microseconds. equity: at their closes (n_bars,), quote currency.
        exits: when each trade was closed (n_trades,), UTC microseconds, rising. profits: of each (n_trades,).
        capital: before the first bar. days_per_year: of the calendar.
    """

    ts: IntArray
    equity: FloatArray
    exits: IntArray
    profits: FloatArray
    capital: float
    days_per_year: float

    @cached_property
    def days(self) -> IntArray:
        """Midnights of the days with bars (n_days,)."""
        return by_day(self.ts, self.equity)[0]

    @cached_property
    def curve(self) -> FloatArray:
        """The capital and the last equity of each day (n_days + 1,)."""
        return np.append(self.capital, by_day(self.ts, self.equity)[1])

    def evidence(self, stage: Stage, first: int, last: int, rules: Rules) -> Evidence:
        """Of the days of these places, both included. What a backtest has not is clean: no crash, no breach, no gap, a
        release with its hours.
        """
        begin, end = int(self.days[first]), int(self.days[last]) + DAY
        within = slice(*np.searchsorted(self.exits, [begin, end]).tolist())
        bars = slice(*np.searchsorted(self.ts, [begin, end]).tolist())
        curve = self.curve[first : last + 2]
        figures = figures_of(curve, self.profits[within], self.days_per_year)
        fall = figures_of(np.append(curve[0], self.equity[bars]), np.zeros(0), self.days_per_year).drawdown
        return Evidence(
            stage=stage,
            days=float(last - first + 1),
            sharpe=figures.sharpe,
            drawdown=fall,
            win_rate=figures.win_rate,
            profit_factor=figures.profit_factor,
            trades=figures.trades,
            crashes=0,
            breaches=0,
            release_hours=max(one.release_hours for one in (rules.exploration, rules.paper, rules.micro)),
            gap_bps=0.0,
            profit=float(curve[-1] - curve[0]),
            gap_beyond=False,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One stage's criteria on every day, over the window that they look back.

    Attributes:
        standing: that would be left.
        possible: days with enough days behind them (n_days,). passed: of them those that pass (n_days,).
        after: by horizon.
        alone: of each criterion the days on which it passes (n_days,). after_alone: what came after those, by horizon.
    """

    standing: Standing
    possible: BoolArray
    passed: BoolArray
    after: tuple[Aftermath, ...]
    alone: dict[str, BoolArray]
    after_alone: dict[str, tuple[Aftermath, ...]]

    def share(self, passed: BoolArray) -> float:
        """Of the days that could be judged."""
        return float(passed[self.possible].mean()) if self.possible.any() else float("nan")


@dataclass(frozen=True, slots=True)
class Moved:
    """A step of the line, had every chance been taken.

    Attributes:
        day: midnight, UTC microseconds.
        cause: None for a step up.
        evidence: on which it was made.
        after: total return of each horizon from there on, nan where the backtest ends before.
    """

    day: int
    before: Standing
    after_it: Standing
    cause: Demotion | None
    evidence: Evidence
    after: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """What the stages would have made of a backtest."""

    track: Track
    rules: Rules
    ahead: tuple[Ahead, ...]
    judged: tuple[Judged, ...]
    life: tuple[Moved, ...]
    spent: dict[str, int]

    @property
    def highest(self) -> Standing:
        """That the line reached."""
        return max((BOTTOM, *(one.after_it for one in self.life)), key=lambda one: one.height)


def track_of(report: BacktestReport, days_per_year: float) -> Track:
    """Of the out-of-sample run."""
    trades = sorted(report.trades, key=lambda one: one.exited)
    exits = np.array([one.exited for one in trades], dtype=np.int64)
    profits = np.array([one.profit for one in trades], dtype=np.float64)
    return Track(report.run.panel.ts, report.run.equity, exits, profits, report.book.capital, days_per_year)


def walk(track: Track, rules: Rules) -> Walk:
    """Judge every day, and live through them.

    Raises:
        BadInput: there are fewer days than any stage asks for.
    """
    least = min(one.least_days for one in (rules.exploration, rules.paper, rules.micro))
    if track.days.size < max(least, 1.0):
        raise BadInput(
            f"the backtest has {track.days.size} days, and the shortest stage asks for {least:g}; give a longer window"
        )
    ahead = tuple(ahead_of(track.days, track.curve, horizon, track.days_per_year) for horizon in HORIZONS)
    judged = tuple(_judged(track, standing, rules, ahead) for standing in JUDGED)
    life, spent = _life(track, rules, ahead)
    return Walk(track, rules, ahead, judged, life, spent)


def _judged(track: Track, standing: Standing, rules: Rules, ahead: tuple[Ahead, ...]) -> Judged:
    criteria = criteria_of(standing, rules)
    held: list[tuple[Verdict, ...]] = []
    for last in range(track.days.size):
        found = track.evidence(standing.stage, _first(track, last, 0, criteria.most_days), last, rules)
        held.append(verdicts(standing, found, rules))
    possible = np.array([_passes(one, "days") for one in held])
    passed = np.array([all(verdict.passed for verdict in one) for one in held])
    alone = {
        name: possible & np.array([one[place].passed for one in held])
        for place, name in enumerate(one.name for one in held[0])
        if name in SHOWN
    }
    return Judged(
        standing=standing,
        possible=possible,
        passed=passed,
        after=tuple(aftermath(passed, possible, one) for one in ahead),
        alone=alone,
        after_alone={name: tuple(aftermath(days, possible, one) for one in ahead) for name, days in alone.items()},
    )


def _life(track: Track, rules: Rules, ahead: tuple[Ahead, ...]) -> tuple[tuple[Moved, ...], dict[str, int]]:
    """Every step that is allowed is taken on its day, and evidence begins anew on the day after."""
    standing, entered, life, spent = BOTTOM, 0, list[Moved](), dict[str, int]()
    for day in range(track.days.size):
        spent[str(standing)] = spent.get(str(standing), 0) + 1
        first = _first(track, day, entered, criteria_of(standing, rules).most_days)
        found = track.evidence(standing.stage, first, day, rules)
        costs = demotions(standing, found, rules)
        after = demoted(standing, costs[0]) if costs else may_promote(standing, found, rules)
        if after is not None:
            returns = tuple(float(one.total_return[day]) for one in ahead)
            cause = costs[0] if costs else None
            life.append(Moved(int(track.days[day]), standing, after, cause, found, returns))
            standing, entered = after, day + 1
    return tuple(life), spent


def _first(track: Track, last: int, entered: int, most_days: float) -> int:
    """The first day of the window that ends with the day of place `last`."""
    back = int(np.searchsorted(track.days, int(track.days[last]) - round(most_days * DAY), side="right"))
    return max(back, entered)


def _passes(held: tuple[Verdict, ...], name: str) -> bool:
    return next(one.passed for one in held if one.name == name)
