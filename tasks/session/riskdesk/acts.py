"""What a person does about the stops and the account of a book; the next decision acts on it."""

import math
from dataclasses import dataclass
from itertools import pairwise

from data.journal import Decision, Journal, RiskEvent, RiskKind, RiskLog, Shown
from models.engine.accounts import room_of
from models.portfolio import Account
from models.types import BadInput, Level, Refused, Stage
from tasks.session.book import Book, configured_book
from tasks.session.carried import state_of
from tasks.session.desk import Desk
from tasks.session.stops import Stop, stopped_by

EQUITY = Account._fields.index("equity")
# More than any account of one person or a small desk, and far from where figures overflow.
LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class Released:
    """What a person's release ended: the reason of the stop flag, the stops in force, and the level that waited."""

    stage: str
    flag: str | None
    stops: tuple[Stop, ...]
    forced: Level

    @property
    def anything(self) -> bool:
        """Whether there was anything to release."""
        return self.flag is not None or bool(self.stops) or self.forced is not Level.NONE

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on: after a release nothing is stopped any more."""
        return {
            "stopped": False,
            "reason": None,
            "stage": self.stage,
            "released": self.anything,
            "flag": self.flag,
            "stops": [one.as_json() for one in self.stops],
            "forced": self.forced.name.lower(),
        }


def nothing_released(desk: Desk) -> Released:
    """What a release says where nothing was stopped."""
    return Released(desk.loaded.settings.stage, None, (), Level.NONE)


def release_stops(desk: Desk, journal: Journal, who: str, why: str, expected: Shown | None = None) -> Released:
    """Clear the stop flag and release every stop of the configured book, in one act that the journal keeps.

    The stops of the book end with its next decision. Where nothing is stopped nothing is written. `expected`: the only
    flags that may go, None for whatever stands.

    Raises:
        BadInput: nobody says who, or why.
        Refused: another or a higher stop stands than the expected one.
    """
    _require_said(who, why)
    book = configured_book(desk)
    before = stopped_by(book, journal)
    found = Released(desk.loaded.settings.stage, before.flag, before.stops, before.forced)
    # A book's own flag goes with whatever set it, and by itself where that is gone already.
    if found.anything or RiskLog(journal.engine).breaker_flag(book.name) is not None:
        event = RiskEvent(book.name, desk.clock.now(), RiskKind.RELEASE, who, why)
        RiskLog(journal.engine).release(event, expected)
    return found


def take_flow(desk: Desk, journal: Journal, amount: float, who: str, why: str) -> RiskEvent:
    """Pay `amount` (quote currency, negative: a withdrawal) into the configured book's paper account, with its next
    decision.

    Raises:
        BadInput: the amount is no figure, or nobody says who, or why.
        Refused: the stage trades real money, or the cash does not suffice.
    """
    _require_said(who, why)
    if not 0.0 < abs(amount) <= LARGEST:
        raise BadInput(
            f"found an amount of {amount:g}; give a positive one to pay in, a negative one to take out, {LARGEST:g} at "
            "most"
        )
    if Stage(desk.loaded.settings.stage).is_money:
        raise Refused("the live account is the venue's: pay in or out there; this is for the paper account")
    book, log = configured_book(desk), RiskLog(journal.engine)
    waiting = math.fsum(one.amount for one in log.waiting_events(book.name))
    most = most_withdrawn(book, journal.last_decision(book.name))
    if amount < 0.0 and not amount + waiting > -most:
        raise Refused(
            f"found a withdrawal of {-amount:g} with {most + waiting:g} to spare in cash; take out less, or wait until "
            "positions are closed"
        )
    event = RiskEvent(book.name, desk.clock.now(), RiskKind.FLOW, who, why, amount=amount)
    log.record_event(event)
    return event


def most_withdrawn(book: Book, last: Decision | None) -> float:
    """What can be taken out until a trading system has nothing free: each gives its part of the account's equity, and
    what waits to be bought is spoken for.
    """
    if last is None:
        return book.capital
    state, parameters, parts = state_of(book, last), book.parameters, []
    equity = math.fsum(state.accounts[:, EQUITY].tolist())
    for k, (begin, end) in enumerate(pairwise(parameters.firsts.tolist())):
        account = state.account(k)
        room = room_of(account, True, parameters.instruments, parameters.slots, state.book, begin, end)
        if account.equity > 0.0:
            parts.append((room.cash + room.locked) * equity / account.equity)
    return max(0.0, min(parts, default=0.0))


def _require_said(who: str, why: str) -> None:
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{name}; the journal keeps who did this, and why")
