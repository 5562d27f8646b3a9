"""What the guardian looks at and what it makes of it, as values. Times are UTC microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from data.journal import StopFlag
from models.risk import Ladder
from models.types import Breaker, Level, iso
from models.types.wire import Report, WireOrder
from tasks.session.guarding.silence import Silence


class What(StrEnum):
    """What was found. In the journal's alerts: never rename."""

    SILENT = "silent trader"
    LIMIT = "limit"
    FEED = "feed"
    ENTRIES = "entries stand"
    STRAY = "stray order"
    SOURCE = "source"
    HELPLESS = "cannot act"


@dataclass(frozen=True, slots=True)
class Worth:
    """The account at the newest prices, quote currency.

    Attributes:
        before, after: its stops as they stand, with what waits, and as they would be after this mark.
        found, allowed: of what `after` tripped, fractions.
        unpriced: symbols that count at the price of the last decision.
    """

    equity: float
    before: Ladder
    after: Ladder
    found: float
    allowed: float
    unpriced: tuple[str, ...] = ()

    @property
    def tripped(self) -> tuple[Level, Breaker] | None:
        """What this mark trips, None where it trips nothing new."""
        if not self.after.level > self.before.level:
            return None
        return Level(int(self.after.level)), Breaker(int(self.after.breaker))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the venues said at `at`, and what was done there since the last look.

    Attributes:
        prices: middle of the best prices, by symbol.
        strays: open orders that the journal does not know.
        back: open orders that the journal took for over: they were sent after all.
        cancelled: client order ids of entries that were taken back; left: of those that stand still or are in doubt.
        is_flat: whether the book was sold as far as a venue takes it; None where nobody asked for that.
        busy: why the lease was not to be had, empty where it was, or was not needed.
        troubles: what could not be learned or done, by source.
        helpless: why nothing can be done at a venue of the book, by venue.
    """

    at: int
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    strays: tuple[Report, ...] = ()
    back: tuple[Report, ...] = ()
    cancelled: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    is_flat: bool | None = None
    busy: str = ""
    troubles: Mapping[str, str] = field(default_factory=dict)
    helpless: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that one round looks at.

    Attributes:
        silence: of the trader, None while it is heard of or promised nothing; `is_taken`: that was acted on before.
        stop: the emergency stop, None without one.
        worth: None where it is not known, or nothing was decided yet.
        entries: orders of all books that would open, and are not over.
        overdue: seconds that the newest bar is late, None where it is not or nobody waits for it.
        seen: the last look at the venues, None before the first.
        troubles: what could not be learned, by source.
        helpless: why the guardian could not act if it had to, by what it lacks.
        proven: the most that a loss may stop trading at: what one look alone has seen is no proof.
        patience: seconds that the trader has promised to be heard of again in: so long it may fetch a bar.
    """

    at: int
    silence: Silence | None
    is_taken: bool
    stop: StopFlag | None
    worth: Worth | None
    entries: tuple[WireOrder, ...]
    overdue: float | None
    seen: Seen | None
    troubles: Mapping[str, str]
    helpless: Mapping[str, str] = field(default_factory=dict)
    proven: Level = Level.FLATTEN
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        level: how far trading is to be stopped for it; NONE: a person is told.
        key: the same key in one round after another is one alert.
        breaker: of a limit.
    """

    what: What
    level: Level
    text: str
    key: str
    severity: str = "critical"
    breaker: Breaker = Breaker.NONE


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be done at the venues.

    Attributes:
        silence: of the trader whose lease is taken by force, None: it is waited for.
        withdraw: take entries back; flatten: the stop that wants everything sold too.
        protect: whatever is held with real money is to have its stop, now and then looked at anew.
        is_urgent: trading is stopped: the venues are looked at more often.
        symbols: whose prices are wanted.
    """

    silence: Silence | None = None
    withdraw: bool = False
    flatten: StopFlag | None = None
    protect: bool = False
    is_urgent: bool = False
    symbols: tuple[str, ...] = ()

    @property
    def acts(self) -> bool:
        """Whether anything is to be done at once, and not only looked at."""
        return self.silence is not None or self.withdraw or self.flatten is not None


@dataclass(frozen=True, slots=True)
class Round:
    """What one round found, and the stop as it stands after it."""

    facts: Facts
    findings: tuple[Finding, ...]
    stop: StopFlag | None

    @property
    def worst(self) -> Level:
        """How far the findings want trading to be stopped."""
        return max((one.level for one in self.findings), default=Level.NONE)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; equity in quote currency, `overdue` in seconds."""
        facts = self.facts
        return {
            "at": iso(facts.at),
            "stopped": self.stop is not None,
            "reason": None if self.stop is None else self.stop.reason,
            "silent": None if facts.silence is None else facts.silence.seconds,
            "equity": None if facts.worth is None else facts.worth.equity,
            "unpriced": [] if facts.worth is None else list(facts.worth.unpriced),
            "entries": len(facts.entries),
            "overdue": facts.overdue,
            "findings": [
                {"what": one.what.value, "level": one.level.name.lower(), "text": one.text} for one in self.findings
            ],
            "troubles": dict(facts.troubles),
            "helpless": dict(facts.helpless),
        }
