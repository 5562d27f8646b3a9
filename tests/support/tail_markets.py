"""Real daily closes that tails are tested on, and made ones."""

from pathlib import Path

import numpy as np

from models.resampling import resample
from models.sessions import bar_closes
from models.tails import DailyCloses
from models.types import CALENDARS
from models.types.timeframes import DAY
from tasks.adapters.archives import read_archive


def bitcoin_days(folder: Path) -> DailyCloses:
    """BTC/USDT by UTC days out of hours (Binance, from 2017-08-17 on). Before that BTC/USD by days (Bitstamp,
    Coinbase), in proportion: as they stood to each other at the first day's close.
    """
    hours = read_archive(folder / "btcusdt_binance_1h_2017-08_2024-12.parquet", "BTC/USDT")
    made = resample(hours, "1h", "1d").bars
    before = read_archive(folder / "btcusd_bitstamp_coinbase_1d_2011_2025.parquet", "BTC/USD")
    joint = int(np.searchsorted(before.ts, made.ts[0]))
    scaled = before.close[:joint] * (made.close[0] / before.close[joint])
    ts = np.concatenate((before.ts[:joint], made.ts))
    return DailyCloses(ts, ts + DAY, np.concatenate((scaled, made.close)))


def spy_days(folder: Path) -> DailyCloses:
    """SPY by sessions, splits and dividends taken out."""
    bars = read_archive(folder / "etf_daily_adjusted_1993_2026.parquet", "SPY")
    return DailyCloses(bars.ts, bar_closes(CALENDARS["XNYS"], "1d", bars.ts), bars.close)


def made_days(count: int, seed: int = 1, size: float = 0.02, origin: int = 0) -> DailyCloses:
    """Closes whose returns have fat tails and days of more and of less movement, from day number `origin` on."""
    rng = np.random.default_rng(seed)
    spread = size * np.exp(0.4 * np.sin(np.arange(count) / 37.0 + seed))
    ts = (origin + np.arange(count, dtype=np.int64)) * DAY
    return DailyCloses(ts, ts + DAY, 100.0 * np.exp(np.cumsum(spread * rng.standard_t(5, count) / 1.3)))
