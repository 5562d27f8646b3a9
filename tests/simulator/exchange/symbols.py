"""A market and its rules, in the form exchangeInfo gives them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
STATUSES = ("TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY")
DIGITS = 8


def plain(number: Decimal) -> str:
    """A number as the wire has it: eight decimals."""
    return f"{number:.8f}"


@dataclass(frozen=True, slots=True)
class Symbol:
    """One spot pair: prices in steps of `tick`, quantities in steps of `lot`, everything else as its filter says.

    `percent_up` and `percent_down` bound an order's price as multiples of the last one (1 % to 500 %: as good as none).

    Raises:
        ValueError: a trade could cost more than eight decimals, which no balance holds.
    """

    name: str = "BTCUSDT"
    base: str = "BTC"
    quote: str = "USDT"
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal("0.00001")
    min_qty: Decimal = Decimal("0.00001")
    max_qty: Decimal = Decimal(9000)
    min_notional: Decimal = Decimal(5)
    status: str = "TRADING"
    percent_up: Decimal = Decimal(5)
    percent_down: Decimal = Decimal("0.2")
    max_notional: Decimal = Decimal(9_000_000)
    market_max_qty: Decimal = Decimal(100)
    max_orders: int = 200
    max_algo_orders: int = 5

    def __post_init__(self) -> None:
        if (self.tick * self.lot) % Decimal(1).scaleb(-DIGITS):
            raise ValueError(f"{self.name}: tick {self.tick} times lot {self.lot} has more than {DIGITS} decimals")
        if self.status not in STATUSES:
            raise ValueError(f"{self.name}: no status {self.status}; there are {', '.join(STATUSES)}")

    def info(self) -> dict[str, Any]:
        """The symbol's part of exchangeInfo."""
        return {
            "symbol": self.name,
            "status": self.status,
            "baseAsset": self.base,
            "baseAssetPrecision": DIGITS,
            "quoteAsset": self.quote,
            "quotePrecision": DIGITS,
            "quoteAssetPrecision": DIGITS,
            "baseCommissionPrecision": DIGITS,
            "quoteCommissionPrecision": DIGITS,
            "orderTypes": TYPES,
            "icebergAllowed": False,
            "ocoAllowed": False,
            "otoAllowed": False,
            "opoAllowed": False,
            "quoteOrderQtyMarketAllowed": True,
            "allowTrailingStop": False,
            "cancelReplaceAllowed": True,
            "amendAllowed": False,
            "pegInstructionsAllowed": False,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": self.filters(),
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE"],
        }

    def filters(self) -> list[dict[str, Any]]:
        """The rules in force; an average of 0 minutes stands for the last price, as documented."""
        return [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": plain(self.tick),
                "maxPrice": plain(Decimal(100_000_000)),
                "tickSize": plain(self.tick),
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": plain(self.min_qty),
                "maxQty": plain(self.max_qty),
                "stepSize": plain(self.lot),
            },
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": plain(Decimal(0)),
                "maxQty": plain(self.market_max_qty),
                "stepSize": plain(Decimal(0)),
            },
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": str(self.percent_up),
                "bidMultiplierDown": str(self.percent_down),
                "askMultiplierUp": str(self.percent_up),
                "askMultiplierDown": str(self.percent_down),
                "avgPriceMins": 0,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": plain(self.min_notional),
                "applyMinToMarket": True,
                "maxNotional": plain(self.max_notional),
                "applyMaxToMarket": False,
                "avgPriceMins": 0,
            },
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": self.max_orders},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": self.max_algo_orders},
        ]
