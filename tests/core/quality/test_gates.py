"""Which bars move too much, and which closes are too far from an independent price."""

import numpy as np
import pytest

from models.quality import outside, recent_middle, turbulent
from models.quality.turbulence import AVERAGED, FEWEST, mean_ranges

pytestmark = pytest.mark.risk

CALM = 0.01


def walk(count: int, ranges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """High, low and close of bars that stay at 100 and range over a fraction of it; no splits."""
    close = np.full(count, 100.0)
    return close + 50.0 * ranges, close - 50.0 * ranges, close, np.ones(count)


def storm(times: float, count: int = 400, first: int = 300) -> np.ndarray:
    ranges = np.full(count, CALM)
    ranges[first:] *= times
    return ranges


def test_bars_that_range_four_times_as_far_are_turbulent() -> None:
    found = turbulent(*walk(400, storm(4.4)), 4.0)
    # The mean of 14 passes four times the usual with the 13th wild bar: 1 + 13 * 3.4 / 14 is 4.16, with 12 it is 3.91.
    assert np.flatnonzero(found).tolist()[0] == 312
    assert found[312:400].all()
    assert not turbulent(*walk(400, storm(4.4)), 4.5).any()


@pytest.mark.parametrize(("times", "any_found"), [(3.999, False), (4.0, False), (4.001, True)])
def test_the_ratio_itself_is_allowed(times: float, any_found: bool) -> None:
    assert turbulent(*walk(400, storm(times)), 4.0).any() == any_found


def test_what_lasts_becomes_usual() -> None:
    found = turbulent(*walk(900, storm(6.0, 900)), 4.0)
    assert found.any()
    assert not found[550:].any()


def test_nothing_is_found_before_enough_is_known() -> None:
    first = AVERAGED + FEWEST - 1
    quiet = np.full(400, CALM)
    quiet[60:] *= 40.0
    found = turbulent(*walk(400, quiet), 4.0)
    assert not found[:first].any()


def test_a_gap_counts_as_range_and_a_split_does_not() -> None:
    high, low, close, split = walk(20, np.full(20, CALM))
    for column in (high, low, close):
        column[17:] *= 2.0
    assert mean_ranges(high, low, close, split)[17] == pytest.approx((13 * CALM + 1.01) / 14)
    split[17] = 0.5
    assert mean_ranges(high, low, close, split)[17] == pytest.approx(CALM * 14 / 14)


def test_the_reference_is_the_median_of_three_closes_before() -> None:
    close = np.array([10.0, 12.0, 20.0, 11.0, 15.0])
    found = recent_middle(close, np.ones(5))
    assert np.isnan(found[0])
    assert found[1:].tolist() == [10.0, 11.0, 12.0, 12.0]


def test_the_reference_is_in_the_units_of_its_bar() -> None:
    close = np.array([100.0, 104.0, 51.0, 52.0, 18.0])
    split = np.array([1.0, 1.0, 2.0, 1.0, 3.0])
    found = recent_middle(close, split)
    assert found[1:].tolist() == pytest.approx([100.0, 51.0, 51.0, 52.0 / 3.0])


@pytest.mark.parametrize(
    ("price", "reference", "beyond"),
    [
        (120.0, 100.0, False),
        (120.001, 100.0, True),
        (80.0, 100.0, False),
        (79.999, 100.0, True),
        (100.0, np.nan, False),
        (125.0, 100.0, True),
    ],
)
def test_the_collar_at_its_edge(price: float, reference: float, beyond: bool) -> None:
    assert outside(np.array([price]), np.array([reference]), 0.2).tolist() == [beyond]


@pytest.mark.parametrize("seed", range(5))
def test_later_bars_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.standard_t(2, 900) * 0.02))
    spread = np.abs(rng.standard_t(2, (2, 900))) * 0.02
    high, low = close * (1.0 + spread[0]), close / (1.0 + spread[1])
    split = np.where(rng.random(900) < 0.01, 2.0, 1.0)
    whole = turbulent(high, low, close, split, 2.0), recent_middle(close, split)
    assert 0 < whole[0].sum() < 450
    for end in (1, 2, 120, 500, 899):
        cut = turbulent(high[:end], low[:end], close[:end], split[:end], 2.0), recent_middle(close[:end], split[:end])
        assert np.array_equal(cut[0], whole[0][:end])
        assert np.array_equal(cut[1], whole[1][:end], equal_nan=True)
