"""Who is in charge, written from the docstrings alone. See plain_engine."""

from dataclasses import dataclass, field

from models.meta import Controller
from models.types import Cause, Regime

LOOKBACK, DECISIONS, NEEDED = 20, 5, 3


@dataclass
class Bench:
    """One specialist: the trades that it closed as (return, day), and what was thought of it since it last changed."""

    trades: list[tuple[float, int]] = field(default_factory=list)
    verdicts: list[bool] = field(default_factory=list)
    benched: bool = False
    performance: float = 0.0

    def judged(self, day: int, controller: Controller) -> None:
        """A verdict of a decision of `day`; three of the last five put it on the bench, or take it off."""
        known = [gain for gain, at in self.trades[-LOOKBACK:] if day - at <= controller.memory_days]
        self.performance = sum(known) * len(known) / (len(known) + controller.prior_trades) if known else 0.0
        if self.benched:
            self.verdicts.append(self.performance >= -controller.recovery)
        else:
            self.verdicts.append(self.performance < -controller.underperformance)
        if sum(self.verdicts[-DECISIONS:]) >= NEEDED:
            self.benched, self.verdicts = not self.benched, []


class Ensemble:
    """The specialists of a system."""

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        self.benches = [Bench() for _ in Regime]

    def judge(self, day: int) -> None:
        if self.controller.adaptive:
            for one in self.benches:
                one.judged(day, self.controller)

    def chosen(self, regime: int, haven: bool, before: int | None, mandate: int | None) -> int | None:
        """That of the regime; where it is on the bench the best other one, as long as nothing changes."""
        if haven or not self.controller.adaptive or not self.benches[regime].benched:
            return regime
        others = [one for one in Regime if one not in (regime, Regime.CRISIS) and not self.benches[one].benched]
        if regime == Regime.CRISIS or not others:
            return None
        if mandate == regime and before in others:
            return before
        return int(max(others, key=lambda one: (self.benches[one].performance, -one)))


def cause_of(before: int | None, after: int | None, mandate: int | None, regime: int) -> Cause:
    """Why `after` is in charge and `before` is not any more."""
    if mandate != regime:
        return Cause.REGIME
    return Cause.RECOVERED if after == regime or before is None else Cause.UNDERPERFORMED
