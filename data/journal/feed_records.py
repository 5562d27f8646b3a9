"""What the journal keeps of feeds, as values. All times are UTC microseconds."""

from dataclasses import dataclass
from enum import StrEnum

from models.types import Series


class Fault(StrEnum):
    """Why a feed was passed over. Stored: never rename."""

    DOWN = "down"
    HANGING = "hanging"
    LATE = "late"
    WRONG = "wrong"


# These are the feed's own; the other two are a matter of one symbol.
WHOLE_FEED = (Fault.DOWN, Fault.HANGING)


class Change(StrEnum):
    """What happened between the feeds of a series; each pair is a state and its end. Stored: never rename."""

    SWITCH = "switch"
    BACK = "back"
    BLOCKED = "blocked"
    CLEARED = "cleared"
    UNCHECKED = "unchecked"
    CHECKED = "checked"


SERVING = (Change.SWITCH, Change.BACK)
BELIEF = (Change.BLOCKED, Change.CLEARED)
CHECKING = (Change.UNCHECKED, Change.CHECKED)


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """When a feed answered last, and since when it does not; None where that never happened.

    Attributes:
        last_success, last_failure: newest of each, whatever the symbol.
        failing_since: the first failure after the newest success.
        reason: of the newest failure.
    """

    feed: str
    last_success: int | None
    last_failure: int | None
    failing_since: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Pause:
    """A feed that failed for a symbol is left alone until `retry_at`; until it served again, it is on probation.

    `symbol` is as the feed writes it; `failures` counts those that came within the longest pause of each other.
    """

    feed: str
    symbol: str
    fault: Fault
    reason: str
    failures: int
    failed_at: int
    retry_at: int


@dataclass(frozen=True, slots=True)
class PauseRule:
    """How long a feed is left alone: `first` microseconds, doubled with every further failure, `longest` at most."""

    first: int
    longest: int

    def after(self, failures: int) -> int:
        """The pause after so many failures (1 or more), microseconds."""
        # 2**40 microseconds are twelve days: no shift beyond it changes the minimum.
        return min(self.longest, self.first << min(failures - 1, 40))


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """Something happened between the feeds of a series; `feed_to` is None where nobody took over."""

    at: int
    series: Series
    feed_from: str
    feed_to: str | None
    kind: Change
    reason: str
