"""Order book imbalance: its rule, its missing levels, its twin, and what was known when a bar closed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.features.imbalance import book_imbalance, imbalance_as_known
from models.types.timeframes import MINUTE, SECOND

NAN = math.nan


@pytest.mark.parametrize(
    ("bids", "asks", "levels", "expected"),
    [
        ([3.0, 9.0], [1.0, 9.0], 1, 0.5),
        ([3.0, 1.0], [1.0, 3.0], 2, 0.0),
        ([0.0, 0.0], [2.0, 0.0], 2, -1.0),
        ([5.0, NAN], [5.0, 10.0], 2, -0.5),
        ([NAN, NAN], [4.0, NAN], 2, -1.0),
        ([NAN, NAN], [NAN, NAN], 2, NAN),
        ([0.0, 0.0], [0.0, 0.0], 2, NAN),
        ([3.0, 9.0], [1.0, 9.0], 50, 2.0 / 22.0),
    ],
)
def test_imbalance_of_the_best_levels(bids: list[float], asks: list[float], levels: int, expected: float) -> None:
    found = book_imbalance(np.array([bids]), np.array([asks]), levels)
    np.testing.assert_array_equal(found, [expected])


@given(st.lists(st.floats(0.0, 1e6), min_size=12, max_size=12), st.integers(1, 7))
def test_it_is_within_bounds_turns_with_the_sides_and_equals_its_plain_twin(cells: list[float], levels: int) -> None:
    bids, asks = np.array(cells).reshape(2, 1, 6)
    found = book_imbalance(bids, asks, levels)
    np.testing.assert_array_equal(found, book_imbalance.py_func(bids, asks, levels))  # type: ignore[attr-defined]
    np.testing.assert_array_equal(found, -book_imbalance(asks, bids, levels))
    assert math.isnan(found[0]) or -1.0 <= found[0] <= 1.0


def test_a_bar_sees_the_newest_book_that_came_within_it() -> None:
    opens = np.arange(5, dtype=np.int64) * MINUTE
    arrivals = np.array([0, 59 * SECOND, MINUTE, MINUTE + 1, 2 * MINUTE + 5, 4 * MINUTE], np.int64)
    found = imbalance_as_known(opens, opens + MINUTE, arrivals, np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5]))
    # A book that came with the close was known at the close; the fourth bar's, a minute later, had been seen by then.
    np.testing.assert_array_equal(found, [0.2, 0.3, 0.4, 0.5, NAN])


@given(st.lists(st.integers(0, 10 * MINUTE), max_size=30), st.integers(0, 10))
def test_books_that_come_later_change_no_bar_before(arrivals: list[int], bars: int) -> None:
    known_at = np.sort(np.array(arrivals, np.int64))
    values = np.arange(known_at.size, dtype=np.float64)
    opens = np.arange(10, dtype=np.int64) * MINUTE
    whole = imbalance_as_known(opens, opens + MINUTE, known_at, values)
    seen = int(np.searchsorted(known_at, bars * MINUTE, side="right"))
    early = imbalance_as_known(opens[:bars], opens[:bars] + MINUTE, known_at[:seen], values[:seen])
    np.testing.assert_array_equal(whole[:bars], early)


def test_without_books_there_is_no_imbalance() -> None:
    none = np.empty(0, np.int64)
    assert np.isnan(imbalance_as_known(np.zeros(1, np.int64), np.full(1, MINUTE), none, np.empty(0))).all()
