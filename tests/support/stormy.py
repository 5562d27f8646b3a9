"""A market with storms and a haven, and settings by which both systems, the haven and the controller all act in it."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from synthetic import SETTINGS, SYMBOLS, swinging_bars, train_routed

from models.types import Bars, Series
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

HAVEN = "GLD/USDT"
STORMY = SETTINGS | {
    "KEEL_TRADING__HAVEN": HAVEN,
    "KEEL_REGIMES__CONTEXT": "1h",
    # A few losses set a specialist aside, and it is back before long.
    "KEEL_SYSTEMS__SWING__UNDERPERFORMANCE": "0.01",
    "KEEL_SYSTEMS__SWING__RECOVERY": "0.002",
    "KEEL_SYSTEMS__SWING__PRIOR_TRADES": "0.0",
    "KEEL_SYSTEMS__SWING__MEMORY_DAYS": "2.0",
    # As large as they wish to be: what is bought is bought within a few bars.
    "KEEL_RISK__ASSET_CLASSES__CRYPTO__MAX_POSITION": "0.6",
    "KEEL_RISK__LIMITS__MAX_ASSET": "0.6",
}
# Bars before the end at which storms begin, and the jumps of the opens in each: crises of some hours.
STORMS = (420, 250, 80)
JUMPS = (0.035, 0.035, -0.034, -0.034)
LARGE = 400.0


def stormy_bars(seed: int, count: int, storms: tuple[int, ...] = STORMS) -> Bars:
    """Swinging bars with storms, and the volume of a large market."""
    bars = swinging_bars(seed, count)
    jumps = np.zeros(count)
    for first in storms:
        jumps[count - first : count - first + len(JUMPS)] = JUMPS
    factor = np.cumprod(1.0 + jumps)
    prices = {name: np.round(getattr(bars, name) * factor, 2) for name in ("open", "high", "low", "close")}
    return replace(bars, **prices, volume=bars.volume * LARGE)


def settle_in_storms(home: Path, count: int = 3000, **more: str) -> Desk:
    """A home with both symbols, their models and the haven; the second symbol and the haven lack some bars."""
    os.environ.update(STORMY | more | {"KEEL_HOME": str(home)})
    desk = build_desk()
    for seed, symbol in enumerate((*SYMBOLS, HAVEN)):
        bars = stormy_bars(seed + 1, count, () if symbol == HAVEN else STORMS)
        missing = np.arange(count) % (89 + seed) < seed
        series = Series("binance", symbol, "1h")
        take_in_archive(desk, series, bars.rows(~missing))
        if symbol != HAVEN:
            train_routed(desk, series)
    return desk
