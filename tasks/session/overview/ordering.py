"""Orders as venues know them."""

from collections.abc import Collection

from data.journal import Glance, Journal
from models.types import iso
from models.types.wire import WireOrder
from tasks.session.overview.views import OrderNow

LISTED = 50


def orders_now(journal: Journal, book: str, limit: int = LISTED, states: Collection[str] = ()) -> tuple[OrderNow, ...]:
    """The newest of the book, of these states or of all, the newest first."""
    glance = Glance(journal.engine)
    found = glance.newest_orders(book, limit, states)
    touched = glance.touched_at([one.cid for one in found])
    return tuple(order_now(one, touched[one.cid]) for one in found)


def order_now(one: WireOrder, touched: int) -> OrderNow:
    """One order, heard of last at `touched` (UTC microseconds)."""
    return OrderNow(
        cid=one.cid,
        parent=one.parent,
        book=one.book,
        venue=one.venue,
        symbol=one.symbol,
        role=one.role.value,
        kind=one.kind.value,
        side="buy" if one.is_buy else "sell",
        quantity=f"{one.quantity:f}",
        filled=f"{one.filled:f}",
        limit=None if one.limit is None else f"{one.limit:f}",
        stop=None if one.stop is None else f"{one.stop:f}",
        state=one.state.value,
        why=one.why,
        created_at=iso(one.created_at),
        updated_at=iso(touched),
    )
