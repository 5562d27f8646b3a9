"""Bootstrap intervals: reproducible, by day, as wide as they have to be, and quick."""

import math
import time

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap

from models.portfolio.intervals import daily_returns, intervals
from models.types import BadInput
from models.types.timeframes import DAY, HOUR


def normal(n, seed=0, mean=5e-4, deviation=0.01):
    return np.random.default_rng(seed).normal(mean, deviation, n)


def days(n):
    return np.arange(n) * DAY


def drawn(returns, seed=1, replicates=200, ts=None):
    ts = days(returns.size) if ts is None else ts
    return intervals(returns, ts, 365, np.random.default_rng(seed), replicates)


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not():
    returns = normal(400)
    assert drawn(returns) == drawn(returns)
    assert drawn(returns, seed=2) != drawn(returns)
    generator = np.random.default_rng(1)
    first, second = (intervals(returns, days(400), 365, generator, 200) for _ in range(2))
    assert first == drawn(returns)
    assert second != first


def test_intervals_are_the_percentiles_of_the_replicates():
    returns = normal(400)
    found = drawn(returns)
    bootstrap = StationaryBootstrap(found.block, returns, seed=np.random.default_rng(1))
    rows = []
    for (sample,), _ in bootstrap.bootstrap(200):
        curve = [1.0]
        for one in sample:
            curve.append(curve[-1] * (1.0 + one))
        depth = max(1.0 - low / max(curve[: t + 1]) for t, low in enumerate(curve))
        rows.append([sample.mean() / sample.std(ddof=1) * math.sqrt(365), curve[-1] - 1.0, depth])
    for n, name in enumerate(("sharpe", "total_return", "max_drawdown")):
        column = np.sort([row[n] for row in rows])
        # 200 values: the 5th percentile lies 0.95 of the way from the 10th to the 11th, the 95th mirrored.
        low = column[9] + 0.95 * (column[10] - column[9])
        high = column[189] + 0.05 * (column[190] - column[189])
        one = getattr(found, name)
        assert (one.low, one.high) == pytest.approx((low, high), rel=1e-9)
        assert one.low < one.figure < one.high
    assert found.total_return.figure == pytest.approx(np.prod(1.0 + returns) - 1.0, rel=1e-9)
    for name in ("low", "figure", "high"):
        years = 400 / 365
        whole = getattr(found.total_return, name)
        assert getattr(found.cagr, name) == pytest.approx((1 + whole) ** (1 / years) - 1, rel=1e-9)
    assert (found.days, found.replicates) == (400, 200)


def test_shorter_bars_are_compounded_to_utc_days():
    hourly = normal(24 * 60, deviation=0.002)
    ts = 5 * DAY + np.arange(hourly.size) * HOUR
    daily = (1.0 + hourly).reshape(60, 24).prod(axis=1) - 1.0
    np.testing.assert_allclose(daily_returns(hourly, ts), daily, rtol=0, atol=1e-15)
    found, wanted = drawn(hourly, ts=ts), drawn(daily)
    assert found.days == 60
    for name in ("sharpe", "cagr", "max_drawdown"):
        one, other = getattr(found, name), getattr(wanted, name)
        assert (one.low, one.figure, one.high) == pytest.approx((other.low, other.figure, other.high), rel=1e-9)


def test_a_day_begins_at_midnight_utc_and_days_without_bars_are_left_out():
    ts = np.array([-HOUR, 0, HOUR, 23 * HOUR, 24 * HOUR, 9 * DAY])
    returns = np.array([0.1, 0.2, -0.5, 0.0, 0.3, -1.5])
    np.testing.assert_allclose(daily_returns(returns, ts), [0.1, -0.4, 0.3, -1.0], rtol=1e-12)
    assert daily_returns(np.empty(0), np.empty(0, np.int64)).size == 0


def test_nine_in_ten_intervals_hold_the_truth():
    true, hits = 5e-4 / 0.01 * math.sqrt(365), 0
    for seed in range(200):
        one = drawn(normal(500, seed), seed).sharpe
        hits += one.low <= true <= one.high
    assert 0.83 <= hits / 200 <= 0.96


def test_returns_that_follow_each_other_get_longer_blocks_and_wider_intervals():
    noise = normal(1500, mean=0.0)
    trending = noise.copy()
    for t in range(1, trending.size):
        trending[t] = 0.6 * trending[t - 1] + 0.8 * noise[t]
    alone, together = drawn(noise), drawn(trending)
    assert together.block > 3 * alone.block
    assert together.sharpe.high - together.sharpe.low > 1.4 * (alone.sharpe.high - alone.sharpe.low)


def test_too_few_days_or_no_movement_have_no_interval():
    assert drawn(normal(29)) is None
    assert drawn(normal(30)) is not None
    assert drawn(np.zeros(100)) is None
    assert drawn(np.full(100, 0.001)) is None
    assert drawn(normal(200), ts=np.arange(200) * HOUR) is None


def test_ruin_and_returns_of_a_single_day_are_drawn_from_too():
    ruined = normal(100)
    ruined[50] = -1.0
    found = drawn(ruined)
    assert found.total_return.figure == found.total_return.low == found.cagr.low == -1.0
    assert found.max_drawdown.high == 1.0
    lonely = np.where(np.arange(60) == 7, 0.1, 0.0)
    assert drawn(lonely).sharpe.low == 0.0


REFUSED = [
    (normal(40), days(39), 200, "40 returns and 39 times"),
    (normal(40), days(40)[::-1], 200, "do not rise"),
    (normal(40), np.zeros(40, np.int64), 200, "do not rise"),
    (np.array([0.0, math.nan]), days(2), 200, "return 1 is nan"),
    (normal(40), days(40), 0, "0 replicates"),
]


@pytest.mark.parametrize(("returns", "ts", "replicates", "said"), REFUSED)
def test_what_cannot_be_drawn_from_is_refused(returns, ts, replicates, said):
    with pytest.raises(BadInput, match=said):
        drawn(returns, replicates=replicates, ts=ts)


@pytest.mark.parametrize(
    ("bars", "step"), [(3652, DAY), (1_000_000, DAY // 1440)], ids=["ten years", "million minutes"]
)
def test_a_thousand_replicates_take_no_minute(bars, step):
    begun = time.perf_counter()
    drawn(normal(bars, deviation=0.001), replicates=1000, ts=np.arange(bars) * step)
    assert time.perf_counter() - begun < 60.0
