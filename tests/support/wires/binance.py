"""Binance's spot REST wire, as much as the contract of all venues asks; the simulator has the rest of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wires.base import Name, Problem, Sent, Wire, need, text
from wires.floor import Fill, Kind, Placed

STATES = {"open": "NEW", "filled": "FILLED", "canceled": "EXPIRED", "expired": "EXPIRED"}


@dataclass
class BinanceWire(Wire):
    """BTCUSDT."""

    def problem(self, name: Name) -> tuple[int, object]:
        status, code, message = {
            "insufficient": (400, -2010, "Account has insufficient balance for requested action."),
            "invalid": (400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
            "too many": (429, -1015, "Too many new orders."),
            "keys": (401, -2015, "Invalid API-key, IP, or permissions for action."),
            "clock": (400, -1021, "Timestamp for this request is outside of the recvWindow."),
            "vague": (500, -1006, "An unexpected response was received; execution status unknown."),
        }[name]
        return status, {"code": code, "msg": message}

    def answer(self, sent: Sent) -> object:
        asked, path = sent.asked, sent.path.removeprefix("/api/v3/").removeprefix("/sapi/v1/")
        if path in ("order", "openOrders", "myTrades", "account", "account/apiRestrictions"):
            need(asked, "signature", "timestamp")
            assert sent.headers["X-MBX-APIKEY"], sent
        match sent.method, path:
            case "POST", "order":
                return self._place(asked)
            case "GET", "order":
                return self._order(self._known(asked, -2013, "Order does not exist."))
            case "DELETE", "order":
                return self._cancel(self._known(asked, -2011, "Unknown order sent."))
            case "GET", "openOrders":
                return [self._order(one) for one in self.floor.orders if one.state == "open"]
            case "GET", "myTrades":
                return self._trades(asked)
            case "GET", _:
                return self._read(path)
        raise AssertionError(sent)

    def _place(self, asked: dict[str, Any]) -> object:
        self.refuse()
        market, side, named, quantity, cid = need(asked, "symbol", "side", "type", "quantity", "newClientOrderId")
        limit, stop = (Decimal(asked[name]) if name in asked else None for name in ("price", "stopPrice"))
        kind: Kind = "stop" if "STOP" in named else "ioc" if asked["timeInForce"] == "IOC" else "limit"
        order = self.floor.place(cid, market, side == "BUY", kind, Decimal(quantity), limit, stop)
        fills = [{"price": text(one.price), "qty": text(one.quantity), **_fee(one)} for one in order.fills]
        return {**self._order(order), "transactTime": order.at, "fills": fills}

    def _known(self, asked: dict[str, Any], code: int, message: str) -> Placed:
        order = self.floor.first(lambda one: one.cid == asked["origClientOrderId"])
        if order is None:
            raise Problem(400, {"code": code, "msg": message})
        return order

    def _cancel(self, order: Placed) -> object:
        if not self.floor.cancel(order):
            raise Problem(400, {"code": -2011, "msg": "Unknown order sent."})
        known_as = {"origClientOrderId": self.said(order.cid), "clientOrderId": "cancel-1", "status": "CANCELED"}
        return {**self._order(order), **known_as}

    def _order(self, order: Placed) -> dict[str, Any]:
        state = "PARTIALLY_FILLED" if order.fills and order.state == "open" else STATES[order.state]
        return {
            "symbol": order.market,
            "orderId": order.number,
            "clientOrderId": self.said(order.cid) or f"web_{order.number}",
            "price": text(order.limit),
            "origQty": text(order.quantity),
            "executedQty": text(order.filled),
            "cummulativeQuoteQty": text(order.value),
            "status": "CANCELED" if order.state == "canceled" and order.kind != "ioc" else state,
            "timeInForce": "IOC" if order.kind == "ioc" else "GTC",
            "type": "STOP_LOSS" if order.kind == "stop" else "LIMIT",
            "side": "BUY" if order.is_buy else "SELL",
            "stopPrice": text(order.stop),
            "time": order.at,
            "updateTime": order.at,
        }

    def _trades(self, asked: dict[str, Any]) -> object:
        assert not ("fromId" in asked and "startTime" in asked), asked
        first, start = int(asked.get("fromId", 0)), int(asked.get("startTime", 0))
        pairs = [pair for pair in self.floor.trades() if pair[1].number >= first and pair[1].at >= start]
        return [_trade(order, fill) for order, fill in pairs[: int(asked["limit"])]]

    def _read(self, path: str) -> object:
        match path:
            case "exchangeInfo":
                return {"symbols": [SYMBOL]}
            case "time":
                return {"serverTime": 1_700_000_000_123}
            case "ticker/bookTicker":
                return {"symbol": "BTCUSDT", "bidPrice": text(self.floor.bid), "askPrice": text(self.floor.ask)}
            case "account":
                return {"balances": [_balance("BTC", "1.25", "0.25"), _balance("USDT", "9000.25", "1000.25")]}
            case "account/apiRestrictions":
                return RIGHTS
        raise AssertionError(path)


SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "baseAssetPrecision": 8,
    "quotePrecision": 8,
    "orderTypes": ["LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"],
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False,
    "permissions": ["SPOT"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.00", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.0001", "maxQty": "90000000", "stepSize": "0.0001"},
        {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True, "maxNotional": "9000000000"},
    ],
}
RIGHTS = {
    **dict.fromkeys(("ipRestrict", "enableReading", "enableSpotAndMarginTrading"), True),
    **dict.fromkeys(("enableWithdrawals", "enableInternalTransfer", "permitsUniversalTransfer"), False),
    **dict.fromkeys(("enableMargin", "enableFutures", "enableVanillaOptions"), False),
    "enablePortfolioMarginTrading": False,
}


def _balance(asset: str, free: str, locked: str) -> dict[str, str]:
    return {"asset": asset, "free": free, "locked": locked}


def _fee(fill: Fill) -> dict[str, object]:
    return {"commission": text(fill.fee), "commissionAsset": "USDT", "tradeId": fill.number}


def _trade(order: Placed, fill: Fill) -> dict[str, object]:
    return {
        "symbol": order.market,
        "id": fill.number,
        "orderId": order.number,
        "price": text(fill.price),
        "qty": text(fill.quantity),
        "quoteQty": text(fill.price * fill.quantity),
        "commission": text(fill.fee),
        "commissionAsset": "USDT",
        "time": fill.at,
        "isBuyer": order.is_buy,
        "isMaker": order.kind == "limit",
    }
