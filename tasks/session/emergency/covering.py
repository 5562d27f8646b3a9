"""While trading is stopped nobody decides, and what is held needs its stop all the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from data.journal import Journal
from models.types import BadInput, Damaged, Unavailable
from tasks.session.emergency.books import money_books, venue_of
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import Held, held_now, quantity_now
from tasks.session.ordering.protecting import Means, Protection, protect
from tasks.session.ordering.strays import is_named_like_ours
from tasks.session.taken_back import PAPER

# What needs nobody to look after it: the rest of a position is too small for any order.
SAFE = (Means.RESTING, Means.FLAT, Means.DUST)


@dataclass(frozen=True, slots=True)
class Bare:
    """A position that has no stop at its venue: base units, and why."""

    symbol: str
    venue: str
    quantity: Decimal
    why: str

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.quantity} {self.symbol} at {self.venue} have no stop there: {self.why}"


@dataclass(frozen=True, slots=True)
class Covered:
    """What stands between the positions of all books with real money and a loss.

    Attributes:
        protections: of what was looked at.
        bare: what has no stop at its venue.
        troubles: why the positions of a book are not known, by book.
    """

    protections: tuple[Protection, ...] = ()
    bare: tuple[Bare, ...] = ()
    troubles: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether every position has its stop."""
        return not self.bare and not self.troubles


def cover_positions(desk: OrderDesk, journal: Journal) -> Covered:
    """Give each position of every book with real money its stop, as `protect` does. A venue that is down is told of
    and holds up no other; so is one with orders named like ours that the journal does not know, for then the journal is
    older than they are and says nothing of what is held. Where nothing is held nobody is asked.

    Raises:
        Refused: this process is no longer the writer.
    """
    troubles: dict[str, str] = {}
    held = [one for book in money_books(journal, desk.log) for one in _held(desk, journal, book, troubles)]
    # Of a book that is not the configured one as well: a stop opens nothing.
    wide = replace(desk, caps=replace(desk.caps, symbols=desk.caps.symbols | {one.symbol for one in held}))
    obstacles = {venue: _obstacle(wide, venue) for venue in sorted({one.venue for one in held})}
    found = protect(wide, [one for one in held if not obstacles[one.venue]])
    return Covered(tuple(found), tuple(_bare(wide, held, obstacles, found)), troubles)


def _held(desk: OrderDesk, journal: Journal, book: str, troubles: dict[str, str]) -> list[Held]:
    decision = journal.last_decision(book)
    if decision is None:
        return []
    try:
        held = held_now(journal, desk.log, book, decision, venue_of(book))
    except (BadInput, Damaged) as error:
        troubles[book] = str(error)
        return []
    return [one for one in held if one.venue != PAPER]


def _obstacle(desk: OrderDesk, venue: str) -> str:
    """Why nothing is done at the venue, empty where it is."""
    try:
        reports = desk.account(venue).open_orders()
    except (BadInput, Unavailable) as error:
        return str(error)
    unknown = [one for one in reports if is_named_like_ours(one) and desk.log.order(one.cid or "") is None]
    if not unknown:
        return ""
    return f"the journal does not know {unknown[0].cid}, which stands there; look at the account, then keel resume"


def _bare(
    desk: OrderDesk, held: Sequence[Held], obstacles: Mapping[str, str], found: Sequence[Protection]
) -> Iterator[Bare]:
    for one in held:
        quantity = quantity_now(desk.log, one)
        if obstacles[one.venue] and quantity:
            yield Bare(one.symbol, one.venue, quantity, obstacles[one.venue])
    for protection in found:
        if protection.means not in SAFE and protection.quantity:
            yield Bare(protection.held.symbol, protection.held.venue, protection.quantity, protection.why)
