"""Trades that a venue says twice: after every connect it repeats the newest ones."""

from collections import deque
from collections.abc import Iterable

import numpy as np

from models.types import MarketTrades

# More than any venue repeats, and than any page of trades holds.
REMEMBERED = 20_000


class Doubles:
    """Remembers the newest ids of one market."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._order: deque[str] = deque()
        self._known: set[str] = set()
        for one in ids:
            self._is_new(one)

    def without(self, trades: MarketTrades) -> MarketTrades:
        """The trades whose ids were not seen before, in their order."""
        rows = np.flatnonzero([self._is_new(one) for one in trades.id])
        if rows.size == len(trades):
            return trades
        return MarketTrades(
            ts=trades.ts[rows],
            known_at=trades.known_at[rows],
            id=tuple(trades.id[row] for row in rows),
            price=trades.price[rows],
            quantity=trades.quantity[rows],
            buyer_is_maker=trades.buyer_is_maker[rows],
        )

    def _is_new(self, one: str) -> bool:
        if one in self._known:
            return False
        self._known.add(one)
        self._order.append(one)
        if len(self._order) > REMEMBERED:
            self._known.discard(self._order.popleft())
        return True
