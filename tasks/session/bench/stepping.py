"""The step with fills and ledger, every rule live: one symbol against a bare loop, ten symbols against one."""

import numpy as np

from models.engine import Run, run_backtest
from models.engine.panel import CLOSE, EDGE, OPEN
from models.kernels import compiled
from models.types import FloatArray
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.markets import CAPITAL, INSTRUMENT, RULES, Market, account_of, made_market, with_edges

BARS = 1_000_000
FEWER = 200_000
SYMBOLS = 10
TARGET = 5e6


def bench_step(_place: Workplace) -> Figure:
    """Bars per second of blend, decisions, fills and ledger; predictions given."""
    market = made_market(BARS, 1)
    panel = with_edges(market)
    opens, close = (np.ascontiguousarray(panel.prices[:, 0, k]) for k in (OPEN, CLOSE))
    edge = np.ascontiguousarray(panel.figures[:, 0, EDGE])
    least = RULES.entry_multiple * 2e4 * (INSTRUMENT.taker_fee + INSTRUMENT.half_spread)
    seconds, _, ratio = paired_seconds(
        lambda: decided(market), lambda: bare_step(opens, close, edge, least, 0.03, 0.05, 0.0012), rounds=5
    )
    speed = BARS / seconds
    return Figure(
        "step", speed, "bars/s", "bare numba loop, one position, no sizing", ratio, ">= 5e6 bars/s", speed >= TARGET
    )


def bench_step_10(_place: Workplace) -> Figure:
    """Bars per second of ten symbols in one account; the ratio is their time over that of one symbol."""
    many, one = made_market(FEWER, SYMBOLS), made_market(FEWER, 1)
    seconds, _, ratio = paired_seconds(lambda: decided(many), lambda: decided(one), rounds=5)
    speed = SYMBOLS * FEWER / seconds
    return Figure("step_10", speed, "bars/s", "the same bars of one symbol", ratio, "ratio <= 10", ratio <= SYMBOLS)


def decided(market: Market) -> Run:
    """Blend and backtest."""
    panel = with_edges(market)
    return run_backtest(panel, *account_of(panel.close.shape[1]))


@compiled
def bare_step(
    opens: FloatArray, close: FloatArray, edge: FloatArray, least: float, stop: float, target: float, cost: float
) -> float:
    """Equity after entries above `least` and exits by stop, target or a negative edge, at the next open."""
    equity = CAPITAL
    held = 0.0
    entry = 0.0
    wanted = 0
    for t in range(close.size):
        if wanted == 1:
            entry = opens[t]
            held = equity * 0.1 / entry
            equity -= held * entry * cost
        elif wanted == -1:
            equity += held * (opens[t] - entry) - held * opens[t] * cost
            held = 0.0
        wanted = 0
        if held > 0.0:
            if close[t] <= entry * (1.0 - stop) or close[t] >= entry * (1.0 + target) or edge[t] < 0.0:
                wanted = -1
        elif edge[t] > least:
            wanted = 1
    return equity
