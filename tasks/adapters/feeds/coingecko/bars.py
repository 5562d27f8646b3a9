"""Bars of CoinGecko: prices averaged over many venues, without volumes, stamped with their end."""

from collections.abc import Iterator

from models.types import BadInput, Bars, bar_micros, iso
from models.types.timeframes import DAY
from tasks.adapters.feeds.coingecko.exchange import COINS, KEY_HEADER, QUOTES, URL
from tasks.adapters.feeds.plain import PlainClient
from tasks.adapters.feeds.rows import bars_of, since_on
from tasks.adapters.venues.reads import in_form

# The number of days asked for decides how long the bars are: half hours for one, four hours for thirty.
DAYS = {"30m": 1, "4h": 30}


def pages(client: PlainClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """One page from `since` on (UTC microseconds, None: the last day or the last thirty). Volumes are zero.

    Raises:
        BadInput: no such coin, quote or timeframe, or `since` is older than what the source gives.
    """
    coin, quote = _pair(symbol)
    if timeframe not in DAYS:
        raise BadInput(f"coingecko has no {timeframe} bars; it has {', '.join(DAYS)}, take others from another feed")
    days, now = DAYS[timeframe], client.access.clock.now()
    if since is not None and since < now - days * DAY:
        raise BadInput(
            f"coingecko gives {timeframe} bars of the last {days} days only, not from {iso(since)} on; take older ones "
            "from another feed"
        )
    keys = client.access.keys
    headers = {} if keys is None else {KEY_HEADER: keys.key.get_secret_value()}
    query: dict[str, str | int] = {"vs_currency": quote.lower(), "days": days}
    told = client.json("bars", f"{URL}/coins/{coin}/ohlc", query, headers)
    with in_form(client.venue, "bars"):
        step = bar_micros(timeframe)
        bars = bars_of([[row[0] - step // 1000, *row[1:5], 0.0] for row in told])
    fresh = bars if since is None else since_on(bars, since)
    if len(fresh):
        yield fresh


def _pair(symbol: str) -> tuple[str, str]:
    base, _, quote = symbol.partition("/")
    if base not in COINS:
        raise BadInput(f"coingecko is asked for {', '.join(COINS)}, not for {symbol}; take it from another feed")
    if quote not in QUOTES:
        raise BadInput(
            f"coingecko has no {symbol}; it quotes {base} in {', '.join(QUOTES)}, a dollar token is no dollar: name "
            f"{base}/USD if that is meant"
        )
    return COINS[base], quote
