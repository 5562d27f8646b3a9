"""What one account earns beyond another in a year: the mean, its interval, and when there is none."""

import math

import numpy as np
import pytest

from models.portfolio import yearly_excess
from models.types import BadInput
from models.types.timeframes import DAY, HOUR

DAYS = 400
TS = np.arange(DAYS * 24, dtype=np.int64) * HOUR


def drawn(seed, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 0.004, TS.size)


def excess(returns, others, ts=TS, seed=1, replicates=300):
    return yearly_excess(returns, others, ts, 365, np.random.default_rng(seed), replicates)


def test_the_figure_is_the_difference_of_what_both_grow_to():
    one, other = drawn(1, 1e-4), drawn(2)
    found = excess(one, other)
    grown = np.log1p(one).sum() - np.log1p(other).sum()
    assert found.figure == pytest.approx(grown / DAYS * 365)
    assert found.low < found.figure < found.high
    back = excess(other, one)
    assert (back.figure, back.low, back.high) == pytest.approx((-found.figure, -found.high, -found.low))
    assert excess(one, other) == found != excess(one, other, seed=2)


def test_what_both_have_in_common_does_not_widen_the_interval():
    common, own = drawn(3), 0.1 * drawn(4)
    together, apart = excess(common + own, common), excess(drawn(5), common)
    assert together.high - together.low < 0.2 * (apart.high - apart.low)


def test_nine_in_ten_intervals_hold_the_truth():
    """Independent days: 90 % within what a hundred draws may miss it by."""
    ts = np.arange(200, dtype=np.int64) * DAY
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        one = np.expm1(rng.normal(0.001, 0.01, 200))
        found = yearly_excess(one, np.zeros(200), ts, 365, rng, 200)
        held += found.low <= 0.365 <= found.high
    assert 80 <= held <= 97


def test_there_is_none_where_nothing_can_be_told():
    one = drawn(1)
    assert excess(one, one) is None
    assert excess(one[: 24 * 29], drawn(2)[: 24 * 29], TS[: 24 * 29]) is None
    ruined = one.copy()
    ruined[100] = -1.0
    assert excess(one, ruined) is None
    with pytest.raises(BadInput, match="0 replicates"):
        excess(one, drawn(2), replicates=0)
    with pytest.raises(BadInput, match="finite"):
        excess(one, np.full(TS.size, math.nan))
