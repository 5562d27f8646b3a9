"""Walk-forward splits, and the check that no training label reaches what is held out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markets import random_bars

from models.predictors import label_bars, require_purged, walk_forward_splits
from models.types import BadInput


def test_by_hand():
    first, second = walk_forward_splits(rows=1000, folds=2, horizon=9, embargo=5)
    assert (first.train_stop, first.test_start, first.test_stop) == (334 - 5, 334, 667)
    assert (second.train_stop, second.test_start, second.test_stop) == (667 - 5, 667, 1000)


@given(st.integers(2, 9), st.integers(1, 40), st.integers(0, 40), st.integers(0, 3000))
def test_blocks_follow_each_other_to_the_end(folds, horizon, embargo, more):
    rows = (100 + horizon + 1 + embargo) * (folds + 1) + more
    splits = walk_forward_splits(rows, folds, horizon, embargo)
    assert len(splits) == folds
    assert splits[-1].test_stop == rows
    assert [one.test_start for one in splits[1:]] == [one.test_stop for one in splits[:-1]]
    assert len({one.test_stop - one.test_start for one in splits}) == 1
    assert {one.test_start - one.train_stop for one in splits} == {embargo}
    # Labels that end before train_stop begin horizon + 1 rows earlier at most.
    assert splits[0].train_stop - horizon - 1 >= 100


def test_too_few_rows_say_how_many_it_takes():
    needed = (100 + 24 + 1 + 12) * 6
    walk_forward_splits(needed, 5, 24, 12)
    with pytest.raises(BadInput, match=rf"{needed - 1} usable bars are too few for 5 .* at least {needed} bars"):
        walk_forward_splits(needed - 1, 5, 24, 12)


@pytest.fixture(scope="module")
def labels():
    return label_bars(random_bars(1, 300), 6, np.full(300, 0.01), 0.5, None)


def test_what_is_purged_passes(labels):
    ends = np.maximum(labels.rose_end, labels.outcome_end)
    require_purged(labels, np.flatnonzero(ends < 200), 200)
    require_purged(labels, np.empty(0, np.int64), 0)


def test_a_planted_overlap_is_named(labels):
    ends = np.maximum(labels.rose_end, labels.outcome_end)
    rows = np.append(np.flatnonzero(ends < 200), [193, 195])
    # The return from the open after bar 193 over six bars ends at bar 200.
    with pytest.raises(ValueError, match=r"training row 193 has a label that ends at row 200; .* before row 200"):
        require_purged(labels, rows, 200)
    require_purged(labels, rows[:-1], 201)


def test_either_label_can_reach_too_far(labels):
    for name in ("rose_end", "outcome_end"):
        ends = {"rose_end": np.zeros(300, np.int64), "outcome_end": np.zeros(300, np.int64)}
        ends[name][7] = 50
        planted = type(labels)(rose=labels.rose, outcome_bps=labels.outcome_bps, weight=labels.weight, **ends)
        with pytest.raises(ValueError, match="training row 7 has a label that ends at row 50"):
            require_purged(planted, np.arange(20), 50)
        require_purged(planted, np.arange(20), 51)


def test_a_label_that_is_not_known_reaches_everywhere(labels):
    with pytest.raises(ValueError, match="training row 299 has a label that ends at row 300"):
        require_purged(labels, np.array([299]), 300)
