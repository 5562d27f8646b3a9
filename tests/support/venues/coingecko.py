"""CoinGecko: bars stamped with their end, as long as the number of days decides."""

from email.message import Message

from venues.base import Loopback, Problem
from venues.tape import DAY_MS, HOUR_MS, MINUTE_MS, Tape


class Coingecko(Loopback):
    """One coin, bitcoin; `now` is where its days end."""

    def problem(self, status: int) -> object:
        return {"status": {"error_code": status, "error_message": "You've exceeded the Rate Limit."}}

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        if path != "/api/v3/coins/bitcoin/ohlc":
            raise Problem(404, {"error": "coin not found"})
        assert query["vs_currency"] in ("usd", "eur"), query
        days = int(query["days"])
        step = 30 * MINUTE_MS if days <= 2 else 4 * HOUR_MS if days <= 30 else 4 * DAY_MS
        candles = tape.candles(step, self.now - days * DAY_MS, self.now)
        return [[one.begin + step, *(float(text) for text in one.figures[:4])] for one in candles]
