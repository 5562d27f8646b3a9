"""Bars of CryptoCompare: its volume-weighted price over venues, backwards from an end, padded with zeros."""

from collections.abc import Iterator
from typing import Any

from models.types import BadInput, Bars, Unavailable, bar_micros, iso, parse_time
from models.types.timeframes import DAY, SECOND
from tasks.adapters.feeds.cryptocompare.exchange import URL
from tasks.adapters.feeds.paging import Reach, walk
from tasks.adapters.feeds.plain import PlainClient
from tasks.adapters.feeds.rows import bars_of
from tasks.adapters.venues.reads import in_form

ENDPOINTS = {"1m": "histominute", "1h": "histohour", "1d": "histoday"}
MINUTES_KEPT = 7 * DAY
# An answer holds one bar more than the limit, which may be 2,000; the first prices are of July 2010.
REACH = Reach(size=2000, windowed=True, origin=parse_time("2010-07-01"))
FIGURES = ("open", "high", "low", "close", "volumefrom")
NO_MARKET, TOO_OFTEN = 2, 99  # types of errors


def pages(client: PlainClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """Ascending pages from `since` on (UTC microseconds, None: everything, of minutes the last seven days).

    Raises:
        BadInput: no such market or timeframe, or minutes older than it keeps.
    """
    base, _, quote = symbol.partition("/")
    if timeframe not in ENDPOINTS:
        raise BadInput(f"cryptocompare has no {timeframe} bars; it has {', '.join(ENDPOINTS)}")
    now = client.access.clock.now()
    kept = now - MINUTES_KEPT if timeframe == "1m" else REACH.origin
    if timeframe == "1m" and since is not None and since < kept:
        raise BadInput(
            f"cryptocompare keeps minutes for seven days, and was asked for {iso(since)}; take older ones from another "
            "feed"
        )

    def read(frame: str, cursor: int) -> Bars:
        # Its answers begin one bar before the limit says, and end at the time given.
        end = cursor + (REACH.size - 1) * bar_micros(frame)
        query: dict[str, str | int] = {"fsym": base, "tsym": quote, "limit": REACH.size - 1, "toTs": end // SECOND}
        return _bars(client, frame, symbol, query)

    return walk(read, REACH, timeframe, kept if since is None else since, now)


def _bars(client: PlainClient, timeframe: str, symbol: str, query: dict[str, str | int]) -> Bars:
    keys = client.access.keys
    headers = {} if keys is None else {"Authorization": f"Apikey {keys.key.get_secret_value()}"}
    query |= {"tryConversion": "false"}
    told = client.json("bars", f"{URL}/{ENDPOINTS[timeframe]}", query, headers)
    with in_form(client.venue, "bars"):
        if told["Response"] == "Success":
            rows = [row for row in told["Data"]["Data"] if _traded(row)]
            return bars_of([[row["time"] * 1000, *(row[name] for name in FIGURES)] for row in rows])
        kind = told.get("Type")
    if kind == NO_MARKET:
        raise BadInput(f"cryptocompare has no market {symbol}; it wants base and quote as coins, such as BTC/USD")
    if kind == TOO_OFTEN:
        client.ban(429, None)
    raise Unavailable(f"cryptocompare did not give its bars (error type {kind}); try again later, or use another feed")


def _traded(row: Any) -> bool:
    # Before a listing, and where it has nothing, every figure is zero: such a row is no bar.
    return any(row[name] != 0 for name in FIGURES)
