"""What ccxt's Coinbase is taught: the client order id it would drop, and orders found and cancelled by it."""

from collections.abc import Mapping
from typing import Any

from models.types import from_micros
from models.types.wire import WireOrder
from tasks.adapters.brokers.coinbase.orders import accepted, body
from tasks.adapters.brokers.dialect import Raw, Sending
from tasks.adapters.brokers.teaching import afterwards, teach
from tasks.adapters.venues.limits import SECOND

PAGE = 100
MOST_PAGES = 1000
# How far the venue's clock and ours may be apart, and then some.
SLACK = 3600 * SECOND


def tune(exchange: Any, _stands_in: bool) -> None:
    """Teach it; its tokens are signed by the venue's clock."""
    teach(exchange, submit, find_by_cid, cancel_by_cid, all_open_orders, all_trades, all_accounts)
    # In one line of .env the line ends of a private key are written out.
    exchange.secret = exchange.secret.replace("\\n", "\n")
    exchange.seconds = lambda: int(exchange.milliseconds() - exchange.options.get("timeDifference", 0)) // 1000


def submit(exchange: Any, sending: Sending) -> Raw:
    """Send it, under a token of the time of its admission."""
    said, seconds = body(sending), exchange.seconds
    exchange.seconds = lambda: sending.admitted_ms // 1000
    try:
        return accepted(exchange.v3PrivatePostBrokerageOrders(said))
    finally:
        exchange.seconds = seconds


def find_by_cid(exchange: Any, order: WireOrder, wire_id: str) -> Raw | None:
    """The order's row by the venue's id, or among all orders in the product since it was admitted."""
    if order.exchange_id:
        return _by_number(exchange, order.exchange_id)
    since = {"product_ids": order.symbol.replace("/", "-"), "start_date": _stamp(order.created_at - SLACK)}
    rows = _all(exchange.v3PrivateGetBrokerageOrdersHistoricalBatch, "orders", since)
    return next((row for row in rows if row["client_order_id"] == wire_id), None)


def cancel_by_cid(exchange: Any, order: WireOrder, wire_id: str) -> Raw | None:
    """Cancel by the venue's id, the only way, and the order's row after that.

    Raises:
        ccxt.OrderNotFound: there is none to be found, or the venue refuses; its answer says which.
    """
    from ccxt.base.errors import OrderNotFound

    number = order.exchange_id or (find_by_cid(exchange, order, wire_id) or {}).get("order_id")
    if number is None:
        raise OrderNotFound("no order with this id")
    [told] = exchange.v3PrivatePostBrokerageOrdersBatchCancel({"order_ids": [number]})["results"]
    if told["success"] is not True:
        raise OrderNotFound("not cancelled")
    return afterwards(lambda: _by_number(exchange, str(number)))


def all_open_orders(exchange: Any) -> list[Raw]:
    """Every open order, all pages."""
    return _all(exchange.v3PrivateGetBrokerageOrdersHistoricalBatch, "orders", {"order_status": "OPEN"})


def all_trades(exchange: Any, symbol: str, since: int) -> list[Raw]:
    """Fills of the symbol from `since` (UTC microseconds) on, all pages."""
    asked = {"product_ids": symbol.replace("/", "-"), "start_sequence_timestamp": _stamp(since - SECOND)}
    return _all(exchange.v3PrivateGetBrokerageOrdersHistoricalFills, "fills", asked)


def all_accounts(exchange: Any) -> list[Raw]:
    """One for each asset, all pages."""
    return _all(exchange.v3PrivateGetBrokerageAccounts, "accounts", {})


def _by_number(exchange: Any, number: str) -> Raw:
    row: Raw = exchange.v3PrivateGetBrokerageOrdersHistoricalOrderId({"order_id": number})["order"]
    return row


def _all(method: Any, part: str, asked: Mapping[str, object]) -> list[Raw]:
    found: list[Raw] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        told = method({**asked, "limit": PAGE, **({"cursor": cursor} if cursor else {})})
        found += told[part]
        cursor = told.get("cursor") or ""
        if not cursor or told.get("has_next") is False:
            return found
    raise ValueError("more pages than anybody reads")


def _stamp(moment: int) -> str:
    return from_micros(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
