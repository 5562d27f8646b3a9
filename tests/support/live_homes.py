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
from earned_stages import earn
from processes import command

from data.journal import GUARDIAN, Beat, Heartbeats, Journal
from models.engine import first_state
from models.stages import Standing
from models.types import Bars, Series, Stage
from models.types.timeframes import DAY, HOUR
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import this_process
from tasks.bootstrap import build_desk, build_journal
from tasks.session.book import configured_book
from tasks.session.carried import carried_of
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

VENUE, SYMBOL, TIMEFRAME = "binance", "BTC/USDT", "1h"
# What rung 1 of the ladder allows.
CAPITAL = 1_000
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


def live_home(folder: Path, reach: Mapping[str, str], is_guarded: bool = True) -> LiveHome:
    """In the new folder; `reach` are settings of the venue, by the last part of their names. `is_guarded`: a guardian
    has promised to be heard of again in a day.
    """
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
        desk = build_desk()
        take_in_archive(desk, Series(VENUE, SYMBOL, TIMEFRAME), bars)
        earn_live(desk)
        if is_guarded:
            guarded = build_desk()
            watched(build_journal(guarded), configured_book(guarded).name)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return LiveHome(folder, settings, Decimal(repr(float(bars.close[-1]))))


def watched(journal: Journal, book: str) -> None:
    """A guardian of the book gives a sign of life that is good for a day."""
    now = SystemClock().now()
    Heartbeats(journal.engine).beat(Beat(GUARDIAN, this_process(), now, now + DAY, book))


def earn_live(desk: Desk) -> None:
    """The record of its book says that it has earned stage live."""
    book = configured_book(desk)
    carried = carried_of(book, first_state(book.parameters.systems))
    earn(build_journal(desk), desk.loaded.settings, Standing(Stage.LIVE, 1), desk.clock.now(), carried)


def hours_until_now() -> Bars:
    """A seeded walk up to the bar that closed last."""
    last = SystemClock().now() // HOUR * HOUR - HOUR
    ts = last + np.arange(1 - BARS, 1, dtype=np.int64) * HOUR
    close = np.round(FIRST * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, NOISE, BARS))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    volume = np.full(BARS, 1e6)
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, volume)
