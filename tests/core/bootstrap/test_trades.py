"""Trades drawn anew: cases small enough to count every outcome."""

import math

import numpy as np
import pytest

from models.bootstrap import bootstrap_trades
from models.types import BadInput

PATHS = 40_000


def drawn(gains, block=1.0, paths=PATHS, limit=0.5, seed=1):
    return bootstrap_trades(np.array(gains), block, paths, limit, np.random.default_rng(seed))


def near(share):
    return pytest.approx(share, abs=4.0 * math.sqrt(share * (1.0 - share) / PATHS))


def test_one_trade_has_one_outcome():
    found = drawn([-0.25], paths=3)
    for one, value in ((found.total_return, -0.25), (found.max_drawdown, 0.25)):
        assert one.low == one.median == one.high == one.figure == value
    assert found.ruin == 0.0
    assert (found.paths, found.block, found.limit) == (3, 1.0, 0.5)


def test_as_it_was_is_the_order_given():
    found = drawn([0.5, -0.5, 0.5, -0.5], paths=1)
    assert found.total_return.figure == 1.5 * 0.5 * 1.5 * 0.5 - 1.0
    assert found.max_drawdown.figure == 1.0 - 0.5 * 1.5 * 0.5


def test_two_trades_drawn_one_by_one():
    # Both won: 1.25. One of each: -0.25 and a fall of a half. Both lost: -0.75 and as deep a fall.
    found = drawn([0.5, -0.5])
    assert (found.total_return.low, found.total_return.median, found.total_return.high) == (-0.75, -0.25, 1.25)
    assert (found.max_drawdown.low, found.max_drawdown.median, found.max_drawdown.high) == (0.0, 0.5, 0.75)
    assert found.ruin == near(0.75)
    assert drawn([0.5, -0.5], limit=0.501).ruin == near(0.25)


def test_blocks_keep_neighbours_together():
    # The second trade is the other one unless a new block, half of the times, begins at the first one again.
    found = drawn([0.5, -0.5], block=2.0, limit=0.75)
    assert found.ruin == near(0.125)
    assert drawn([0.5, -0.5], block=math.inf, limit=0.75).ruin == 0.0
    assert drawn([0.5, -0.5], block=math.inf, limit=0.5).ruin == 1.0


def test_a_fall_counts_from_the_start_too():
    assert drawn([-0.5], limit=0.5).ruin == 1.0


@pytest.mark.parametrize("lost", [-1.0, -1.5])
def test_nothing_comes_back_from_nothing(lost):
    found = drawn([lost, 9.0, 9.0], block=math.inf)
    assert (found.total_return.low, found.total_return.high, found.total_return.figure) == (-1.0, -1.0, -1.0)
    assert (found.max_drawdown.low, found.ruin) == (1.0, 1.0)


def test_the_percentiles_are_of_all_paths():
    gains = np.random.default_rng(2).normal(0.002, 0.02, 60)
    found = drawn(gains, block=4.0, paths=500)
    generator, totals = np.random.default_rng(1), []
    for _ in range(500):
        row = int(generator.random() * 60)
        rows = [row]
        for _ in range(59):
            one = generator.random()
            row = int(one * 4.0 * 60) if one < 0.25 else (row + 1) % 60
            rows.append(row)
        totals.append(np.prod(1.0 + gains[rows]) - 1.0)
    own = found.total_return
    assert np.allclose([own.low, own.median, own.high], np.percentile(totals, [5, 50, 95]), rtol=1e-12, atol=1e-13)


def test_the_same_seed_gives_the_same():
    gains = np.random.default_rng(1).normal(0.001, 0.01, 30)
    assert drawn(gains, paths=50) == drawn(gains, paths=50)
    assert drawn(gains, paths=50) != drawn(gains, paths=50, seed=2)


@pytest.mark.parametrize(
    ("gains", "change", "words"),
    [
        ([], {}, r"gains of shape \(0,\)"),
        ([0.1, math.inf], {}, "number 1 is inf"),
        ([0.1], {"block": 0.5}, "block of 0.5"),
        ([0.1], {"paths": 0}, "0 paths"),
        ([0.1], {"limit": 0.0}, "limit of 0.0"),
        ([0.1], {"limit": 1.5}, "limit of 1.5"),
        ([0.1], {"limit": math.nan}, "limit of nan"),
    ],
)
def test_what_cannot_be_used_is_refused(gains, change, words):
    with pytest.raises(BadInput, match=words):
        drawn(gains, **change)
