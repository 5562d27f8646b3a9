"""A home in which a heavy model may speak, small enough to be trained in seconds; its last bars are news to it."""

import os
from pathlib import Path

from synthetic import SETTINGS, START, MemoryTracker, swinging_bars

from models.types import Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.learning.training import train_models

SERIES = Series("binance", "AAA/USDT", "1h")
# The volatility index of an hourly series wants some 2,400 bars.
TRAINED, COUNT = 3000, 3012
# When the last bar that was trained on had closed, and the last there is.
LEARNT, END = START + TRAINED * HOUR, START + COUNT * HOUR


def rules(*models: str) -> str:
    """Let those models speak, always."""
    named = ", ".join(f'"{one}"' for one in models)
    return f'[{{"name": "all", "models": [{named}]}}]'


HEAVY_HOME = SETTINGS | {
    "KEEL_TRADING__SYMBOLS": "[AAA/USDT]",
    "KEEL_ROUTER__RULES": rules("momentum", "lstm"),
    "KEEL_MODEL__LSTM__WINDOW": "4",
    "KEEL_MODEL__LSTM__UNITS": "4",
    "KEEL_MODEL__LSTM__EPOCHS": "1",
    "KEEL_MODEL__LSTM__BATCH": "128",
    # The bars are years old, and processes have the clock of today.
    "KEEL_MODEL__LONGEST_AGE_DAYS": "36500",
}


def settle_heavy(home: Path, *models: str) -> None:
    """Bring the bars into the new folder `home`, and train the models on all but the last; the environment stays."""
    before = dict(os.environ)
    os.environ.update(HEAVY_HOME | {"KEEL_HOME": str(home)})
    try:
        desk, bars = build_desk(), swinging_bars(1, COUNT)
        take_in_archive(desk, SERIES, bars.rows(slice(0, TRAINED)))
        train_models(desk, SERIES, models, MemoryTracker(), lambda _: None)
        take_in_archive(desk, SERIES, bars)
    finally:
        os.environ.clear()
        os.environ.update(before)
