"""Bitget's orders and fills: how one is put, and what its rows mean."""

from decimal import Decimal

from models.types.failures import NotSent
from models.types.wire import OrderKind, OrderState, Report, VenueTrade
from tasks.adapters.brokers.dialect import Raw, Sending
from tasks.adapters.brokers.figures import figure, figure_or_zero, plain

STATES = {
    "init": OrderState.OPEN,
    "new": OrderState.OPEN,
    "live": OrderState.OPEN,
    "partially_filled": OrderState.OPEN,
    "filled": OrderState.FILLED,
    "cancelled": OrderState.CANCELED,
    "canceled": OrderState.CANCELED,
}
SIDES = {"buy": True, "sell": False}


def body(sending: Sending) -> dict[str, str]:
    """The order as it is posted.

    Raises:
        NotSent: a stop, which the unified account has for futures only, or an order without a worst price.
    """
    order = sending.order
    if order.kind is OrderKind.STOP or order.limit is None:
        raise NotSent(f"bitget takes no order such as {order.cid} ({order.kind}); use a limit, and stops of our own")
    return {
        "category": "SPOT",
        "symbol": str(sending.market["id"]),
        "qty": plain(order.quantity),
        "price": plain(order.limit),
        "side": "buy" if order.is_buy else "sell",
        "orderType": "limit",
        "timeInForce": "ioc" if order.kind is OrderKind.MARKET else "gtc",
        "clientOid": sending.wire_id,
    }


def accepted(said: Raw, told: Raw) -> Raw:
    """The answer to a new order as a row: it is there, and nothing more is known."""
    return {**said, **told, "orderStatus": "live", "cumExecQty": "0", "cumExecValue": "0"}


def report(venue: str, row: Raw, heard_at: int) -> Report:
    """One row of orders, with `pair` beside what Bitget says; one by value has what was filled as its quantity."""
    filled, quantity, state = figure(row["cumExecQty"]), figure_or_zero(row["qty"]), STATES[row["orderStatus"]]
    changed = row.get("updatedTime")
    return Report(
        venue=venue,
        symbol=str(row["pair"]),
        cid=row["clientOid"] or None,
        exchange_id=str(row["orderId"]),
        state=state,
        is_buy=SIDES[row["side"]],
        quantity=quantity or filled,
        filled=filled,
        value=figure_or_zero(row["cumExecValue"]),
        at=int(changed) * 1000 if changed else heard_at,
        kind=str(row["orderType"]),
        why=str(row.get("cancelReason") or ""),
    )


def trade(venue: str, row: Raw) -> VenueTrade:
    """One fill, with `pair` beside what Bitget says.

    Raises:
        ValueError: its fee is in more than one coin.
    """
    fees = [fee for fee in row["feeDetail"] if fee.get("feeCoin")]
    if len(fees) > 1:
        raise ValueError("a fee in several coins")
    return VenueTrade(
        venue=venue,
        symbol=str(row["pair"]),
        trade_id=str(row["execId"]),
        exchange_id=str(row["orderId"]),
        cid=None,
        is_buy=SIDES[row["side"]],
        quantity=figure(row["execQty"]),
        price=figure(row["execPrice"]),
        # Paid is positive in this API, and negative in the older one.
        fee=abs(figure_or_zero(fees[0]["fee"])) if fees else Decimal(0),
        fee_asset=str(fees[0]["feeCoin"]) if fees else "",
        at=int(row["createdTime"]) * 1000,
        maker=row.get("tradeScope") == "maker",
    )
