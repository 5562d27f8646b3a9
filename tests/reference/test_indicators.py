"""Our indicators against pandas_ta_classic's own code (talib=False), to 1e-9 of the value, NaN in the same places.

Held against it: simple average, ATR, RSI, ADX, log returns, realised volatility (its `stdev`, ddof 1), the volatility
index (its `stdev` and `median`) and the extremes (its `donchian`). Its Wilder averages begin with the mean of the first
window, and its directional movement with the sum of the first window less one, as TA-Lib's do. So nothing has to
converge: every value from the first one on is compared.

Held against exact fractions, because a library's running sums have errors of their own: ATR and RSI as Wilder defined
them (New Concepts in Technical Trading Systems, 1978), realised volatility, and the averages.

Defined otherwise: where nothing has moved since the first bar RSI is 0/0. It says NaN, ours (TA-Lib) says 0; and to
ranges it adds 2e-16 when a bar of the series has none. Such series are left to the fractions.
"""

from fractions import Fraction
from statistics import variance

import numpy as np
import pandas as pd
import pandas_ta_classic as library
import pyarrow.parquet as pq
import pytest
import talib
from markets import random_bars

from conf.home import PROJECT
from models.indicators import (
    average_true_range,
    directional_index,
    log_returns,
    realised_volatility,
    relative_strength,
    simple_average,
    volatility_index,
    write_extreme,
)
from models.types import Bars

FOLDER = PROJECT.parent / "shared" / "data"
TOLERANCE = 1e-9
WEEK, YEAR = 42, 400


def extreme(values, window, upper):
    out = np.empty(values.size)
    write_extreme(values, window, upper, out)
    return out


OURS = {
    "average": lambda b, n: simple_average(b.close, n),
    "range": lambda b, n: average_true_range(b.high, b.low, b.close, n),
    "strength": lambda b, n: relative_strength(b.close, n),
    "direction": lambda b, n: directional_index(b.high, b.low, b.close, n),
    "log return": lambda b, _: log_returns(b.close),
    "volatility": lambda b, n: realised_volatility(b.close, n),
    "index": lambda b, n: volatility_index(b.close, n, YEAR),
    "lowest": lambda b, n: extreme(b.low, n, False),
    "highest": lambda b, n: extreme(b.high, n, True),
}


def library_volatility(close, window):
    return library.stdev(library.log_return(close, 1), window, ddof=1, talib=False)


def library_index(close, window):
    volatility = library_volatility(close, window)
    median = library.median(volatility[window:], YEAR, min_periods=YEAR // 4).reindex(volatility.index)
    return 17.6 * volatility / median


def channel(bars, window):
    return library.donchian(pd.Series(bars.high), pd.Series(bars.low), window, window)


THEIRS = {
    "average": lambda b, n: library.sma(pd.Series(b.close), n, talib=False),
    "range": lambda b, n: library.atr(*map(pd.Series, (b.high, b.low, b.close)), n, talib=False),
    "strength": lambda b, n: library.rsi(pd.Series(b.close), n, talib=False),
    "direction": lambda b, n: library.adx(*map(pd.Series, (b.high, b.low, b.close)), n, talib=False)[f"ADX_{n}"],
    "log return": lambda b, _: library.log_return(pd.Series(b.close), 1),
    "volatility": lambda b, n: library_volatility(pd.Series(b.close), n),
    "index": lambda b, n: library_index(pd.Series(b.close), n),
    "lowest": lambda b, n: channel(b, n)[f"DCL_{n}_{n}"],
    "highest": lambda b, n: channel(b, n)[f"DCU_{n}_{n}"],
}
WINDOWS = {
    "average": (2, 20, 50),
    "range": (2, 14, 100),
    "strength": (2, 14, 100),
    "direction": (2, 14, 40),
    "log return": (1,),
    "volatility": (5, WEEK),
    "index": (5, WEEK),
    "lowest": (2, 20, 55),
    "highest": (2, 20, 55),
}
CASES = [(name, window) for name, windows in WINDOWS.items() for window in windows]


def forbid_talib(patch):
    """From here on whoever asks TA-Lib for an indicator fails."""

    def refuse(*_, **__):
        raise AssertionError("this is not the library's own code")

    for name in talib.get_functions():
        patch.setattr(talib, name, refuse)


def assert_agree(name, window, bars, monkeypatch):
    found = OURS[name](bars, window)
    with monkeypatch.context() as patch:
        forbid_talib(patch)
        wanted = THEIRS[name](bars, window).to_numpy()
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
    assert np.isfinite(found).sum() > 0.7 * len(bars)
    np.testing.assert_allclose(found, wanted, rtol=TOLERANCE, atol=0.0)


def scaled(bars, factor):
    return Bars(bars.ts, *(getattr(bars, name) * factor for name in ("open", "high", "low", "close")), bars.volume)


def test_talib_would_be_noticed(monkeypatch):
    bars = random_bars(1, 100)
    forbid_talib(monkeypatch)
    for asked in (library.sma, library.rsi):
        with pytest.raises(AssertionError, match="own code"):
            asked(pd.Series(bars.close), 14, talib=True)


def test_every_indicator_is_here():
    assert OURS.keys() == THEIRS.keys() == WINDOWS.keys()


@pytest.mark.parametrize("factor", [1.0, 1e-7, 1e6])  # of coins that cost next to nothing, and of those in rupiah
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("name", "window"), CASES)
def test_on_random_bars(name, window, seed, factor, monkeypatch):
    assert_agree(name, window, scaled(random_bars(seed, 2500), factor), monkeypatch)


# file, ticker, and how many of its last bars: crises and years of calm; a thin market whose bars are often flat
REAL = [
    ("btcusdt_binance_1h_2017-08_2024-12", None, 64_524),
    ("etf_daily_adjusted_1993_2026", "SPY", 8000),
    ("us_equity_daily_unadjusted_1998_2021", "AIG", 5000),
    ("xrpusdt_binance_1h_2020-09_2024-12", None, 20_000),
]


def real_bars(file, ticker, count):
    table = pq.read_table(FOLDER / f"{file}.parquet")
    if ticker is not None:
        table = table.filter(np.array(table["ticker"]) == ticker)
    table = table.slice(max(0, table.num_rows - count))
    columns = [np.ascontiguousarray(table[name].to_numpy()) for name in ("open", "high", "low", "close", "volume")]
    return Bars(table["ts"].to_numpy().astype("datetime64[us]").astype(np.int64), *columns)


@pytest.mark.realdata
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the desk's market data is not here")
@pytest.mark.parametrize("source", REAL, ids=lambda one: one[0])
@pytest.mark.parametrize(("name", "window"), CASES)
def test_on_real_bars(name, window, source, monkeypatch):
    assert_agree(name, window, real_bars(*source), monkeypatch)
