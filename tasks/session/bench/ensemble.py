"""Bootstrapped years of hourly bars through the full step, against a bare loop over the same draws."""

from functools import partial

import numpy as np

from models.bootstrap import write_rows
from models.engine import Panel
from models.engine.panel import CLOSE, EDGE
from models.ensemble import bootstrap_candles
from models.kernels import compiled, in_threads
from models.types import FloatArray, IntArray
from models.types.timeframes import HOUR
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.markets import CAPITAL, INSTRUMENT, RULES, account_of, made_market, with_edges

# Hours of a year, and of what years are drawn from.
YEAR = 8_760
BARS = 3 * YEAR
BLOCK = 120.0
# So many are measured, and their time is scaled up to what is promised.
PATHS = 1_000
PROMISED = 10_000
TARGET = 60.0


def bench_paths(_place: Workplace) -> Figure:
    """Seconds for 10,000 years of one symbol, every rule live; scaled from 1,000."""
    panel = hourly(1)
    least = RULES.entry_multiple * 2e4 * (INSTRUMENT.taker_fee + INSTRUMENT.half_spread)
    bare = partial(bare_years, panel, least)
    seconds, _, ratio = paired_seconds(lambda: years(panel, PATHS), lambda: bare(PATHS), rounds=3)
    whole = seconds * PROMISED / PATHS
    said = "bare numba loop over the same draws, one position, no sizing"
    target = f"<= {TARGET:.0f} s for {PROMISED} years of one symbol; {PATHS} measured"
    return Figure("stress.paths", whole, "s", said, ratio, target, whole <= TARGET)


def hourly(symbols: int) -> Panel:
    """Made bars, an hour each."""
    panel = with_edges(made_market(BARS, symbols))
    return panel._replace(ts=np.arange(BARS, dtype=np.int64) * HOUR)


def years(panel: Panel, paths: int) -> object:
    """What is measured."""
    return bootstrap_candles(panel, *account_of(panel.close.shape[1]), paths, YEAR, BLOCK, 1)


def bare_years(panel: Panel, least: float, paths: int) -> FloatArray:
    """Equity at the end of each path, shape (paths,), of entries and exits at closes."""
    close, edge = (np.ascontiguousarray(one) for one in (panel.prices[:, 0, CLOSE], panel.figures[:, 0, EDGE]))
    equity = np.empty(paths)

    def draw(begin: int, end: int) -> None:
        rows = np.empty(YEAR, np.int64)
        for path in range(begin, end):
            write_rows(BARS - 1, BLOCK, np.random.default_rng(np.random.SeedSequence(1, spawn_key=(path,))), rows)
            equity[path] = bare_year(close, edge, rows, least, 0.03, 0.05, 0.0012)

    in_threads(draw, paths)
    return equity


@compiled
def bare_year(
    close: FloatArray, edge: FloatArray, rows: IntArray, least: float, stop: float, target: float, cost: float
) -> float:
    """Equity after a tenth of it was held from an edge above `least` to a stop, a target or a negative edge."""
    equity = CAPITAL
    held, change = 0.0, 1.0
    for k in range(rows.size):
        row = rows[k] + 1
        if held > 0.0:
            change *= close[row] / close[row - 1]
            if change <= 1.0 - stop or change >= 1.0 + target or edge[row] < 0.0:
                equity += held * (change - 1.0) - held * cost
                held = 0.0
        elif edge[row] > least:
            held, change = 0.1 * equity, 1.0
            equity -= held * cost
    return equity
