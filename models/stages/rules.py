"""What is asked for before a stage is left for the next one, and how much money a stage may have."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Criteria:
    """What one stage asks for. Fractions where nothing else is said.

    Attributes:
        least_days, most_days: days with decisions that are needed, and that the evidence may go back.
        sharpe: annualised, of daily returns: more than this.
        drawdown: deepest fall from a high: less than this.
        win_rate: closed trades with a profit: more than this.
        profit_factor: profits by losses: more than this.
        least_trades: closed trades behind the figures.
        crashes, breaches: sessions that ended by themselves, limits of the account that were broken: at most.
        release_hours: hours of paper trading under the installed release, at least.
        gap_bps: distance to the backtest, basis points of the traded value: at most.
    """

    least_days: float
    most_days: float
    sharpe: float
    drawdown: float
    win_rate: float
    profit_factor: float
    least_trades: int
    crashes: int
    breaches: int
    release_hours: float
    gap_bps: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What every stage asks for; the names are those of the stage that is left.

    Attributes:
        rungs: most capital of each rung of stage live, quote currency, rising.
        rung_days: days that each rung is traded; the last figure is for all rungs after it.
        micro_least, micro_most: capital of stage micro, quote currency.

    Raises:
        ValueError: the rungs do not rise from above zero, or there are no rung_days.
    """

    exploration: Criteria
    paper: Criteria
    micro: Criteria
    rungs: tuple[float, ...]
    rung_days: tuple[float, ...]
    micro_least: float
    micro_most: float

    def __post_init__(self) -> None:
        if not all(
            math.isfinite(high) and low < high for low, high in zip((0.0, *self.rungs), self.rungs, strict=False)
        ):
            raise ValueError(f"the rungs are {self.rungs}; each has to be above the one before it, the first above 0")
        if not self.rung_days:
            raise ValueError("there are no rung_days; give the days of each rung, the last one for all after it")

    def days_on(self, rung: int) -> float:
        """Days that a rung (1..) is traded before the next one."""
        return self.rung_days[min(rung, len(self.rung_days)) - 1]
