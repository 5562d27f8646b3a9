"""What the owner of the key has: free, and locked by open orders."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from exchange.orders import ZERO, Order


class Account:
    """Balances by asset; none is ever below zero."""

    def __init__(self, balances: Mapping[str, Decimal]) -> None:
        self.free: dict[str, Decimal] = defaultdict(Decimal, {asset: Decimal(held) for asset, held in balances.items()})
        self.locked: dict[str, Decimal] = defaultdict(Decimal, dict.fromkeys(self.free, ZERO))

    def total(self, asset: str) -> Decimal:
        """Free and locked together."""
        return self.free[asset] + self.locked[asset]

    def hold(self, order: Order, asset: str, amount: Decimal) -> None:
        """The order locks exactly `amount` from now on: more than before, or less."""
        change = amount - order.locked
        self._move(asset, -change, change)
        order.locked = amount

    def pay(self, order: Order, asset: str, amount: Decimal) -> None:
        """The order pays out of what it locked."""
        self._move(asset, ZERO, -amount)
        order.locked -= amount
        if order.locked < 0:
            raise RuntimeError(f"order {order.id} paid {-order.locked} {asset} more than it had locked")

    def add(self, asset: str, amount: Decimal) -> None:
        """Receives, or loses when below zero."""
        self._move(asset, amount, ZERO)

    def _move(self, asset: str, free: Decimal, locked: Decimal) -> None:
        self.free[asset] += free
        self.locked[asset] += locked
        if self.free[asset] < 0 or self.locked[asset] < 0:
            raise RuntimeError(f"{asset} would be {self.free[asset]} free and {self.locked[asset]} locked")
