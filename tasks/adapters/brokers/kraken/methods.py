"""What ccxt's Kraken is taught: orders by client order id, which its answer to a new one does not repeat."""

from typing import Any

from models.types.wire import WireOrder
from tasks.adapters.brokers.dialect import Raw, Sending
from tasks.adapters.brokers.kraken.orders import form
from tasks.adapters.brokers.teaching import afterwards, teach
from tasks.adapters.venues.limits import SECOND

MOST_PAGES = 1000


def tune(exchange: Any, _stands_in: bool) -> None:
    """Teach it."""
    teach(exchange, submit, find_by_cid, cancel_by_cid, all_open_orders, all_trades, all_balances)


def submit(exchange: Any, sending: Sending) -> Raw | None:
    """Send it, and read it back."""
    told = exchange.privatePostAddOrder(form(sending))["result"]
    return afterwards(lambda: _by_txid(exchange, told["txid"][0]))


def find_by_cid(exchange: Any, order: WireOrder, wire_id: str) -> Raw | None:
    """The order's row among the open ones, then among those that are over; an order goes that way only.

    Raises:
        ValueError: the venue did not choose by client order id: that it is not among these says nothing.
    """
    if order.exchange_id:
        return _by_txid(exchange, order.exchange_id)
    for method, part in (("privatePostOpenOrders", "open"), ("privatePostClosedOrders", "closed")):
        rows = getattr(exchange, method)({"cl_ord_id": wire_id, "trades": "true"})["result"][part]
        if any(row.get("cl_ord_id") != wire_id for row in rows.values()):
            raise ValueError("orders with another id")
        for txid, row in rows.items():
            return _named(exchange, txid, row)
    return None


def cancel_by_cid(exchange: Any, order: WireOrder, wire_id: str) -> Raw | None:
    """Cancel it, and the order's row after that."""
    exchange.privatePostCancelOrder({"cl_ord_id": wire_id})
    return afterwards(lambda: find_by_cid(exchange, order, wire_id))


def all_open_orders(exchange: Any) -> list[Raw]:
    """Every open order: they come in one answer."""
    rows = exchange.privatePostOpenOrders({"trades": "true"})["result"]["open"]
    return [_named(exchange, txid, row) for txid, row in rows.items()]


def all_trades(exchange: Any, symbol: str, since: int) -> list[Raw]:
    """Fills of the symbol from `since` (UTC microseconds) on, all pages; new ones meanwhile only repeat some.

    Raises:
        ValueError: fewer came than the venue counts.
    """
    market = exchange.market(symbol)
    found: dict[str, Raw] = {}
    asked = {"type": "all", "start": str(since // SECOND - 1), "consolidate_taker": "false"}
    for _ in range(MOST_PAGES):
        told = exchange.privatePostTradesHistory({**asked, "ofs": str(len(found))})["result"]
        before = len(found)
        found |= told["trades"]
        if len(found) >= int(told["count"]):
            break
        if len(found) == before:
            raise ValueError("fewer fills than counted")
    else:
        raise ValueError("more pages than anybody reads")
    beside = {"symbol": symbol, "quote": market["quote"]}
    return [{**row, **beside, "txid": txid} for txid, row in found.items() if row["pair"] == market["id"]]


def all_balances(exchange: Any) -> dict[str, Raw]:
    """Rows by asset, as ccxt names it."""
    rows = exchange.privatePostBalanceEx()["result"]
    return {str(exchange.safe_currency_code(name)): row for name, row in rows.items()}


def _by_txid(exchange: Any, txid: str) -> Raw | None:
    rows = exchange.privatePostQueryOrders({"txid": txid, "trades": "true"})["result"]
    return _named(exchange, txid, rows[txid]) if txid in rows else None


def _named(exchange: Any, txid: str, row: Raw) -> Raw:
    pair = row["descr"]["pair"]
    market = exchange.options["marketsByAltname"].get(pair)
    return {**row, "txid": txid, "symbol": pair if market is None else market["symbol"]}
