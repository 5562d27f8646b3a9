"""Alpaca's market data: keys in headers, page tokens, times as RFC 3339, daily bars at midnight of New York."""

from datetime import UTC, datetime
from email.message import Message

from venues.base import Loopback, Problem
from venues.tape import DAY_MS, MINUTE_MS, Candle, Tape

STEPS = {"1Min": MINUTE_MS, "5Min": 5 * MINUTE_MS, "15Min": 15 * MINUTE_MS, "30Min": 30 * MINUTE_MS, "1Day": DAY_MS}
KEY, SECRET = "PKLOOPBACK", "canary-secret-of-alpaca"
NEW_YORK_MS = 5 * 3_600_000

SPLIT = {
    "symbol": "SPY",
    "cusip": "78462F103",
    "new_rate": 7,
    "old_rate": 1,
    "process_date": "2020-02-03",
    "ex_date": "2020-02-03",
    "record_date": "2020-01-31",
    "payable_date": "2020-01-31",
}
DIVIDEND = {
    "symbol": "SPY",
    "cusip": "78462F103",
    "rate": 1.57,
    "special": False,
    "foreign": False,
    "process_date": "2020-04-30",
    "ex_date": "2020-03-20",
    "record_date": "2020-03-23",
    "payable_date": "2020-04-30",
}


class Alpaca(Loopback):
    """One stock, SPY. `page` bars an answer; `empty_pages` answers with a token and nothing else come first."""

    page = 1000
    empty_pages = 0

    def problem(self, status: int) -> object:
        return {"code": status * 100_000, "message": "something of that kind"}

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        if (headers["APCA-API-KEY-ID"], headers["APCA-API-SECRET-KEY"]) != (KEY, SECRET):
            raise Problem(401, {"message": "unauthorized."})
        if path == "/v1beta1/corporate-actions":
            return self._actions(query)
        if query["feed"] != "iex":
            raise Problem(403, {"message": "subscription does not permit querying recent SIP data"})
        known = query["symbols"] == "SPY"
        if path == "/v2/stocks/bars/latest":
            return {"bars": {"SPY": {"t": "2020-05-01T12:00:00Z", "c": 1}} if known else {}}
        if path == "/v2/stocks/quotes/latest":
            quote = {"t": "2020-05-01T12:00:00.123456789Z", "ap": 100.25, "as": 3, "bp": 100.0, "bs": 2}
            return {"quotes": {"SPY": quote} if known else {}}
        assert path == "/v2/stocks/bars", path
        return self._bars(query, tape) if known else {"bars": {}, "next_page_token": None}

    def _bars(self, query: dict[str, str], tape: Tape) -> object:
        step, start = STEPS[query["timeframe"]], datetime.fromisoformat(query["start"])
        offset = NEW_YORK_MS if step == DAY_MS else 0
        first = int(start.timestamp() * 1000) - offset
        candles = tape.candles(step, first, first + 36_500 * DAY_MS)
        skip, place = (int(part) for part in query.get("page_token", f"{self.empty_pages}.0").split("."))
        size = min(self.page, int(query["limit"]))
        if skip:
            return {"bars": {}, "next_page_token": f"{skip - 1}.{place}"}
        rest = f"0.{place + size}" if place + size < len(candles) else None
        rows = [_bar(one, offset) for one in candles[place : place + size]]
        return {"bars": {"SPY": rows} if rows else {}, "next_page_token": rest}

    def _actions(self, query: dict[str, str]) -> object:
        inside = [one for one in (SPLIT, DIVIDEND) if query["start"] <= str(one["process_date"]) <= query["end"]]
        inside = [one for one in inside if query["symbols"] == one["symbol"]]
        place = int(query.get("page_token", 0))
        groups = {
            "forward_splits" if "new_rate" in one else "cash_dividends": [one] for one in inside[place : place + 1]
        }
        return {"corporate_actions": groups, "next_page_token": str(place + 1) if place + 1 < len(inside) else None}


def _bar(one: Candle, offset: int) -> dict[str, object]:
    stamp = datetime.fromtimestamp((one.begin + offset) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = ("o", "h", "l", "c", "v")
    figures: dict[str, object] = {name: float(text) for name, text in zip(names, one.figures, strict=True)}
    return {"t": stamp, **figures, "n": 5, "vw": float(one.close)}
