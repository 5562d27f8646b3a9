"""What doing nothing clever would have made over the same bars: holding, and cash."""

from dataclasses import dataclass

import numpy as np

from models.portfolio.metrics import Metrics, measure
from models.types import BadInput, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """Equity (n_times,) of a benchmark, account currency, and its metrics; it closes no trade."""

    equity: FloatArray
    metrics: Metrics


def hold(close: FloatArray, capital: float, entry_rate: float, per_year: float) -> Benchmark:
    """Equal parts of `capital` in each symbol, bought once at its first known close and held to the end.

    `close` (n_times, n_symbols) is NaN where a symbol has no bar: there it is marked at its last known close, and
    before its first its part is cash. `entry_rate` is the cost of buying, as a fraction of the value bought; a part
    pays for both. The buy follows the close it is priced at, so that equity begins with `capital` and shows the cost
    one bar later; a symbol first seen at the last bar is not bought.

    Raises:
        BadInput: no bar or symbol, a known close is not a finite number above zero, or capital or rate makes no sense.
    """
    _check(close, capital, entry_rate)
    part = capital / close.shape[1]
    spent = part / (1.0 + entry_rate)
    last_known = _forward(close)
    held = np.vstack([np.zeros(close.shape[1], bool), np.isfinite(last_known[:-1])])
    first = np.array([column[np.isfinite(column)][0] if np.isfinite(column).any() else 1.0 for column in close.T])
    values = np.where(held, spent * last_known / first, 0.0)
    gross = values.sum(axis=1)
    equity = gross + np.where(held, 0.0, part).sum(axis=1)
    bought = int(held[-1].sum())
    costs = bought * (part - spent)
    return Benchmark(equity, measure(equity, (), gross / equity, bought * spent, costs, per_year))


def cash(bars: int, capital: float, per_year: float) -> Benchmark:
    """`capital` kept for `bars` bars at 0 %."""
    equity = np.full(bars, capital)
    return Benchmark(equity, measure(equity, (), np.zeros(bars), 0.0, 0.0, per_year))


def _forward(close: FloatArray) -> FloatArray:
    """Last known close at each time; NaN before the first."""
    rows = np.where(np.isnan(close), 0, np.arange(close.shape[0])[:, None])
    return np.take_along_axis(close, np.maximum.accumulate(rows, axis=0), axis=0)


def _check(close: FloatArray, capital: float, entry_rate: float) -> None:
    if close.ndim != 2 or close.size == 0:
        raise BadInput(f"closes have the shape {close.shape}; give (n_times, n_symbols) with one of each at least")
    wrong = np.argwhere(~np.isnan(close) & ~(np.isfinite(close) & (close > 0.0)))
    if wrong.size:
        t, i = wrong[0]
        raise BadInput(f"close {t} of symbol {i} is {close[t, i]}; give a price above zero, or NaN where no bar is")
    if not (capital > 0.0 and 0.0 <= entry_rate < 1.0):
        raise BadInput(f"capital is {capital} and the entry rate {entry_rate}; give capital above 0 and a rate in 0..1")
