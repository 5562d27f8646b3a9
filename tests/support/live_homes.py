"""A home whose book trades live at Binance with every act of a person there, and the market that it saw last."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from canary import CANARY_KEY, CANARY_SECRET
from processes import command

from models.types import Bars, Series
from models.types.timeframes import HOUR
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive

VENUE, SYMBOL, TIMEFRAME = "binance", "BTC/USDT", "1h"
CAPITAL = 10_000
BARS = 3000
NOISE = 0.004
FIRST = 60_000.0


@dataclass(frozen=True, slots=True)
class LiveHome:
    """`environment` is what every command of it is run with; `price` the last close."""

    folder: Path
    environment: dict[str, str]
    price: Decimal

    def confirm(self) -> None:
        """A person types what is asked."""
        phrase = f"LIVE {VENUE} {CAPITAL}"
        self.keel("live", "confirm", "--venue", VENUE, "--phrase", phrase, "--who", "a test")

    def trade(self) -> dict[str, Any]:
        """One cycle as it is scheduled."""
        said: dict[str, Any] = json.loads(self.keel("trade", "--once", "--live", "--json"))
        return said

    def keel(self, *arguments: str) -> str:
        """What a command says.

        Raises:
            AssertionError: it failed.
        """
        done = command("flows.cli", *arguments, env=self.environment)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def live_home(folder: Path, reach: Mapping[str, str]) -> LiveHome:
    """In the new folder; `reach` are settings of the venue, by the last part of their names."""
    venue = f"KEEL_VENUES__{VENUE.upper()}__"
    settings = {
        "KEEL_HOME": str(folder),
        "KEEL_STAGE": "live",
        "KEEL_TRADING__VENUE": VENUE,
        "KEEL_TRADING__SYMBOLS": f"[{SYMBOL}]",
        "KEEL_TRADING__TIMEFRAME": TIMEFRAME,
        "KEEL_TRADING__CAPITAL": f"{CAPITAL:.1f}",
        f"{VENUE.upper()}_API_KEY": CANARY_KEY,
        f"{VENUE.upper()}_SECRET_KEY": CANARY_SECRET,
        **{f"{venue}{name.upper()}": value for name, value in reach.items()},
    }
    bars = hours_until_now()
    before = dict(os.environ)
    try:
        os.environ.update(settings)
        take_in_archive(build_desk(), Series(VENUE, SYMBOL, TIMEFRAME), bars)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return LiveHome(folder, settings, Decimal(repr(float(bars.close[-1]))))


def hours_until_now() -> Bars:
    """A seeded walk up to the bar that closed last."""
    last = SystemClock().now() // HOUR * HOUR - HOUR
    ts = last + np.arange(1 - BARS, 1, dtype=np.int64) * HOUR
    close = np.round(FIRST * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, NOISE, BARS))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    volume = np.full(BARS, 1e6)
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, volume)
