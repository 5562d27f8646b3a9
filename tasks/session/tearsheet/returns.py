"""Returns of calendar months and years."""

import numpy as np

from models.types import FloatArray, IntArray


def monthly_table(equity: FloatArray, ts: IntArray) -> tuple[list[int], FloatArray]:
    """(years, returns of shape (n_years, 13)): January to December and the whole year, UTC; NaN outside of the window
    and where there was nothing left to lose.

    A stretch's return is its last equity over the last before it; the first stretch begins with the first bar.
    """
    opens = ts.astype("datetime64[us]")
    months, returns = _returns(equity, opens.astype("datetime64[M]").astype(np.int64))
    years, yearly = _returns(equity, opens.astype("datetime64[Y]").astype(np.int64))
    table = np.full((int(years[-1] - years[0]) + 1, 13), np.nan)
    table[months // 12 - years[0], months % 12] = returns
    table[years - years[0], 12] = yearly
    return list(range(1970 + int(years[0]), 1970 + int(years[-1]) + 1)), table


def _returns(equity: FloatArray, stretch: IntArray) -> tuple[IntArray, FloatArray]:
    """The stretches that have a bar, and the return of each."""
    last = np.append(np.flatnonzero(stretch[1:] != stretch[:-1]), stretch.size - 1)
    ends = equity[last]
    begins = np.concatenate([equity[:1], ends[:-1]])
    funded = begins > 0.0
    return stretch[last], np.where(funded, ends / np.where(funded, begins, 1.0) - 1.0, np.nan)
