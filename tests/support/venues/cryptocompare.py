"""CryptoCompare: `limit` + 1 bars back from toTs, rows of zeros where it has nothing, errors with status 200."""

from email.message import Message

from venues.base import Loopback
from venues.tape import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Tape

STEPS = {"histominute": MINUTE_MS, "histohour": HOUR_MS, "histoday": DAY_MS}


class Cryptocompare(Loopback):
    """One market, BTC/USD."""

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        if (query["fsym"], query["tsym"]) != ("BTC", "USD"):
            text = f"cccagg_or_exchange market does not exist for this coin pair ({query['fsym']}-{query['tsym']})"
            return {"Response": "Error", "Message": text, "HasWarning": False, "Type": 2, "RateLimit": {}, "Data": {}}
        assert path.startswith("/data/v2/"), path
        assert int(query["limit"]) <= 2000, query
        step = STEPS[path.rsplit("/", 1)[1]]
        last = min(int(query["toTs"]) * 1000, self.now) // step * step
        first = last - int(query["limit"]) * step
        known = {one.begin: one for one in tape.candles(step, first, last)}
        rows = [_row(begin, known.get(begin)) for begin in range(first, last + 1, step)]
        data = {"Aggregated": False, "TimeFrom": first // 1000, "TimeTo": last // 1000, "Data": rows}
        return {"Response": "Success", "Message": "", "HasWarning": False, "Type": 100, "RateLimit": {}, "Data": data}


def _row(begin: int, one: Candle | None) -> dict[str, object]:
    figures = ["0"] * 5 if one is None else one.figures
    opened, high, low, close, volume = (float(text) for text in figures)
    prices = {"high": high, "low": low, "open": opened, "close": close}
    return {"time": begin // 1000, **prices, "volumefrom": volume, "volumeto": 0, "conversionType": "direct"}
