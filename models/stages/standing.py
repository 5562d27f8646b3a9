"""How far a book line has come, and the capital that goes with it."""

from dataclasses import dataclass

from models.stages.rules import Criteria, Rules
from models.types.stages import Stage


@dataclass(frozen=True, slots=True)
class Standing:
    """A stage, and in stage live the rung of the capital ladder, 1..; 0 in all others.

    Raises:
        ValueError: a rung outside live, or live without one.
    """

    stage: Stage
    rung: int = 0

    def __post_init__(self) -> None:
        if (self.stage is Stage.LIVE) != (self.rung >= 1) or self.rung < 0:
            raise ValueError(
                f"stage {self.stage} on rung {self.rung}; live has rungs from 1 on, every other stage has rung 0"
            )

    @property
    def height(self) -> int:
        """Steps from exploration, which is 0."""
        return self.stage.rank + max(self.rung - 1, 0)

    def __str__(self) -> str:
        return f"{self.stage} rung {self.rung}" if self.rung else str(self.stage)


BOTTOM = Standing(Stage.EXPLORATION)


def next_of(standing: Standing, rules: Rules) -> Standing | None:
    """One step up; None on the last rung."""
    match standing.stage:
        case Stage.EXPLORATION:
            return Standing(Stage.PAPER)
        case Stage.PAPER:
            return Standing(Stage.MICRO)
        case Stage.MICRO:
            return Standing(Stage.LIVE, 1) if rules.rungs else None
        case Stage.LIVE:
            return Standing(Stage.LIVE, standing.rung + 1) if standing.rung < len(rules.rungs) else None


def criteria_of(standing: Standing, rules: Rules) -> Criteria:
    """What is held against the evidence of a standing; a rung keeps the limits of micro."""
    match standing.stage:
        case Stage.EXPLORATION:
            return rules.exploration
        case Stage.PAPER:
            return rules.paper
        case Stage.MICRO | Stage.LIVE:
            return rules.micro


def most_capital(standing: Standing, rules: Rules) -> float:
    """Real money that a standing may put to work, quote currency; 0 below micro and on a rung that there is not."""
    match standing.stage:
        case Stage.EXPLORATION | Stage.PAPER:
            return 0.0
        case Stage.MICRO:
            return rules.micro_most
        case Stage.LIVE:
            return rules.rungs[standing.rung - 1] if standing.rung <= len(rules.rungs) else 0.0
