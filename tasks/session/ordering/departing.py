"""What a book holds by its own count, and what of it has left the account without an order of ours."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from data.journal import Decision, Holding, HoldingKind, Journal, OrderLog, VenueLedger, moved_by
from models.portfolio import Position
from models.types import Leg
from tasks.session.ordering.accounting import NOTHING, Gone, shared
from tasks.session.ordering.held import exact
from tasks.session.ordering.rows import base_of

Rows = dict[tuple[str, str], Decimal]


def rows_held(log: OrderLog, book: str, decision: Decision | None) -> Rows:
    """Base units by system and symbol after the book's newest decision and every fill since."""
    found: Rows = {}
    if decision is not None:
        for system, positions in decision.state_after.positions.items():
            found |= {(system, symbol): exact(Position(*one).quantity) for symbol, one in positions.items()}
    for _, trade, order in log.unsettled(book):
        moved, row = moved_by([trade]), (order.system, order.symbol)
        net = moved.units - moved.fees.get(base_of(order.symbol), NOTHING)
        found[row] = found.get(row, NOTHING) + net
    return found


def of_asset(rows: Rows, asset: str) -> Rows:
    """The rows that hold an asset."""
    return {row: units for row, units in rows.items() if base_of(row[1]) == asset}


def pending_gone(
    journal: Journal,
    log: OrderLog,
    venues: Sequence[str],
    book: str,
    lots: Mapping[str, Decimal],
    last: Decision | None,
) -> tuple[Gone, ...]:
    """What has left the account of the book's and is not booked yet, shared over its rows, the largest first; the same
    until a decision books it (Leg.EXTERNAL), and nothing from then on. `lots` by symbol.
    """
    left = _left(journal, venues, book)
    if not left:
        return ()
    rows, booked = rows_held(log, book, last), booked_gone(journal, book)
    found: list[Gone] = []
    for asset, notes in left.items():
        units = -sum((one.quantity for one in notes), NOTHING) - booked.get(asset, NOTHING)
        if units > NOTHING:
            mine = {row: one for row, one in of_asset(rows, asset).items() if row[1] in lots}
            found += shared(mine, units, _price(notes, units), lots)
    return tuple(found)


def booked_gone(journal: Journal, book: str) -> dict[str, Decimal]:
    """Units by asset that the book has booked as gone."""
    found: dict[str, Decimal] = {}
    for one in journal.fills_of(book):
        if one.fill.leg is Leg.EXTERNAL:
            asset = base_of(one.fill.symbol)
            found[asset] = found.get(asset, NOTHING) + exact(abs(one.fill.quantity))
    return found


def departure(book: str, text: str) -> str:
    """The `why` of a note that units left the book."""
    return f"{_mark(book)}{text}"


def _mark(book: str) -> str:
    return f"of {book}: "


def _left(journal: Journal, venues: Sequence[str], book: str) -> dict[str, list[Holding]]:
    """Notes of what left the book, by asset, the oldest first."""
    found: dict[str, list[Holding]] = {}
    for venue in venues:
        for one, counts in VenueLedger(journal.engine, venue).notes():
            if counts and one.kind is HoldingKind.ADOPTED and one.why.startswith(_mark(book)):
                found.setdefault(one.asset, []).append(one)
    return found


def _price(notes: Sequence[Holding], units: Decimal) -> Decimal:
    """Mean of the newest notes that come to so many units."""
    value, counted = NOTHING, NOTHING
    for one in reversed(notes):
        if counted < units and one.value is not None:
            value, counted = value - one.value, counted - one.quantity
    return value / counted
