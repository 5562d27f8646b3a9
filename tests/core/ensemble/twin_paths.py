"""Seeded draws printed as JSON: python twin_paths.py, with numba or with NUMBA_DISABLE_JIT=1."""

import hashlib
import json

import numba
import numpy as np
from drawn_markets import random_books

from models.bootstrap import bootstrap_trades, recovery, stationary_rows
from models.ensemble import EnsembleFigures, bootstrap_candles


def told(seed: int) -> dict[str, object]:
    """Of everything that is drawn."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(0.002, 0.02, 300)
    books = random_books(seed, 150)
    found = bootstrap_candles(books.panel, books.parameters(), books.start(), 3, 80, 9.0, seed)
    figures = {name: [float(one).hex() for one in getattr(found, name)] for name in EnsembleFigures.__slots__}
    return figures | {
        "rows": hashlib.sha256(stationary_rows(97, 500, 7.0, rng).tobytes()).hexdigest(),
        "recovery": repr(recovery(returns, 0.1, 5.0, 40, 300, rng)),
        "trades drawn": repr(bootstrap_trades(returns, 5.0, 40, 0.3, rng)),
    }


def main() -> None:
    """Six seeds."""
    out: dict[str, object] = {str(seed): told(seed) for seed in range(6)}
    print(json.dumps({"compiled": not numba.config.DISABLE_JIT} | out))


if __name__ == "__main__":
    main()
