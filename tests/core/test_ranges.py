"""The range of the last bars: its edges, its width against chance, and the oscillator."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from markets import random_bars, same_bits

from models.features import RangeFigures, range_figures
from models.features import ranges as module
from models.indicators import average_true_range
from models.types import BadInput, Bars
from models.types.timeframes import HOUR

PERIODS = [10, 20, 37, 50]


def atr_of(bars):
    return average_true_range(bars.high, bars.low, bars.close, 14)


def figures_of(bars, period=20):
    return range_figures(bars, atr_of(bars), period)


def walk(seed, count, steps=200, sigma=0.0005):
    """Bars of a random walk without drift that moves `steps` times a bar and never jumps between bars."""
    path = np.cumsum(sigma * np.random.default_rng(seed).standard_normal((count, steps))).reshape(count, steps)
    close = np.exp(path[:, -1])
    opens = np.concatenate([[1.0], close[:-1]])
    high, low = np.maximum(np.exp(path.max(axis=1)), opens), np.minimum(np.exp(path.min(axis=1)), opens)
    return Bars(np.arange(count) * HOUR, opens, high, low, close, np.ones(count))


@pytest.mark.parametrize("period", PERIODS)
def test_the_edges_are_fractions_of_this_close(period):
    bars = random_bars(1, 800)
    found = figures_of(bars, period)
    np.testing.assert_array_equal(found.low, pd.Series(bars.low).rolling(period).min() / bars.close)
    np.testing.assert_array_equal(found.high, pd.Series(bars.high).rolling(period).max() / bars.close)
    assert (found.low[period - 1 :] <= 1.0).all()
    assert (found.high[period - 1 :] >= 1.0).all()


@pytest.mark.parametrize("period", PERIODS)
def test_the_width_is_the_range_over_what_chance_covers(period):
    bars = random_bars(2, 800)
    found, atr = figures_of(bars, period), atr_of(bars)
    for t in range(max(period - 1, 14), 800):
        past = slice(t - period + 1, t + 1)
        wanted = (bars.high[past].max() - bars.low[past].min()) / (atr[t] * math.sqrt(period))
        assert found.width[t] == pytest.approx(wanted, rel=1e-13)
    assert np.isnan(found.width[: max(period - 1, 14)]).all()


@pytest.mark.parametrize("period", PERIODS)
def test_a_random_walk_is_as_wide_as_chance(period):
    width = figures_of(walk(1, 20_000), period).width
    assert np.nanmean(width) == pytest.approx(1.0, abs=0.05)


def test_a_trend_is_wider_than_chance_and_a_market_that_turns_back_is_narrower():
    plain = walk(2, 3000)
    drift = 1.01 ** np.arange(3000)
    trend = Bars(plain.ts, *(getattr(plain, name) * drift for name in ("open", "high", "low", "close")), plain.volume)
    assert np.nanmedian(figures_of(trend).width) > 1.5
    middle = np.sin(np.arange(3000.0)) * 0.005 + 1.0
    turning = Bars(plain.ts, middle, middle + 0.004, middle - 0.004, middle, plain.volume)
    assert np.nanmax(figures_of(turning).width) < 0.5


@pytest.mark.parametrize("period", PERIODS)
def test_the_oscillator_is_the_mean_of_both_and_positive_where_the_market_is_oversold(period):
    bars = random_bars(3, 800)
    found = figures_of(bars, period).oscillator
    moves = np.diff(bars.close)
    up, down = moves.clip(min=0.0)[:period].mean(), (-moves).clip(min=0.0)[:period].mean()
    lowest, highest = pd.Series(bars.low).rolling(period).min(), pd.Series(bars.high).rolling(period).max()
    place = 100.0 * (bars.close - lowest) / (highest - lowest)
    for t in range(period, 800):
        if t > period:
            move = moves[t - 1]
            up, down = (up * (period - 1) + max(move, 0.0)) / period, (down * (period - 1) + max(-move, 0.0)) / period
        strength = 100.0 * up / (up + down)
        wanted = 0.5 * ((50.0 - strength) / 50.0 + (50.0 - place[t]) / 50.0)
        assert found[t] == pytest.approx(wanted, abs=1e-9)
    assert np.isnan(found[:period]).all()


def test_a_fall_is_oversold_and_a_rise_is_overbought():
    close = 100.0 + np.concatenate([np.arange(60.0), 60.0 - np.arange(60.0)])
    bars = Bars(np.arange(120) * HOUR, close, close + 0.1, close - 0.1, close, np.ones(120))
    found = figures_of(bars, 10).oscillator
    assert found[59] < -0.9
    assert found[119] > 0.9


@pytest.mark.parametrize("period", PERIODS)
def test_what_is_known_when(period):
    found = figures_of(random_bars(4, 120), period)
    leading = {name: int(np.flatnonzero(np.isfinite(column))[0]) for name, column in found._asdict().items()}
    first = period - 1
    assert leading == {"low": first, "high": first, "width": max(first, 14), "oscillator": period}
    for name, column in found._asdict().items():
        assert column.shape == (120,)
        assert np.isfinite(column[leading[name] :]).all()


def halted(bars, first, stop):
    """All that is traded from `first` until `stop` is the close before."""
    columns = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[first:stop] = bars.close[first - 1]
    return replace(bars, **columns)


def test_a_halt_is_no_range():
    bars = halted(random_bars(5, 200), 100, 130)
    found = figures_of(bars, 10)
    rows = slice(109, 130)  # the last ten bars stand at one price
    assert np.isnan(found.width[rows]).all()
    assert (found.oscillator[rows] == 0.0).all()
    assert (found.low[rows] == 1.0).all()
    assert (found.high[rows] == 1.0).all()
    assert np.isfinite(found.width[[108, 130]]).all()
    assert (found.oscillator[[108, 130]] != 0.0).all()


def test_a_market_that_has_never_moved_is_neither_oversold_nor_a_range():
    still = Bars(np.arange(60) * HOUR, *[np.full(60, 5.0)] * 4, np.ones(60))
    found = figures_of(still, 10)
    assert np.isnan(found.width).all()
    np.testing.assert_array_equal(found.oscillator, [math.nan] * 10 + [0.0] * 50)


def test_without_an_atr_there_is_no_width():
    bars = random_bars(1, 100)
    for unknown in (math.nan, 0.0):
        found = range_figures(bars, np.full(100, unknown), 10)
        assert np.isnan(found.width).all()
        assert np.isfinite(found.low[9:]).all()


def test_in_other_units_of_price_the_figures_are_the_same():
    bars = random_bars(6, 300)
    doubled = replace(bars, **{name: 2.0 * getattr(bars, name) for name in ("open", "high", "low", "close")})
    for one, other in zip(figures_of(bars), figures_of(doubled), strict=True):
        assert same_bits(one, other)


@pytest.mark.parametrize("period", [-1, 0, 9, 51])
def test_a_period_out_of_bounds_is_refused(period):
    with pytest.raises(BadInput, match=f"10 to 50 bars, not of {period}"):
        figures_of(random_bars(1, 100), period)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_few_bars_are_enough_to_ask(count):
    bars = random_bars(1, 20).rows(slice(0, count))
    for column in range_figures(bars, np.full(count, np.nan), 10):
        assert column.shape == (count,)
        assert np.isnan(column).all()


def test_the_plain_twin_agrees_to_the_bit(monkeypatch):
    bars = halted(random_bars(7, 400), 100, 150)
    found = figures_of(bars)
    twin = module._write_figures
    monkeypatch.setattr(module, "_write_figures", getattr(twin, "py_func", twin))
    assert isinstance(found, RangeFigures)
    for one, other in zip(figures_of(bars), found, strict=True):
        assert same_bits(one, other)
