"""Candles of bars that can be worked out by hand, and back."""

import math

import numpy as np
import pytest

from models.scenarios import Candles, bars_from, candles_of, scaled
from models.types import BadInput, Bars

NAN = math.nan
LOG = math.log
TS = np.array([0, 10], np.int64)
# A rise 100 -> 110 -> 121 with wicks, then a fall of a quarter after a gap to 132.
BARS = Bars(
    ts=TS,
    open=np.array([110.0, 132.0]),
    high=np.array([133.1, 145.2]),
    low=np.array([100.0, 88.0]),
    close=np.array([121.0, 99.0]),
    volume=np.array([50.0, 20.0]),
)


def candles(gap, body, up=0.0, down=0.0, volume=1.0):
    columns = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in (gap, body, up, down, volume)))
    return Candles(*(np.atleast_1d(one) for one in columns))


def rows(one):
    return np.array([one.gap, one.body, one.up, one.down, one.volume])


def prices(bars):
    return np.array([bars.open, bars.high, bars.low, bars.close])


def test_candles_by_hand():
    found = candles_of(BARS, 100.0, 40.0)
    assert found.gap == pytest.approx([LOG(1.1), LOG(12 / 11)], abs=1e-14)
    assert found.body == pytest.approx([LOG(1.1), LOG(0.75)], abs=1e-14)
    assert found.up == pytest.approx([LOG(1.1), LOG(1.1)], abs=1e-14)
    assert found.down == pytest.approx([LOG(1.1), LOG(9 / 8)], abs=1e-14)
    assert found.volume == pytest.approx([1.25, 0.5])


def test_bars_by_hand():
    found = bars_from(candles_of(BARS, 100.0, 40.0), TS + 7, 50.0, 80.0)
    assert prices(found) == pytest.approx(prices(BARS) / 2.0, rel=1e-14)
    assert found.volume == pytest.approx([100.0, 40.0])
    assert list(found.ts) == [7, 17]


def test_a_start_that_is_not_left_is_kept_to_the_bit():
    found = bars_from(candles([0.0, 0.0], 0.0), TS, 43_210.987, 1.0)
    assert (prices(found) == 43_210.987).all()


@pytest.mark.parametrize("usual", [NAN, 0.0, -1.0])
def test_volume_without_a_usual_one_is_unknown(usual):
    assert np.isnan(candles_of(BARS, 100.0, usual).volume).all()
    assert np.isnan(bars_from(candles([0.1, 0.2], 0.0), TS, 1.0, usual).volume).all()


def test_an_unknown_volume_stays_unknown():
    bars = Bars(TS, *prices(BARS)[:3], BARS.close, np.array([NAN, 20.0]))
    found = candles_of(bars, 100.0, 40.0)
    assert np.isnan(found.volume[0])
    assert found.volume[1] == 0.5
    back = bars_from(found, TS, 100.0, 40.0)
    assert np.isnan(back.volume[0])
    assert back.volume[1] == 20.0
    assert np.isnan(scaled(found, 2.0).volume[0])


def test_twice_the_moves():
    found = scaled(candles_of(BARS, 100.0, 40.0), 2.0)
    assert found.gap[0] == 2.0 * candles_of(BARS, 100.0, 40.0).gap[0]
    assert prices(bars_from(found, TS, 1.0, 40.0)) == pytest.approx((prices(BARS) / 100.0) ** 2, rel=1e-13)
    assert found.volume == pytest.approx([1.25, 0.5])


def test_the_opposite_asset_has_its_highs_where_the_lows_were():
    found = bars_from(scaled(candles_of(BARS, 100.0, 40.0), -1.0), TS, 1.0, 40.0)
    assert found.high == pytest.approx(100.0 / BARS.low, rel=1e-14)
    assert found.low == pytest.approx(100.0 / BARS.high, rel=1e-14)
    assert found.close == pytest.approx(100.0 / BARS.close, rel=1e-14)


@pytest.mark.parametrize("far", [1e3, 1e8, 1e308])
def test_prices_stay_prices_however_far_the_candles_go(far):
    for sign in (1.0, -1.0):
        found = bars_from(candles([sign * far, 0.3, sign * far], sign * far, far, far), np.arange(3), 1e-5, 1.0)
        low, opens, close, high = found.low, found.open, found.close, found.high
        assert np.isfinite(prices(found)).all()
        assert (low > 0.0).all()
        assert ((low <= opens) & (low <= close) & (high >= opens) & (high >= close)).all()


def test_no_bars_are_no_candles():
    nothing = np.empty(0)
    found = candles_of(Bars(np.empty(0, np.int64), *[nothing] * 5), 1.0, 1.0)
    assert len(found) == 0
    assert len(bars_from(found, np.empty(0, np.int64), 1.0, 1.0)) == 0


def test_a_high_within_the_body_counts_as_its_edge():
    bars = Bars(TS[:1], np.array([1.0]), np.array([1.5]), np.array([1.5]), np.array([2.0]), np.array([1.0]))
    found = candles_of(bars, 1.0, 1.0)
    assert found.up[0] == 0.0
    assert found.down[0] == 0.0


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (([NAN], [0.0], [0.0], [0.0], [1.0]), "gap of row 0 is nan"),
        (([0.0], [math.inf], [0.0], [0.0], [1.0]), "body of row 0 is inf"),
        (([0.0, 0.0], [0.0, 0.0], [0.0, -0.1], [0.0, 0.0], [1.0, 1.0]), "up of row 1 is -0.1"),
        (([0.0], [0.0], [0.0], [NAN], [1.0]), "down of row 0 is nan"),
        (([0.0], [0.0], [0.0], [0.0], [-1.0]), "volume of row 0 is -1.0"),
        (([0.0], [0.0], [0.0], [0.0], [math.inf]), "volume of row 0 is inf"),
        (([0.0], [0.0, 0.0], [0.0], [0.0], [1.0]), "[1, 2] rows"),
    ],
)
def test_columns_that_are_no_candles(columns, said):
    with pytest.raises(BadInput) as error:
        Candles(*(np.array(one) for one in columns))
    assert said in str(error.value)


@pytest.mark.parametrize("price", [0.0, -1.0, NAN, math.inf])
def test_what_is_no_price_is_refused(price):
    with pytest.raises(BadInput, match="the close before the first bar"):
        candles_of(BARS, price, 1.0)
    with pytest.raises(BadInput, match="the close to start from"):
        bars_from(candles([0.0, 0.0], 0.0), TS, price, 1.0)
    with pytest.raises(BadInput, match="low of row 1"):
        candles_of(Bars(TS, BARS.open, BARS.high, np.array([1.0, price]), BARS.close, BARS.volume), 1.0, 1.0)


def test_as_many_times_as_candles():
    with pytest.raises(BadInput, match="2 candles have 1 times"):
        bars_from(candles([0.0, 0.0], 0.0), TS[:1], 1.0, 1.0)


@pytest.mark.parametrize("beta", [NAN, math.inf])
def test_a_beta_is_a_number(beta):
    with pytest.raises(BadInput, match="beta is"):
        scaled(candles(0.0, 0.0), beta)
