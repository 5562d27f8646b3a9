"""A venue's rows as columns."""

from collections.abc import Sequence

import numpy as np

from models.types import Bars


def bars_of(rows: Sequence[Sequence[float | None]]) -> Bars:
    """Columns of rows (open time in milliseconds, open, high, low, close, volume); a missing figure is NaN."""
    table = np.array(
        [[np.nan if figure is None else figure for figure in row[:6]] for row in rows], dtype=np.float64
    ).reshape(-1, 6)
    return Bars(table[:, 0].astype(np.int64) * 1000, *(table[:, k].copy() for k in range(1, 6)))


def no_bars() -> Bars:
    """Columns without a row."""
    return bars_of([])


def since_on(bars: Bars, since: int) -> Bars:
    """The bars that open at `since` (UTC microseconds) or later."""
    return bars.rows(bars.ts >= since)
