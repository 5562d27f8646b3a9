"""Bitget's unified account (v3) wire, by its reference; errors have a code in the body and status 400."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wires.base import Name, Problem, Sent, Wire, need, text
from wires.floor import Fill, Kind, Placed

STATES = {"open": "live", "filled": "filled", "canceled": "cancelled", "expired": "cancelled"}
DAYS_30_MS = 30 * 24 * 3_600_000


@dataclass
class BitgetWire(Wire):
    """BTCUSDT, spot. `forgetful`: an order that is over is not found by its client id, as on the older API."""

    page: int = 100
    status: str = "online"
    forgetful: bool = False

    def problem(self, name: Name) -> tuple[int, object]:
        status, code, message = {
            "insufficient": (400, "25202", "Insufficient balance"),
            "invalid": (400, "40808", "Parameter verification exception price checkScale=2"),
            "too many": (429, "429", "Too Many Requests"),
            "keys": (400, "40037", "Apikey does not exist"),
            "clock": (400, "40008", "Request timestamp expired"),
            "vague": (400, "40015", "System is abnormal, please try again later"),
        }[name]
        return status, {"code": code, "msg": message, "requestTime": self.floor.now, "data": None}

    def answer(self, sent: Sent) -> object:
        path = sent.path.removeprefix("/api/")
        if path.startswith(("v3/trade", "v3/account")):
            assert sent.headers["ACCESS-PASSPHRASE"], sent
            assert sent.headers["ACCESS-SIGN"], sent
        data = self._data(sent.method, path, sent.asked)
        return {"code": "00000", "msg": "success", "requestTime": self.floor.now, "data": data}

    def _data(self, method: str, path: str, asked: dict[str, Any]) -> object:
        match method, path:
            case "POST", "v3/trade/place-order":
                return self._place(asked)
            case "POST", "v3/trade/cancel-order":
                return self._cancel(asked)
            case "GET", "v3/trade/order-info":
                return self._order(self._known(asked))
            case "GET", "v3/trade/unfilled-orders":
                return self._list([self._order(one) for one in self._all(asked) if one.state == "open"], asked)
            case "GET", "v3/trade/history-orders":
                return self._list([self._order(one) for one in self._all(asked) if one.state != "open"], asked)
            case "GET", "v3/trade/fills":
                return self._fills(asked)
            case "GET", _:
                return self._read(path, asked)
        raise AssertionError(path)

    def _place(self, asked: dict[str, Any]) -> object:
        self.refuse()
        category, market, quantity, price, side, kind, force, cid = need(
            asked, "category", "symbol", "qty", "price", "side", "orderType", "timeInForce", "clientOid"
        )
        assert (category, kind) == ("SPOT", "limit"), asked
        taken: Kind = "ioc" if force == "ioc" else "limit"
        order = self.floor.place(cid, market, side == "buy", taken, Decimal(quantity), Decimal(price))
        return {"orderId": _id(order), "clientOid": self.said(cid)}

    def _known(self, asked: dict[str, Any]) -> Placed:
        def fits(one: Placed) -> bool:
            if "orderId" in asked:
                return _id(one) == str(asked["orderId"])
            return one.cid == str(asked["clientOid"]) and not (self.forgetful and one.state != "open")

        order = self.floor.first(fits)
        if order is None:
            raise self._refused("25204", "Order does not exist")
        return order

    def _cancel(self, asked: dict[str, Any]) -> object:
        order = self._known(asked)
        if not self.floor.cancel(order):
            raise self._refused("25204", "Order does not exist")
        return {"orderId": _id(order), "clientOid": self.said(order.cid)}

    def _refused(self, code: str, message: str) -> Problem:
        return Problem(400, {"code": code, "msg": message, "requestTime": self.floor.now, "data": None})

    def _all(self, asked: dict[str, Any]) -> list[Placed]:
        assert asked["category"] == "SPOT", asked
        start = _window(asked)
        return [one for one in self.floor.orders[::-1] if one.at >= start]

    def _list(self, rows: list[dict[str, Any]], asked: dict[str, Any]) -> object:
        start, count = int(asked.get("cursor") or 0), min(int(asked["limit"]), self.page)
        page = rows[start : start + count]
        return {"list": page, "cursor": str(start + len(page)) if page else ""}

    def _fills(self, asked: dict[str, Any]) -> object:
        start = _window(asked)
        end = int(asked.get("endTime", self.floor.now + 1))
        pairs = [pair for pair in self.floor.trades() if start <= pair[1].at <= end]
        return self._list([_fill(order, fill) for order, fill in pairs[::-1]], asked)

    def _order(self, order: Placed) -> dict[str, Any]:
        state = "partially_filled" if order.fills and order.state == "open" else STATES[order.state]
        return {
            "orderId": _id(order),
            "clientOid": self.said(order.cid),
            "category": "SPOT",
            "symbol": order.market,
            "orderType": "limit",
            "side": "buy" if order.is_buy else "sell",
            "price": text(order.limit),
            "qty": text(order.quantity),
            "amount": "0",
            "cumExecQty": text(order.filled),
            "cumExecValue": text(order.value),
            "avgPrice": text(order.average),
            "timeInForce": "ioc" if order.kind == "ioc" else "gtc",
            "orderStatus": state,
            "posSide": "",
            "holdMode": "",
            "reduceOnly": "NO",
            "feeDetail": [{"feeCoin": "", "fee": ""}],
            "createdTime": str(order.at),
            "updatedTime": str(order.at),
            "cancelReason": "",
            "execType": "",
        }

    def _read(self, path: str, asked: dict[str, Any]) -> object:
        match path:
            case "v3/account/assets":
                return {
                    "assets": [_asset("BTC", "1.50", "1.25", "0.25"), _asset("USDT", "10000.5", "9000.25", "1000.25")]
                }
            case "v3/account/info":
                permissions = ["uta_trade", "uta_mgt"]
                return {"uid": "1", "ips": "192.0.2.1", "permType": "read-and-write", "permissions": permissions}
            case "v3/account/fee-rate":
                return {"symbol": asked["symbol"], "makerFeeRate": "0.001", "takerFeeRate": "0.001"}
            case "v3/market/instruments":
                return [{**INSTRUMENT, "status": self.status}] if asked["category"] == "SPOT" else []
            case "v3/market/orderbook":
                return {
                    "a": [[text(self.floor.ask), "1"]],
                    "b": [[text(self.floor.bid), "1"]],
                    "ts": str(self.floor.now),
                }
            case "v2/public/time":
                return {"serverTime": "1700000000123"}
        raise AssertionError(path)


INSTRUMENT = {
    "symbol": "BTCUSDT",
    "category": "SPOT",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "buyLimitPriceRatio": "0.05",
    "sellLimitPriceRatio": "0.05",
    "minOrderQty": "0.0001",
    "maxOrderQty": "0",
    "pricePrecision": "2",
    "quantityPrecision": "4",
    "quotePrecision": "8",
    "minOrderAmount": "1",
    "maxSymbolOrderNum": "400",
    "maxProductOrderNum": "400",
}


def _window(asked: dict[str, Any]) -> int:
    start, end = int(asked.get("startTime", 0)), int(asked.get("endTime", 0))
    assert not (start and end) or end - start <= DAYS_30_MS, "more than 30 days in one query"
    return start


def _asset(coin: str, total: str, free: str, locked: str) -> dict[str, str]:
    return {"coin": coin, "equity": total, "balance": total, "available": free, "debt": "0", "locked": locked}


def _id(order: Placed) -> str:
    return str(1_320_244_799_629_000_000 + order.number)


def _fill(order: Placed, fill: Fill) -> dict[str, Any]:
    return {
        "execId": str(1_330_000_000_000_000_000 + fill.number),
        "orderId": _id(order),
        "category": "SPOT",
        "symbol": order.market,
        "orderType": "limit",
        "side": "buy" if order.is_buy else "sell",
        "execPrice": text(fill.price),
        "execQty": text(fill.quantity),
        "execValue": text(fill.price * fill.quantity),
        "tradeScope": "maker" if order.kind == "limit" else "taker",
        "feeDetail": [{"feeCoin": "USDT", "fee": text(fill.fee)}],
        "createdTime": str(fill.at),
        "updatedTime": str(fill.at),
    }
