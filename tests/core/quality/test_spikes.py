"""Prices in, absurd rows out: a price counts as absurd when both sides' neighbours contradict it."""

import numpy as np
import pytest

from models.kernels.compile import config
from models.quality import CONTEXT, long_wicks, spikes
from models.quality.prints import ABSURD, LONG_WICK, NOTHING, _grade
from models.types import Bars


def candles(*rows):
    """Bars of (close) or (low, close) or (low, close, high); the open is the close."""
    full = [
        (row, row, row) if isinstance(row, float | int) else (*row, max(row)) if len(row) == 2 else row for row in rows
    ]
    low, close, high = (np.array(column, np.float64) for column in zip(*full, strict=True))
    return Bars(np.arange(len(rows)) * 60_000_000, close, high, low, close, np.ones(len(rows)))


def at(bars):
    return np.flatnonzero(spikes(bars)).tolist()


CALM = [100.0, 101.0, 100.5, 99.5, 100.0]
TABLE = [
    ("nothing", [*CALM, 100.0, *CALM], []),
    ("a hundredth", [*CALM, 1.06, *CALM], [5]),
    ("the close falls to a fifth", [*CALM, 20.0, *CALM], [5]),
    ("just over the factor", [*CALM, 100.0 / 3.49, *CALM], []),
    ("just under the factor", [*CALM, 100.0 / 3.51, *CALM], [5]),
    ("up as well", [*CALM, 351.0, *CALM], [5]),
    ("up, but not enough", [*CALM, 349.0, *CALM], []),
    ("a wick to a hundredth", [*CALM, (1.0, 100.0), *CALM], [5]),
    ("a wick to a tenth may have traded", [*CALM, (10.0, 100.0), *CALM], []),
    ("a wick to just above a 35th", [*CALM, (100.0 / 34.9, 100.0), *CALM], []),
    ("a wick to just below a 35th", [*CALM, (100.0 / 35.1, 100.0), *CALM], [5]),
    ("a wick upward", [*CALM, (100.0, 100.0, 3600.0), *CALM], [5]),
    ("two in a row", [*CALM, 15.0, 16.0, *CALM], [5, 6]),
    ("two apart", [*CALM, 15.0, 100.0, 800.0, *CALM], [5, 7]),
    ("it stays there: a split", [*CALM, 25.0, *(one / 4 for one in CALM)], []),
    ("a bar on the way down", [*CALM, 40.0, *(one / 10 for one in CALM)], []),
    ("below both levels by far", [*CALM, 1.0, *(one / 2 for one in CALM)], [5]),
    ("below both levels, which lie apart", [*CALM, 12.0, *(one / 2 for one in CALM)], []),
    ("one bar after it does not tell where the price will stay", [*CALM, 10.0, 40.0], []),
    ("neighbours as wild themselves", [100.0, 40.0, 90.0, 30.0, 100.0, 15.0, 90.0, 35.0, 100.0, 40.0, 95.0], []),
    ("the first row", [20.0, *CALM, *CALM], []),
    ("the newest row", [*CALM, *CALM, 20.0], []),
    ("the last but one", [*CALM, *CALM, 20.0, 100.0], [10]),
    ("three rows are enough", [100.0, 20.0, 101.0], [1]),
    ("two are not", [100.0, 20.0], []),
    ("one", [20.0], []),
]


@pytest.mark.parametrize(("rows", "absurd"), [one[1:] for one in TABLE], ids=[one[0] for one in TABLE])
def test_what_is_absurd(rows, absurd):
    assert at(candles(*rows)) == absurd


def test_no_rows():
    empty = np.zeros(0)
    assert spikes(Bars(np.zeros(0, np.int64), empty, empty, empty, empty, empty)).tolist() == []


def test_a_long_wick_is_told_and_kept():
    bars = candles(*CALM, (10.0, 100.0), *CALM, (1.0, 100.0), *CALM, (100.0, 100.0, 400.0), *CALM, (40.0, 100.0), *CALM)
    assert np.flatnonzero(long_wicks(bars)).tolist() == [5, 17]
    assert at(bars) == [11]


def test_the_next_but_context_row_does_not_count():
    far = [7.0] * 3
    assert at(candles(*far, *CALM, 20.0, *CALM, *far)) == [len(far) + CONTEXT]


@pytest.mark.skipif(config.DISABLE_JIT, reason="the plain twin is what runs already")
def test_the_plain_twin_agrees():
    rng = np.random.default_rng(3)
    close = 100.0 * np.exp(rng.normal(0.0, 0.6, 400))
    high, low = close * np.exp(rng.exponential(1.5, 400)), close * np.exp(-rng.exponential(1.5, 400))
    grades = _grade(high, low, close)
    assert set(grades.tolist()) == {NOTHING, LONG_WICK, ABSURD}
    assert grades.tolist() == _grade.py_func(high, low, close).tolist()
