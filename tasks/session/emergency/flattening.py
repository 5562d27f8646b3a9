"""Selling everything that a book holds at its venues, here and now."""

from dataclasses import dataclass
from decimal import Decimal

from data.journal import AuditKind, AuditLog, Entry, Journal
from models.types import BadInput, Level, Unavailable
from models.types.wire import Role, WireOrder
from tasks.session.emergency.withdrawing import Withdrawn, withdraw_entries
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import Held, held_now, quantity_now
from tasks.session.ordering.protecting import Means, Protection, protect
from tasks.session.ordering.resting import is_clear, release, unsold
from tasks.session.ordering.selling import sell


@dataclass(frozen=True, slots=True)
class Left:
    """A position that is not sold whole: base units that are left, what stands between them and a loss, and why."""

    symbol: str
    venue: str
    quantity: Decimal
    means: Means
    why: str


@dataclass(frozen=True, slots=True)
class Flattened:
    """What came of it: the entries first, then the orders that sold, and what is left of each position."""

    withdrawn: Withdrawn
    sold: tuple[WireOrder, ...]
    left: tuple[Left, ...]

    @property
    def is_flat(self) -> bool:
        """Whether the book holds nothing that a venue would take, and nothing can be bought any more."""
        return self.withdrawn.is_done and all(one.means is Means.DUST for one in self.left)


def flatten_positions(desk: OrderDesk, journal: Journal, book: str, home: str, who: str, why: str) -> Flattened:
    """Take back every entry, then sell each position of the book at market; what could not be sold has its stop again.
    Called again it goes on with what is left. `home` is the venue of what no order explains. The audit chain has it.

    Raises:
        BadInput: a position is short.
        Damaged: the journal has no order that opened a position.
        Refused: this process is no longer the writer.
    """
    withdrawn = withdraw_entries(desk)
    decision = journal.last_decision(book)
    held = [] if decision is None else held_now(journal, desk.log, book, decision, home)
    sold: list[WireOrder] = []
    left: list[Left] = []
    for one in held:
        sold += _sold(desk, one)
        left += _left(desk, one)
    found = Flattened(withdrawn, tuple(sold), tuple(left))
    AuditLog(journal.engine).append(_entry(found, book, who, why, desk.clock.now()))
    return found


def _sold(desk: OrderDesk, held: Held) -> list[WireOrder]:
    """Its stop gives way for as long as the sale takes."""
    if not quantity_now(desk.log, held):
        return []
    try:
        if not is_clear(desk, held) or not release(desk, held):
            return []
        quote = desk.account(held.venue).quote(held.symbol)
        return sell(desk, held, unsold(desk, held), Role.FLATTEN, quote.mid)
    except (BadInput, Unavailable) as error:
        text = f"{held.symbol} of {held.system} at {held.venue} is not sold: {error}; say keel flatten again"
        desk.alert(f"not flattened {held.venue} {held.symbol} {held.entry_cid}", "error", text)
        return []


def _left(desk: OrderDesk, held: Held) -> list[Left]:
    """What is left has its stop again."""
    (protection,) = protect(desk, [held])
    quantity = quantity_now(desk.log, held)
    if protection.means is Means.FLAT or not quantity:
        return []
    return [Left(held.symbol, held.venue, quantity, protection.means, _why(protection))]


def _why(protection: Protection) -> str:
    return protection.why or f"its stop rests at {protection.level}"


def _entry(found: Flattened, book: str, who: str, why: str, at: int) -> Entry:
    detail = {
        "book": book,
        "level": Level.FLATTEN.name.lower(),
        "cancelled": [one.cid for one in found.withdrawn.cancelled],
        "standing": [one.cid for one in (*found.withdrawn.standing, *found.withdrawn.doubtful)],
        "sold": [
            {
                "cid": one.cid,
                "symbol": one.symbol,
                "venue": one.venue,
                "filled": str(one.filled),
                "value": str(one.value),
            }
            for one in found.sold
        ],
        "left": [
            {"symbol": one.symbol, "venue": one.venue, "quantity": str(one.quantity), "means": one.means.value}
            for one in found.left
        ],
    }
    return Entry(AuditKind.FLATTENED, book.partition("|")[2], who, why, detail, at)
