"""A desk with some bitcoin bars, a journal, and a clock that stands where the news is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lakes import merge
from made_news import START

from data.journal import Journal
from models.types import Bars, Series
from models.types.timeframes import DAY, HOUR
from tasks.adapters.clocks import FixedClock
from tasks.bootstrap import build_desk, build_journal
from tasks.session.desk import Desk

BTC = Series("binance", "BTC/USDT", "1h")
NOW = START + DAY
FLAGS = {"trading.venue": "binance", "trading.symbols": ["BTC/USDT"], "trading.timeframe": "1h"}


def hourly(first: int, last: int, seed: int = 1) -> Bars:
    """A seeded walk of bitcoin's hours from `first` to `last`, UTC microseconds."""
    ts = np.arange(first // HOUR * HOUR, last, HOUR, dtype=np.int64)
    close = 40_000.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.005, ts.size)))
    opens = np.concatenate([close[:1], close[:-1]])
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, np.full(ts.size, 10.0))


@pytest.fixture
def desk(keel_home: Path) -> Desk:
    """Without bars."""
    return build_desk(FLAGS, as_of=NOW)


@pytest.fixture
def with_bars(desk: Desk) -> Desk:
    """With 60 days of bars before START and a day behind it."""
    merge(desk.bars, BTC, hourly(START - 60 * DAY, START + 5 * DAY))
    return desk


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


@pytest.fixture
def at() -> Callable[[Desk, int], Desk]:
    """The desk at another moment."""
    return lambda desk, moment: replace(desk, clock=FixedClock(moment))
