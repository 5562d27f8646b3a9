"""Uniqueness of overlapping labels: by hand, and beside the plain sum over bars."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.predictors import average_uniqueness


def plain(ends, horizon):
    """Bar by bar, as the book tells it."""
    n = len(ends)
    spans = [range(i + 1, min((end if end < n else i + horizon) + 1, n)) for i, end in enumerate(ends)]
    spanning = [sum(bar in span for span in spans) for bar in range(n)]
    return [
        float(np.mean([1.0 / spanning[bar] for bar in span])) if end < n else 0.0
        for span, end in zip(spans, ends, strict=True)
    ]


def test_by_hand():
    # Labels of rows 0 and 1 span the bars 1-3 and 2-3, that of row 2 bar 3, that of row 3 bar 4 alone.
    found = average_uniqueness(np.array([3, 3, 3, 4, 5]), 3)
    np.testing.assert_allclose(found, [(1 + 1 / 2 + 1 / 3) / 3, (1 / 2 + 1 / 3) / 2, 1 / 3, 1.0, 0.0])


def test_an_unknown_label_weighs_nothing_and_takes_its_part():
    found = average_uniqueness(np.array([2, 9, 4, 4, 9, 9, 9, 9, 9]), 2)
    # Row 1 is not known: it may span the bars 2 and 3.
    np.testing.assert_allclose(found[:4], [(1 + 1 / 2) / 2, 0.0, (1 / 2 + 1 / 2) / 2, 1 / 2])
    assert not found[4:].any()


@pytest.mark.parametrize("length", [1, 3, 8])
def test_labels_of_one_length_share_evenly(length):
    rows = np.arange(100)
    found = average_uniqueness(np.minimum(rows + length, 100), length)
    np.testing.assert_allclose(found[length : 100 - length], 1.0 / length)


@given(st.integers(1, 7), st.lists(st.integers(1, 99), min_size=0, max_size=30))
def test_as_the_plain_sum_over_bars(horizon, lengths):
    n = len(lengths)
    # Beyond the horizon: not known.
    ends = np.array([min(i + k, n) if k <= horizon else n for i, k in enumerate(lengths)], np.int64)
    found = average_uniqueness(ends, horizon)
    np.testing.assert_allclose(found, plain(ends, horizon), atol=1e-12)
    assert (found >= 0.0).all()
    assert (found <= 1.0 + 1e-12).all()
