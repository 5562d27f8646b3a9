"""What ccxt's Bitget is taught: the unified account's orders by client order id, also of those that are over."""

from collections.abc import Mapping
from typing import Any

from models.types import Unavailable
from models.types.wire import WireOrder
from tasks.adapters.brokers.bitget.orders import accepted, body
from tasks.adapters.brokers.bitget.verdicts import UNKNOWN
from tasks.adapters.brokers.dialect import Raw, Sending
from tasks.adapters.brokers.teaching import afterwards, teach

PAGE = 100
MOST_PAGES = 1000
DAY_MS = 24 * 3_600_000
WINDOW_MS = 30 * DAY_MS
KEPT_MS = 90 * DAY_MS
# How far the venue's clock and ours may be apart, and then some.
SLACK_MS = 3_600_000


def tune(exchange: Any, _stands_in: bool) -> None:
    """Teach it."""
    teach(exchange, submit, find_by_cid, cancel_by_cid, all_open_orders, all_trades)


def submit(exchange: Any, sending: Sending) -> Raw:
    """Send it, signed with the time of its admission: the venue refuses it when it comes later than its window."""
    said, nonce = body(sending), exchange.nonce
    exchange.nonce = lambda: sending.admitted_ms
    try:
        told = exchange.privateUtaPostV3TradePlaceOrder(said)["data"]
    finally:
        exchange.nonce = nonce
    return _named(exchange, accepted(said, told))


def find_by_cid(exchange: Any, order: WireOrder, wire_id: str) -> Raw | None:
    """The order's row; where the venue has none by that id, among those that are over: older parts of its API forget
    the client id of an order that is.
    """
    from ccxt.base.errors import BaseError

    known = {"orderId": order.exchange_id} if order.exchange_id else {"clientOid": wire_id}
    try:
        return _named(exchange, exchange.privateUtaGetV3TradeOrderInfo(known)["data"])
    except BaseError as error:
        if not any(f'"{code}"' in str(error) for code in UNKNOWN):
            raise
    since = {"category": "SPOT", "symbol": exchange.market(order.symbol)["id"]}
    rows = _in_windows(exchange.privateUtaGetV3TradeHistoryOrders, since, order.created_at // 1000 - SLACK_MS, exchange)
    return next((_named(exchange, row) for row in rows if row["clientOid"] == wire_id), None)


def cancel_by_cid(exchange: Any, order: WireOrder, wire_id: str) -> Raw | None:
    """Cancel it, and the order's row after that: that it was asked for does not make it over."""
    exchange.privateUtaPostV3TradeCancelOrder({"clientOid": wire_id})
    return afterwards(lambda: find_by_cid(exchange, order, wire_id))


def all_open_orders(exchange: Any) -> list[Raw]:
    """Every open order on spot, all pages."""
    rows = _pages(exchange.privateUtaGetV3TradeUnfilledOrders, {"category": "SPOT"})
    return [_named(exchange, row) for row in rows]


def all_trades(exchange: Any, symbol: str, since: int) -> list[Raw]:
    """Fills of the symbol from `since` (UTC microseconds) on, all pages: those of all symbols come together.

    Raises:
        Unavailable: the venue no longer has fills that old.
    """
    asked, market = {"category": "SPOT"}, exchange.market(symbol)["id"]
    rows = _in_windows(exchange.privateUtaGetV3TradeFills, asked, since // 1000, exchange)
    return [_named(exchange, row) for row in rows if row["symbol"] == market and row["category"] == "SPOT"]


def _in_windows(method: Any, asked: Mapping[str, object], start_ms: int, exchange: Any) -> list[Raw]:
    now_ms = exchange.nonce()
    if start_ms < now_ms - KEPT_MS:
        raise Unavailable("bitget keeps 90 days of orders and fills, and was asked for older ones; ask for later ones")
    found: list[Raw] = []
    while start_ms <= now_ms:
        end_ms = start_ms + WINDOW_MS
        found += _pages(method, {**asked, "startTime": str(start_ms), "endTime": str(end_ms)})
        start_ms = end_ms + 1
    return found


def _pages(method: Any, asked: Mapping[str, object]) -> list[Raw]:
    found: list[Raw] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        told = method({**asked, "limit": str(PAGE), **({"cursor": cursor} if cursor else {})})["data"]
        # None of them is a list that is missing.
        rows = told["list"] or []
        found += rows
        cursor = str(told.get("cursor") or "")
        if not rows or not cursor:
            return found
    raise ValueError("more pages than anybody reads")


def _named(exchange: Any, row: Raw) -> Raw:
    markets = [market for market in exchange.markets_by_id.get(row["symbol"], []) if market["spot"]]
    return {**row, "pair": markets[0]["symbol"] if markets else row["symbol"]}
