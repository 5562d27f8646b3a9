"""Order book imbalance: which side of the book is heavier."""

import math

import numpy as np

from models.kernels import compiled
from models.types import FloatArray, IntArray


@compiled
def book_imbalance(bid_quantity: FloatArray, ask_quantity: FloatArray, levels: int) -> FloatArray:
    """(bids - asks) / (bids + asks) of the quantities at the best `levels` levels a side, shape (n_books,), -1..1.

    Quantities have shape (n_books, depth), the best level first; a level that is missing (NaN) counts as nothing. NaN
    where no quantity is left on either side. Sums run from the best level down.

    Source: Cao, Hansch and Wang (2009), The information content of an open limit-order book, Journal of Futures
    Markets 29(1).
    """
    out = np.full(bid_quantity.shape[0], math.nan)
    for row in range(bid_quantity.shape[0]):
        bids = 0.0
        asks = 0.0
        for level in range(min(levels, bid_quantity.shape[1])):
            if not math.isnan(bid_quantity[row, level]):
                bids += bid_quantity[row, level]
        for level in range(min(levels, ask_quantity.shape[1])):
            if not math.isnan(ask_quantity[row, level]):
                asks += ask_quantity[row, level]
        if bids + asks > 0.0:
            out[row] = (bids - asks) / (bids + asks)
    return out


def imbalance_as_known(ts: IntArray, closes: IntArray, known_at: IntArray, imbalance: FloatArray) -> FloatArray:
    """The newest imbalance that was known when each bar closed, shape (n_bars,).

    `ts` and `closes` are when the bars opened and closed (a stock's day closes before the day is over), and `known_at`
    arrivals of the books (n_books,), all ascending UTC microseconds; the venue's own times say nothing about what was
    known. NaN where no book came within the bar: an older one says nothing about it.
    """
    out = np.full(ts.size, np.nan)
    at = np.searchsorted(known_at, closes, side="right") - 1
    rows = np.flatnonzero(at >= 0)
    within = rows[known_at[at[rows]] > ts[rows]]
    out[within] = imbalance[at[within]]
    return out
