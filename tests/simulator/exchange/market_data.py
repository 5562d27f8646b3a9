"""The endpoints that everybody may ask: the clock, the rules, the book, bars and tickers."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from exchange.candles import DAY, INTERVALS
from exchange.drafts import whole
from exchange.market import Market
from exchange.orders import ZERO
from exchange.refusals import ApiError, missing
from exchange.symbols import plain
from exchange.wire import LogEntry

if TYPE_CHECKING:
    from exchange.exchange import Exchange

Params = Mapping[str, str]
Row = TypeVar("Row")


def ping(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return {}


def server_time(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return {"serverTime": exchange.now_ms()}


def system_status(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return {"status": 0, "msg": "normal"}


def exchange_info(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return {
        "timezone": "UTC",
        "serverTime": exchange.now_ms(),
        "rateLimits": exchange.limits.rules(),
        "exchangeFilters": [],
        "symbols": [market.symbol.info() for market in _asked(exchange, given)],
    }


def depth(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market, limit = exchange.market(given), limit_of(given, 100, 5000)
    book = market.book
    sides = {
        name: [
            [plain(price), plain(quantity)] for _, (price, quantity) in zip(range(limit), side.levels(), strict=False)
        ]
        for name, side in (("bids", book.bids), ("asks", book.asks))
    }
    return {"lastUpdateId": book.update_id, **sides}


def klines(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market, limit = exchange.market(given), limit_of(given, 500, 1000)
    interval = given.get("interval")
    if interval is None:
        raise missing("interval")
    if interval not in INTERVALS:
        raise ApiError(-1120, "Invalid interval.")
    return market.candles.rows(interval, exchange.now_ms(), *_window(given), limit)


def day_ticker(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return _each(exchange, given, lambda market: day_of(market, exchange.now_ms()))


def book_ticker(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return _each(exchange, given, lambda market: {"symbol": market.symbol.name, **_best(market)})


def price_ticker(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return _each(exchange, given, lambda market: {"symbol": market.symbol.name, "price": plain(market.last or ZERO)})


def day_of(market: Market, now_ms: int) -> dict[str, Any]:
    """The 24-hour statistics of a symbol; zeros before its first trade."""
    last = market.last or ZERO
    bar = market.candles.last_day(now_ms)
    first = bar.open if bar else last
    volume, quote, trades = (bar.volume, bar.quote, bar.trades) if bar else (ZERO, ZERO, 0)
    change = (last - first) / first * 100 if first else ZERO
    return {
        "symbol": market.symbol.name,
        "priceChange": plain(last - first),
        "priceChangePercent": f"{change:.3f}",
        "weightedAvgPrice": plain(quote / volume if volume else last),
        "prevClosePrice": plain(first),
        "lastPrice": plain(last),
        "lastQty": plain(market.last_quantity),
        **_best(market),
        "openPrice": plain(first),
        "highPrice": plain(bar.high if bar else last),
        "lowPrice": plain(bar.low if bar else last),
        "volume": plain(volume),
        "quoteVolume": plain(quote),
        "openTime": now_ms - DAY + 1,
        "closeTime": now_ms,
        "firstId": market.prints - trades + 1 if trades else -1,
        "lastId": market.prints if trades else -1,
        "count": trades,
    }


def between(rows: list[Row], given: Params, limit: int, time_of: Callable[[Row], int]) -> list[Row]:
    """Rows from startTime up to the limit, or the last ones up to endTime; as the documents say for all lists."""
    start, end = _window(given)
    found = [row for row in rows if (start is None or time_of(row) >= start) and (end is None or time_of(row) <= end)]
    return found[:limit] if start is not None else found[-limit:]


def limit_of(given: Params, usual: int, most: int) -> int:
    """How many rows are wanted; more than the most is the most.

    Raises:
        ApiError: none, or no number.
    """
    if "limit" not in given:
        return usual
    limit = whole(given, "limit")
    if limit < 1:
        raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
    return min(limit, most)


def _window(given: Params) -> tuple[int | None, int | None]:
    start, end = (whole(given, name) if name in given else None for name in ("startTime", "endTime"))
    return start, end


def _best(market: Market) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, side in (("bid", market.book.bids), ("ask", market.book.asks)):
        entry = side.best()
        price, quantity = (entry.price, side.quantity_at(entry.price)) if entry else (Decimal(0), Decimal(0))
        said |= {f"{name}Price": plain(price), f"{name}Qty": plain(quantity)}
    return said


def _each(exchange: "Exchange", given: Params, of: Callable[[Market], object]) -> object:
    if "symbol" in given:
        return of(exchange.market(given))
    return [of(market) for market in _asked(exchange, given)]


def _asked(exchange: "Exchange", given: Params) -> list[Market]:
    if "symbol" in given:
        return [exchange.market(given)]
    markets = list(exchange.markets.values())
    if "symbols" in given:
        markets = [exchange.market({"symbol": str(name)}) for name in _names(given["symbols"])]
    status = given.get("symbolStatus")
    return [market for market in markets if status in (None, market.symbol.status)]


def _names(text: str) -> list[object]:
    try:
        names = json.loads(text)
    except json.JSONDecodeError:
        names = None
    if not isinstance(names, list):
        raise ApiError(-1130, "Data sent for parameter 'symbols' is not valid.")
    return names
