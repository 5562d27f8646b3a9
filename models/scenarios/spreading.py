"""Coarse candles as finer ones, where the past has no bars as fine as the present."""

import numpy as np

from models.scenarios.candles import Candles
from models.types import BadInput, FloatArray

# The corners of a candle's course: open, the extreme against the move, the other extreme, close.
LEGS = 3


def spread_over(candles: Candles, parts: int) -> Candles:
    """Each candle as `parts` finer ones of equal length, (n * parts,), which make the same candle again.

    The price runs in straight lines (of logs) from the open to the extreme against the move, on to the other extreme
    and to the close, a third of the time each; a bar without a move first goes down. The gap is the first part's,
    volume is shared out evenly. Open of the first, highest high, lowest low, close of the last and summed volume are
    the candle's, up to rounding in the last bits.

    Raises:
        BadInput: `parts` below 1.
    """
    if parts < 1:
        raise BadInput(f"a candle cannot become {parts} finer ones; give 1 or more")
    corners = _corners(candles)
    cuts = LEGS * np.arange(parts + 1) / parts
    at = _course(corners, cuts)
    opens, closes = at[:, :-1], at[:, 1:]
    top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
    high, low = top.copy(), bottom.copy()
    for corner in range(1, LEGS):
        within = (cuts[:-1] < corner) & (corner < cuts[1:])
        high[:, within] = np.maximum(high[:, within], corners[:, [corner]])
        low[:, within] = np.minimum(low[:, within], corners[:, [corner]])
    gap = np.zeros_like(opens)
    gap[:, 0] = candles.gap
    return Candles(
        gap=gap.ravel(),
        body=(closes - opens).ravel(),
        up=(high - top).ravel(),
        down=(bottom - low).ravel(),
        volume=np.repeat(candles.volume / parts, parts),
    )


def _corners(candles: Candles) -> FloatArray:
    """Logs over the open, shape (n, LEGS + 1)."""
    open_ = np.zeros(len(candles))
    high = np.maximum(candles.body, 0.0) + candles.up
    low = np.minimum(candles.body, 0.0) - candles.down
    rises = candles.body >= 0.0
    return np.stack((open_, np.where(rises, low, high), np.where(rises, high, low), candles.body), axis=1)


def _course(corners: FloatArray, cuts: FloatArray) -> FloatArray:
    """Where the price is at each of `cuts` (n_cuts,), in legs from 0 to LEGS; shape (n, n_cuts)."""
    leg = np.minimum(cuts.astype(np.int64), LEGS - 1)
    part = cuts - leg
    return corners[:, leg] * (1.0 - part) + corners[:, leg + 1] * part
