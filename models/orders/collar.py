"""The worst price that a market order may be filled at."""

from decimal import Decimal

from models.orders.grid import ceiled, floored
from models.types.wire import Quote


def collared(is_buy: bool, reference: Decimal | None, quote: Quote | None, share: Decimal, tick: Decimal) -> Decimal:
    """The worst price on the tick grid that is no farther than `share` from the reference and from the quote, as far as
    they are given: for a purchase the lower of the two, for a sale the higher.

    What opens a position gives both, so that a market which has left the decision is not followed. What only makes one
    smaller gives the quote alone: it has to leave wherever the market is.

    Raises:
        ValueError: neither is given.

    >>> quote = Quote("binance", "BTC/USDT", Decimal("99.9"), Decimal("100.1"), 0)
    >>> collared(True, Decimal(100), quote, Decimal("0.01"), Decimal("0.1"))
    Decimal('101.0')
    >>> collared(False, None, quote, Decimal("0.01"), Decimal("0.1"))
    Decimal('99.0')
    """
    prices = [] if reference is None else [reference]
    if quote is not None:
        prices.append(quote.ask if is_buy else quote.bid)
    if not prices:
        raise ValueError("a collar is laid around a reference or a quote; found neither, give one")
    if is_buy:
        return floored(min(prices) * (1 + share), tick)
    return ceiled(max(prices) * (1 - share), tick)


def has_left(is_buy: bool, reference: Decimal, quote: Quote, share: Decimal) -> bool:
    """Whether the price that an order would get is farther than `share` from what it was decided on, either way: far
    below is as much another market, or a wrong quote, as far above.
    """
    price = quote.ask if is_buy else quote.bid
    return abs(price - reference) > share * reference
