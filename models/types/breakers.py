"""Stops that latch: how far they reach, and what tripped them. Integers for compiled code, sentences for people."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """The ladder. Each level forbids what those below it forbid; exits are never stopped. Append, never renumber."""

    NONE = 0
    PAUSE = 1
    REDUCE = 2
    FLATTEN = 3

    @property
    def text(self) -> str:
        """What stops, for people."""
        return _LEVELS[self]


_LEVELS: dict[Level, str] = {
    Level.NONE: "nothing stops",
    Level.PAUSE: "entries stop: nothing is opened or added to; exits and what waits already go on",
    Level.REDUCE: "entries stop and waiting ones are withdrawn; positions are only made smaller, exits go on",
    Level.FLATTEN: "entries stop and every position is sold at market",
}


class Breaker(IntEnum):
    """What trips. Stored in the journal: append, never renumber."""

    NONE = 0
    ENTRIES_DRAWDOWN = 1
    DAILY_LOSS = 2
    WEEKLY_LOSS = 3
    DRAWDOWN = 4
    VAR = 5
    STRATEGY = 6
    PERSON = 7
    FEED = 8
    EXECUTION = 9
    STRESS = 10
    EMERGENCY = 11

    @property
    def text(self) -> str:
        """One sentence for people."""
        return _BREAKERS[self]


_BREAKERS: dict[Breaker, str] = {
    Breaker.NONE: "nothing tripped",
    Breaker.ENTRIES_DRAWDOWN: "the account fell from its highest mark by what pauses new entries",
    Breaker.DAILY_LOSS: "the account lost within the day what a day may lose",
    Breaker.WEEKLY_LOSS: "the account lost within the week what a week may lose",
    Breaker.DRAWDOWN: "the account fell from its highest mark by as much as the profile allows",
    Breaker.VAR: "the value at risk of all positions passed what halts trading",
    Breaker.STRATEGY: "a trading system fell from its highest mark by what pauses it alone",
    Breaker.PERSON: "a person stopped it",
    Breaker.FEED: "no feed answered",
    Breaker.EXECUTION: "an execution failed and wants a person's review",
    Breaker.STRESS: "a stress test broke the profile's drawdown limit",
    Breaker.EMERGENCY: "the emergency stop is set",
}


@dataclass(frozen=True, slots=True)
class LadderEvent:
    """A breaker that tripped, or a stop that was released, at the close of `bar` (its open, UTC microseconds).

    Attributes:
        system: the trading system that is paused alone, empty for the account.
        tripped: False where it was released; then level and breaker are those that held.
        value, limit: what was found, and what is allowed: fractions of equity; both zero for a release.
    """

    bar: int
    system: str
    tripped: bool
    level: Level
    breaker: Breaker
    value: float = 0.0
    limit: float = 0.0
