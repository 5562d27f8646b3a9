"""Coinbase Advanced: bars of a window, both ends included, newest first, at most 350."""

from email.message import Message

from venues.base import Loopback, Problem
from venues.tape import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Tape

STEPS = {
    "ONE_MINUTE": MINUTE_MS,
    "FIVE_MINUTE": 5 * MINUTE_MS,
    "THIRTY_MINUTE": 30 * MINUTE_MS,
    "ONE_HOUR": HOUR_MS,
    "ONE_DAY": DAY_MS,
}
MOST = 350


class Coinbase(Loopback):
    """Three products; bars and a book of BTC-USD."""

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        if path.endswith("/market/products"):
            pairs = [] if query.get("product_type") == "FUTURE" else [("BTC", "USD"), ("BTC", "EUR"), ("ETH", "USD")]
            return {"products": [_product(*pair) for pair in pairs], "num_products": len(pairs)}
        if path.endswith("/product_book"):
            count = int(query["limit"])
            bids = [{"price": f"{100 - k / 4:.2f}", "size": f"{k + 1}.5"} for k in range(min(count, 30))]
            asks = [{"price": f"{100.25 + k / 4:.2f}", "size": f"{k + 2}.25"} for k in range(min(count, 30))]
            time = "2020-05-01T12:00:00.533606Z"
            return {"pricebook": {"product_id": "BTC-USD", "bids": bids, "asks": asks, "time": time}}
        assert path.endswith("/BTC-USD/candles"), path
        step, start, end = STEPS[query["granularity"]], int(query["start"]) * 1000, int(query["end"]) * 1000
        if (end - start) // step + 1 > MOST:
            raise Problem(400, {"error": "INVALID_ARGUMENT", "message": "number of candles should be less than 350"})
        return {"candles": [_candle(one) for one in reversed(tape.candles(step, start, end))]}


def _candle(one: Candle) -> dict[str, str]:
    figures = {"low": one.low, "high": one.high, "open": one.open, "close": one.close, "volume": one.volume}
    return {"start": str(one.begin // 1000), **figures}


def _product(base: str, quote: str) -> dict[str, object]:
    return {
        "product_id": f"{base}-{quote}",
        "base_increment": "0.00000001",
        "quote_increment": "0.01",
        "quote_min_size": "1",
        "quote_max_size": "150000000",
        "base_min_size": "0.00000001",
        "base_max_size": "3400",
        "status": "online",
        "trading_disabled": False,
        "product_type": "SPOT",
        "quote_currency_id": quote,
        "base_currency_id": base,
        "alias": "",
        "alias_to": [],
        "price_increment": "0.01",
    }
