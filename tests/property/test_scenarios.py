"""What holds for any candles and any shock."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.scenarios import (
    Candles,
    Scenario,
    Shock,
    bars_from,
    candles_of,
    combined,
    scaled,
    shocked,
    smallest,
    spread_over,
)

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
logs = st.floats(-0.5, 0.5)
volumes = st.one_of(st.floats(1e-6, 100.0), st.sampled_from([0.0, math.nan]))
starts = st.floats(1e-6, 1e6)


@st.composite
def some_candles(draw, body=logs, wick=None, count=None):
    rows = draw(st.integers(1, 20)) if count is None else count
    wick = st.floats(0.0, 0.5) if wick is None else wick
    columns = [draw(arrays(np.float64, rows, elements=one)) for one in (body, body, wick, wick, volumes)]
    return Candles(*columns)


@st.composite
def some_shocks(draw):
    manner = draw(st.sampled_from([{}, {"gap": True}, {"recovers": 0.5}, {"recovers": 1.0}]))
    return Shock(
        moves=(("all", -0.1),),
        volatility=draw(st.floats(0.0, 5.0)),
        correlation=draw(st.one_of(st.none(), st.floats(0.0, 1.0))),
        liquidity=draw(st.floats(0.01, 2.0)),
        **manner,
    )


def prices(bars):
    return np.array([bars.open, bars.high, bars.low, bars.close])


def rows(candles):
    return np.array([candles.gap, candles.body, candles.up, candles.down])


@given(some_candles(finite, st.floats(0.0, 1e308)), st.floats(1e-300, 1e300))
def test_bars_are_bars_whatever_the_candles(candles, start):
    bars = bars_from(candles, np.arange(len(candles)), start, 3.0)
    opens, high, low, close = prices(bars)
    assert np.isfinite(prices(bars)).all()
    assert (low > 0.0).all()
    assert (low <= np.minimum(opens, close)).all()
    assert (high >= np.maximum(opens, close)).all()
    assert (np.isnan(bars.volume) == np.isnan(candles.volume)).all()


@given(some_candles(), starts, st.floats(0.01, 1e6))
def test_there_and_back(candles, start, usual):
    bars = bars_from(candles, np.arange(len(candles)), start, usual)
    back = candles_of(bars, start, usual)
    np.testing.assert_allclose(rows(back), rows(candles), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(back.volume, candles.volume, rtol=1e-12)
    again = bars_from(back, bars.ts, start, usual)
    np.testing.assert_allclose(prices(again), prices(bars), rtol=1e-12)


@given(some_candles(), starts, st.floats(-3.0, 3.0))
def test_scaled_prices_are_powers(candles, start, beta):
    ts = np.arange(len(candles))
    plain = prices(bars_from(candles, ts, 1.0, 1.0)) ** beta
    expected = plain if beta >= 0.0 else plain[[0, 2, 1, 3]]
    found = prices(bars_from(scaled(candles, beta), ts, start, 1.0))
    np.testing.assert_allclose(found, start * expected, rtol=1e-11)


@given(some_candles(), st.integers(1, 25))
def test_spread_candles_aggregate_back(candles, parts):
    count = len(candles)
    fine = spread_over(candles, parts)
    found = bars_from(fine, np.arange(len(fine)), 1.0, 1.0)
    coarse = bars_from(candles, np.arange(count), 1.0, 1.0)
    opens, high, low, close, volume = (
        one.reshape(count, parts) for one in (found.open, found.high, found.low, found.close, found.volume)
    )
    made = np.array([opens[:, 0], high.max(axis=1), low.min(axis=1), close[:, -1]])
    np.testing.assert_allclose(made, prices(coarse), rtol=1e-12)
    np.testing.assert_allclose(volume.sum(axis=1), coarse.volume, rtol=1e-12)
    assert (rows(fine)[2:] >= 0.0).all()


@given(st.data(), some_shocks(), st.integers(1, 4), st.integers(1, 12))
def test_the_move_is_exact_and_the_rest_as_before(data, shock, assets, shocked_rows):
    base = [data.draw(some_candles(count=12)) for _ in range(assets)]
    moves = np.array([data.draw(st.floats(-0.95, 2.0)) for _ in range(assets)])
    found = shocked(base, moves, shock, shocked_rows)
    assert len(found) == assets
    for before, after, move in zip(base, found, moves, strict=True):
        changes = np.expm1(np.cumsum(after.gap + after.body))
        assert abs(changes[shocked_rows - 1] - move * (1.0 - shock.recovers)) < 1e-12 * 10.0
        if shock.recovers and shocked_rows > 1:
            assert abs(changes[shocked_rows // 2 - 1] - move) < 1e-12 * 10.0
        if shock.gap:
            assert after.gap[0] == math.log1p(move)
        rest = rows(before)[:, shocked_rows:]
        if rest.size:
            rest[:2] -= rest[:2].mean(axis=1, keepdims=True)
        np.testing.assert_array_equal(rows(after)[:, shocked_rows:], rest)
        times = np.where(np.arange(12) < shocked_rows, shock.liquidity, 1.0)
        np.testing.assert_allclose(after.volume, before.volume * times, rtol=1e-12)


@given(st.data(), st.integers(2, 5), st.floats(0.0, 1.0))
def test_the_spread_of_the_bars_is_kept_whatever_the_correlation(data, assets, correlation):
    base = [data.draw(some_candles(count=15)) for _ in range(assets)]
    shock = Shock(correlation=correlation)
    for before, after in zip(base, shocked(base, np.zeros(assets), shock, 15), strict=True):
        np.testing.assert_allclose(
            (after.gap + after.body).std(), (before.gap + before.body).std(), rtol=1e-6, atol=1e-12
        )


@given(st.floats(1e-6, 1.0), st.floats(0.5, 10.0))
def test_the_edge_is_found(share, most):
    edge = share * most
    found = smallest(lambda x: x >= edge, most)
    assert found is not None
    assert edge <= found <= edge + most / 16 / 2**39


@given(st.permutations(["moves", "spread", "volatility", "halted"]))
def test_the_order_of_parts_that_agree_changes_nothing_but_the_order(order):
    made = {"moves": (("all", -0.2),), "spread": 3.0, "volatility": 2.0, "halted": (("v", 0.5),)}
    found = combined("all", "", [Scenario(one, "", None, Shock(**{one: made[one]})) for one in order])
    assert found.shock == Shock(**made)
    assert found.parts == tuple(order)
