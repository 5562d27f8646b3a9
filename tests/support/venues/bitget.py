"""Bitget spot: the last `limit` bars before endTime; candles for recent ones (1,000), history-candles for old (200)."""

import time
from email.message import Message

from venues.base import Loopback, Problem
from venues.tape import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Tape

STEPS = {
    "1min": MINUTE_MS,
    "5min": 5 * MINUTE_MS,
    "30min": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "4h": 4 * HOUR_MS,
    "1Dutc": DAY_MS,
}
RECENT_DAYS = 60
RECENT, OLD = 1000, 200


class Bitget(Loopback):
    """Three symbols; bars and a book of BTCUSDT. `inclusive`: a bar that opens at endTime is given."""

    inclusive = True

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        return {"code": "00000", "msg": "success", "requestTime": 1, "data": self._data(path, query, tape)}

    def _data(self, path: str, query: dict[str, str], tape: Tape) -> object:
        if path.endswith("/symbols"):
            return [_symbol(*pair) for pair in (("BTC", "USDT"), ("BTC", "EUR"), ("ETH", "USDT"))]
        if path.endswith("/margin/currencies"):
            return []
        assert query["symbol"] == "BTCUSDT", query
        if path.endswith("/orderbook"):
            count = int(query["limit"])
            bids = [[f"{100 - k / 4:.2f}", f"{k + 1}.5"] for k in range(min(count, 30))]
            asks = [[f"{100.25 + k / 4:.2f}", f"{k + 2}.25"] for k in range(min(count, 30))]
            return {"bids": bids, "asks": asks, "ts": "1588334400123"}
        return [_candle(one) for one in self._candles(path, query, tape)]

    def _candles(self, path: str, query: dict[str, str], tape: Tape) -> list[Candle]:
        step, end, limit = STEPS[query["granularity"]], int(query["endTime"]), int(query["limit"])
        last = end if self.inclusive else end - 1
        if path.endswith("/history-candles"):
            if limit > OLD:
                raise Problem(400, {"code": "40017", "msg": "Parameter verification failed limit", "data": None})
            return tape.candles(step, 0, last)[-limit:]
        assert path.endswith("/candles"), path
        if limit > RECENT:
            raise Problem(400, {"code": "40017", "msg": "Parameter verification failed limit", "data": None})
        oldest = int(time.time() * 1000) - RECENT_DAYS * DAY_MS
        return tape.candles(step, max(int(query.get("startTime", 0)), oldest), last)[-limit:]


def _candle(one: Candle) -> list[str]:
    return [str(one.begin), *one.figures, "0", "0"]


def _symbol(base: str, quote: str) -> dict[str, object]:
    return {
        "symbol": base + quote,
        "baseCoin": base,
        "quoteCoin": quote,
        "minTradeAmount": "0",
        "maxTradeAmount": "10000000000",
        "takerFeeRate": "0.001",
        "makerFeeRate": "0.001",
        "pricePrecision": "2",
        "quantityPrecision": "6",
        "quotePrecision": "6",
        "minTradeUSDT": "1",
        "status": "online",
    }
