"""Evidence held against what the step up asks for."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from models.stages.evidence import Evidence
from models.stages.rules import Criteria, Rules
from models.stages.standing import Standing, criteria_of, next_of
from models.types.stages import Stage

# A window of n times 24 hours touches n + 1 dates.
DATES = 1.0
MORE, LESS, LEAST, MOST, OF = "more than", "less than", "at least", "at most", "of"
HOLDS: dict[str, Callable[[float, float], bool]] = {
    MORE: lambda value, threshold: value > threshold,
    LESS: lambda value, threshold: value < threshold,
    LEAST: lambda value, threshold: value >= threshold,
    MOST: lambda value, threshold: value <= threshold,
    OF: lambda value, threshold: value == threshold,
}
# How each figure is held against its threshold, and the values that it can have at all.
KINDS: dict[str, tuple[str, float, float]] = {
    "stage": (OF, 0.0, 3.0),
    "days": (LEAST, 0.0, math.inf),
    "window": (MOST, 0.0, math.inf),
    "trades": (LEAST, 0.0, math.inf),
    "sharpe": (MORE, -math.inf, math.inf),
    "drawdown": (LESS, 0.0, math.inf),
    "win_rate": (MORE, 0.0, 1.0),
    "profit_factor": (MORE, 0.0, math.inf),
    "profit": (MORE, -math.inf, math.inf),
    "crashes": (MOST, 0.0, math.inf),
    "breaches": (MOST, 0.0, math.inf),
    "release_hours": (LEAST, 0.0, math.inf),
    "gap_bps": (MOST, 0.0, math.inf),
}
NAMES = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One criterion and what was found.

    Attributes:
        name: of NAMES.
        value: found; nan where it is not known. `stage` has the ranks of the stages here.
        threshold: in the same unit.
        passed: whether it is enough.
    """

    name: str
    value: float
    threshold: float
    passed: bool

    @property
    def text(self) -> str:
        """For a person: what was found, what is wanted."""
        relation = KINDS[self.name][0]
        if self.name == "stage":
            found, wanted = (list(Stage)[int(rank)] for rank in (self.value, self.threshold))
            return f"stage {found}, wanted {relation} {wanted}"
        shown = "not known" if math.isnan(self.value) else f"{self.value:.6g}"
        return f"{self.name} {shown}, wanted {relation} {self.threshold:.6g}"


def verdicts(standing: Standing, evidence: Evidence, rules: Rules) -> tuple[Verdict, ...]:
    """Every criterion of the step up from here, passed or not; none where there is no step up."""
    if next_of(standing, rules) is None:
        return ()
    criteria = criteria_of(standing, rules)
    stage = verdict("stage", float(evidence.stage.rank), float(standing.stage.rank))
    earned: tuple[Verdict, ...]
    if standing.rung:
        earned = (
            verdict("days", evidence.days, rules.days_on(standing.rung)),
            verdict("profit", evidence.profit, 0.0),
            verdict("drawdown", evidence.drawdown, criteria.drawdown),
        )
    else:
        earned = _earned(evidence, criteria)
    return (stage, *earned, *soundness(evidence, criteria))


def soundness(evidence: Evidence, criteria: Criteria) -> tuple[Verdict, ...]:
    """Whether it ran as it should, whatever it earned: asked for at every step."""
    return (
        verdict("crashes", float(evidence.crashes), float(criteria.crashes)),
        verdict("breaches", float(evidence.breaches), float(criteria.breaches)),
        verdict("release_hours", evidence.release_hours, criteria.release_hours),
        verdict("gap_bps", _distance(evidence), criteria.gap_bps),
    )


def verdict(name: str, value: float, threshold: float) -> Verdict:
    """A figure against its threshold. One that is nan, or that no such figure can be, never passes.

    Raises:
        KeyError: the name is none of NAMES.
    """
    relation, low, high = KINDS[name]
    possible = low <= value <= high and (math.isfinite(value) or name == "profit_factor")
    return Verdict(name, value, threshold, possible and HOLDS[relation](value, threshold))


def _earned(evidence: Evidence, criteria: Criteria) -> tuple[Verdict, ...]:
    return (
        verdict("days", evidence.days, criteria.least_days),
        verdict("window", evidence.days, criteria.most_days + DATES),
        verdict("trades", float(evidence.trades), float(criteria.least_trades)),
        verdict("sharpe", evidence.sharpe, criteria.sharpe),
        verdict("drawdown", evidence.drawdown, criteria.drawdown),
        verdict("win_rate", evidence.win_rate, criteria.win_rate),
        verdict("profit_factor", evidence.profit_factor, criteria.profit_factor),
    )


def _distance(evidence: Evidence) -> float:
    """Of a gap that is beyond its own limit no distance passes."""
    return math.inf if evidence.gap_beyond else abs(evidence.gap_bps)
