"""From what ccxt gives to the values of the core."""

from typing import Any

import numpy as np

from models.types import Bars, Book, MarketTrades, Unavailable

# Venues whose public trades name the side of the resting order, not of the one that took it.
NAMES_MAKER = frozenset({"coinbase"})


def book_of(raw: Any, depth: int, known_at: int) -> Book:
    """The best `depth` levels of ccxt's order book, copied: ccxt goes on changing its own.

    Raises:
        Unavailable: it is empty, crossed, or not in order.
    """
    bids, asks = (_levels(raw[side], depth) for side in ("bids", "asks"))
    sound = len(bids) and len(asks) and bids[0, 0] < asks[0, 0]
    if not (sound and np.all(np.diff(bids[:, 0]) < 0.0) and np.all(np.diff(asks[:, 0]) > 0.0)):
        raise Unavailable("the order book is empty, crossed or out of order")
    stamp = raw["timestamp"]
    return Book(known_at if stamp is None else int(stamp) * 1000, known_at, bids, asks)


def trades_of(venue: str, raw: list[dict[str, Any]], known_at: int) -> MarketTrades:
    """Ccxt's trades in their order."""
    maker = "buy" if venue in NAMES_MAKER else "sell"
    return MarketTrades(
        ts=np.array([row["timestamp"] for row in raw], np.int64) * 1000,
        known_at=np.full(len(raw), known_at, np.int64),
        id=tuple(str(row["id"]) for row in raw),
        price=np.array([row["price"] for row in raw], np.float64),
        quantity=np.array([row["amount"] for row in raw], np.float64),
        buyer_is_maker=np.array([row["side"] == maker for row in raw], np.bool_),
    )


def bars_of(raw: list[list[Any]]) -> Bars:
    """Ccxt's rows (opens in milliseconds, then the figures) as bars; a figure that is missing is NaN."""
    table = np.array([[np.nan if cell is None else cell for cell in row[:6]] for row in raw], np.float64).reshape(-1, 6)
    return Bars(table[:, 0].astype(np.int64) * 1000, *(table[:, k].copy() for k in range(1, 6)))


def _levels(side: Any, depth: int) -> Any:
    return np.array([row[:2] for row in side[:depth]], np.float64).reshape(-1, 2)
