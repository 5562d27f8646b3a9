"""Adaptive price levels: swings by hand, what is confirmed when, what breaks a level, and pivots as known."""

from dataclasses import replace

import numpy as np
import pytest
from markets import random_bars, same_bits
from price_levels import plain_level

from models.features import KINDS, compute_features
from models.features import levels as module
from models.indicators import average_true_range, write_extreme
from models.sessions import session_spans
from models.types import CALENDARS, Bars, parse_time
from models.types.timeframes import DAY, HOUR

NAN = float("nan")
ALWAYS = CALENDARS["24/7"]


def level(kind, edge, close, atr, window):
    edge = np.array(edge, np.float64)
    extreme, out = np.empty(edge.size), np.empty(edge.size)
    write_extreme(edge, 2 * window + 1, kind == "resistance", extreme)
    return KINDS[kind]((edge, np.array(close, np.float64), np.array(atr, np.float64), extreme), window, out)


# Lows, closes, ATRs and the support with one bar on either side of a swing: what is expected, and why.
SUPPORTS = {
    "the lowest of the first three bars stands in; a swing low is known one bar later": (
        [9, 8, 9, 6, 9, 9],
        [9, 9, 9, 9, 9, 9],
        [1, 1, 1, 1, 1, 1],
        [NAN, NAN, 8, 8, 6, 6],
    ),
    "a higher swing low becomes the support": ([5, 8, 8, 7, 8, 9], [9] * 6, [1] * 6, [NAN, NAN, 5, 5, 7, 7]),
    "one within half an ATR is a test of the support": (
        [7, 8, 8, 7.5, 8, 9, 7.51, 9],
        [9] * 8,
        [1] * 8,
        [NAN, NAN, 7, 7, 7, 7, 7, 7.51],
    ),
    "the wider the market swings, the further it must be": (
        [7, 8, 8, 4, 8, 9, 4, 9],
        [9] * 8,
        [9, 9, 9, 9, 9, 9, 5, 5],
        [NAN, NAN, 7, 7, 7, 7, 7, 4],
    ),
    "a close half an ATR below the support is none beyond it": (
        [7, 8, 8, 5, 5, 5],
        [9, 9, 9, 6.5, 6.49, 6],
        [1] * 6,
        [NAN, NAN, 7, 7, 5, 5],
    ),
    "a low far below the support breaks nothing": ([7, 8, 8, 2, 1, 0], [9] * 6, [9] * 6, [NAN, NAN, 7, 7, 7, 7]),
    "below a broken support the lowest low stands in, bar after bar": (
        [9, 9, 9, 7, 5, 3, 4, 5],
        [9, 9, 9, 7, 5, 3, 5, 6],
        [1] * 8,
        [NAN, NAN, 9, 7, 5, 3, 3, 3],
    ),
    "nothing is known before the ATR is": ([5, 8, 8, 7, 8, 9], [9] * 6, [NAN, NAN, NAN, NAN, 1, 1], [NAN] * 4 + [7, 7]),
    "of equal lows each is the lowest": ([9, 7, 7, 9, 9], [9] * 5, [1] * 5, [NAN, NAN, 7, 7, 7]),
    "too few bars": ([9, 7], [9, 9], [1, 1], [NAN, NAN]),
}


@pytest.mark.parametrize("case", SUPPORTS)
def test_support_by_hand(case):
    lows, close, atr, wanted = SUPPORTS[case]
    np.testing.assert_array_equal(level("support", lows, close, atr, 1), wanted)


@pytest.mark.parametrize("case", SUPPORTS)
def test_resistance_is_its_mirror_image(case):
    lows, close, atr, wanted = SUPPORTS[case]
    found = level("resistance", [20 - one for one in lows], [20 - one for one in close], atr, 1)
    np.testing.assert_allclose(found, 20.0 - np.array(wanted), rtol=1e-14)


@pytest.mark.parametrize(("kind", "side"), [("support", -1), ("resistance", 1)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_levels_are_those_of_looking_at_every_swing(kind, side, seed):
    bars = random_bars(seed, 1500)
    atr = average_true_range(bars.high, bars.low, bars.close, 14)
    edge = bars.low if side < 0 else bars.high
    found = level(kind, edge, bars.close, atr, 5)
    assert same_bits(found, plain_level(bars, atr, side))
    # Every level is a price that was traded, and none was held that a close had gone beyond.
    known = found[14:]
    assert np.isin(known, edge).all()
    assert (side * (bars.close[14:] - known) <= 0.5 * atr[14:]).all()
    assert 40 < np.count_nonzero(np.diff(known)) < 500


def test_a_swing_low_is_known_five_bars_after_it():
    low = np.full(60, 100.0)
    low[40] = 95.0
    close = np.full(60, 101.0)
    bars = Bars(np.arange(60) * HOUR, close, close + 1.0, low, close, np.ones(60))
    features = compute_features(bars, ALWAYS, "1h", 3, 5, np.full(60, np.nan))
    distance = features.matrix[:, features.names.index("from_support")] * features.atr
    np.testing.assert_allclose(distance[30:45], close[30:45] - 100.0, atol=1e-9)
    np.testing.assert_allclose(distance[45:51], close[45:51] - 95.0, atol=1e-9)
    np.testing.assert_allclose(distance[51:], close[51:] - 100.0, atol=1e-9)  # eleven equal lows since


def test_the_levels_agree_with_their_plain_twins(monkeypatch):
    bars = random_bars(5, 700)
    found = levels_of(bars)
    twins = [name for name in vars(module) if name.startswith("_write_")]
    assert len(twins) == 4
    for name in twins:
        compiled = getattr(module, name)
        monkeypatch.setattr(module, name, getattr(compiled, "py_func", compiled))
    for name, column in levels_of(bars).items():
        assert same_bits(column, found[name]), name


def levels_of(bars):
    features = compute_features(bars, ALWAYS, "4h", 3, 5, np.full(len(bars), np.nan))
    names = [name for name in features.names if name.startswith("from_")]
    return {name: features.matrix[:, features.names.index(name)].copy() for name in names}


# Of a bar with high 9, low 3 and close 6.
PIVOTS = {"pivot": 6.0, "pivot_support": 3.0, "pivot_resistance": 9.0}


@pytest.mark.parametrize("name", PIVOTS)
@pytest.mark.parametrize("window", [0, 1, 2])
def test_pivots_by_hand(name, window):
    high, low, close = (np.array(one) for one in ([9.0, 8.0, 1.0], [3.0, 2.0, 1.0], [6.0, 8.0, 1.0]))
    pivots = KINDS["pivot"]((high, low, close), window, np.empty(3))
    found = pivots
    if name != "pivot":
        found = KINDS["reflected"]((pivots, high if name == "pivot_support" else low), window, np.empty(3))
    assert np.isnan(found[:window]).all()
    assert found[window] == PIVOTS[name]
    if window < 2:
        assert found[window + 1] == {"pivot": 6.0, "pivot_support": 4.0, "pivot_resistance": 10.0}[name]


def traded_levels(bars, calendar, timeframe):
    """The prices that the close is measured from."""
    features = compute_features(bars, calendar, timeframe, 3, 5, np.full(len(bars), np.nan))
    column = dict(zip(features.names, features.matrix.T, strict=True))
    return {name: bars.close - column[f"from_{name}"] * features.atr for name in PIVOTS}


def test_the_pivot_is_of_the_newest_day_that_was_over_at_the_close():
    bars = random_bars(3, 24 * 5, "1h")
    found = traded_levels(bars, ALWAYS, "1h")
    for t in range(23, len(bars)):
        day = (t + 1) // 24 - 1  # the last bar of a day closes when the day is over
        rows = slice(24 * day, 24 * day + 24)
        high, low, close = bars.high[rows].max(), bars.low[rows].min(), bars.close[rows][-1]
        middle = (high + low + close) / 3.0
        wanted = {"pivot": middle, "pivot_support": 2.0 * middle - high, "pivot_resistance": 2.0 * middle - low}
        for name, price in wanted.items():
            np.testing.assert_allclose(found[name][t], price, rtol=1e-12)
    assert np.isnan(found["pivot"][:23]).all()


def test_a_daily_series_has_the_pivot_of_the_bar_before():
    bars = random_bars(3, 40, "1d")
    found = traded_levels(bars, ALWAYS, "1d")
    before = (bars.high[:-1] + bars.low[:-1] + bars.close[:-1]) / 3.0
    np.testing.assert_allclose(found["pivot"][15:], before[14:], rtol=1e-12)
    np.testing.assert_allclose(found["pivot_support"][15:], 2.0 * before[14:] - bars.high[14:-1], rtol=1e-12)
    np.testing.assert_allclose(found["pivot_resistance"][15:], 2.0 * before[14:] - bars.low[14:-1], rtol=1e-12)


def test_an_exchanges_pivot_is_of_its_last_session():
    calendar = CALENDARS["XNYS"]
    opens, closes = session_spans(calendar, parse_time("2024-06-24"), parse_time("2024-07-10"))
    ts = np.concatenate([np.arange(a, b, DAY // 48) for a, b in zip(opens, closes, strict=True)])
    bars = replace(random_bars(2, ts.size, "30m"), ts=ts)
    found = traded_levels(bars, calendar, "30m")["pivot"]
    third = np.flatnonzero(ts == opens[8])[0]  # 5 July, after a half day and a holiday
    rows = (ts >= opens[7]) & (ts < closes[7])
    assert rows.sum() == 7
    wanted = (bars.high[rows].max() + bars.low[rows].min() + bars.close[rows][-1]) / 3.0
    np.testing.assert_allclose(found[third - 1 : third + 12], wanted, rtol=1e-12)
    assert abs(found[third - 2] - wanted) > 1e-9
    assert abs(found[third + 12] - wanted) > 1e-9


def test_where_the_atr_is_nothing_no_distance_is_known():
    still = Bars(np.arange(40) * HOUR, *[np.full(40, 5.0)] * 4, np.ones(40))
    assert all(np.isnan(column).all() for column in levels_of(still).values())
