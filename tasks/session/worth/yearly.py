"""The best of several accounts as one could have known it: chosen anew at the start of each year."""

from collections.abc import Mapping

import numpy as np

from models.portfolio import bar_returns
from models.types import FloatArray, IntArray

EVEN = "all in equal parts"


def chosen_each_year(
    equities: Mapping[str, FloatArray], ts: IntArray
) -> tuple[FloatArray, tuple[tuple[int, str], ...]]:
    """(equity, from when on which): at the first bar of each UTC year the account that until then has grown most is
    followed to the year's end; as long as none has another record than the others all are, in equal parts.

    The equities (n,) begin with the same capital. What moving from one to the next would cost is not counted, and what
    each holds at that moment is taken along: that flatters this account, not those it is held against.
    """
    names = list(equities)
    curves = np.column_stack([equities[name] for name in names])
    years = ts.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)
    begins = np.flatnonzero(np.append(True, years[1:] != years[:-1]))
    followed = np.empty(ts.size - 1)
    chosen = []
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), ts.size], strict=True):
        before = max(begin - 1, 0)
        best = int(np.argmax(curves[before]))
        if np.ptp(curves[before]) > 0.0:
            name, account = names[best], curves[before:end, best]
        else:
            name, account = EVEN, curves[before:end].mean(axis=1)
        chosen.append((int(ts[begin]), name))
        followed[before : end - 1] = bar_returns(account)
    return curves[0, 0] * np.cumprod(np.append(1.0, 1.0 + followed)), tuple(chosen)
