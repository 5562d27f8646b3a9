"""Binance spot: startTime gives the first `limit` bars at or after it."""

from email.message import Message

from venues.base import Loopback, Problem
from venues.tape import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Tape

STEPS = {"1m": MINUTE_MS, "5m": 5 * MINUTE_MS, "30m": 30 * MINUTE_MS, "1h": HOUR_MS, "4h": 4 * HOUR_MS, "1d": DAY_MS}


class Binance(Loopback):
    """Three markets; bars and a book of BTCUSDT."""

    def problem(self, status: int) -> object:
        return {"code": -1003, "msg": "Too many requests."} if status in (418, 429) else super().problem(status)

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        if path.endswith("/exchangeInfo"):
            return {"symbols": [_market(*pair) for pair in (("BTC", "USDT"), ("BTC", "EUR"), ("ETH", "USDT"))]}
        if query["symbol"] != "BTCUSDT":
            raise Problem(400, {"code": -1121, "msg": "Invalid symbol."})
        if path.endswith("/depth"):
            count = int(query["limit"])
            bids = [[f"{100 - k / 4:.2f}", f"{k + 1}.50000000"] for k in range(min(count, 30))]
            asks = [[f"{100.25 + k / 4:.2f}", f"{k + 2}.25000000"] for k in range(min(count, 30))]
            return {"lastUpdateId": 1027024, "bids": bids, "asks": asks}
        assert path.endswith("/klines"), path
        step, since = STEPS[query["interval"]], int(query["startTime"])
        candles = tape.candles(step, since, since + DAY_MS * 36_500)
        return [_kline(one, step) for one in candles[: int(query["limit"])]]


def _kline(one: Candle, step: int) -> list[object]:
    return [one.begin, *one.figures, one.begin + step - 1, "0", 1, "0", "0", "0"]


def _market(base: str, quote: str) -> dict[str, object]:
    return {
        "symbol": base + quote,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
            {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True, "maxNotional": "9000000"},
        ],
    }
