"""The step with fills and ledger over a million bars, against a bare compiled loop that trades the same signal."""

import numpy as np

from models.engine import Panel, first_state, parameters_of, run_backtest
from models.kernels import compiled
from models.risk import RiskProfile
from models.types import FloatArray, Instrument
from models.types.timeframes import MINUTE
from tasks.session.bench.figure import Figure, Workplace, paired_seconds

BARS = 1_000_000
COST_BPS = 24.0
# What the decision path is to reach when it holds every rule.
TARGET = 5e6

PROFILE = RiskProfile(0.02, 0.01, 0.10, 2.0, 0.15, 0.02, 0.04, 0.05, 0.25, 30.0, 1.0, (0.5, 1.0, 1.0, 0.2))
INSTRUMENT = Instrument(0.01, 1e-5, 5.0, 0.001, 0.0002, 0.2)


def bench_step(_place: Workplace) -> Figure:
    """Bars per second of the whole step."""
    panel = _panel()
    parameters = parameters_of(PROFILE, (INSTRUMENT,), 24)
    start = first_state(10_000.0, 1)
    opens, close, edge = panel.open[:, 0].copy(), panel.close[:, 0].copy(), panel.edge[:, 0].copy()
    seconds, _, ratio = paired_seconds(
        lambda: run_backtest(("X",), panel, parameters, start),
        lambda: bare_loop(opens, close, edge, COST_BPS, 0.02, 0.04, 0.0012),
        rounds=5,
    )
    speed = BARS / seconds
    return Figure(
        "step", speed, "bars/s", "bare numba loop, one position, no sizing", ratio, ">= 5e6 bars/s", speed >= TARGET
    )


@compiled
def bare_loop(
    opens: FloatArray, close: FloatArray, edge: FloatArray, cost_bps: float, stop: float, target: float, cost: float
) -> float:
    """Equity after entries above the cost and exits by stop, target or a negative edge, at the next open."""
    equity = 10_000.0
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
        elif edge[t] > cost_bps:
            wanted = 1
    return equity


def _panel() -> Panel:
    rng = np.random.default_rng(1)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0015, BARS))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    edge = 30.0 * np.sin(np.arange(BARS) / 37.0) + rng.normal(0.0, 5.0, BARS)
    columns = [column.reshape(-1, 1) for column in (opens, close, edge)]
    return Panel(
        ts=np.arange(BARS, dtype=np.int64) * MINUTE,
        open=columns[0],
        close=columns[1],
        edge=columns[2],
        regime=np.full((BARS, 1), 1, np.int64),
        volatility=np.full((BARS, 1), 0.0015),
        gate=np.zeros((BARS, 1), np.int64),
    )
