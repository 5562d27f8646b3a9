"""What ten positions may lose in a day, asked again each second, against a bare loop over the same scenarios."""

import numpy as np

from models.kernels import compiled
from models.tails import DailyCloses, Garch, TailSettings
from models.types import FloatArray
from models.types.timeframes import DAY
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.tails import prepare_risk, risk_now

SYMBOLS = 10
DAYS = 1500
TIMES = 200
CONFIDENCE = 0.95
EQUITY = 10_000.0
# Milliseconds: a session asks once a second, and has to do other things too.
TARGET = 10.0
GARCH = Garch(mu=0.05, omega=0.1, alpha=0.05, gamma=0.05, beta=0.9, nu=5.0)


def bench_tails(_place: Workplace) -> Figure:
    """Milliseconds for all methods, components, correlation and concentration; scenarios are there. The reference does
    one method and nothing else.
    """
    rng = np.random.default_rng(1)
    ts = np.arange(DAYS, dtype=np.int64) * DAY
    closes = 100.0 * np.exp(np.cumsum(rng.standard_t(5, (SYMBOLS, DAYS)) * 0.02, axis=1))
    days = {f"S{i}": DailyCloses(ts, ts + DAY, closes[i]) for i in range(SYMBOLS)}
    prepared = prepare_risk(days, TailSettings(), lambda _: GARCH)
    books = rng.normal(0.0, 0.1 * EQUITY, (TIMES, SYMBOLS))
    asked = [dict(zip(days, book.tolist(), strict=True)) for book in books]
    if prepared.scenarios is None:
        raise AssertionError("made days are long enough")
    filtered = prepared.scenarios.filtered

    def ours() -> float:
        return sum(risk_now(prepared, one, EQUITY, CONFIDENCE).leverage for one in asked)

    def reference() -> float:
        return sum(bare_tail(filtered, book, CONFIDENCE) for book in books)

    seconds, _, ratio = paired_seconds(ours, reference, rounds=5)
    milliseconds = 1e3 * seconds / TIMES
    name = "bare numba loop, one method"
    return Figure("tails", milliseconds, "ms", name, ratio, f"<= {TARGET:g} ms", milliseconds <= TARGET)


@compiled
def bare_tail(scenarios: FloatArray, values: FloatArray, confidence: float) -> float:
    """Expected shortfall of the worst scenarios."""
    profits = np.empty(scenarios.shape[0])
    for k in range(profits.size):
        total = 0.0
        for i in range(values.size):
            total += scenarios[k, i] * values[i]
        profits[k] = total
    profits = np.sort(profits)
    worst = int(profits.size * (1.0 - confidence))
    lost = 0.0
    for k in range(worst):
        lost -= profits[k]
    return lost / worst
