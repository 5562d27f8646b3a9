"""Returns that are learnt from, and predictions that are looked up by time."""

import math
import subprocess
import sys

import numpy as np
import pytest
from markets import random_bars, same_bits

from models.predictors import Predictions, forward_returns
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, NO_FOLD, NOTHING_SEEN
from models.types import Bars
from models.types.timeframes import HOUR


def bars_at(hours, opens):
    prices = np.array(opens, np.float64)
    return Bars(np.array(hours, np.int64) * HOUR, prices, prices, prices, prices * 7.0, prices)


def test_a_label_runs_from_the_next_open_not_from_this_close():
    bars = bars_at([0, 1, 2, 3, 4], [100.0, 200.0, 210.0, 400.0, 300.0])
    nan = math.nan
    np.testing.assert_allclose(forward_returns(bars, 1, None), [500.0, (400 / 210 - 1) * 1e4, -2500.0, nan, nan])
    np.testing.assert_allclose(forward_returns(bars, 2, None), [1e4, (300 / 210 - 1) * 1e4, nan, nan, nan])
    assert np.isnan(forward_returns(bars, 4, None)).all()
    assert np.isnan(forward_returns(bars, 40, None)).all()


def test_a_hole_in_the_data_is_no_profit():
    bars = bars_at([0, 1, 2, 5, 6, 7, 8], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    known = np.isfinite(forward_returns(bars, 2, 3 * HOUR))
    assert list(known) == [False, False, True, True, False, False, False]
    assert list(np.isfinite(forward_returns(bars, 2, 4 * HOUR))) == [True] * 4 + [False] * 3


def test_a_label_uses_nothing_after_its_end():
    bars = random_bars(2, 200)
    whole = forward_returns(bars, 6, None)
    for cut in (8, 50, 199):
        part = forward_returns(bars.rows(slice(0, cut)), 6, None)
        assert same_bits(part[: cut - 7], whole[: cut - 7])
        assert np.isnan(part[cut - 7 :]).all()


# Edge, confidence, raw, probability and familiarity of row t are t, 10 + t and so on.
FIGURES = ("edge_bps", "confidence", "raw", "probability", "familiarity")
SILENCE = (math.nan, 0.0, math.nan, math.nan, 1.0)


def predictions(ts):
    n = len(ts)
    columns = [np.arange(n) + 10.0 * k for k in range(5)]
    return Predictions(np.array(ts, np.int64), np.arange(n, dtype=np.int64), np.array(ts, np.int64) - 1, *columns)


def test_alignment_takes_a_bars_own_prediction_or_none():
    found = predictions([10, 20, 40]).aligned(np.array([5, 10, 30, 40, 50]))
    np.testing.assert_array_equal(found.ts, [5, 10, 30, 40, 50])
    np.testing.assert_array_equal(found.fold, [NO_FOLD, 0, NO_FOLD, 2, NO_FOLD])
    np.testing.assert_array_equal(found.seen_until, [NOTHING_SEEN, 9, NOTHING_SEEN, 39, NOTHING_SEEN])
    for k, (name, silent) in enumerate(zip(FIGURES, SILENCE, strict=True)):
        expected = [silent, 10.0 * k, silent, 10.0 * k + 2.0, silent]
        np.testing.assert_array_equal(getattr(found, name), expected, err_msg=name)


@pytest.mark.parametrize("found", [predictions([]).aligned(np.array([1, 2])), Predictions.none(np.array([1, 2]))])
def test_alignment_of_nothing(found):
    assert list(found.fold) == [NO_FOLD, NO_FOLD]
    assert list(found.seen_until) == [NOTHING_SEEN, NOTHING_SEEN]
    assert not found.spoken.any()
    for name, silent in zip(FIGURES, SILENCE, strict=True):
        np.testing.assert_array_equal(getattr(found, name), [silent, silent], err_msg=name)


def test_who_was_late_or_silent_has_not_spoken():
    said = Predictions.none(np.arange(5))
    said.fold[:] = [LATE_FOLD, NO_FOLD, FINAL_FOLD, 0, 7]
    assert list(said.spoken) == [False, False, True, True, True]


def test_no_library_of_learning_is_loaded_before_it_is_used():
    """The trading loop imports these modules, and may not pay for what only training needs."""
    heavy = "{'keras', 'jax', 'xgboost', 'sklearn', 'mlflow'}"
    code = f"import sys; import models.predictors; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
