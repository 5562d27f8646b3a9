"""A home of this very hour: bars of a minute up to now, a book that has traded them, and a venue that publishes the
next ones as time passes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from day_market import day_market
from heavy_home import rules
from session_runs import Market, play
from synthetic import SETTINGS, swinging_bars, train_routed

from models.types import Bars, Series
from models.types.timeframes import MINUTE
from tasks.adapters.clocks import SystemClock, VirtualClock
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive

SYMBOL = "AAA/USDT"
SERIES = Series("binance", SYMBOL, "1m")
# Minutes that are history, that the book has decided on a virtual clock, and that are still to come.
BEFORE, PLAYED, TO_COME = 14_400, 60, 90


@dataclass(frozen=True, slots=True)
class MinuteHome:
    """`settings`: the environment of every process of it; `bars`: all of them, those to come as well."""

    home: Path
    settings: dict[str, str]
    bars: Bars


def minute_settings(home: Path) -> dict[str, str]:
    """What a home of minutes is configured with, but for where its venue is."""
    return SETTINGS | {
        "KEEL_HOME": str(home),
        "KEEL_TRADING__SYMBOLS": f"[{SYMBOL}]",
        "KEEL_TRADING__TIMEFRAME": "1m",
        "KEEL_ROUTER__RULES": rules("momentum"),
        "KEEL_REGIMES__CONTEXT": "1m",
        "KEEL_REGIMES__TRIGGER": "1m",
        "KEEL_VENUES__BINANCE__BACKUPS": "[]",
        "KEEL_SESSION__PATIENCE_SECONDS": "20",
        "KEEL_SESSION__LATE_SECONDS": "45",
        "KEEL_GUARDIAN__BEAT_SECONDS": "1",
        "KEEL_GUARDIAN__SILENCE_SECONDS": "20",
    }


def traded_home(home: Path) -> MinuteHome:
    """The home, whose book has decided its newest minutes; in this process, on a virtual clock."""
    settings = minute_settings(home)
    with pytest.MonkeyPatch.context() as patch:
        for name, text in {**settings, "KEEL_VENUES__BINANCE__FEED": "none"}.items():
            patch.setenv(name, text)
        now = SystemClock().now() // MINUTE * MINUTE
        first = now - (BEFORE + PLAYED) * MINUTE
        bars = swinging_bars(1, BEFORE + PLAYED + TO_COME, start=first, step=MINUTE)
        desk = build_desk()
        take_in_archive(desk, SERIES, bars.rows(slice(0, BEFORE)))
        train_routed(desk, SERIES)
        clock = VirtualClock(now - PLAYED * MINUTE)
        play(desk, clock, Market({SERIES: bars}), PLAYED * MINUTE)
    return MinuteHome(home, settings, bars)


@contextmanager
def minute_market(made: MinuteHome) -> Iterator[dict[str, str]]:
    """The environment of processes whose venue answers with the bars by the clock of the machine."""
    with day_market(made.bars, MINUTE, {}, SystemClock().now) as url:
        yield made.settings | {"KEEL_VENUES__BINANCE__URL": url}
