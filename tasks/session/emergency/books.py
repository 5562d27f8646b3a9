"""Books of real money that the journal knows, whatever is configured now: what each holds, and what stands of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.journal import Journal, OrderLog
from models.orders import floored
from models.portfolio import Position
from models.types import BadInput, Damaged, Stage, Unavailable
from models.types.wire import WireOrder
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import Held, held_now, quantity_now
from tasks.session.ordering.selling import is_dust

MONEY = frozenset(one.value for one in Stage if one.is_money)
QUANTITY = Position._fields.index("quantity")


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A book that is not flat: what is held, and the client order ids of what is not over."""

    book: str
    held: tuple[str, ...]
    orders: tuple[str, ...]

    @property
    def text(self) -> str:
        """In words, with what to set to be at that book."""
        orders = [f"the order {one} is not over" for one in self.orders]
        return f"{self.book} is not the configured book and {'; '.join([*self.held, *orders])}; {_how(self.book)}"


def money_books(journal: Journal, log: OrderLog) -> list[str]:
    """Names of every book of real money that has decided or has an order that is not over."""
    known = {*journal.books(), *(one.book for one in log.live_orders())}
    return sorted(one for one in known if one.partition("|")[0] in MONEY)


def venue_of(book: str) -> str:
    """The venue that the book's name has, which is that of what no order explains; empty where it has none."""
    return [*book.split("|"), ""][1]


def places_held(journal: Journal, log: OrderLog) -> set[tuple[str, str]]:
    """(venue, symbol) of whatever a book of real money holds; of a book that cannot be read its own venue."""
    return {one for book in money_books(journal, log) for one in _places(journal, log, book)}


def books_at_risk(desk: OrderDesk, journal: Journal, but: str) -> list[AtRisk]:
    """Books of real money, `but` one left out, that hold more than dust or have an order that is not over."""
    live = desk.log.live_orders()
    others = [one for one in money_books(journal, desk.log) if one != but]
    found = [AtRisk(one, tuple(_told(desk, journal, one)), _cids(live, one)) for one in others]
    return [one for one in found if one.held or one.orders]


def _told(desk: OrderDesk, journal: Journal, book: str) -> Iterator[str]:
    try:
        held = _held(journal, desk.log, book)
    except (BadInput, Damaged) as error:
        yield f"it is not known what it holds ({error})"
        return
    for one in held:
        quantity = quantity_now(desk.log, one)
        if quantity and not _is_dust(desk, one):
            yield f"{one.system} holds {quantity} {one.symbol} at {one.venue}"


def _is_dust(desk: OrderDesk, held: Held) -> bool:
    """As far as its venue says so: what nobody can be asked about counts."""
    try:
        rules = desk.account(held.venue).rules(held.symbol)
    except (BadInput, Unavailable):
        return False
    return is_dust(floored(quantity_now(desk.log, held), rules.lot), held.entry_price, rules)


def _held(journal: Journal, log: OrderLog, book: str) -> list[Held]:
    decision = journal.last_decision(book)
    return [] if decision is None else held_now(journal, log, book, decision, venue_of(book))


def _places(journal: Journal, log: OrderLog, book: str) -> Iterator[tuple[str, str]]:
    try:
        yield from ((one.venue, one.symbol) for one in _held(journal, log, book))
    except (BadInput, Damaged):
        decision = journal.last_decision(book)
        positions = {} if decision is None else decision.state_after.positions
        for rows in positions.values():
            yield from ((venue_of(book), symbol) for symbol, figures in rows.items() if figures[QUANTITY])


def _cids(orders: Iterable[WireOrder], book: str) -> tuple[str, ...]:
    return tuple(one.cid for one in orders if one.book == book)


def _how(book: str) -> str:
    stage, _, line = book.partition("|")
    return f"set stage: {stage} and the trading of {line} and resume there, or sell it with keel flatten REASON"
