"""Splits in time, against rows counted by hand and labels that overlap on purpose."""

import numpy as np
import pytest

from models.evidence import Block, combinatorial_purged_splits, group_of_rows, leaks, walk_forward_blocks
from models.types import BadInput


def rows(*numbers):
    return np.array(numbers, np.int64)


def labels_of(count, horizon):
    """Last row that each label looks at, the horizon after it."""
    return np.minimum(np.arange(count) + horizon, count - 1)


def test_walk_forward_written_out():
    blocks = walk_forward_blocks(20, 3, 2, 1, 5)
    assert blocks == (Block(5, 8, 12), Block(9, 12, 16), Block(13, 16, 20))


def test_what_does_not_divide_goes_to_the_first_training():
    assert walk_forward_blocks(22, 3, 2, 1, 5)[0] == Block(7, 10, 14)


def test_as_few_rows_as_can_be_walked():
    assert walk_forward_blocks(11, 3, 2, 1, 5) == (Block(5, 8, 9), Block(6, 9, 10), Block(7, 10, 11))
    with pytest.raises(BadInput, match=r"10 rows are too few for 3 folds.*give 11 at least"):
        walk_forward_blocks(10, 3, 2, 1, 5)


@pytest.mark.parametrize(
    ("folds", "purge", "embargo", "least"), [(0, 0, 0, 1), (1, -1, 0, 1), (1, 0, -1, 1), (1, 0, 0, 0)]
)
def test_counts_that_cannot_be_walked(folds, purge, embargo, least):
    with pytest.raises(BadInput, match=r"below 0|or more"):
        walk_forward_blocks(100, folds, purge, embargo, least)


def test_combinatorial_splits_written_out():
    splits = combinatorial_purged_splits(16, 3, 2, 1, 1)
    assert [one.test.tolist() for one in splits] == [
        list(range(10)),
        [*range(5), *range(10, 16)],
        list(range(5, 16)),
    ]
    # Two rows after a test and one before are left out.
    assert [one.train.tolist() for one in splits] == [[12, 13, 14, 15], [7, 8], [0, 1, 2, 3]]


def test_one_tested_group_is_allowed():
    splits = combinatorial_purged_splits(12, 3, 1, 1, 0)
    assert [one.train.tolist() for one in splits] == [
        [5, 6, 7, 8, 9, 10, 11],
        [0, 1, 2, 9, 10, 11],
        [0, 1, 2, 3, 4, 5, 6],
    ]


def test_groups_written_out():
    assert group_of_rows(14, 3, 1, 1).tolist() == [0, 0, 0, 0, -1, -1, 1, 1, -1, -1, 2, 2, 2, 2]
    assert group_of_rows(7, 3, 0, 0).tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert group_of_rows(14, 3, 1, 1).dtype == np.int64


@pytest.mark.parametrize(
    ("count", "groups", "purge", "embargo"), [(11, 3, 1, 1), (3, 2, 0, 0), (100, 1, 0, 0), (9, 2, -1, 0)]
)
def test_groups_that_are_too_short(count, groups, purge, embargo):
    with pytest.raises(BadInput):
        group_of_rows(count, groups, purge, embargo)
    with pytest.raises(BadInput):
        combinatorial_purged_splits(count, groups, 1, purge, embargo)


@pytest.mark.parametrize("tested", [0, 3, 4])
def test_all_groups_or_none_cannot_be_tested(tested):
    with pytest.raises(BadInput, match="take 1 to 2"):
        combinatorial_purged_splits(30, 3, tested, 0, 0)


@pytest.mark.parametrize("horizon", [1, 3, 8])
def test_a_purge_of_the_horizon_lets_nothing_through_and_a_row_less_does(horizon):
    ends = labels_of(120, horizon)
    for one in combinatorial_purged_splits(120, 6, 2, horizon, 0):
        assert leaks(one.train, one.test, ends).size == 0
    for one in combinatorial_purged_splits(120, 6, 2, horizon - 1, 0):
        caught = leaks(one.train, one.test, ends)
        # Each border between training and test lets one row through: one before a test, or one after it.
        borders = np.flatnonzero(np.diff(np.isin(np.arange(120), one.test).astype(int)))
        assert caught.size == borders.size
    for one in walk_forward_blocks(120, 4, horizon, 0, 30):
        assert leaks(np.arange(one.train_stop), np.arange(one.test_start, one.test_stop), ends).size == 0
    for one in walk_forward_blocks(120, 4, horizon - 1, 0, 30):
        caught = leaks(np.arange(one.train_stop), np.arange(one.test_start, one.test_stop), ends)
        assert caught.tolist() == [one.train_stop - 1]


def test_a_planted_overlap_is_caught():
    (split, *_) = combinatorial_purged_splits(60, 6, 2, 2, 2)
    ends = labels_of(60, 2)
    assert leaks(split.train, split.test, ends).size == 0
    assert leaks(np.append(split.train, 20), split.test, ends).tolist() == [20]
    # A label of the test that looks far ahead: all training up to its end knows of it, and no row after.
    ends[19] = 30
    assert leaks(split.train, split.test, ends).tolist() == list(range(24, 31))


def test_spans_that_touch_overlap():
    ends = rows(0, 1, 2, 4, 4, 5)
    assert leaks(rows(3), rows(4), ends).tolist() == [3]
    assert leaks(rows(3), rows(5), ends).tolist() == []
    assert leaks(rows(4), rows(3), ends).tolist() == [4]
    assert leaks(rows(5), rows(3), ends).tolist() == []


def test_training_rows_may_come_in_any_order_and_tests_too():
    ends = labels_of(10, 2)
    assert leaks(rows(9, 2, 4, 0), rows(6, 5), ends).tolist() == [4]


def test_nothing_leaks_from_or_into_nothing():
    ends = labels_of(5, 1)
    assert leaks(rows(), rows(1), ends).size == leaks(rows(1), rows(), ends).size == 0


def test_a_label_that_looks_back_is_refused():
    with pytest.raises(BadInput, match="label of row 2 ends at row 1"):
        leaks(rows(0), rows(1), rows(0, 1, 1))
