"""Every indicator against plain loops written from Wilder's and the textbooks' definitions."""

import math

import numpy as np
import pandas as pd
import pytest
from markets import random_bars, same_bits

from models import indicators
from models.indicators import (
    average_true_range,
    directional_index,
    log_returns,
    momentum,
    realised_volatility,
    relative_strength,
    relative_volatility,
    simple_average,
    stochastic,
    volatility_index,
    write_extreme,
    write_log_returns,
)
from models.indicators import extremes as module
from models.indicators.extremes import BLOCK
from models.kernels import ratio

N = 14


@pytest.fixture(scope="module", params=[1, 2, 3])
def bars(request):
    return random_bars(request.param, 900)


def close_to(found, expected):
    expected = np.asarray(expected)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def true_ranges(bars):
    out = [math.nan]
    for t in range(1, len(bars)):
        before = bars.close[t - 1]
        out.append(max(bars.high[t] - bars.low[t], abs(bars.high[t] - before), abs(bars.low[t] - before)))
    return out


def wilder(values, first):
    """Mean of the N values up to `first`, then (13 * before + value) / 14."""
    out = [math.nan] * len(values)
    out[first] = sum(values[first - N + 1 : first + 1]) / N
    for t in range(first + 1, len(values)):
        out[t] = (out[t - 1] * (N - 1) + values[t]) / N
    return out


def test_simple_average(bars):
    close_to(simple_average(bars.close, 20), pd.Series(bars.close).rolling(20).mean())


def test_average_true_range(bars):
    close_to(average_true_range(bars.high, bars.low, bars.close, N), wilder(true_ranges(bars), N))


def test_relative_strength(bars):
    moves = np.diff(bars.close, prepend=np.nan)
    gains, losses = (wilder(list(np.maximum(sign * moves, 0.0)), N) for sign in (1.0, -1.0))
    expected = [100.0 * up / (up + down) for up, down in zip(gains, losses, strict=True)]
    close_to(relative_strength(bars.close, N), expected)


def test_directional_index(bars):
    plus = minus = spread = 0.0
    dx = [math.nan] * len(bars)
    for t, reach in enumerate(true_ranges(bars)):
        if t == 0:
            continue
        up, down = bars.high[t] - bars.high[t - 1], bars.low[t - 1] - bars.low[t]
        fade = 1.0 if t < N else 1.0 - 1.0 / N
        plus = plus * fade + (up if up > down and up > 0.0 else 0.0)
        minus = minus * fade + (down if down > up and down > 0.0 else 0.0)
        spread = spread * fade + reach
        if t >= N:
            dx[t] = 100.0 * abs(plus - minus) / (plus + minus)
    expected = wilder(dx, 2 * N - 1)
    found = directional_index(bars.high, bars.low, bars.close, N)
    assert np.isnan(found[: 2 * N - 1]).all()
    close_to(found, expected)


def test_stochastic(bars):
    lowest, highest = pd.Series(bars.low).rolling(N).min(), pd.Series(bars.high).rolling(N).max()
    close_to(stochastic(bars.high, bars.low, bars.close, N), 100.0 * (bars.close - lowest) / (highest - lowest))


# high, low, close, %K of three bars: at the top, at the bottom, a halt as long as the window, one bar shorter, and one
# at whose price the bar before it had its low.
PLACES = [
    ([5, 6, 9, 9, 8], [4, 5, 7, 8, 2], [5, 6, 9, 8, 2], [math.nan, math.nan, 100, 75, 0]),
    ([7, 7, 7, 7, 7], [7, 7, 7, 7, 7], [7, 7, 7, 7, 7], [math.nan, math.nan, 50, 50, 50]),
    ([8, 7, 7, 7, 9], [6, 7, 7, 7, 7], [8, 7, 7, 7, 7], [math.nan, math.nan, 50, 50, 0]),
    ([9, 8, 7, 7, 7], [9, 7, 7, 7, 7], [9, 7, 7, 7, 7], [math.nan, math.nan, 0, 0, 50]),
    ([7, 7, 8, 7, 7], [7, 7, 7, 7, 7], [7, 7, 7, 7, 7], [math.nan, math.nan, 0, 0, 0]),
    ([7, 7, 7, 7, 7], [7, 7, 6, 7, 7], [7, 7, 6, 7, 7], [math.nan, math.nan, 0, 100, 100]),
]


@pytest.mark.parametrize(("high", "low", "close", "wanted"), PLACES)
def test_stochastic_by_hand(high, low, close, wanted):
    found = stochastic(*(np.array(one, np.float64) for one in (high, low, close)), 3)
    np.testing.assert_array_equal(found, wanted)


def test_the_middle_agrees_with_its_plain_twin(monkeypatch):
    bars = random_bars(1, 600)
    for column in (bars.high, bars.low, bars.close):
        column[100:200] = 50.0
    found = stochastic(bars.high, bars.low, bars.close, N)
    assert (found == 50.0).sum() == 100 - N + 1
    twin = momentum._write_middle
    monkeypatch.setattr(momentum, "_write_middle", getattr(twin, "py_func", twin))
    assert same_bits(stochastic(bars.high, bars.low, bars.close, N), found)


# What each docstring says of NaN at the beginning, for a window of n bars.
WARM_UP = {
    "average_true_range": (lambda b, n: average_true_range(b.high, b.low, b.close, n), lambda n: n),
    "directional_index": (lambda b, n: directional_index(b.high, b.low, b.close, n), lambda n: 2 * n - 1),
    "log_returns": (lambda b, _: log_returns(b.close), lambda _: 1),
    "realised_volatility": (lambda b, n: realised_volatility(b.close, n), lambda n: n),
    "relative_strength": (lambda b, n: relative_strength(b.close, n), lambda n: n),
    "relative_volatility": (lambda b, n: relative_volatility(b.close, n), lambda n: max(1, n // 4) - 1),
    "simple_average": (lambda b, n: simple_average(b.close, n), lambda n: n - 1),
    "stochastic": (lambda b, n: stochastic(b.high, b.low, b.close, n), lambda n: n - 1),
    "volatility_index": (lambda b, n: volatility_index(b.close, n, 400), lambda n: n + 100 - 1),
    "write_extreme": (lambda b, n: extremes(b.low, n)[0], lambda n: n - 1),
    "write_log_returns": (lambda b, _: logs(b.close), lambda _: 1),
}


def logs(close):
    out = np.empty(close.size)
    write_log_returns(close, out)
    return out


def test_the_warm_up_of_every_indicator_is_here():
    assert list(WARM_UP) == indicators.__all__


@pytest.mark.parametrize("window", [2, 3, 14, 50, 100])
@pytest.mark.parametrize("name", WARM_UP)
def test_warm_up_is_as_long_as_stated_and_there_is_no_hole_behind_it(bars, name, window):
    compute, leading = WARM_UP[name]
    found = compute(bars, window)
    assert found.shape == (len(bars),)
    np.testing.assert_array_equal(np.isnan(found), np.arange(len(bars)) < leading(window))


def test_log_returns(bars):
    expected = [math.nan] + [math.log(b / a) for a, b in zip(bars.close[:-1], bars.close[1:], strict=True)]
    close_to(log_returns(bars.close), expected)


def test_realised_volatility_is_of_returns_not_of_prices(bars):
    expected = pd.Series(np.log(bars.close)).diff().rolling(42).std()
    close_to(realised_volatility(bars.close, 42), expected)


def test_volatility_index_is_the_week_over_the_years_median_on_the_scale_of_vix(bars):
    week, year = 42, 400
    volatility = pd.Series(np.log(bars.close)).diff().rolling(week).std()
    expected = 17.6 * volatility / volatility.rolling(year, min_periods=100).median()
    found = volatility_index(bars.close, week, year)
    close_to(found, expected)
    assert np.flatnonzero(np.isfinite(found))[0] == week + 100 - 1


def test_volatility_index_of_a_steady_market_is_vix_median():
    close = 100.0 * np.exp(np.cumsum(np.tile([0.01, -0.01], 300)))
    np.testing.assert_allclose(volatility_index(close, 6, 40)[60:], 17.6, rtol=1e-6)


@pytest.mark.parametrize(("week", "year"), [(42, 400), (7, 29), (5, 1000)])
def test_volatility_index_has_the_bits_that_pandas_median_gives(bars, week, year):
    volatility = realised_volatility(bars.close, week)
    median = pd.Series(volatility).rolling(year, min_periods=year // 4).median().to_numpy()
    assert same_bits(volatility_index(bars.close, week, year), ratio(volatility, median) * 17.6)


@pytest.mark.parametrize("count", [1, 2, 13])
def test_short_series_are_all_nan(count):
    bars = random_bars(5, count)
    for found in (
        simple_average(bars.close, 20),
        average_true_range(bars.high, bars.low, bars.close, N),
        relative_strength(bars.close, N),
        stochastic(bars.high, bars.low, bars.close, 20),
        directional_index(bars.high, bars.low, bars.close, N),
        realised_volatility(bars.close, 42),
        volatility_index(bars.close, 42, 400),
    ):
        assert found.shape == (count,)
        assert np.isnan(found).all()


def extremes(values, window):
    """The lowest and the highest of each window, in this order."""
    out = np.full((2, len(values)), 7.7)  # of which nothing may be left
    for upper in (False, True):
        write_extreme(np.asarray(values, np.float64), window, upper, out[int(upper)])
    return out


# values, window, lowest, highest
EXTREMES = [
    ([3, 1, 2, 5, 4], 1, [3, 1, 2, 5, 4], [3, 1, 2, 5, 4]),
    ([3, 1, 2, 5, 4], 2, [math.nan, 1, 1, 2, 4], [math.nan, 3, 2, 5, 5]),
    ([3, 1, 2, 5, 4], 3, [math.nan, math.nan, 1, 1, 2], [math.nan, math.nan, 3, 5, 5]),
    ([3, 1, 2, 5, 4], 5, [math.nan] * 4 + [1], [math.nan] * 4 + [5]),
    ([3, 1, 2, 5, 4], 6, [math.nan] * 5, [math.nan] * 5),
    ([1, math.nan, 3, 2, 9], 2, [math.nan] * 3 + [2, 2], [math.nan] * 3 + [3, 9]),
    ([-1, math.inf, -math.inf, 0], 2, [math.nan, -1, -math.inf, -math.inf], [math.nan, math.inf, math.inf, 0]),
    ([], 3, [], []),
]


@pytest.mark.parametrize(("values", "window", "low", "high"), EXTREMES)
def test_extremes_by_hand(values, window, low, high):
    np.testing.assert_array_equal(extremes(values, window), [low, high])


@pytest.mark.parametrize("window", [1, 2, 3, 7, 8, 9, 20, 64, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
@pytest.mark.parametrize("count", [5, BLOCK + 18, BLOCK + 19, BLOCK + 20, 3 * BLOCK + 1])
def test_extremes_are_those_of_every_window(window, count):
    rng = np.random.default_rng(window)
    values = np.round(np.cumsum(rng.normal(size=count)), 1)  # with ties, and stretches that rise and fall
    values[rng.random(count) < 1.0 / (3 * window)] = np.nan
    past = pd.Series(values).rolling(window)
    np.testing.assert_array_equal(extremes(values, window), [past.min(), past.max()])


def test_extremes_agree_with_their_plain_twin(monkeypatch):
    values = random_bars(1, 1200).low
    values[[0, 500, 501]] = np.nan
    found = extremes(values, 20)
    for name in ("write_extreme", "_write_further"):
        compiled = getattr(module, name)
        monkeypatch.setattr(module, name, getattr(compiled, "py_func", compiled))
    plain = np.empty((2, 1200))
    for upper in (False, True):
        module.write_extreme(values, 20, upper, plain[int(upper)])
    assert same_bits(found, plain)
