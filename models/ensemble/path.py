"""A panel made of rows of another one, its prices chained anew from close to close."""

import math

import numpy as np

from models.engine.panel import CLOSE, DIVIDEND, GATE, SCALE, SPLIT, VOLUME, Panel, empty_panel
from models.engine.reading import bar_at
from models.engine.step import NO_BAR
from models.execution import is_usable
from models.kernels import compiled
from models.types import FloatArray, IntArray


def empty_path(panel: Panel, length: int) -> Panel:
    """Room for a path of so many rows, all decided, without finer bars and events; the links are those of `panel`."""
    path = empty_panel(np.zeros(length, np.int64), panel.close.shape[1], np.empty((0, 2)))
    return path._replace(links=np.ascontiguousarray(panel.links))


def closes_before(panel: Panel) -> FloatArray:
    """Last usable close of each symbol before each row, in units of that row before its own split; NaN where there was
    none yet. Shape (n_times + 1, n_symbols): the last row is what is known after all.
    """
    before = np.full((panel.ts.size + 1, panel.close.shape[1]), np.nan)
    write_closes_before(panel.prices, panel.actions, before)
    return before


@compiled
def write_closes_before(prices: FloatArray, actions: FloatArray, before: FloatArray) -> None:
    """As `closes_before`, into `before`."""
    for t in range(prices.shape[0]):
        for i in range(prices.shape[1]):
            bar = bar_at(prices, t, i)
            before[t + 1, i] = bar.close if is_usable(bar) else before[t, i] / actions[t, i, SPLIT]


@compiled
def write_path(source: Panel, before: FloatArray, rows: IntArray, closes: FloatArray, last: int, path: Panel) -> None:
    """Write the path of `rows`, shape (length,), numbers of rows of `source` from 1 on, into `path`.

    A row brings its figures, codes, tails, links and splits along, the time since the row before it, and the change of
    its prices and dividends since the last usable close `before` it; its volume stays. A symbol whose first bar it is
    has no bar there.

    Args:
        before: see `closes_before`.
        closes: shape (n_symbols,): each symbol's close before the path, NaN where it has none; written.
        last: time of the row before the path, UTC microseconds.
    """
    ts, link_rows, prices, figures = source.ts, source.link_rows, source.prices, source.figures
    codes, actions, tails = source.codes, source.actions, source.tails
    new_ts, new_links, new_prices, new_figures = path.ts, path.link_rows, path.prices, path.figures
    new_codes, new_actions, new_tails = path.codes, path.actions, path.tails
    for k in range(rows.size):
        j = rows[k]
        last += ts[j] - ts[j - 1]
        new_ts[k] = last
        new_links[k] = link_rows[j]
        for i in range(closes.size):
            for c in range(figures.shape[2]):
                new_figures[k, i, c] = figures[j, i, c]
            for c in range(codes.shape[2]):
                new_codes[k, i, c] = codes[j, i, c]
            for c in range(SCALE + 1):
                new_tails[k, i, c] = tails[j, i, c]
            scale = closes[i] / before[j, i]
            for c in range(VOLUME):
                new_prices[k, i, c] = prices[j, i, c] * scale
            new_prices[k, i, VOLUME] = prices[j, i, VOLUME]
            split, dividend = actions[j, i, SPLIT], actions[j, i, DIVIDEND]
            new_actions[k, i, SPLIT] = split
            # NaN times nothing would still be NaN: a symbol without a price pays nothing.
            new_actions[k, i, DIVIDEND] = dividend * scale if math.isfinite(scale) else 0.0
            if is_usable(bar_at(new_prices, k, i)):
                closes[i] = new_prices[k, i, CLOSE]
            else:
                closes[i] /= split
                if not math.isfinite(scale):
                    new_codes[k, i, GATE] = NO_BAR
