"""What a trade costs, and in which asset."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Literal

from exchange.account import Account
from exchange.orders import ZERO, Order
from exchange.symbols import Symbol

FeeAsset = Literal["quote", "received", "BNB"]
CENT = Decimal("1e-8")
BNB_DISCOUNT = Decimal("0.75")


@dataclass(frozen=True, slots=True)
class Fees:
    """A share `rate` of each trade, taken in the quote asset, in what was received, or in BNB while there is some."""

    rate: Decimal
    asset: FeeAsset
    bnb_price: Callable[[str], Decimal | None]  # of one BNB in a quote asset

    def of(
        self, account: Account, symbol: Symbol, order: Order, quantity: Decimal, quote: Decimal
    ) -> tuple[Decimal, str]:
        """The commission of one fill and its asset, rounded down to eight decimals."""
        if self.asset == "BNB":
            price = self.bnb_price(symbol.quote)
            commission = None if price is None else _cut(quote * self.rate * BNB_DISCOUNT / price)
            if commission is not None and account.free["BNB"] >= commission:
                return commission, "BNB"
        if order.is_buy and self.asset != "quote":
            return _cut(quantity * self.rate), symbol.base
        return _cut(quote * self.rate), symbol.quote

    def reserve(self, quote: Decimal) -> Decimal:
        """What a purchase for `quote` locks beside its price: nothing unless it pays its fee in the quote asset."""
        if self.asset != "quote":
            return ZERO
        return (quote * self.rate).quantize(CENT, ROUND_UP)


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_DOWN)
