"""What Bitget says of its markets and of the key."""

from decimal import Decimal

from models.types.wire import Balance, KeyRights, MarketRules
from tasks.adapters.brokers.dialect import Ask, Raw
from tasks.adapters.brokers.figures import figure, figure_or_zero, step

# What everybody pays on spot; ccxt does not say it of the unified account.
TAKER = Decimal("0.001")


def quote(ask: Ask, market: Raw) -> tuple[Decimal, Decimal]:
    """Best bid and ask."""
    asked = {"category": "SPOT", "symbol": market["id"], "limit": "1"}
    book = ask("quote", "publicUtaGetV3MarketOrderbook", asked)["data"]
    return figure(book["b"][0][0]), figure(book["a"][0][0])


def rules(venue: str, market: Raw) -> MarketRules:
    """Of one instrument; stops of the unified account are for futures only."""
    said = market["info"]
    return MarketRules(
        venue=venue,
        symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        tick=step(said["pricePrecision"]),
        lot=step(said["quantityPrecision"]),
        least_quantity=figure_or_zero(said["minOrderQty"]),
        most_quantity=figure_or_zero(said["maxOrderQty"]) or None,
        min_notional=figure_or_zero(said["minOrderAmount"]),
        is_trading=said["status"] == "online",
        takes_stops=False,
        status=str(said["status"]),
        taker_fee=TAKER,
    )


def balances(ask: Ask) -> dict[str, Balance]:
    """One for each coin that there is something of."""
    rows = ask("balances", "privateUtaGetV3AccountAssets")["data"]["assets"]
    told = [Balance(str(row["coin"]), figure(row["available"]), figure_or_zero(row["locked"])) for row in rows]
    return {balance.asset: balance for balance in told if balance.total}


def rights(ask: Ask) -> KeyRights:
    """By the account's info; managing the unified account holds transfers inside it."""
    told = ask("rights of the key", "privateUtaGetV3AccountInfo")["data"]
    permissions = {str(name) for name in told["permissions"]}
    return KeyRights(
        venue="bitget",
        can_trade="uta_trade" in permissions and told["permType"] == "read-and-write",
        can_withdraw="withdraw" in permissions,
        can_transfer="uta_mgt" in permissions and told["permType"] == "read-and-write",
        address_restricted=bool(told["ips"]),
        spot_only=None,
        said={"permissions": ", ".join(sorted(permissions)), "permType": str(told["permType"])},
    )
