"""Stops of a book: what is in force, since when and who may release it; and what came to them from outside."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.journal import Carried, Decision, Journal, RiskEvent, RiskKind, RiskLog, forced_level
from models.engine import Panel
from models.engine.panel import BREAKER, CUT, FLOW, FORCED, RELEASE
from models.portfolio import Account
from models.types import Breaker, LadderEvent, Level, Reason, iso
from tasks.session.book import Book

PAUSED_UNTIL = Account._fields.index("paused_until")
A_PERSON = "a person with the right to resume: keel resume --why TEXT"
ACCOUNT = ""
# Gates behind which the step orders nothing, exits included.
CLOSED = tuple(
    int(one) for one in (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA, Reason.REFUSED_FROZEN)
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop in force, of the whole account or of the trading system `system`.

    Attributes:
        since: open of the bar at whose close it tripped, UTC microseconds; None where the journal does not have it.
    """

    system: str
    level: Level
    breaker: Breaker
    since: int | None
    released_by: str

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "system": self.system,
            "level": self.level.name.lower(),
            "breaker": self.breaker.name.lower(),
            "text": self.breaker.text,
            "stops": self.level.text,
            "released_by": self.released_by,
            "since": None if self.since is None else iso(self.since),
        }


@dataclass(frozen=True, slots=True)
class Stopped:
    """What stops a book: the reason of the journal's stop flag (None while it is not set), the stops in force by its
    newest decision, and the level that waits for the next one to act on it.
    """

    flag: str | None
    stops: tuple[Stop, ...]
    forced: Level

    @property
    def entries(self) -> bool:
        """Whether entries of the whole account are stopped, or will be with the next decision."""
        return bool(self.flag is not None or self.forced is not Level.NONE or self._account)

    @property
    def reason(self) -> str | None:
        """Of what stops them."""
        if self.flag is not None:
            return self.flag
        waits = [] if self.forced is Level.NONE else [f"waits for the next decision: {self.forced.text}"]
        return "; ".join([*(one.breaker.text for one in self._account), *waits]) or None

    @property
    def _account(self) -> list[Stop]:
        return [one for one in self.stops if one.system == ACCOUNT]


def stopped_by(book: Book, journal: Journal) -> Stopped:
    """All of it, as of now."""
    forced = forced_level(RiskLog(journal.engine).waiting_events(book.name))
    return Stopped(journal.stop_reason(), standing(book, journal), forced)


def stops_in_force(book: Book, journal: Journal, carried: Carried) -> tuple[Stop, ...]:
    """The account's own first, then those of its trading systems."""
    tripped = RiskLog(journal.engine).ladder_events(book.name)
    return tuple(
        Stop(system, level, breaker, _since(tripped, system), released_by(book, level, system))
        for system, level, breaker in _standing(carried)
    )


def standing(book: Book, journal: Journal) -> tuple[Stop, ...]:
    """Stops in force by the book's newest decision, none before its first and after a release that waits."""
    last = journal.last_decision(book.name)
    waiting = RiskLog(journal.engine).waiting_events(book.name)
    if last is None or any(one.kind is RiskKind.RELEASE for one in waiting):
        return ()
    return stops_in_force(book, journal, last.state_after)


def released_by(book: Book, level: Level, system: str = ACCOUNT) -> str:
    """Who or what ends a stop of that level."""
    house = book.parameters.house
    days = {Level.PAUSE: house.pause_days, Level.REDUCE: house.reduce_days, Level.FLATTEN: house.flatten_days}[level]
    if system:
        days = next(one.profile.pause_days for one in book.parameters.systems if one.name == system)
    return f"itself after {days:g} days" if days > 0.0 else A_PERSON


def announce(book: Book, journal: Journal, decision: Decision) -> None:
    """Raise an alert for whatever tripped at the decision; the same decision again raises none."""
    for event in decision.events:
        if event.tripped:
            key = f"trip {book.name} {event.bar} {event.system} {event.breaker.name} {event.level.name}"
            severity = "warning" if event.level is Level.PAUSE else "critical"
            journal.raise_alert(key, severity, trip_text(book, event), decision.decided_at)


def trip_text(book: Book, event: LadderEvent) -> str:
    """What tripped, what stops, and who may release it."""
    whose = f"system {event.system}" if event.system else "account"
    figures = f" ({event.value:.2%} found, {event.limit:.2%} allowed)" if event.limit > 0.0 else ""
    return (
        f"{whose} of {book.name}, {iso(event.bar)}: {event.breaker.text}{figures}; {event.level.text}; released by "
        f"{released_by(book, event.level, event.system)}"
    )


def ready(panel: Panel, row: int, symbols: Sequence[str], events: Sequence[RiskEvent]) -> list[RiskEvent]:
    """What a decision in that row of the panel can act on, in the order given; `symbols` are those of its columns.

    A cut waits while its symbol is closed to every order.
    """
    closed = {symbol for symbol, gate in zip(symbols, panel.gate[row].tolist(), strict=True) if gate in CLOSED}
    return [one for one in events if one.kind is not RiskKind.CUT or one.symbol not in closed]


def act_on(panel: Panel, row: int, symbols: Sequence[str], events: Sequence[RiskEvent]) -> None:
    """Write what came from outside, the oldest first, into a row of the panel, whose columns are `symbols`.

    A release acts before a forced level: it takes back those that came before it, and of those after it the highest
    holds. Flows add up. Cuts act whatever was released: of one symbol the largest; of one that the book no longer has
    there is nothing to be sold.
    """
    level = forced_level(events)
    panel.events[row, RELEASE] = float(any(one.kind is RiskKind.RELEASE for one in events))
    panel.events[row, FORCED] = float(level)
    panel.events[row, BREAKER] = float(_breaker_of(level, events))
    panel.events[row, FLOW] = math.fsum(one.amount for one in events if one.kind is RiskKind.FLOW)
    for column, symbol in enumerate(symbols):
        parts = [one.value for one in events if one.kind is RiskKind.CUT and one.symbol == symbol]
        panel.tails[row, column, CUT] = max(parts, default=0.0)


def _breaker_of(level: Level, events: Sequence[RiskEvent]) -> Breaker:
    """Of the newest event that forced the level."""
    if level is Level.NONE:
        return Breaker.NONE
    forced = [one.breaker for one in events if one.kind is RiskKind.FORCED and one.level is level]
    return forced[-1]


def _standing(carried: Carried) -> Iterator[tuple[str, Level, Breaker]]:
    level = Level(int(carried.ladder["level"]))
    if level is not Level.NONE:
        yield ACCOUNT, level, Breaker(int(carried.ladder["breaker"]))
    for system, account in carried.accounts.items():
        if account[PAUSED_UNTIL] > 0.0:
            yield system, Level.PAUSE, Breaker.STRATEGY


def _since(tripped: list[LadderEvent], system: str) -> int | None:
    return next((one.bar for one in reversed(tripped) if one.tripped and one.system == system), None)
