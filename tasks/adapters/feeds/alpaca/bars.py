"""Bars of US stocks, as traded: no adjustment for splits and dividends."""

from collections.abc import Iterator
from typing import Any

from models.types import BadInput, Bars, bar_micros, iso, parse_time
from models.types.timeframes import DAY
from tasks.adapters.feeds.alpaca.exchange import FEED
from tasks.adapters.feeds.rows import bars_of, since_on
from tasks.adapters.venues.client import CcxtClient
from tasks.adapters.venues.reads import in_form

# Alpaca's bars of an hour begin at the full hour, not with the session at half past nine: keel resamples from 30m.
TIMEFRAMES = {"1m": "1Min", "5m": "5Min", "15m": "15Min", "30m": "30Min", "1d": "1Day"}
ORIGIN = parse_time("2016-01-01")
SIZE = 10_000


def pages(client: CcxtClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """Ascending pages from `since` on (UTC microseconds, None: since 2016), page token by page token.

    Daily bars are stamped midnight UTC of their session's date; Alpaca says midnight of New York.

    Raises:
        BadInput: there is no such stock or timeframe.
    """
    if timeframe not in TIMEFRAMES:
        raise BadInput(f"alpaca has no {timeframe} bars that begin with the session; it has {', '.join(TIMEFRAMES)}")
    start, last, token, some = ORIGIN if since is None else since, -1, None, False
    while True:
        told = client.ask("bars", "marketPrivateGetV2StocksBars", _query(symbol, timeframe, start, token))
        with in_form(client.venue, "bars"):
            bars, token = since_on(_bars(told, symbol, timeframe), max(start, last + 1)), told["next_page_token"]
        if len(bars):
            some, last = True, int(bars.ts[-1])
            yield bars
        if token is None:
            break
    if not some:
        require_stock(client, symbol)


def require_stock(client: CcxtClient, symbol: str) -> None:
    """Nothing, when the symbol was ever traded there.

    Raises:
        BadInput: it was not.
    """
    told = client.ask("bars", "marketPrivateGetV2StocksBarsLatest", {"symbols": symbol, "feed": FEED})
    with in_form(client.venue, "bars"):
        known = symbol in told["bars"]
    if not known:
        raise BadInput(f"alpaca has no stock {symbol} on its feed {FEED}; symbols are US tickers such as SPY or BRK.B")


def _query(symbol: str, timeframe: str, start: int, token: str | None) -> dict[str, object]:
    query: dict[str, object] = {"symbols": symbol, "timeframe": TIMEFRAMES[timeframe], "start": iso(start)}
    query |= {"limit": SIZE, "adjustment": "raw", "feed": FEED, "sort": "asc"}
    return query if token is None else {**query, "page_token": token}


def _bars(told: Any, symbol: str, timeframe: str) -> Bars:
    rows = (told["bars"] or {}).get(symbol, [])
    stamp = DAY if bar_micros(timeframe) == DAY else 1
    return bars_of(
        [
            [
                parse_time(row["t"]) // stamp * stamp / 1000,
                *(float(row[figure]) for figure in ("o", "h", "l", "c", "v")),
            ]
            for row in rows
        ]
    )
