"""The latest quote of a US stock as a book of one level."""

from models.types import BadInput, Book, FloatArray, parse_time
from tasks.adapters.feeds.alpaca.exchange import FEED
from tasks.adapters.feeds.books import levels
from tasks.adapters.venues.client import CcxtClient
from tasks.adapters.venues.reads import in_form


def book(client: CcxtClient, symbol: str, _depth: int) -> Book:
    """One level, whatever depth is asked for; a side without a quote has none.

    Quantities are as Alpaca says them, in shares or in round lots: rely on the prices.

    Raises:
        BadInput: there is no such stock.
    """
    told = client.ask("quote", "marketPrivateGetV2StocksQuotesLatest", {"symbols": symbol, "feed": FEED})
    known_at = client.access.clock.now()
    with in_form(client.venue, "quote"):
        known = symbol in told["quotes"]
    if not known:
        raise BadInput(
            f"alpaca has no quote of {symbol} on its feed {FEED}; symbols are US tickers such as SPY or BRK.B"
        )
    with in_form(client.venue, "quote"):
        quote = told["quotes"][symbol]
        sides = [_side(quote[price], quote[size]) for price, size in (("bp", "bs"), ("ap", "as"))]
        return Book(parse_time(quote["t"]), known_at, *sides)


def _side(price: str | float, size: str | float) -> FloatArray:
    return levels([(float(price), float(size))] if float(price) > 0.0 else [])
