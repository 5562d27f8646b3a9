"""What the journal keeps of stops, as values. All times are UTC microseconds."""

from dataclasses import dataclass
from enum import StrEnum

from models.types import Breaker, Level


class RiskKind(StrEnum):
    """What happened. Stored: never rename."""

    TRIP = "trip"
    RELEASED = "released"
    RELEASE = "release"
    FORCED = "forced"
    FLOW = "flow"
    CUT = "cut"


# What the step itself found at the close of a bar, and what it is told from outside.
LADDER = (RiskKind.TRIP, RiskKind.RELEASED)
OUTSIDE = (RiskKind.RELEASE, RiskKind.FORCED, RiskKind.FLOW, RiskKind.CUT)


@dataclass(frozen=True, slots=True)
class RiskEvent:
    """Something that came to a book's stops or account from outside: it waits for the next decision, which consumes it.

    Attributes:
        at: when it was journaled.
        kind: RELEASE: a person released every stop; FORCED: `level` holds from now on, by the timer or by a person;
            FLOW: a deposit (positive `amount`, quote currency) or a withdrawal (negative); CUT: the part `value` (0..1)
            of every position in `symbol` is to be sold.
        value, limit: of a FORCED what was found and what is allowed, fractions of equity.
        who, why: who did it, and what for.
        id: of its row, None before it has one; in the order they came.
        bar: of the decision that consumed it, None while it waits.
    """

    book: str
    at: int
    kind: RiskKind
    who: str
    why: str
    level: Level = Level.NONE
    breaker: Breaker = Breaker.NONE
    value: float = 0.0
    limit: float = 0.0
    amount: float = 0.0
    symbol: str = ""
    id: int | None = None
    bar: int | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """What a person is to hear of; the same `key` is one alert. `severity`: warning, error or critical."""

    key: str
    severity: str
    text: str
    at: int
