"""A virtual price tape: a seeded walk that jumps now and then, or a recorded list."""

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal

from exchange.clocks import Clock
from exchange.exchange import Exchange

BPS = 10_000


class Tape:
    """Sets the prices of an exchange.

    A walk starts at `prices` and moves each by a normal step of `walk_bps` basis points, with the chance `jumps` by
    one of up to `jump_bps` instead. `rows` of (ms, symbol, price), oldest first, are replayed when there are any.
    """

    def __init__(
        self,
        exchange: Exchange,
        prices: Mapping[str, Decimal] | None = None,
        *,
        seed: int = 0,
        walk_bps: float = 10,
        jumps: float = 0.02,
        jump_bps: float = 300,
        rows: Sequence[tuple[int, str, Decimal]] = (),
    ) -> None:
        self.exchange, self.prices = exchange, dict(prices or {})
        self.walk_bps, self.jumps, self.jump_bps = walk_bps, jumps, jump_bps
        self.rows = list(rows)
        self.dice = random.Random(seed)  # noqa: S311 the same tape again, not a secret

    def step(self, clock: Clock) -> None:
        """One step of every walk, and all recorded rows up to now."""
        for symbol, price in self.prices.items():
            self.prices[symbol] = self._next(symbol, price)
            self.exchange.set_price(symbol, self.prices[symbol])
        while self.rows and self.rows[0][0] <= clock.now_ms():
            _, symbol, price = self.rows.pop(0)
            self.exchange.set_price(symbol, price)

    def _next(self, symbol: str, price: Decimal) -> Decimal:
        if self.dice.random() < self.jumps:
            moved = self.dice.uniform(-self.jump_bps, self.jump_bps)
        else:
            moved = self.dice.gauss(0, self.walk_bps)
        tick = self.exchange.markets[symbol].symbol.tick
        factor = 1 + Decimal(round(moved * 100)) / (100 * BPS)
        return max(price * factor // tick * tick, 100 * tick)
