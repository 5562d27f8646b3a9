"""Between rows of `wire_orders` and orders. Decimals are written as they are, to the last digit."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from data.journal.order_tables import wire_orders
from models.types.wire import OrderKind, OrderState, Role, WireOrder

SAME = (
    "cid",
    "parent",
    "book",
    "system",
    "venue",
    "symbol",
    "is_buy",
    "decided_at",
    "created_at",
    "exchange_id",
    "why",
)
AMOUNTS = ("quantity", "reference", "filled", "value")
PRICES = ("limit", "stop")
WORDS = ("role", "kind", "state")
COLUMNS = (*SAME, *AMOUNTS, *PRICES, *WORDS)
# What changes after an order was written.
MOVING = ("state", "filled", "value", "exchange_id", "why")


def order_row(order: WireOrder) -> dict[str, Any]:
    """Row of `wire_orders`, without its number, admission, token and the time of its last change."""
    row: dict[str, Any] = {name: getattr(order, name) for name in SAME}
    row |= {name: str(getattr(order, name)) for name in AMOUNTS}
    row |= {name: _text(getattr(order, name)) for name in PRICES}
    return row | {name: getattr(order, name).value for name in WORDS}


def order_of(row: RowMapping | Mapping[str, Any]) -> WireOrder:
    """The order of a row of `wire_orders`."""
    return _order(*[row[name] for name in COLUMNS])


@lru_cache(maxsize=8192)
def _order(*said: Any) -> WireOrder:
    """Kept, because those behind a position are read again at every step that it takes to sell or protect it."""
    row = dict(zip(COLUMNS, said, strict=True))
    figures: dict[str, Any] = {name: Decimal(row[name]) for name in AMOUNTS}
    return WireOrder(
        role=Role(row["role"]),
        kind=OrderKind(row["kind"]),
        state=OrderState(row["state"]),
        limit=_price(row["limit"]),
        stop=_price(row["stop"]),
        **{name: row[name] for name in SAME},
        **figures,
    )


def read_order(connection: Connection, cid: str) -> WireOrder | None:
    """The order with that client order id."""
    row = connection.execute(select(wire_orders).where(wire_orders.c.cid == cid)).mappings().one_or_none()
    return None if row is None else order_of(row)


def order_behind(
    connection: Connection, venue: str, symbol: str, cid: str | None, exchange_id: str
) -> WireOrder | None:
    """The order of ours that a venue speaks of, by our id or else by its own; None when it is none of ours."""
    order = None if cid is None else read_order(connection, cid)
    if order is None and exchange_id:
        wanted = wire_orders.c.venue == venue, wire_orders.c.exchange_id == exchange_id, wire_orders.c.symbol == symbol
        row = connection.execute(select(wire_orders).where(*wanted)).mappings().first()
        order = None if row is None else order_of(row)
    return order if order is not None and (order.venue, order.symbol) == (venue, symbol) else None


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
