"""Triple barrier: tables by hand, and no label that depends on a bar after its end."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import random_bars, same_bits

from models.predictors import forward_returns, label_bars, triple_barrier
from models.predictors.labels import _write_first_touches
from models.types import Bars
from models.types.timeframes import HOUR

# exp(0.5 * v * sqrt(4)) = 1.1 with this volatility: barriers at 110 and 90.909 around an entry of 100.
TENTH = math.log(1.1)
QUIET = (100.0, 104.0, 96.0, 101.0)


def bars_of(*rows, hours=None):
    """Rows of open, high, low, close; an hour apart."""
    opens, high, low, close = np.array(rows).T.copy()
    ts = np.arange(len(rows)) if hours is None else np.array(hours)
    return Bars(ts.astype(np.int64) * HOUR, opens, high, low, close, np.ones(len(rows)))


def first_label(*rows, hours=None, longest=None):
    """Of the bar before the rows, over a horizon of four."""
    bars = bars_of((1.0, 1.0, 1.0, 1.0), *rows, hours=hours)
    rose, end = triple_barrier(bars, 4, np.full(len(bars), TENTH), 0.5, longest)
    return rose[0], end[0]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # The upper barrier is touched in the second bar; that it falls below the lower one later is too late.
        ([QUIET, (101.0, 110.5, 99.0, 100.0), (100.0, 100.0, 50.0, 50.0), QUIET], (1.0, 2)),
        ([QUIET, QUIET, (100.0, 101.0, 90.0, 100.0), (100.0, 120.0, 99.0, 110.0)], (0.0, 3)),
        # The entry bar itself counts: the order is filled at its open.
        ([(100.0, 111.0, 96.0, 97.0), QUIET, QUIET, QUIET], (1.0, 1)),
        # Both in one bar: its close decides, above or below the entry.
        ([QUIET, (100.0, 112.0, 88.0, 100.5), QUIET, QUIET], (1.0, 2)),
        ([QUIET, (100.0, 112.0, 88.0, 99.5), QUIET, QUIET], (0.0, 2)),
        # Unless it opened behind one of them.
        ([QUIET, (112.0, 113.0, 88.0, 89.0), QUIET, QUIET], (1.0, 2)),
        ([QUIET, (88.0, 112.0, 87.0, 111.0), QUIET, QUIET], (0.0, 2)),
        # Neither: the close at the horizon, equal did not rise.
        ([QUIET, QUIET, QUIET, (100.0, 101.0, 99.0, 100.1)], (1.0, 4)),
        ([QUIET, QUIET, QUIET, (100.0, 101.0, 99.0, 100.0)], (0.0, 4)),
        ([QUIET, QUIET, QUIET, (100.0, 101.0, 99.0, 99.9), (100.0, 200.0, 99.0, 200.0)], (0.0, 4)),
        # The data end first, with nothing touched; or after a touch.
        ([QUIET, QUIET, QUIET], (math.nan, 4)),
        ([QUIET, (101.0, 110.5, 99.0, 100.0)], (1.0, 2)),
    ],
)
def test_by_hand(rows, expected):
    np.testing.assert_array_equal(first_label(*rows), expected)


def test_the_barriers_are_symmetric_in_logarithms():
    above, below = 110.0 * (1.0 + 1e-9), 100.0 / 1.1 * (1.0 - 1e-9)
    assert first_label(QUIET, (100.0, above, 99.0, 99.0), QUIET, QUIET) == (1.0, 2)
    assert first_label(QUIET, (100.0, above - 1e-6, 99.0, 99.0), QUIET, (100.0, 100.0, 99.0, 99.0)) == (0.0, 4)
    assert first_label(QUIET, (100.0, 101.0, below, 101.0), QUIET, QUIET) == (0.0, 2)
    assert first_label(QUIET, (100.0, 101.0, below + 1e-6, 101.0), QUIET, QUIET) == (1.0, 4)


def test_what_lies_behind_a_hole_is_not_known():
    touch = (101.0, 110.5, 99.0, 100.0)
    rows, hours = (QUIET, QUIET, touch, QUIET), [0, 1, 2, 6, 7]
    np.testing.assert_array_equal(first_label(*rows, hours=hours, longest=4 * HOUR), (math.nan, 5))
    assert first_label(*rows, hours=hours, longest=5 * HOUR) == (1.0, 3)
    # A hole before the entry is none: the next open is where the order is filled.
    assert first_label(*rows, hours=[0, 9, 10, 11, 12], longest=4 * HOUR) == (1.0, 3)
    # Nor one behind the touch.
    assert first_label(QUIET, touch, QUIET, QUIET, hours=[0, 1, 2, 90, 91], longest=4 * HOUR) == (1.0, 2)


def test_no_volatility_no_label():
    bars = random_bars(3, 60)
    volatility = np.full(60, 0.01)
    volatility[:20] = np.nan
    rose, end = triple_barrier(bars, 5, volatility, 0.5, None)
    assert np.isnan(rose[:20]).all()
    assert set(end[:20]) == {60}
    assert np.isfinite(rose[20:54]).all()


def test_flat_barriers_are_the_sign_of_the_entry_bar():
    bars = random_bars(4, 300)
    rose, end = triple_barrier(bars, 5, np.zeros(300), 0.5, None)
    np.testing.assert_array_equal(rose[:-1], bars.close[1:] > bars.open[1:])
    np.testing.assert_array_equal(end[:-1], np.arange(1, 300))


def test_wider_barriers_are_touched_later():
    bars = random_bars(5, 800)
    ends = [triple_barrier(bars, 12, np.full(800, 0.01), width, None)[1][:-13] for width in (0.1, 0.5, 1.0, 9.0)]
    assert all((one <= other).all() for one, other in pairwise(ends))
    assert (ends[-1] == np.arange(787) + 12).mean() > 0.9 > 0.1 > (ends[0] == np.arange(787) + 12).mean()


def test_the_compiled_walk_is_its_plain_twin():
    bars = random_bars(6, 400)
    factor = np.exp(np.random.default_rng(6).choice([0.01, 0.03, np.nan], 400))
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, factor, 7, 5 * 4 * HOUR)
    found = [(np.full(400, np.nan), np.full(400, 400)) for _ in range(2)]
    _write_first_touches(*columns, *found[0])
    getattr(_write_first_touches, "py_func", _write_first_touches)(*columns, *found[1])
    assert same_bits(found[0][0], found[1][0])
    assert same_bits(found[0][1], found[1][1])


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), cut=st.integers(2, 119), horizon=st.integers(1, 9), hole=st.integers(0, 119))
def test_a_label_depends_on_no_bar_after_its_end(seed, cut, horizon, hole):
    """Nor does its weight: cut off there, every label that ended before is the same to the bit; none is invented."""
    bars = random_bars(seed, 120)
    bars.ts[hole:] += 40 * HOUR
    volatility = np.random.default_rng(seed).choice([0.003, 0.01, np.nan], 120, p=[0.45, 0.45, 0.1])
    whole = label_bars(bars, horizon, volatility, 0.7, 4 * HOUR * (horizon + 2))
    part = label_bars(bars.rows(slice(0, cut)), horizon, volatility[:cut], 0.7, 4 * HOUR * (horizon + 2))
    for end, columns in (("rose_end", ("rose", "rose_end", "weight")), ("outcome_end", ("outcome_bps", "outcome_end"))):
        known = getattr(whole, end)[:cut] < cut
        assert list(known) == list(getattr(part, end) < cut)
        for name in columns:
            assert same_bits(getattr(part, name)[known], getattr(whole, name)[:cut][known])


def test_ends_and_figures_of_a_series():
    bars = random_bars(7, 500)
    found = label_bars(bars, 6, np.full(500, 0.01), 0.5, None)
    rows = np.arange(500)
    known = np.isfinite(found.rose)
    assert set(found.rose[known]) == {0.0, 1.0}
    assert known[:493].all()
    assert (found.rose_end[known] > rows[known]).all()
    assert (found.rose_end[known] <= rows[known] + 6).all()
    assert (found.rose_end[~known] == 500).all()
    assert same_bits(found.outcome_bps, forward_returns(bars, 6, None))
    np.testing.assert_array_equal(found.outcome_end, np.where(rows + 7 < 500, rows + 7, 500))
    assert (found.weight[known] > 0.0).all()
    assert not found.weight[~known].any()
