"""Hourly bars over enough days for tails, some hours missing, as the tails of a book see them."""

import numpy as np

from models.features import FeatureInputs
from models.tails import DailyCloses, ScaleSettings, TailSettings
from models.types import CALENDARS, Bars, Series
from models.types.timeframes import HOUR
from tasks.session.tails import TailPlan, TailView

START = 1_577_836_800_000_000  # 2020-01-01, UTC microseconds
SETTINGS = TailSettings(window_days=60, least_days=50, refit_days=7, correlation_days=60)
PLAN = TailPlan(SETTINGS, ScaleSettings(target_volatility=0.3, correlation_on=0.3, correlation_off=0.2), 0.95)


def hourly_bars(days: int, seed: int) -> Bars:
    """The first seed moves every other one too."""
    own, common = (np.random.default_rng(one).normal(0.0, 0.004, days * 24) for one in (seed, 0))
    close = 100.0 * np.exp(np.cumsum(own + 0.7 * common * (1.0 + (np.arange(days * 24) // 700) % 2)))
    ts = START + np.arange(days * 24, dtype=np.int64) * HOUR
    there = np.random.default_rng(seed + 50).random(ts.size) > 0.12
    return Bars(ts, close, close * 1.01, close * 0.99, close, np.ones(ts.size)).rows(there)


def inputs_of(bars: Bars, calendar: str = "24/7", timeframe: str = "1h") -> FeatureInputs:
    """Without an index and a leader."""
    return FeatureInputs(bars, CALENDARS[calendar], timeframe, np.full(len(bars), np.nan), None)


def view_of(bars: Bars, symbol: str = "BTC/USDT") -> TailView:
    """With a volatility of 1 % a bar that was not known for ten bars."""
    volatility = np.where(np.arange(len(bars)) < 10, np.nan, 0.01)
    return TailView(Series("binance", symbol, "1h"), inputs_of(bars), volatility)


def same_days(left: DailyCloses, right: DailyCloses) -> bool:
    """To the bit."""
    return len(left) == len(right) and left.begins_with(right)
