"""Regimes of seeded bars printed as JSON: python regime_twin_run.py, with numba or with NUMBA_DISABLE_JIT=1."""

import hashlib
import json

import numba
import numpy as np
from markets import random_bars
from regime_generators import banded

from models.features import FeatureInputs
from models.regime import RegimeSettings, regime_history, simulate
from models.types import CALENDARS

SERIES = {
    "own": ("1d", lambda: simulate(np.random.default_rng(1), 700)[0]),
    "banded": ("1h", lambda: banded(np.random.default_rng(2), 500)[0]),
    "bars": ("1h", lambda: random_bars(3, 400, "1h")),
}


def main() -> None:
    """Both detectors on three series."""
    out: dict[str, object] = {"compiled": not numba.config.DISABLE_JIT}
    for detector in ("rules", "hmm"):
        for name, (timeframe, make) in SERIES.items():
            bars = make()
            inputs = FeatureInputs(bars, CALENDARS["24/7"], timeframe, np.full(len(bars), np.nan), None)
            found = regime_history(inputs, RegimeSettings(detector))
            columns = [found.raw, found.label, found.confidence, *found.figures.values()]
            digest = hashlib.sha256(b"".join(one.tobytes() for one in columns)).hexdigest()
            out[f"{detector} {name}"] = {"sha256": digest, "labels": len(set(found.trigger.label.tolist()))}
    print(json.dumps(out))


if __name__ == "__main__":
    main()
