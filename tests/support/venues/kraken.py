"""Kraken: the last 720 bars and the open one, whatever `since` says; errors come with status 200."""

from email.message import Message

from venues.base import Loopback
from venues.tape import MINUTE_MS, Candle, Tape

LAST = 720


class Kraken(Loopback):
    """Three pairs; bars and a book of XXBTZUSD."""

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        return {"error": [], "result": self._result(path, query, tape)}

    def _result(self, path: str, query: dict[str, str], tape: Tape) -> object:
        if path.endswith("/AssetPairs"):
            pairs = (("XXBTZUSD", "XXBT", "ZUSD"), ("XXBTZEUR", "XXBT", "ZEUR"), ("XETHZUSD", "XETH", "ZUSD"))
            return {name: _pair(name, base, quote) for name, base, quote in pairs}
        assert query["pair"] == "XXBTZUSD", query
        if path.endswith("/Depth"):
            count = int(query["count"])
            bids = [[f"{100 - k / 4:.5f}", f"{k + 1}.500", 1586321301] for k in range(min(count, 30))]
            asks = [[f"{100.25 + k / 4:.5f}", f"{k + 2}.250", 1586321301] for k in range(min(count, 30))]
            return {"XXBTZUSD": {"asks": asks, "bids": bids}}
        assert path.endswith("/OHLC"), path
        step = int(query["interval"]) * MINUTE_MS
        end = tape.spans[-1][1] if tape.spans else 0
        candles = tape.candles(step, end - LAST * step, end)[-LAST:]
        since = int(query.get("since", 0)) * 1000
        rows = [_row(one) for one in candles if one.begin > since]
        return {"XXBTZUSD": rows, "last": rows[-2][0] if len(rows) > 1 else 0}


def _row(one: Candle) -> list[object]:
    return [one.begin // 1000, one.open, one.high, one.low, one.close, one.close, one.volume, 12]


def _pair(name: str, base: str, quote: str) -> dict[str, object]:
    return {
        "altname": name,
        "wsname": f"{base[1:]}/{quote[1:]}",
        "aclass_base": "currency",
        "base": base,
        "aclass_quote": "currency",
        "quote": quote,
        "lot": "unit",
        "pair_decimals": 5,
        "lot_decimals": 8,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, 0.4]],
        "fees_maker": [[0, 0.25]],
        "ordermin": "0.0001",
        "costmin": "0.5",
        "tick_size": "0.1",
        "status": "online",
    }
