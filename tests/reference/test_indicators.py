"""Our indicators against pandas_ta_classic's own code (talib=False), to 1e-9 of the value, NaN in the same places.

Held against it: simple average, ATR, RSI, ADX, %K, log returns, realised volatility (its `stdev`, ddof 1), the
volatility index (its `stdev` and `median`) and the extremes (its `donchian`). Its Wilder averages begin with the mean
of the first window, and its directional movement with the sum of the first window less one, as TA-Lib's do. So nothing
has to converge: every value from the first one on is compared.

Held against fractions, which round nothing (ATR, RSI and ADX as in Wilder, New Concepts in Technical Trading Systems,
1978; deviation by its definition), on bars of which some have no range and some no move: there the library is not
exact, since it adds 2e-16 to every range of a series that has a bar without one.

Defined otherwise: where nothing has moved since the first bar RSI and ADX are 0/0. The library says NaN (RSI) and 0
(ADX), ours, being TA-Lib's, say 0 for both. Where a window has no range %K is 0/0: the library says 0, as TA-Lib does,
ours says 50.
"""

import math
from fractions import Fraction
from itertools import pairwise
from statistics import variance

import numpy as np
import pandas as pd
import pandas_ta_classic as library
import pyarrow.parquet as pq
import pytest
import talib
from markets import random_bars

from models.indicators import (
    average_true_range,
    directional_index,
    log_returns,
    realised_volatility,
    relative_strength,
    simple_average,
    stochastic,
    volatility_index,
    write_extreme,
)
from models.types import Bars

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
    "place": lambda b, n: stochastic(b.high, b.low, b.close, n),
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


def library_place(bars, window):
    found = library.stoch(*map(pd.Series, (bars.high, bars.low, bars.close)), window, 1, 1, talib=False)
    lowest, highest = extreme(bars.low, window, False), extreme(bars.high, window, True)
    return found.iloc[:, 0].mask(lowest == highest, 50.0)


def channel(bars, window):
    return library.donchian(pd.Series(bars.high), pd.Series(bars.low), window, window)


THEIRS = {
    "average": lambda b, n: library.sma(pd.Series(b.close), n, talib=False),
    "range": lambda b, n: library.atr(*map(pd.Series, (b.high, b.low, b.close)), n, talib=False),
    "strength": lambda b, n: library.rsi(pd.Series(b.close), n, talib=False),
    "direction": lambda b, n: library.adx(*map(pd.Series, (b.high, b.low, b.close)), n, talib=False)[f"ADX_{n}"],
    "place": library_place,
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
    "place": (2, 14, 50),
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


# File, ticker, and how many of its last bars. AIG fell by 97 % and was merged 1:20; of the last market's bars one in
# twelve has no range.
REAL = [
    ("btcusdt_binance_1h_2017-08_2024-12", None, 64_524),
    ("etf_daily_adjusted_1993_2026", "SPY", 8000),
    ("us_equity_daily_unadjusted_1998_2021", "AIG", 5000),
    ("ltcusd_bitfinex_5m_2013-05_2019-12", None, 60_000),
]


def real_bars(folder, file, ticker, count):
    table = pq.read_table(folder / f"{file}.parquet")
    if ticker is not None:
        table = table.filter(np.array(table["ticker"]) == ticker)
    table = table.slice(max(0, table.num_rows - count))
    columns = [np.ascontiguousarray(table[name].to_numpy()) for name in ("open", "high", "low", "close", "volume")]
    return Bars(table["ts"].to_numpy().astype("datetime64[us]").astype(np.int64), *columns)


@pytest.mark.realdata
@pytest.mark.parametrize("source", REAL, ids=lambda one: one[0])
@pytest.mark.parametrize(("name", "window"), CASES)
def test_on_real_bars(name, window, source, market_data, monkeypatch):
    assert_agree(name, window, real_bars(market_data, *source), monkeypatch)


N = 14


def fractions(values):
    return [Fraction(float(one)) for one in values]


def true_ranges(bars):
    high, low, close = map(fractions, (bars.high, bars.low, bars.close))
    sides = zip(high[1:], low[1:], close[:-1], strict=True)
    return [max(top - bottom, abs(top - before), abs(bottom - before)) for top, bottom, before in sides]


def smoothed(values):
    """Wilder's average: the mean of the first N values, then (13 * before + value) / 14."""
    out = [sum(values[:N]) / N]
    for value in values[N:]:
        out.append((out[-1] * (N - 1) + value) / N)
    return out


def exact_range(bars):
    return smoothed(true_ranges(bars))


def exact_strength(bars):
    close = fractions(bars.close)
    moves = [after - before for before, after in pairwise(close)]
    gains, losses = smoothed([max(one, 0) for one in moves]), smoothed([max(-one, 0) for one in moves])
    return [100 - 100 / (1 + up / down) if down else 100 for up, down in zip(gains, losses, strict=True)]


def exact_direction(bars):
    """Wilder's sums: of the first 13 moves, then sum - sum / 14 + move. The ranges would divide both sides."""
    high, low = fractions(bars.high), fractions(bars.low)
    rises = [after - before for before, after in pairwise(high)]
    falls = [before - after for before, after in pairwise(low)]
    both = list(zip(rises, falls, strict=True))
    plus = sums([max(up, 0) if up > down else 0 for up, down in both])
    minus = sums([max(down, 0) if down > up else 0 for up, down in both])
    return smoothed([100 * abs(one - other) / (one + other) for one, other in zip(plus, minus, strict=True)])


def sums(moves):
    total, out = Fraction(sum(moves[: N - 1])), []
    for move in moves[N - 1 :]:
        total += move - total / N
        out.append(total)
    return out


def exact_volatility(bars):
    close = bars.close.tolist()
    returns = fractions([math.log(after / before) for before, after in pairwise(close)])
    return [math.sqrt(variance(returns[t - N + 1 : t + 1])) for t in range(N - 1, len(returns))]


def exact_average(bars):
    close = fractions(bars.close)
    return [sum(close[t - N + 1 : t + 1]) / N for t in range(N - 1, len(close))]


def exact_place(bars):
    high, low, close = map(fractions, (bars.high, bars.low, bars.close))
    out = []
    for t in range(N - 1, len(bars)):
        bottom, top = min(low[t - N + 1 : t + 1]), max(high[t - N + 1 : t + 1])
        out.append(100 * (close[t] - bottom) / (top - bottom) if top > bottom else 50)
    return out


EXACT = {
    "average": exact_average,
    "range": exact_range,
    "strength": exact_strength,
    "direction": exact_direction,
    "place": exact_place,
    "volatility": exact_volatility,
}


def halting_bars(seed):
    """Now and then a bar without a trade: all of it at the close before."""
    bars = random_bars(seed, 120)
    columns = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close")}
    for t in np.flatnonzero(np.random.default_rng(seed).random(120) < 0.2):
        for column in columns.values():
            column[t] = columns["close"][max(t - 1, 0)]
    return Bars(bars.ts, **columns, volume=bars.volume)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", EXACT)
def test_against_fractions(name, seed):
    bars = halting_bars(seed)
    wanted = [float(one) for one in EXACT[name](bars)]
    found = OURS[name](bars, N)
    first = len(bars) - len(wanted)
    assert np.isnan(found[:first]).all()
    np.testing.assert_allclose(found[first:], wanted, rtol=TOLERANCE, atol=0.0)


def test_where_nothing_has_ever_moved_both_are_zero():
    still = Bars(np.arange(50), *[np.full(50, 5.0)] * 4, np.zeros(50))
    for name in ("strength", "direction"):
        found = OURS[name](still, N)
        assert set(found[np.isfinite(found)]) == {0.0}
