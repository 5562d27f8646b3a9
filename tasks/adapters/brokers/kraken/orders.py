"""Kraken's orders and fills: how one is put, and what its rows mean."""

from uuid import UUID, uuid5

from models.types import from_micros
from models.types.wire import OrderKind, OrderState, Report, VenueTrade
from tasks.adapters.brokers.dialect import Raw, Sending
from tasks.adapters.brokers.figures import figure, micros_of_seconds, plain
from tasks.adapters.brokers.kraken.exchange import SENDS_WITHIN

SPACE = UUID("6b0a5d2e-3f0c-5c58-9d5a-7f5b1a0e9c41")
STATES = {
    "pending": OrderState.OPEN,
    "open": OrderState.OPEN,
    "closed": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
}


def wire_id(cid: str) -> str:
    """Kraken takes a UUID, or 18 characters at most.

    >>> wire_id("a1b2c3-20240131T2300-0-1")
    'c838717b-c993-506d-99a2-44c7dbcd7a47'
    """
    return str(uuid5(SPACE, cid))


def form(sending: Sending) -> dict[str, str]:
    """The order as it is posted.

    The engine itself refuses it after the deadline, which counts from its admission; fees are in the quote asset. A
    stop sells at market, within the venue's own protection, whatever its worst price.

    Raises:
        ValueError: a price is missing.
    """
    order = sending.order
    said = {
        "pair": str(sending.market["id"]),
        "type": "buy" if order.is_buy else "sell",
        "volume": plain(order.quantity),
        "cl_ord_id": sending.wire_id,
        "oflags": "fciq",
        "deadline": from_micros(sending.admitted_ms * 1000 + SENDS_WITHIN).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    price = order.stop if order.kind is OrderKind.STOP else order.limit
    if price is None:
        raise ValueError("a price is missing")
    if order.kind is OrderKind.STOP:
        return {**said, "ordertype": "stop-loss", "price": plain(price)}
    force = "IOC" if order.kind is OrderKind.MARKET else "GTC"
    return {**said, "ordertype": "limit", "price": plain(price), "timeinforce": force}


def report(venue: str, row: Raw, heard_at: int) -> Report:
    """One order, with `txid` and `symbol` beside what Kraken says; its `cost` is cut off, so price times volume."""
    described, quantity, filled = row["descr"], figure(row["vol"]), figure(row["vol_exec"])
    state = STATES[row["status"]]
    # What is closed and not full has ended some other way.
    if state is OrderState.FILLED and filled < quantity:
        state = OrderState.CANCELED
    closed = row.get("closetm")
    return Report(
        venue=venue,
        symbol=str(row["symbol"]),
        cid=row.get("cl_ord_id") or None,
        exchange_id=str(row["txid"]),
        state=state,
        is_buy={"buy": True, "sell": False}[described["type"]],
        quantity=quantity,
        filled=filled,
        value=figure(row["price"]) * filled,
        at=micros_of_seconds(closed) if closed else heard_at,
        kind=str(described["ordertype"]),
        why=str(row.get("reason") or ""),
    )


def trade(venue: str, row: Raw) -> VenueTrade:
    """One fill, with `txid`, `symbol` and `quote` beside what Kraken says."""
    return VenueTrade(
        venue=venue,
        symbol=str(row["symbol"]),
        trade_id=str(row["txid"]),
        exchange_id=str(row["ordertxid"]),
        cid=None,
        is_buy={"buy": True, "sell": False}[row["type"]],
        quantity=figure(row["vol"]),
        price=figure(row["price"]),
        fee=figure(row["fee"]),
        fee_asset=str(row["quote"]),
        at=micros_of_seconds(row["time"]),
        maker=row.get("maker") is True,
    )
