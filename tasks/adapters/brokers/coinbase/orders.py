"""Coinbase's orders and fills: how one is put, and what its rows mean."""

from typing import Any

from models.types.failures import NotSent
from models.types.wire import OrderKind, OrderState, Report, VenueTrade
from tasks.adapters.brokers.dialect import Raw, Sending
from tasks.adapters.brokers.figures import figure, figure_or_zero, micros, plain

STATES = {
    "PENDING": OrderState.OPEN,
    "QUEUED": OrderState.OPEN,
    "OPEN": OrderState.OPEN,
    "CANCEL_QUEUED": OrderState.OPEN,
    "EDIT_QUEUED": OrderState.OPEN,
    "FILLED": OrderState.FILLED,
    "CANCELLED": OrderState.CANCELED,
    "EXPIRED": OrderState.EXPIRED,
    "FAILED": OrderState.REJECTED,
}
DIRECTIONS = {True: "STOP_DIRECTION_STOP_UP", False: "STOP_DIRECTION_STOP_DOWN"}
SIDES = {"BUY": True, "SELL": False}


def body(sending: Sending) -> dict[str, Any]:
    """The order as it is posted; ccxt would put an id of its own in the place of a unified clientOrderId.

    Raises:
        NotSent: there is no worst price, without which Coinbase takes none of these orders.
    """
    order = sending.order
    if order.limit is None:
        raise NotSent(f"coinbase takes order {order.cid} ({order.kind}) only with a worst price; give it a limit")
    figures: dict[str, object] = {"base_size": plain(order.quantity), "limit_price": plain(order.limit)}
    if order.kind is OrderKind.MARKET:
        shape = "sor_limit_ioc"
    elif order.stop is None:
        shape, figures = "limit_limit_gtc", {**figures, "post_only": False}
    else:
        shape = "stop_limit_stop_limit_gtc"
        figures = {**figures, "stop_price": plain(order.stop), "stop_direction": DIRECTIONS[order.is_buy]}
    return {
        "client_order_id": sending.wire_id,
        "product_id": sending.market["id"],
        "side": "BUY" if order.is_buy else "SELL",
        "order_configuration": {shape: figures},
    }


def accepted(told: Raw) -> Raw:
    """The answer to a new order as a row: it is there, and nothing more is known."""
    said = told["success_response"]
    return {**said, "order_configuration": told["order_configuration"], "status": "OPEN", "filled_size": "0"}


def report(venue: str, row: Raw, heard_at: int) -> Report:
    """One row of orders; one by value, which only others place, has what was filled as its quantity."""
    [(shape, figures)] = row["order_configuration"].items()
    filled, state = figure_or_zero(row["filled_size"]), STATES[row["status"]]
    size, last = figures.get("base_size"), row.get("last_fill_time")
    return Report(
        venue=venue,
        symbol=symbol_of(row),
        cid=row["client_order_id"] or None,
        exchange_id=str(row["order_id"]),
        state=state,
        is_buy=SIDES[row["side"]],
        quantity=filled if size is None else figure(size),
        filled=filled,
        value=figure_or_zero(row.get("filled_value")),
        at=micros(last) if last else heard_at,
        kind=shape,
        why=_why(row, state),
        stop=figure(figures["stop_price"]) if figures.get("stop_price") else None,
    )


def trade(venue: str, row: Raw) -> VenueTrade:
    """One fill; its fee is in the quote asset.

    Raises:
        ValueError: it takes another one back, which a person has to look at.
    """
    if row["trade_type"] != "FILL":
        raise ValueError(f"an entry of kind {row['trade_type']}")
    price, size = figure(row["price"]), figure(row["size"])
    symbol = symbol_of(row)
    return VenueTrade(
        venue=venue,
        symbol=symbol,
        trade_id=str(row["entry_id"]),
        exchange_id=str(row["order_id"]),
        cid=None,
        is_buy=SIDES[row["side"]],
        quantity=size / price if row["size_in_quote"] is True else size,
        price=price,
        fee=figure_or_zero(row["commission"]),
        fee_asset=symbol.partition("/")[2],
        at=micros(row["trade_time"]),
        maker=row.get("liquidity_indicator") == "MAKER",
    )


def symbol_of(row: Raw) -> str:
    """As the book writes it."""
    return str(row["product_id"]).replace("-", "/")


def _why(row: Raw, state: OrderState) -> str:
    if state in (OrderState.OPEN, OrderState.FILLED):
        return ""
    said = [str(row.get(name) or "") for name in ("reject_reason", "reject_message", "cancel_message")]
    return ", ".join(part for part in said if part and part != "REJECT_REASON_UNSPECIFIED")
