"""Two seeded backtests printed as JSON: python twin_run.py, with numba or with NUMBA_DISABLE_JIT=1."""

import hashlib
import json

import numba
import numpy as np
from markets import HORIZON, INSTRUMENTS, PROFILE, index_of_yesterday, random_bars, random_index, random_panel

from models.engine import Panel, align, first_state, parameters_of, run_backtest, symbol_inputs
from models.features import compute_features
from models.predictors import Predictions
from models.types import CALENDARS, bar_micros, intents_sha256

COUNT = 2000
SYMBOLS = ("AAA", "BBB", "CCC")


def sha256(*arrays: np.ndarray) -> str:
    """Of the arrays' bits."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)).hexdigest()


def panel_of_bars() -> Panel:
    """Three series through features, regimes and blend; the second lacks bars of the others."""
    inputs = []
    for seed in range(3):
        bars = random_bars(seed, COUNT)
        if seed == 1:
            bars = bars.rows(np.arange(COUNT) % 53 > 2)
        known = index_of_yesterday(bars.ts, bar_micros("4h"), *random_index(seed, bars))
        features = compute_features(bars, CALENDARS["24/7"], "4h", 20, 50, known)
        rng = np.random.default_rng(seed)
        n = len(bars)
        edges = (np.repeat(rng.normal(20.0, 60.0, n // 10 + 1), 10)[:n] for _ in range(2))
        momentum, boosting = edges
        fold = np.where(np.arange(n) < 300, -2, 0)
        momentum[:300] = boosting[:300] = np.nan
        said = Predictions(bars.ts, fold, momentum, rng.random(n), boosting, rng.random(n))
        inputs.append(symbol_inputs(bars, features, said, np.zeros(len(bars), np.int64)))
    return align(tuple(inputs))


def main() -> None:
    """Both panels: one out of bars, one with everything that can go wrong."""
    packed = parameters_of(PROFILE, INSTRUMENTS, HORIZON)
    out: dict[str, object] = {"compiled": not numba.config.DISABLE_JIT}
    for name, panel in (("bars", panel_of_bars()), ("random", random_panel(1, 1500))):
        found = run_backtest(SYMBOLS, panel, packed, first_state(10_000.0, 3))
        intents = found.intents()
        out[name] = {
            "intents": len(intents),
            "intents_sha256": intents_sha256(intents),
            "inputs": sha256(panel.edge, panel.regime, panel.volatility),
            "history": sha256(found.reasons, found.bounds, found.price, found.fee, found.realised, found.equity),
            "account": [float(one).hex() for one in found.state.account],
            "book": [float(one).hex() for one in found.state.book.ravel()],
        }
    print(json.dumps(out))


if __name__ == "__main__":
    main()
