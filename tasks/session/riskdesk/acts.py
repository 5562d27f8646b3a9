"""What a person does about the stops and the account of a book; the next decision acts on it."""

import math
from dataclasses import dataclass

from data.journal import Decision, Journal, RiskEvent, RiskKind, RiskLog
from models.portfolio import Account
from models.types import BadInput, Level, Refused
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.stops import Stop, stopped_by

LIVE = "live"
CASH, EQUITY = Account._fields.index("cash"), Account._fields.index("equity")


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


def release_stops(desk: Desk, journal: Journal, who: str, why: str) -> Released:
    """Clear the stop flag and release every stop of the configured book, in one act that the journal keeps.

    The stops of the book end with its next decision. Where nothing is stopped nothing is written.

    Raises:
        BadInput: nobody says who, or why.
    """
    _require_said(who, why)
    book = configured_book(desk)
    before = stopped_by(book, journal)
    found = Released(desk.loaded.settings.stage, before.flag, before.stops, before.forced)
    if found.anything:
        RiskLog(journal.engine).release(RiskEvent(book.name, desk.clock.now(), RiskKind.RELEASE, who, why))
    return found


def take_flow(desk: Desk, journal: Journal, amount: float, who: str, why: str) -> RiskEvent:
    """Pay `amount` (quote currency, negative: a withdrawal) into the configured book's paper account, with its next
    decision.

    Raises:
        BadInput: the amount is no figure, or nobody says who, or why.
        Refused: the stage trades real money, or the cash does not suffice.
    """
    _require_said(who, why)
    if not math.isfinite(amount) or amount == 0.0:
        raise BadInput(f"found an amount of {amount}; give a positive one to pay in, a negative one to take out")
    if desk.loaded.settings.stage == LIVE:
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
    """What can be taken out until a trading system has no cash: each gives its part of the account's equity."""
    if last is None:
        return book.capital
    accounts = last.state_after.accounts.values()
    equity = math.fsum(one[EQUITY] for one in accounts)
    parts = [one[CASH] * equity / one[EQUITY] for one in accounts if one[EQUITY] > 0.0]
    return max(0.0, min(parts, default=0.0))


def _require_said(who: str, why: str) -> None:
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{name}; the journal keeps who did this, and why")
