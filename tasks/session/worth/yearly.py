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
    followed to the year's end; before there is a record all are, in equal parts.

    The equities (n,) begin with the same capital. What moving from one to the next would cost is not counted, and what
    each holds at that moment is taken along: that flatters this account, not those it is held against.
    """
    names = list(equities)
    curves = np.column_stack([equities[name] for name in names])
    returns = np.column_stack([bar_returns(curve) for curve in curves.T])
    years = ts.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)
    begins = np.flatnonzero(np.append(True, years[1:] != years[:-1]))
    followed = np.empty(ts.size - 1)
    chosen = []
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), ts.size], strict=True):
        if begin == 0:
            chosen.append((int(ts[0]), EVEN))
            even = curves[:end].mean(axis=1)
            followed[: end - 1] = even[1:] / even[:-1] - 1.0
            continue
        best = int(np.argmax(curves[begin - 1]))
        chosen.append((int(ts[begin]), names[best]))
        followed[begin - 1 : end - 1] = returns[begin - 1 : end - 1, best]
    return curves[0, 0] * np.cumprod(np.append(1.0, 1.0 + followed)), tuple(chosen)
