"""Tails of made series printed as JSON: python tails_twin_run.py, with numba or with NUMBA_DISABLE_JIT=1."""

import hashlib
import json

import numba
import numpy as np
from tail_fits_made import fickle_fit
from tail_markets import made_days

from models.tails import (
    ScaleSettings,
    TailHistory,
    TailSettings,
    average_correlation,
    correlation_history,
    forecast,
    market_scale,
    tail_history,
    weighted,
)


def sha256(*arrays: np.ndarray) -> str:
    """Of the arrays' bits."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)).hexdigest()


def main() -> None:
    """Histories, correlations, factors and weighted scenarios."""
    settings = TailSettings(window_days=150, least_days=60, refit_days=9)
    out: dict[str, object] = {"compiled": not numba.config.DISABLE_JIT}
    series = [made_days(260, seed) for seed in range(4)]
    _, matrices = correlation_history(series, settings)
    out["correlations"] = sha256(matrices, average_correlation(matrices))
    for seed, days in enumerate(series):
        found = tail_history(days, settings, fickle_fit)
        out[f"history {seed}"] = sha256(*(getattr(found, name) for name in TailHistory.__slots__))
        together = np.random.default_rng(seed).uniform(0.5, 1.0, len(days))
        out[f"scale {seed}"] = sha256(market_scale(found.sigma, together, ScaleSettings(), 365.0))
        ahead = forecast(days, settings, fickle_fit)
        assert ahead is not None
        out[f"forecast {seed}"] = [ahead.sigma.hex(), sha256(ahead.residual)]
    scenarios = np.random.default_rng(1).normal(0.0, 1.0, (200, 4))
    out["weighted"] = sha256(weighted(scenarios, np.array([1.0, -3.0, 0.1, 7.0])))
    print(json.dumps(out))


if __name__ == "__main__":
    main()
