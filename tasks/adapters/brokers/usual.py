"""Questions that most venues of ccxt answer alike: what a dialect takes where its venue does nothing of its own."""

from decimal import Decimal

from models.types.wire import Balance, MarketRules
from tasks.adapters.brokers.dialect import Ask, Raw
from tasks.adapters.brokers.reports import balances_of, decimal_of, text_of


def open_orders(ask: Ask) -> list[Raw]:
    """Where one answer holds the open orders of all symbols."""
    return list(ask("open orders", "fetch_open_orders"))


def balances(ask: Ask) -> dict[str, Balance]:
    """Of the spot account."""
    return balances_of(ask("balances", "fetch_balance"))


def rules(venue: str, market: Raw) -> MarketRules:
    """By ccxt's description of the market; it trades when ccxt says that it is active, and takes no stops."""
    amount, cost = market["limits"]["amount"], market["limits"]["cost"]
    return MarketRules(
        venue=venue,
        symbol=text_of(market["symbol"]),
        base=text_of(market["base"]),
        quote=text_of(market["quote"]),
        tick=decimal_of(market["precision"]["price"]),
        lot=decimal_of(market["precision"]["amount"]),
        least_quantity=decimal_of(amount["min"] or 0),
        most_quantity=None if amount["max"] is None else decimal_of(amount["max"]),
        min_notional=decimal_of(cost["min"] or 0),
        is_trading=market["active"] is True,
        takes_stops=False,
        # The one figure that ccxt holds itself, as a float.
        taker_fee=Decimal(str(market["taker"] or 0)),
    )


def decimals(*prices: object) -> tuple[Decimal, ...]:
    """Figures of a quote, all of them positive."""
    figures = tuple(decimal_of(price) for price in prices)
    if not all(figure > 0 for figure in figures):
        raise ValueError("a price that is not positive")
    return figures
