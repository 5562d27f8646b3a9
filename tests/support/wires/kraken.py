"""Kraken's spot REST wire, by its reference: every answer has status 200, its errors are in the body."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wires.base import Name, Problem, Sent, Wire, need, text
from wires.floor import Fill, Kind, Placed

PAGE = 50
TYPES: dict[Kind, str] = {"ioc": "limit", "limit": "limit", "stop": "stop-loss"}


@dataclass
class KrakenWire(Wire):
    """One pair, XBTUSD. `status` is the pair's; `deaf` ignores the client id in queries, as older servers might."""

    status: str = "online"
    deaf: bool = False
    page: int = PAGE

    def problem(self, name: Name) -> tuple[int, object]:
        said = {
            "insufficient": "EOrder:Insufficient funds",
            "invalid": "EGeneral:Invalid arguments:price",
            "too many": "EOrder:Rate limit exceeded",
            "keys": "EAPI:Invalid key",
            "clock": "EAPI:Invalid nonce",
            "vague": "EService:Unavailable",
        }
        return 200, {"error": [said[name]]}

    def answer(self, sent: Sent) -> object:
        name = sent.path.rsplit("/", 1)[1]
        if "/private/" in sent.path:
            assert sent.method == "POST", sent
            assert sent.headers["API-Sign"], sent
            assert sent.body["nonce"], sent
            return {"error": [], "result": self._private(name, sent.body)}
        assert sent.method == "GET", sent
        return {"error": [], "result": self._public(name, sent.query)}

    def _private(self, name: str, asked: dict[str, Any]) -> object:
        match name:
            case "AddOrder":
                return self._place(asked)
            case "CancelOrder":
                return self._cancel(asked)
            case "OpenOrders":
                return {"open": self._orders(asked, is_open=True)}
            case "ClosedOrders":
                return {"closed": self._orders(asked, is_open=False), "count": len(self.floor.orders)}
            case "QueryOrders":
                found = [order for order in self.floor.orders if _id(order) in asked["txid"].split(",")]
                return {_id(order): self._order(order) for order in found}
            case "TradesHistory":
                return self._history(asked)
            case "BalanceEx":
                return {
                    "ZUSD": {"balance": "10000.5000", "hold_trade": "1000.2500"},
                    "XXBT": {"balance": "1.5000000000", "hold_trade": "0.2500000000"},
                }
            case "GetApiKeyInfo":
                return {
                    "apiKeyName": "trading",
                    "permissions": ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades"],
                    "ipAllowlist": ["192.0.2.1"],
                }
        raise AssertionError(name)

    def _public(self, name: str, query: dict[str, str]) -> object:
        match name:
            case "Time":
                return {"unixtime": 1_700_000_000, "rfc1123": "Tue, 14 Nov 23 22:13:20 +0000"}
            case "AssetPairs":
                return {"XXBTZUSD": self._pair()}
            case "Ticker":
                assert query["pair"] == "XXBTZUSD", query
                return {"XXBTZUSD": {"a": [text(self.floor.ask), "1", "1.0"], "b": [text(self.floor.bid), "2", "2.0"]}}
        raise AssertionError(name)

    def _pair(self) -> dict[str, object]:
        return {
            "altname": "XBTUSD",
            "wsname": "XBT/USD",
            "base": "XXBT",
            "quote": "ZUSD",
            "pair_decimals": 2,
            "lot_decimals": 4,
            "lot_multiplier": 1,
            "leverage_buy": [],
            "leverage_sell": [],
            "fees": [[0, 0.4], [10000, 0.35]],
            "fees_maker": [[0, 0.25]],
            "ordermin": "0.0001",
            "costmin": "0.5",
            "tick_size": "0.01",
            "status": self.status,
        }

    def _place(self, asked: dict[str, Any]) -> object:
        self.refuse()
        pair, side, kind, volume, cid, _deadline, flags = need(
            asked, "pair", "type", "ordertype", "volume", "cl_ord_id", "deadline", "oflags"
        )
        assert pair == "XXBTZUSD", asked
        assert flags == "fciq", asked
        assert len(cid) in (32, 36) or len(cid) <= 18, f"{cid} is neither a UUID nor short"
        taken: Kind = "stop" if "stop" in kind else "ioc" if asked.get("timeinforce") == "IOC" else "limit"
        price = Decimal(asked["price"])
        limit = (Decimal(asked["price2"]) if "price2" in asked else None) if taken == "stop" else price
        stop = price if taken == "stop" else None
        order = self.floor.place(cid, "XXBTZUSD", side == "buy", taken, Decimal(volume), limit, stop)
        return {"descr": {"order": f"{side} {volume} XBTUSD @ {kind} {price}"}, "txid": [_id(order)]}

    def _cancel(self, asked: dict[str, Any]) -> object:
        order = self.floor.first(
            lambda one: (
                one.state == "open"
                and (one.cid == asked["cl_ord_id"] if "cl_ord_id" in asked else _id(one) == asked["txid"])
            )
        )
        if order is None:
            raise Problem(200, {"error": ["EOrder:Unknown order"]})
        self.floor.cancel(order)
        return {"count": 1}

    def _orders(self, asked: dict[str, Any], is_open: bool) -> dict[str, object]:
        cid = None if self.deaf else asked.get("cl_ord_id")
        found = [one for one in self.floor.orders if (one.state == "open") == is_open and cid in (None, one.cid)]
        newest = found[::-1] if is_open else found[::-1][: self.page]
        return {_id(order): self._order(order) for order in newest}

    def _order(self, order: Placed) -> dict[str, object]:
        return {
            "refid": None,
            "userref": 0,
            "cl_ord_id": self.said(order.cid),
            "status": {"open": "open", "filled": "closed"}.get(order.state, order.state),
            "reason": None if order.state in ("open", "filled") else "User requested",
            "opentm": order.at / 1000,
            "starttm": 0,
            "expiretm": 0,
            "descr": {
                "pair": "XBTUSD",
                "type": "buy" if order.is_buy else "sell",
                "ordertype": TYPES[order.kind],
                "price": text(order.stop if order.kind == "stop" else order.limit),
                "price2": text(order.limit) if order.kind == "stop" else "0",
                "leverage": "none",
                "close": "",
            },
            "vol": text(order.quantity),
            "vol_exec": text(order.filled),
            "cost": text(order.value),
            "fee": text(sum((fill.fee for fill in order.fills), Decimal(0))),
            "price": text(order.average),
            "misc": "",
            "oflags": "fciq",
            "trades": [_trade_id(fill) for fill in order.fills],
        }

    def _history(self, asked: dict[str, Any]) -> object:
        assert asked["consolidate_taker"] == "false", asked
        start, offset = Decimal(asked["start"]), int(asked.get("ofs", 0))
        rows = [pair for pair in self.floor.trades() if Decimal(pair[1].at) / 1000 > start][::-1]
        page = rows[offset : offset + self.page]
        return {"trades": {_trade_id(fill): _trade(order, fill) for order, fill in page}, "count": len(rows)}


def _id(order: Placed) -> str:
    return f"OQCLML-BW3P3-{order.number:06d}"


def _trade_id(fill: Fill) -> str:
    return f"THVRQM-33VKH-{fill.number:06d}"


def _trade(order: Placed, fill: Fill) -> dict[str, object]:
    return {
        "ordertxid": _id(order),
        "postxid": "TKH2SE-M7IF5-CFI7LT",
        "pair": "XXBTZUSD",
        "time": fill.at / 1000,
        "type": "buy" if order.is_buy else "sell",
        "ordertype": TYPES[order.kind],
        "price": text(fill.price),
        "cost": text(fill.price * fill.quantity),
        "fee": text(fill.fee),
        "vol": text(fill.quantity),
        "margin": "0.00000",
        "misc": "",
        "trade_id": fill.number,
        "maker": order.kind == "limit",
    }
