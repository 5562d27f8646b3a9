"""What holds of every draw, however odd the returns and the blocks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from markets import random_panel

from models.bootstrap import bootstrap_trades, recovery, stationary_rows
from models.ensemble.path import closes_before, empty_path, write_path
from models.execution import Bar, is_usable

RETURNS = st.lists(st.floats(-1.5, 2.0), min_size=1, max_size=12).map(np.array)
BLOCKS = st.floats(1.0, 40.0) | st.just(float("inf"))
SEEDS = st.integers(0, 10**6)


@given(st.integers(1, 30), st.integers(1, 80), BLOCKS, SEEDS)
def test_rows_are_rows_and_steps_are_steps(n, length, block, seed):
    rows = stationary_rows(n, length, block, np.random.default_rng(seed))
    assert rows.shape == (length,)
    assert rows.min() >= 0
    assert rows.max() < n
    longer = stationary_rows(n, length + 5, block, np.random.default_rng(seed))
    assert np.array_equal(longer[:length], rows)


@given(RETURNS, st.floats(0.0, 1.2), BLOCKS, st.integers(1, 30), SEEDS)
def test_a_greater_loss_never_recovers_sooner(returns, loss, block, horizon, seed):
    def days(lost):
        """One path at a time: after the first, two losses would be at different places of the same generator."""
        return recovery(returns, lost, block, 1, horizon, np.random.default_rng(seed))

    less, more = days(0.8 * loss), days(loss)
    assert less.share >= more.share
    if more.median_days is not None:
        assert less.median_days is not None
        assert 0.0 <= less.median_days <= more.median_days <= horizon


@given(RETURNS, BLOCKS, st.integers(1, 20), st.floats(0.01, 1.0), SEEDS)
def test_trades_stay_within_what_can_be(gains, block, paths, limit, seed):
    found = bootstrap_trades(gains, block, paths, limit, np.random.default_rng(seed))
    total, depth = found.total_return, found.max_drawdown
    assert -1.0 <= total.low <= total.median <= total.high
    assert 0.0 <= depth.low <= depth.median <= depth.high <= 1.0
    best = np.prod(np.maximum(1.0 + np.full(gains.size, gains.max()), 0.0)) - 1.0
    worst = np.prod(np.maximum(1.0 + np.full(gains.size, gains.min()), 0.0)) - 1.0
    slack = 1e-9 * (1.0 + abs(best))
    assert worst - slack <= total.low
    assert total.high <= best + slack
    assert (found.ruin > 0.0) >= (depth.high >= limit)
    looser = bootstrap_trades(gains, block, paths, min(1.0, 2.0 * limit), np.random.default_rng(seed))
    assert looser.ruin <= found.ruin


@given(SEEDS, st.integers(2, 60), st.integers(1, 80), BLOCKS)
def test_a_path_holds_the_worth_of_a_unit_as_its_rows_do(seed, times, length, block):
    """One unit kept through splits, with what dividends paid, changes in each row by what it did in the source."""
    panel = random_panel(seed, times)
    before = closes_before(panel)
    rows = 1 + stationary_rows(times - 1, length, block, np.random.default_rng(seed))
    path = empty_path(panel, length)
    first = before[-1].copy()
    write_path(panel, before, rows, first.copy(), int(panel.ts[-1]), path)
    assert (np.diff(path.ts) > 0).all()
    assert path.ts[0] > panel.ts[-1]
    for i in range(3):
        last = first[i]
        for k, row in enumerate(rows):
            bar, source = Bar(*path.prices[k, i]), Bar(*panel.prices[row, i])
            split, dividend = path.actions[k, i]
            was = before[row, i]
            assert is_usable(bar) == (is_usable(source) and np.isfinite(was) and np.isfinite(last))
            if np.isfinite(was) and np.isfinite(last):
                assert np.isclose(dividend / last, panel.actions[row, i, 1] / was, rtol=1e-9, atol=0.0)
            if is_usable(bar):
                assert np.isclose(bar.close / last, source.close / was, rtol=1e-9, atol=0.0)
                assert np.isclose(bar.high / bar.low, source.high / source.low, rtol=1e-9, atol=0.0)
                last = bar.close
            else:
                last = last / split
