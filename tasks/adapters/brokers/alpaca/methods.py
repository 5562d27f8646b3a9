"""What ccxt's Alpaca is taught: orders by client order id, stocks, and answers without a body."""

from typing import Any

from models.types import Unavailable, from_micros
from models.types.wire import WireOrder
from tasks.adapters.brokers.alpaca.orders import is_coin
from tasks.adapters.brokers.dialect import Ask, Raw
from tasks.adapters.brokers.figures import micros
from tasks.adapters.brokers.teaching import afterwards, teach
from tasks.adapters.venues.limits import SECOND

MOST_OPEN = 500
PAGE = 100


def tune(exchange: Any, _stands_in: bool) -> None:
    """Teach it."""
    teach(exchange, find_by_cid, cancel_by_cid, fetch_markets, fetch_time)
    parse = exchange.parse_json
    # What was cancelled is answered with status 204 and nothing.
    exchange.parse_json = lambda text: parse(text or "{}")


def find_by_cid(exchange: Any, _order: WireOrder, wire_id: str) -> Raw:
    """The order's row."""
    asked = {"client_order_id": wire_id}
    row: Raw = exchange.request("v2/orders:by_client_order_id", ["trader", "private"], "GET", asked)
    return row


def cancel_by_cid(exchange: Any, order: WireOrder, wire_id: str) -> Raw | None:
    """Cancel by the venue's id, the only way, and the order's row after that."""
    number = order.exchange_id or find_by_cid(exchange, order, wire_id)["id"]
    exchange.traderPrivateDeleteV2OrdersOrderId({"order_id": number})
    return afterwards(lambda: find_by_cid(exchange, order, wire_id))


def fetch_markets(exchange: Any, _params: object = None) -> list[dict[str, Any]]:
    """Coins as ccxt describes them, and stocks, which it leaves out, under their ticker."""
    rows = [
        row
        for kind in ("crypto", "us_equity")
        for row in exchange.traderPrivateGetV2Assets({"asset_class": kind, "status": "active"})
    ]
    return [market for market in (_market(exchange, row) for row in rows) if market is not None]


def fetch_time(exchange: Any, _params: object = None) -> int:
    """The venue's clock, milliseconds: ccxt does not read one with nine digits."""
    return micros(exchange.traderPrivateGetV2Clock()["timestamp"]) // 1000


def open_orders(ask: Ask) -> list[Raw]:
    """Every open order.

    Raises:
        Unavailable: there are more than one answer holds.
    """
    asked = {"status": "open", "limit": MOST_OPEN, "direction": "asc", "nested": "false"}
    rows = listed(ask("open orders", "traderPrivateGetV2Orders", asked))
    if len(rows) >= MOST_OPEN:
        raise Unavailable(f"alpaca has {MOST_OPEN} open orders or more, and gives no more than that; cancel some there")
    return rows


def trades(ask: Ask, symbol: str, since: int) -> list[Raw]:
    """Fills of the symbol, page after page: those of all symbols come together."""
    after = from_micros(since - SECOND).isoformat()
    asked: dict[str, object] = {"activity_type": "FILL", "direction": "asc", "page_size": PAGE, "after": after}
    found: list[Raw] = []
    while True:
        rows = listed(ask("trades", "traderPrivateGetV2AccountActivitiesActivityType", asked))
        found += [{**row, "symbol": symbol} for row in rows if _joined(row["symbol"]) == _joined(symbol)]
        if len(rows) < PAGE:
            return found
        asked = {**asked, "page_token": rows[-1]["id"]}


def listed(told: object) -> list[Raw]:
    """The rows of an answer that is a list.

    Raises:
        TypeError: it is something else, which is not the same as none.
    """
    if not isinstance(told, list):
        raise TypeError("an answer that is no list")
    return told


def _joined(symbol: str) -> str:
    return symbol.replace("/", "")


def _market(exchange: Any, row: Any) -> dict[str, Any] | None:
    symbol = str(row["symbol"])
    market: dict[str, Any] | None = exchange.parse_market(row)
    if market is None or is_coin(symbol):
        return market
    return {**market, "symbol": symbol, "base": symbol, "baseId": symbol}
