"""Rounding to a step, quotients, windows, and the cache that must not keep stale rules."""

import math

import numpy as np
import pandas as pd
import pytest
from markets import same_bits

from models.kernels import ceil_to_step, compile, floor_to_step, ratio, rolling_std

# value, step, floor, ceil
STEPS = [
    (0.0789, 0.01, 0.07, 0.08),
    (0.07, 0.01, 0.07, 0.07),
    (0.3, 0.1, 0.3, 0.3),
    (0.29, 0.1, 0.2, 0.3),
    (100.001, 0.01, 100.0, 100.01),
    (0.00001234, 0.00001, 0.00001, 0.00002),
    (1.1, 0.0001, 1.1, 1.1),
    (12.4, 5.0, 10.0, 15.0),
    (15.0, 5.0, 15.0, 15.0),
    (1.3, 0.25, 1.25, 1.5),
    (0.0, 0.01, 0.0, 0.0),
    (0.004, 0.01, 0.0, 0.01),
    # Beyond some millions of steps a quotient is further from the whole number than any fixed tolerance.
    (893.80427, 0.00001, 893.80427, 893.80427),
    (592700.07, 0.01, 592700.07, 592700.07),
    (5301269.23, 0.01, 5301269.23, 5301269.23),
    (8560.5297, 0.0001, 8560.5297, 8560.5297),
]


@pytest.mark.parametrize(("value", "step", "below", "above"), STEPS)
def test_rounding_gives_the_exact_decimal(value, step, below, above):
    assert (floor_to_step(value, step), ceil_to_step(value, step)) == (below, above)


def test_rounding_of_nan_is_nan():
    assert math.isnan(floor_to_step(math.nan, 0.01))
    assert math.isnan(ceil_to_step(math.nan, 0.01))


def test_ratio_says_nan_where_there_is_nothing_to_divide_by():
    found = ratio(np.array([1.0, 1.0, 1.0, 1.0, np.nan, 0.0]), np.array([4.0, 0.0, -2.0, np.nan, 2.0, 2.0]))
    np.testing.assert_array_equal(found, [0.25, np.nan, np.nan, np.nan, np.nan, 0.0])


@pytest.mark.parametrize("window", [5, 7, 42, 168])
def test_rolling_std_is_the_sample_deviation(window):
    values = np.random.default_rng(window).normal(0.0003, 0.01, 5000)
    expected = pd.Series(values).rolling(window).std().to_numpy()
    np.testing.assert_allclose(rolling_std(values, window), expected, rtol=1e-9, atol=0.0)


def test_rolling_std_by_hand():
    np.testing.assert_allclose(
        rolling_std(np.array([1.0, 2.0, 4.0, 4.0]), 3), [np.nan, np.nan, math.sqrt(7 / 3), math.sqrt(4 / 3)]
    )


def test_rolling_std_starts_again_after_nan():
    values = np.random.default_rng(1).normal(size=60)
    values[[0, 17, 18, 40]] = np.nan
    found = rolling_std(values, 5)
    expected = pd.Series(values).rolling(5).std().to_numpy()
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_rolling_std_never_looks_past_the_nan():
    values = np.array([1e6, np.nan, 1.0, 2.0, 4.0])
    assert rolling_std(values, 3)[4] == pytest.approx(math.sqrt(7 / 3), rel=1e-12)


def test_rolling_std_of_a_constant_is_no_root_of_a_negative():
    found = rolling_std(np.full(500, 0.1), 7)
    assert np.isnan(found[:6]).all()
    assert (found[6:] >= 0.0).all()
    assert found[6:].max() < 1e-7


def test_rolling_std_does_not_pile_up_errors():
    values = np.random.default_rng(3).normal(0.0, 0.01, 200_000)
    values[:100] *= 1e4
    last = rolling_std(values, 50)[-50:]
    expected = [values[t - 49 : t + 1].std(ddof=1) for t in range(199_950, 200_000)]
    np.testing.assert_allclose(last, expected, rtol=1e-10)


def test_rolling_std_agrees_with_its_plain_twin():
    values = np.random.default_rng(2).normal(size=400)
    values[100] = np.nan
    plain = getattr(rolling_std, "py_func", rolling_std)
    assert same_bits(rolling_std(values, 9), plain(values, 9))


def test_the_cache_is_another_one_when_any_source_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(compile, "files", lambda _: tmp_path)
    (tmp_path / "deep").mkdir()
    rule = tmp_path / "deep" / "rule.py"
    rule.write_text("LIMIT = 1")
    before = compile._cache_folder()
    assert compile._cache_folder() == before
    rule.write_text("LIMIT = 2")
    assert compile._cache_folder() != before
