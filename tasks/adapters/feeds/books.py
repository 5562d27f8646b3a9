"""An order book as ccxt gives it."""

from collections.abc import Sequence

import numpy as np

from models.types import Book, FloatArray
from tasks.adapters.venues.client import CcxtClient


def ccxt_book(client: CcxtClient, symbol: str, depth: int, most: int) -> Book:
    """The best `depth` levels now, at most the `most` that the venue gives at once.

    Raises:
        BadInput: the venue has no such market.
        Unavailable: it did not answer.
    """
    client.require(symbol)
    told = client.ask("order book", "fetch_order_book", symbol, min(depth, most))
    known_at = client.access.clock.now()
    ts = known_at if told["timestamp"] is None else int(told["timestamp"]) * 1000
    return Book(ts, known_at, levels(told["bids"][:depth]), levels(told["asks"][:depth]))


def levels(rows: Sequence[Sequence[float]]) -> FloatArray:
    """Shape (levels, 2): price and quantity, in the order given."""
    return np.array([[float(row[0]), float(row[1])] for row in rows], dtype=np.float64).reshape(-1, 2)
