"""The recovery procedure: what a person has to have seen to before a stop is released, step by step."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal

from data.journal import AuditKind, AuditLog, HoldingLog, Journal, RiskLog, Shown
from models.portfolio import Position
from models.types import BadInput, KeelError, Refused, Stage, iso
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.emergency import (
    books_at_risk,
    cover_positions,
    told_covered,
    told_withdrawn,
    withdraw_entries,
)
from tasks.session.living import live_venues
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.reconciling import reconcile
from tasks.session.ordering.recovering import recover
from tasks.session.riskdesk.acts import Released, release_stops
from tasks.session.stops import Stopped, stopped_by

Orders = Callable[[], AbstractContextManager[OrderDesk]]
# Rows of the audit chain that a person is shown.
LAST = 5
# What was asked of the API and refused there is no cause of a stop, and could be any number of rows.
TOLD = [one for one in AuditKind if one not in (AuditKind.ASKED, AuditKind.REFUSED)]
LIMITS_STEP = 3
QUANTITY = Position._fields.index("quantity")
LIMITS = ("daily_loss", "weekly_loss", "entries_drawdown", "max_drawdown", "max_var", "halt_var")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the procedure: what was found, and where it is not done what to do."""

    number: int
    title: str
    ok: bool
    found: tuple[str, ...]
    todo: str = ""

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        named = {"number": self.number, "title": self.title, "ok": self.ok}
        return {**named, "found": list(self.found), "todo": self.todo}


@dataclass(frozen=True, slots=True)
class Recovery:
    """The steps before the stop is reset, what has to be typed, and the flags that were shown: no other is released."""

    steps: tuple[Step, ...]
    phrase: str
    shown: Shown

    @property
    def missing(self) -> tuple[Step, ...]:
        """Steps that are not done."""
        return tuple(one for one in self.steps if not one.ok)

    def reviewed(self) -> "Recovery":
        """The same after a person has said that the limits in force are the right ones: the third step."""
        steps = (replace(one, ok=True) if one.number == LIMITS_STEP else one for one in self.steps)
        return replace(self, steps=tuple(steps))


def phrase_to_resume(desk: Desk) -> str:
    """What has to be typed, to the letter: `RESUME binance`."""
    return f"RESUME {desk.loaded.settings.trading.venue}"


def look_before_resuming(desk: Desk, journal: Journal, orders: Orders, why: str) -> Recovery | None:
    """The first three steps; None where nothing is stopped. Entries that still stand are taken back, and with real
    money the venue is asked what became of every order and what is held: at work with `orders`. The third step is done
    once a person says so (`Recovery.reviewed`).

    Raises:
        BadInput: nobody says why.
    """
    if not why.strip():
        raise BadInput("found nothing for --why; say what the cause was, the journal keeps it")
    book = configured_book(desk)
    shown, stopped = RiskLog(journal.engine).shown(book.name), stopped_by(book, journal)
    if not is_stopped(book, journal, stopped):
        return None
    cause = _cause(journal, stopped, shown, why)
    steps = cause, _positions(desk, journal, book, orders), _limits(desk, book, stopped)
    return Recovery(steps, phrase_to_resume(desk), shown)


def is_stopped(book: Book, journal: Journal, stopped: Stopped) -> bool:
    """Whether there is anything to release."""
    return stopped.entries or bool(stopped.stops) or RiskLog(journal.engine).breaker_flag(book.name) is not None


def resume_trading(desk: Desk, journal: Journal, recovery: Recovery, phrase: str, who: str, why: str) -> Released:
    """The fourth step: release every stop of the configured book and the flag.

    Raises:
        BadInput: nobody says who, or why.
        Refused: a step is not done, the phrase is another one, or another stop stands than the one that was shown.
    """
    if recovery.missing:
        told = "; ".join(f"({one.number}) {', '.join(one.found)}: {one.todo}" for one in recovery.missing)
        raise Refused(f"trading stays stopped; what is missing: {told}")
    if phrase != recovery.phrase:
        raise Refused(f"found {phrase!r}, wanted exactly {recovery.phrase!r}; trading stays stopped, say it again")
    return release_stops(desk, journal, who, why, recovery.shown)


def next_steps(desk: Desk, journal: Journal) -> Step:
    """The fifth step: what goes on by itself now, and what does not."""
    waiting = RiskLog(journal.engine).waiting_events(configured_book(desk).name)
    found = ["entries are possible with the next decision"]
    if waiting:
        found.append(f"{len(waiting)} events wait for it, the release among them")
    if Stage(desk.loaded.settings.stage).is_money:
        found.append("keel live status says which acts real orders ask for; watch the first decision")
    return Step(5, "resume", True, tuple(found))


def _cause(journal: Journal, stopped: Stopped, shown: Shown, why: str) -> Step:
    flag, own = shown.stop, shown.own
    said = [] if flag is None else [f"{flag.reason} ({flag.level.name.lower()}, {flag.who}, {iso(flag.at)})"]
    said += [f"{one.system or 'account'}: {one.breaker.text}" for one in stopped.stops]
    said += [] if own is None else [f"the book's own stop: {own.reason} ({own.level.name.lower()}, {iso(own.at)})"]
    entries = AuditLog(journal.engine).entries(TOLD)[-LAST:]
    said += [f"{iso(one.at)} {one.kind.value} by {one.who}: {one.why}" for one in entries]
    return Step(1, "investigate the cause", True, (*said, f"found: {why}"))


def _positions(desk: Desk, journal: Journal, book: Book, orders: Orders) -> Step:
    title = "close problematic positions"
    try:
        with orders() as working:
            troubles = list(_troubles(desk, journal, book, working))
    except KeelError as error:
        troubles = [str(error)]
    if troubles:
        return Step(
            2, title, False, tuple(troubles), "see to it, keel flatten REASON sells what is held; then come again"
        )
    return Step(2, title, True, (*_held(journal, book), "no entry stands, nothing is in doubt, nothing is unexplained"))


def _troubles(desk: Desk, journal: Journal, book: Book, orders: OrderDesk) -> Iterator[str]:
    left = told_withdrawn(withdraw_entries(orders))
    if not left.ok:
        yield left.why
    if Stage(desk.loaded.settings.stage).is_money:
        _bring_together(desk, journal, book, orders)
    stops = told_covered(cover_positions(orders, journal))
    if not stops.ok:
        yield stops.why
    yield from (one.text for one in books_at_risk(orders, journal, book.name))
    yield from (f"it is not known what became of {one.cid} at {one.venue}" for one in orders.log.doubtful(book.name))
    for venue, asset in sorted(HoldingLog(journal.engine).unexplained()):
        yield f"{asset} at {venue} moved without an order of ours; look at it, then use keel adopt"


def _bring_together(desk: Desk, journal: Journal, book: Book, orders: OrderDesk) -> None:
    """Journal and venues, as before a decision.

    Raises:
        BadInput: a venue of the book has no account.
        Refused, Unavailable: they do not agree; a venue did not say.
    """
    there = {venue: orders.account(venue) for venue in live_venues(desk.loaded.settings)}
    working = replace(orders, accounts=there)
    lots: Mapping[str, Decimal] = {one.symbol: Decimal(repr(desk.instrument(one).lot)) for one in desk.book_series()}
    recover(working, book.name, lots)
    holdings = HoldingLog(journal.engine, working.log.fence)
    reconcile(working, journal, holdings, book.name, lots, journal.last_decision(book.name))


def _held(journal: Journal, book: Book) -> Iterator[str]:
    last = journal.last_decision(book.name)
    for system, positions in ({} if last is None else last.state_after.positions).items():
        for symbol, figures in positions.items():
            if figures[QUANTITY]:
                yield f"{system} holds {figures[QUANTITY]:g} {symbol}"


def _limits(desk: Desk, book: Book, stopped: Stopped) -> Step:
    house = book.parameters.house._asdict()
    found = [f"{name} {house[name]:g}" for name in LIMITS]
    found += [f"tripped: {one.breaker.text} ({one.level.name.lower()})" for one in stopped.stops]
    if not stopped.stops:
        found.append("no limit of the account tripped")
    todo = "change what is wrong in conf/risk_params.yml; when these are the right ones say --reviewed"
    told = (f"in force, version {desk.loaded.version[:12]}:", *found)
    return Step(LIMITS_STEP, "adjust risk parameters", False, told, todo)
