"""What Kraken says of its markets and of the key."""

from decimal import Decimal

from models.types.wire import Balance, KeyRights, MarketRules
from tasks.adapters.brokers.dialect import Ask, Raw
from tasks.adapters.brokers.figures import figure, figure_or_zero, step

HUNDRED = Decimal(100)


def quote(ask: Ask, market: Raw) -> tuple[Decimal, Decimal]:
    """Best bid and ask."""
    told = ask("quote", "publicGetTicker", {"pair": market["id"]})["result"][market["id"]]
    return figure(told["b"][0]), figure(told["a"][0])


def rules(venue: str, market: Raw) -> MarketRules:
    """Of one pair; whatever status is not online, known or not, opens nothing."""
    pair = market["info"]
    return MarketRules(
        venue=venue,
        symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        tick=figure(pair["tick_size"]) if "tick_size" in pair else step(pair["pair_decimals"]),
        lot=step(pair["lot_decimals"]),
        least_quantity=figure_or_zero(pair.get("ordermin")),
        most_quantity=None,
        min_notional=figure_or_zero(pair.get("costmin")),
        is_trading=pair["status"] == "online",
        takes_stops=True,
        status=str(pair["status"]),
        taker_fee=figure(pair["fees"][0][1]) / HUNDRED,
    )


def balances(ask: Ask) -> dict[str, Balance]:
    """One for each asset that there is something of, under the name that the book has for it."""
    told = [_balance(name, row) for name, row in ask("balances", "all_balances").items()]
    return {balance.asset: balance for balance in told if balance.total}


def rights(ask: Ask) -> KeyRights:
    """By GetApiKeyInfo; a transfer between wallets wants the right to withdraw. Margin is asked for order by order."""
    told = ask("rights of the key", "privatePostGetApiKeyInfo")["result"]
    permissions = {str(name) for name in told["permissions"]}
    withdraws = "withdraw-funds" in permissions
    return KeyRights(
        venue="kraken",
        can_trade="modify-trades" in permissions,
        can_withdraw=withdraws,
        can_transfer=withdraws,
        address_restricted=bool(told["ipAllowlist"]),
        spot_only=None,
        said={"permissions": ", ".join(sorted(permissions)), "addresses": str(len(told["ipAllowlist"]))},
    )


def _balance(asset: str, row: Raw) -> Balance:
    total, held = figure(row["balance"]), figure_or_zero(row.get("hold_trade"))
    return Balance(asset, total - held, held)
