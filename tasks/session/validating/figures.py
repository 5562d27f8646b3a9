"""The figures of a validation: every honest one has the in-sample one beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from models.portfolio import Interval, Metrics

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beside(Generic[T]):
    """The same figures on predictions that had not seen the bars, and on those of the final model, that had."""

    out_of_sample: T
    in_sample: T


@dataclass(frozen=True, slots=True)
class Brief:
    """One run in short; as in Metrics."""

    total_return: float
    sharpe: float | None
    max_drawdown: float
    costs: float
    trades: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over many runs: a low, a middle and a high one."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Draws:
    """Several runs with other bars gone: the least, the middle and the greatest of each figure, fractions."""

    draws: int
    total_return: Spread
    max_drawdown: Spread


@dataclass(frozen=True, slots=True)
class Year:
    """One UTC year of the account.

    Attributes:
        bars: whose open is in it.
        profit: change of equity, account currency.
        total_return, max_drawdown: fractions, of the equity before its first bar on.
        trades: round trips that ended in it.
        yearly: log return a year with its 90 % interval; None where there are too few days or nothing moved.
    """

    bars: int
    profit: float
    total_return: float
    max_drawdown: float
    trades: int
    yearly: Interval | None


@dataclass(frozen=True, slots=True)
class Part:
    """What the account or a system made while one regime held.

    Attributes:
        share: of the bars of the traded symbols, 0..1.
        profit: account currency.
        yearly: its part of the log return of a year, with its 90 % interval; None as in Year.
    """

    share: float
    profit: float
    yearly: Interval | None


@dataclass(frozen=True, slots=True)
class Traded:
    """Round trips of one specialist that were entered in one regime.

    Attributes:
        profit: of all of them after costs, account currency.
        win_rate: share with a profit; None without a trade.
        average: mean profit of one with its 90 % interval; None where they are too few to tell.
    """

    trades: int
    profit: float
    win_rate: float | None
    average: Interval | None


@dataclass(frozen=True, slots=True)
class OfSystem:
    """One system on its own capital, and by regime."""

    whole: Beside[Metrics]
    regimes: Mapping[str, Beside[Part]]


@dataclass(frozen=True, slots=True)
class Cases:
    """Runs at worse terms, ascending: by multiple of the costs, by bars that predictions and regimes come late, by
    share of the bars that are gone. The last two begin with the run as it is.
    """

    costs: Mapping[float, Beside[Brief]]
    delays: Mapping[int, Beside[Brief]]
    missing: Mapping[float, Beside[Draws]]


def spread_of(values: list[float]) -> Spread:
    """Least, middle and greatest of the values, one at least."""
    ranked = sorted(values)
    half = len(ranked) // 2
    middle = ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2.0
    return Spread(ranked[0], middle, ranked[-1])
