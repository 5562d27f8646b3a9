"""The liquidity that others show around a price."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.book import Level


@dataclass(frozen=True, slots=True)
class Shape:
    """`levels` on each side, every `step` ticks, `spread` ticks between the sides, each with that quantity."""

    levels: int = 10
    spread: int = 2
    step: int = 1
    quantity: Decimal = Decimal(5)

    def around(self, price: Decimal, tick: Decimal) -> tuple[list[Level], list[Level]]:
        """Bids and asks, best first; none at zero or below."""
        near = max(1, self.spread // 2)
        steps = [(near + self.step * k) * tick for k in range(self.levels)]
        bids = [(price - away, self.quantity) for away in steps if price > away]
        return bids, [(price + away, self.quantity) for away in steps]
