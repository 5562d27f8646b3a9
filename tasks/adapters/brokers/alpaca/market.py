"""What Alpaca says of its markets, of the account and of the key."""

from decimal import Decimal

from models.types.wire import Balance, KeyRights, MarketRules
from tasks.adapters.brokers.alpaca.exchange import FEED
from tasks.adapters.brokers.alpaca.methods import listed
from tasks.adapters.brokers.alpaca.orders import COIN_FEE, is_coin
from tasks.adapters.brokers.dialect import Ask, Raw
from tasks.adapters.brokers.figures import figure

# Parts of a share trade by the day only, without immediate orders and stops that rest: whole ones are ordered.
SHARE = Decimal(1)
CENT = Decimal("0.01")
DOLLAR = Decimal(1)
LEAST_COINS = Decimal(10)


def quote(ask: Ask, market: Raw) -> tuple[Decimal, Decimal]:
    """Best bid and ask."""
    symbol = market["symbol"]
    if is_coin(symbol):
        told = ask("quote", "marketPublicGetV1beta3CryptoLocLatestQuotes", {"loc": "us", "symbols": symbol})
    else:
        told = ask("quote", "marketPrivateGetV2StocksQuotesLatest", {"symbols": symbol, "feed": FEED})
    best = told["quotes"][symbol]
    return figure(best["bp"]), figure(best["ap"])


def rules(venue: str, market: Raw) -> MarketRules:
    """Of a stock or of a pair of coins."""
    asset, coin = market["info"], is_coin(market["symbol"])
    return MarketRules(
        venue=venue,
        symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        tick=figure(asset["price_increment"]) if coin else CENT,
        lot=figure(asset["min_trade_increment"]) if coin else SHARE,
        least_quantity=figure(asset["min_order_size"]) if coin else SHARE,
        most_quantity=None,
        min_notional=LEAST_COINS if coin and market["quote"] == "USD" else DOLLAR,
        is_trading=asset["status"] == "active" and asset["tradable"] is True,
        takes_stops=True,
        status=str(asset["status"]),
        taker_fee=COIN_FEE if coin else Decimal(0),
    )


def balances(ask: Ask) -> dict[str, Balance]:
    """Cash, and a balance for each position; what buying orders bind is in the account's equity and not in its cash."""
    account = ask("balances", "traderPrivateGetV2Account")
    free = figure(account["cash"])
    held = figure(account["equity"]) - figure(account["position_market_value"]) - free
    cash = Balance(account["currency"], free, max(held, Decimal(0)))
    positions = listed(ask("balances", "traderPrivateGetV2Positions"))
    return {one.asset: one for one in (cash, *(_position(row) for row in positions))}


def rights(ask: Ask) -> KeyRights:
    """What the account may do: keys of Alpaca's have no rights of their own, and what they may move is not said."""
    account = ask("rights", "traderPrivateGetV2Account")
    blocks = ("trading_blocked", "account_blocked", "trade_suspended_by_user")
    said = {name: str(account[name]) for name in (*blocks, "transfers_blocked", "multiplier")}
    return KeyRights("alpaca", not any(account[name] for name in blocks), None, None, None, None, said)


def _position(row: Raw) -> Balance:
    total, free = figure(row["qty"]), figure(row["qty_available"])
    asset = str(row["symbol"])
    coin = row["asset_class"] == "crypto"
    return Balance(asset.replace("/", "").removesuffix("USD") if coin else asset, free, total - free)
