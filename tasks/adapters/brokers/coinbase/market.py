"""What Coinbase says of its markets, of the account and of the key."""

from decimal import Decimal

from models.types.wire import Balance, KeyRights, MarketRules
from tasks.adapters.brokers.dialect import Ask, Raw
from tasks.adapters.brokers.figures import figure, figure_or_zero

CLOSED = ("is_disabled", "trading_disabled", "cancel_only", "post_only", "auction_mode", "view_only")


def quote(ask: Ask, market: Raw) -> tuple[Decimal, Decimal]:
    """Best bid and ask."""
    asked = {"product_id": market["id"], "limit": 1}
    book = ask("quote", "v3PublicGetBrokerageMarketProductBook", asked)["pricebook"]
    return figure(book["bids"][0]["price"]), figure(book["asks"][0]["price"])


def rules(venue: str, market: Raw) -> MarketRules:
    """Of one product; a flag that is missing counts as set."""
    product = market["info"]
    return MarketRules(
        venue=venue,
        symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        tick=figure(product["price_increment"]),
        lot=figure(product["base_increment"]),
        least_quantity=figure(product["base_min_size"]),
        most_quantity=figure(product["base_max_size"]),
        min_notional=figure_or_zero(product["quote_min_size"]),
        is_trading=product["status"] == "online" and all(product.get(flag) is False for flag in CLOSED),
        takes_stops=product.get("limit_only") is False,
        status=str(product["status"]),
        taker_fee=figure(market["taker"]),
    )


def balances(ask: Ask) -> dict[str, Balance]:
    """One for each asset that there is something of."""
    told = [_balance(row) for row in ask("balances", "all_accounts")]
    return {balance.asset: balance for balance in told if balance.total}


def rights(ask: Ask) -> KeyRights:
    """By key_permissions, where one right covers deposits, withdrawals and transfers."""
    told = ask("rights of the key", "v3PrivateGetBrokerageKeyPermissions")
    said = {name: str(told[name]) for name in ("can_view", "can_trade", "can_transfer", "portfolio_type")}
    return KeyRights(
        venue="coinbase",
        can_trade=_flag(told["can_trade"]),
        can_withdraw=_flag(told["can_transfer"]),
        can_transfer=_flag(told["can_transfer"]),
        address_restricted=None,
        spot_only=None,
        said=said,
    )


def _flag(said: object) -> bool | None:
    return said if isinstance(said, bool) else None


def _balance(row: Raw) -> Balance:
    free, locked = figure(row["available_balance"]["value"]), figure(row["hold"]["value"])
    return Balance(str(row["currency"]), free, locked)
