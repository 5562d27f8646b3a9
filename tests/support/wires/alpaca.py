"""Alpaca's trading and market data wire, by its reference: stocks and crypto of one account."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from wires.base import Name, Problem, Sent, Wire, need, text
from wires.floor import Fill, Kind, Placed

STATES = {"open": "new", "filled": "filled", "canceled": "canceled", "expired": "expired"}
TYPES: dict[Kind, str] = {"ioc": "limit", "limit": "limit", "stop": "stop"}
PAGE = 100


@dataclass
class AlpacaWire(Wire):
    """One account; `halted` is what the asset says of itself. SPY is a stock, BTC/USD a pair of coins."""

    tradable: bool = True
    page: int = PAGE

    def problem(self, name: Name) -> tuple[int, object]:
        return {
            "insufficient": (403, {"code": 40310000, "message": "insufficient balance for USD (requested: 1, ...)"}),
            "invalid": (422, {"code": 42210000, "message": "invalid limit_price"}),
            "too many": (429, {"code": 42910000, "message": "rate limit exceeded"}),
            "keys": (401, {"code": 40110000, "message": "request is not authorized"}),
            "clock": (401, {"code": 40110000, "message": "request is not authorized"}),
            "vague": (500, {"code": 50010000, "message": "internal server error occurred"}),
        }[name]

    def answer(self, sent: Sent) -> object:
        assert sent.path.startswith("/v1beta3/crypto") or "APCA-API-SECRET-KEY" in sent.headers
        match sent.method, sent.path.split("/")[1:]:
            case "POST", ["v2", "orders"]:
                return self._place(sent.body)
            case "GET", ["v2", "orders:by_client_order_id"]:
                return self._order(self._by_cid(sent.query["client_order_id"]))
            case "GET", ["v2", "orders"]:
                return self._orders(sent.query)
            case "GET", ["v2", "orders", number]:
                return self._order(self._by_id(number))
            case "DELETE", ["v2", "orders", number]:
                return self._canceled(self._by_id(number))
            case "GET", ["v2", "account", "activities", "FILL"]:
                return self._activities(sent.query)
            case "GET", path:
                return self._read(path, sent.query)
        raise AssertionError(sent)

    def _place(self, body: dict[str, Any]) -> object:
        self.refuse()
        market, side, kind, force, quantity, cid = need(
            body, "symbol", "side", "type", "time_in_force", "qty", "client_order_id"
        )
        if self.floor.first(lambda order: order.cid == cid) is not None:
            raise Problem(422, {"code": 40010001, "message": "client_order_id must be unique"})
        limit, stop = (Decimal(body[name]) if name in body else None for name in ("limit_price", "stop_price"))
        assert (limit is not None) == ("limit" in kind), body
        assert (stop is not None) == ("stop" in kind), body
        assert force in (("gtc", "ioc") if "/" in market else ("day", "gtc", "ioc")), body
        taken: Kind = "stop" if "stop" in kind else "ioc" if force == "ioc" else "limit"
        return self._order(self.floor.place(cid, market, side == "buy", taken, Decimal(quantity), limit, stop))

    def _by_cid(self, cid: str) -> Placed:
        return self._known(self.floor.first(lambda order: order.cid == cid))

    def _by_id(self, number: str) -> Placed:
        return self._known(self.floor.first(lambda order: _id(order) == number))

    def _known(self, order: Placed | None) -> Placed:
        if order is None:
            raise Problem(404, {"code": 40410000, "message": "order not found"})
        return order

    def _canceled(self, order: Placed) -> object:
        if not self.floor.cancel(order):
            raise Problem(422, {"code": 42210000, "message": "order is not cancelable"})
        return None

    def _orders(self, query: dict[str, str]) -> object:
        assert query["status"] == "open", query
        rows = [order for order in self.floor.orders if order.state == "open"]
        return [self._order(order) for order in rows[: int(query["limit"])]]

    def _order(self, order: Placed) -> dict[str, Any]:
        crypto = "/" in order.market
        state = "partially_filled" if order.fills and order.state == "open" else STATES[order.state]
        return {
            "id": _id(order),
            "client_order_id": self.said(order.cid),
            "created_at": _time(order.at),
            "updated_at": _time(order.at),
            "submitted_at": _time(order.at),
            "symbol": order.market,
            "asset_class": "crypto" if crypto else "us_equity",
            "notional": None,
            "qty": text(order.quantity),
            "filled_qty": text(order.filled),
            "filled_avg_price": text(order.average) if order.fills else None,
            "order_class": "",
            "order_type": TYPES[order.kind],
            "type": TYPES[order.kind],
            "side": "buy" if order.is_buy else "sell",
            "time_in_force": "ioc" if order.kind == "ioc" else "gtc",
            "limit_price": None if order.limit is None else text(order.limit),
            "stop_price": None if order.stop is None else text(order.stop),
            "status": state,
            "extended_hours": False,
            "legs": None,
        }

    def _activities(self, query: dict[str, str]) -> object:
        assert query["direction"] == "asc", query
        assert int(query["page_size"]) <= PAGE, query
        after = datetime.fromisoformat(query["after"]).timestamp() * 1000
        rows = [_activity(order, fill) for order, fill in self.floor.trades() if fill.at > after]
        names = [row["id"] for row in rows]
        start = names.index(query["page_token"]) + 1 if "page_token" in query else 0
        return rows[start : start + min(int(query["page_size"]), self.page)]

    def _read(self, path: list[str], query: dict[str, str]) -> object:
        match path:
            case ["v2", "account"]:
                return ACCOUNT
            case ["v2", "positions"]:
                return POSITIONS
            case ["v2", "clock"]:
                return {"timestamp": "2023-11-14T17:13:20.123456789-05:00", "is_open": True}
            case ["v2", "assets"]:
                return [self._asset("BTC/USD" if query["asset_class"] == "crypto" else "SPY")]
            case ["v2", "stocks", "quotes", "latest"]:
                return {"quotes": {query["symbols"]: self._quote()}}
            case ["v1beta3", "crypto", "us", "latest", "quotes"]:
                return {"quotes": {query["symbols"]: self._quote()}}
        raise AssertionError(path)

    def _quote(self) -> object:
        sides = {"ap": float(self.floor.ask), "bp": float(self.floor.bid), "as": 3, "bs": 2}
        return {**sides, "t": _time(self.floor.now)}

    def _asset(self, symbol: str) -> dict[str, Any]:
        common = {"symbol": symbol, "status": "active", "tradable": self.tradable, "fractionable": True}
        return {**common, **({"class": "crypto", **COIN} if "/" in symbol else {"class": "us_equity"})}


COIN = {"min_order_size": "0.0001", "min_trade_increment": "0.0001", "price_increment": "0.01"}
ACCOUNT = {
    "currency": "USD",
    "cash": "9000.10",
    "equity": "30000.55",
    "position_market_value": "20000.25",
    "trading_blocked": False,
    "account_blocked": False,
    "trade_suspended_by_user": False,
    "transfers_blocked": False,
    "multiplier": "1",
}
POSITIONS = [
    {"symbol": "BTCUSD", "asset_class": "crypto", "qty": "1.5", "qty_available": "1.25", "side": "long"},
    {"symbol": "SPY", "asset_class": "us_equity", "qty": "7", "qty_available": "7", "side": "long"},
]


def _id(order: Placed) -> str:
    return f"61e69015-8549-4bfd-b9c3-{order.number:012d}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _activity(order: Placed, fill: Fill) -> dict[str, Any]:
    return {
        "id": f"20231114221320000::{fill.number:08d}",
        "activity_type": "FILL",
        "transaction_time": _time(fill.at),
        "type": "fill",
        "price": text(fill.price),
        "qty": text(fill.quantity),
        "side": "buy" if order.is_buy else "sell",
        "symbol": order.market,
        "leaves_qty": text(order.quantity - order.filled),
        "order_id": _id(order),
        "cum_qty": text(order.filled),
        "order_status": "filled",
    }
