"""As much of an exchange as orders are timed on: Binance's documented JSON, one account, what is at market filled."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, str]

NOTHING = Decimal(0)
BASE, QUOTE, SYMBOL = "BTC", "USDT", "BTCUSDT"
TICK, LOT = Decimal("0.01"), Decimal("0.00001")
# About as many as the venue lists: whoever starts reads the rules of all of them.
MARKETS = 3_000
TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
NO_SUCH_ORDER = {"code": -2013, "msg": "Order does not exist."}
UNKNOWN_ORDER = {"code": -2011, "msg": "Unknown order sent."}
RIGHTS = {
    "ipRestrict": True,
    "enableReading": True,
    "enableSpotAndMarginTrading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "enableVanillaOptions": False,
    "enablePortfolioMarginTrading": False,
}


@dataclass(slots=True)
class SmallExchange:
    """One account. What is to be filled at once is filled at `price`, without fees; everything else rests.

    Attributes:
        now: UTC microseconds.
        owned: units by asset, those that orders bind included.
        orders: by client order id.
    """

    now: Callable[[], int]
    price: Decimal
    owned: dict[str, Decimal]
    markets: str
    orders: dict[str, Json] = field(default_factory=dict)
    trades: list[Json] = field(default_factory=list)

    def answer(self, method: str, path: str, asked: Mapping[str, str]) -> Answer:
        """HTTP status and body."""
        if (method, path) == ("GET", "/api/v3/exchangeInfo"):
            return 200, self.markets
        route = ROUTES.get((method, path))
        status, body = (404, {"code": -1000, "msg": f"no {method} {path}"}) if route is None else route(self, asked)
        return status, json.dumps(body, separators=(",", ":"))

    def reset(self) -> None:
        """Nothing was ever ordered."""
        for side in self.trades:
            sign = -1 if side["isBuyer"] else 1
            self.owned[BASE] += sign * Decimal(side["qty"])
            self.owned[QUOTE] -= sign * Decimal(side["quoteQty"])
        self.orders.clear()
        self.trades.clear()

    def milliseconds(self) -> int:
        """Of the exchange's clock."""
        return self.now() // 1000

    def resting(self) -> list[Json]:
        """Orders that are open."""
        return [one for one in self.orders.values() if one["status"] == "NEW"]


def small_exchange(now: Callable[[], int], price: Decimal, money: Decimal) -> SmallExchange:
    """An account with so much of the quote currency."""
    return SmallExchange(now, price, {BASE: NOTHING, QUOTE: money}, _markets())


def _markets() -> str:
    names = [(BASE, QUOTE), *((f"A{number:04d}", QUOTE) for number in range(1, MARKETS))]
    symbols = [_market(base, quote) for base, quote in names]
    return json.dumps({"timezone": "UTC", "rateLimits": [], "exchangeFilters": [], "symbols": symbols})


def _market(base: str, quote: str) -> Json:
    filters = [
        {"filterType": "PRICE_FILTER", "minPrice": text(TICK), "maxPrice": "1000000.00000000", "tickSize": text(TICK)},
        {"filterType": "LOT_SIZE", "minQty": text(LOT), "maxQty": "9000.00000000", "stepSize": text(LOT)},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "100.00000000", "stepSize": "0.00000000"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True, "maxNotional": "9000000"},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    ]
    flags = {
        "icebergAllowed": False,
        "ocoAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
    }
    precisions = dict.fromkeys(("baseAssetPrecision", "quotePrecision", "quoteAssetPrecision"), 8)
    named = {"symbol": f"{base}{quote}", "status": "TRADING", "baseAsset": base, "quoteAsset": quote}
    rights = {"permissions": [], "permissionSets": [["SPOT"]], "allowedSelfTradePreventionModes": ["NONE"]}
    return {**named, **precisions, **flags, "orderTypes": TYPES, "filters": filters, **rights}


def text(figure: Decimal) -> str:
    """As the wire has it: eight decimals."""
    return f"{figure:.8f}"


def _time(exchange: SmallExchange, _asked: Mapping[str, str]) -> tuple[int, object]:
    return 200, {"serverTime": exchange.milliseconds()}


def _quote(exchange: SmallExchange, asked: Mapping[str, str]) -> tuple[int, object]:
    sides = {"bidPrice": text(exchange.price), "bidQty": "9.00000000"}
    return 200, {"symbol": asked["symbol"], **sides, "askPrice": text(exchange.price), "askQty": "9.00000000"}


def _account(exchange: SmallExchange, _asked: Mapping[str, str]) -> tuple[int, object]:
    bound = {BASE: NOTHING, QUOTE: NOTHING}
    for one in exchange.resting():
        units = Decimal(one["origQty"])
        if one["side"] == "SELL":
            bound[BASE] += units
        else:
            bound[QUOTE] += units * Decimal(one["price"])
    balances = [
        {"asset": asset, "free": text(whole - bound[asset]), "locked": text(bound[asset])}
        for asset, whole in exchange.owned.items()
    ]
    return 200, {"canTrade": True, "updateTime": exchange.milliseconds(), "accountType": "SPOT", "balances": balances}


def _rights(_exchange: SmallExchange, _asked: Mapping[str, str]) -> tuple[int, object]:
    return 200, RIGHTS


def _place(exchange: SmallExchange, asked: Mapping[str, str]) -> tuple[int, object]:
    now = exchange.milliseconds()
    order: Json = {
        "symbol": asked["symbol"],
        "orderId": len(exchange.orders) + 1,
        "orderListId": -1,
        "clientOrderId": asked["newClientOrderId"],
        "price": text(Decimal(asked.get("price", "0"))),
        "origQty": text(Decimal(asked["quantity"])),
        "executedQty": text(NOTHING),
        "origQuoteOrderQty": text(NOTHING),
        "cummulativeQuoteQty": text(NOTHING),
        "status": "NEW",
        "timeInForce": asked.get("timeInForce", "GTC"),
        "type": asked["type"],
        "side": asked["side"],
        "stopPrice": text(Decimal(asked.get("stopPrice", "0"))),
        "time": now,
        "updateTime": now,
        "selfTradePreventionMode": "NONE",
    }
    exchange.orders[order["clientOrderId"]] = order
    fills = [_fill(exchange, order)] if order["timeInForce"] == "IOC" else []
    return 200, {**order, "transactTime": now, "fills": fills}


def _fill(exchange: SmallExchange, order: Json) -> Json:
    """All of it, at the price of now."""
    units = Decimal(order["origQty"])
    value, sign = units * exchange.price, 1 if order["side"] == "BUY" else -1
    exchange.owned[BASE] += sign * units
    exchange.owned[QUOTE] -= sign * value
    order |= {"executedQty": order["origQty"], "cummulativeQuoteQty": text(value), "status": "FILLED"}
    fee = {"commission": text(NOTHING), "commissionAsset": QUOTE}
    number, price = len(exchange.trades) + 1, text(exchange.price)
    trade = {"id": number, "orderId": order["orderId"], "price": price, "qty": order["origQty"], **fee}
    side = {"isBuyer": sign > 0, "isMaker": False, "isBestMatch": True}
    exchange.trades.append({"symbol": order["symbol"], **trade, **side, "quoteQty": text(value), "time": order["time"]})
    return {"tradeId": number, "price": price, "qty": order["origQty"], **fee}


def _find(exchange: SmallExchange, asked: Mapping[str, str]) -> tuple[int, object]:
    order = exchange.orders.get(asked["origClientOrderId"])
    return (400, NO_SUCH_ORDER) if order is None else (200, order)


def _cancel(exchange: SmallExchange, asked: Mapping[str, str]) -> tuple[int, object]:
    order = exchange.orders.get(asked["origClientOrderId"])
    if order is None or order["status"] != "NEW":
        return 400, UNKNOWN_ORDER
    order |= {"status": "CANCELED", "updateTime": exchange.milliseconds()}
    names = {"origClientOrderId": order["clientOrderId"], "clientOrderId": f"cancel-{order['orderId']}"}
    return 200, {**order, **names, "transactTime": order["updateTime"]}


def _open(exchange: SmallExchange, _asked: Mapping[str, str]) -> tuple[int, object]:
    return 200, exchange.resting()


def _trades(exchange: SmallExchange, asked: Mapping[str, str]) -> tuple[int, object]:
    least, since, most = (
        int(asked.get(name, start)) for name, start in (("fromId", 0), ("startTime", 0), ("limit", 500))
    )
    found = [one for one in exchange.trades if one["id"] >= least and one["time"] >= since]
    return 200, found[:most]


def _nothing(_exchange: SmallExchange, _asked: Mapping[str, str]) -> tuple[int, object]:
    return 200, {}


ROUTES: dict[tuple[str, str], Callable[[SmallExchange, Mapping[str, str]], tuple[int, object]]] = {
    ("GET", "/api/v3/time"): _time,
    ("GET", "/api/v3/ticker/bookTicker"): _quote,
    ("GET", "/api/v3/account"): _account,
    ("GET", "/sapi/v1/account/apiRestrictions"): _rights,
    ("POST", "/api/v3/order"): _place,
    ("POST", "/api/v3/order/test"): _nothing,
    ("GET", "/api/v3/order"): _find,
    ("DELETE", "/api/v3/order"): _cancel,
    ("GET", "/api/v3/openOrders"): _open,
    ("GET", "/api/v3/myTrades"): _trades,
}
