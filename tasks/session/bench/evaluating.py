"""The search's evaluator against a bare loop over as many candidates, on the same bars and as many threads."""

from functools import partial

import numpy as np

from models.engine.evaluator import Evaluations, evaluate
from models.engine.panel import CLOSE, HIGH, LOW, OPEN
from models.kernels import compiled, in_threads
from models.specialists import Rules
from models.types import FloatArray, IntArray
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.markets import CAPITAL, RULES, Market, account_of, made_market, with_edges

BARS = 20_000
GENOMES = 1_000
FEWER = 200
TARGET = 3.0
# The eight genes that vary, and between what.
FREE = {
    "entry_multiple": (1.0, 3.0),
    "exit_edge": (-30.0, 0.0),
    "stop_loss": (0.005, 0.05),
    "stop_atr": (2.0, 12.0),
    "take_profit": (0.005, 0.08),
    "trail": (0.005, 0.06),
    "partial_at": (0.003, 0.03),
    "max_bars": (40.0, 400.0),
}
# Windows of the averages that the reference crosses, given to it ready.
FAST, SLOW = range(5, 61, 5), range(70, 211, 10)


def bench_evaluator(_place: Workplace) -> Figure:
    """Backtests per second of many genomes; the reference runs a cross with stop and target, averages given."""
    market = made_market(BARS, 1)
    with_edges(market)
    seconds, _, ratio = _measured(market, GENOMES)
    fewer, _, _ = _measured(market, FEWER)
    said = f"bare numba loop, one pass a candidate ({FEWER} at once: {FEWER / fewer:.0f} ours)"
    speed = GENOMES / seconds
    return Figure("evaluator", speed, "backtests/s", said, ratio, "ratio <= 3", ratio <= TARGET)


def made_genomes(count: int, seed: int = 1) -> FloatArray:
    """RULES with the eight free genes drawn, shape (count, 32)."""
    rng = np.random.default_rng(seed)
    genomes = np.tile(np.array(RULES), (count, 1))
    for name, (least, most) in FREE.items():
        genomes[:, Rules._fields.index(name)] = rng.uniform(least, most, count)
    return genomes


def evaluated(market: Market, genomes: FloatArray) -> Evaluations:
    """What is measured."""
    return evaluate(market.panel, genomes, account_of(1)[0], CAPITAL)


def _measured(market: Market, count: int) -> tuple[float, float, float]:
    genomes = made_genomes(count)
    return paired_seconds(lambda: evaluated(market, genomes), reference(market, count), rounds=9)


def reference(market: Market, count: int) -> partial[None]:
    """A bare cross with stop and target over so many candidates, in threads; its averages are ready."""
    rng = np.random.default_rng(2)
    opens, high, low, close = (np.ascontiguousarray(market.panel.prices[:, 0, k]) for k in (OPEN, HIGH, LOW, CLOSE))
    averages = np.stack([_average(close, window) for window in (*FAST, *SLOW)])
    fast = rng.integers(0, len(FAST), count)
    slow = rng.integers(len(FAST), len(FAST) + len(SLOW), count)
    stops, targets = (rng.uniform(*FREE[name], count) for name in ("stop_loss", "take_profit"))
    work = partial(bare_crosses, opens, high, low, close, averages, fast, slow, stops, targets, np.empty((count, 3)))
    return partial(in_threads, work, count)


def _average(values: FloatArray, window: int) -> FloatArray:
    total = np.cumsum(np.append(0.0, values))
    return np.append(np.full(window - 1, np.nan), (total[window:] - total[:-window]) / window)


@compiled
def bare_crosses(
    opens: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    averages: FloatArray,
    fast: IntArray,
    slow: IntArray,
    stops: FloatArray,
    targets: FloatArray,
    out: FloatArray,
    begin: int,
    end: int,
) -> None:
    """Trades, equity and drawdown of candidates `begin` to before `end`, into `out` of shape (n, 3).

    One unit is bought at the close where the fast average crosses above the slow one, and sold at a stop, a target or
    the cross back; nothing is sized, rounded or limited.
    """
    for k in range(begin, end):
        quick, lazy = averages[fast[k]], averages[slow[k]]
        equity = top = CAPITAL
        fall = entry = stop = target = 0.0
        trades = 0
        held = above = known = False
        for t in range(close.size):
            exit_price = 0.0
            if held:
                if low[t] <= stop:
                    exit_price = min(opens[t], stop)
                elif high[t] >= target:
                    exit_price = max(opens[t], target)
            now = quick[t] > lazy[t]
            if known and now != above:
                if held and not now and exit_price == 0.0:
                    exit_price = close[t]
                elif now and not held:
                    held = True
                    entry = close[t]
                    stop, target = entry * (1.0 - stops[k]), entry * (1.0 + targets[k])
            if exit_price > 0.0:
                equity += exit_price - entry - 0.001 * (exit_price + entry)
                top = max(top, equity)
                fall = max(fall, 1.0 - equity / top)
                trades += 1
                held = False
            above, known = now, lazy[t] > 0.0
        out[k, 0], out[k, 1], out[k, 2] = trades, equity, fall
