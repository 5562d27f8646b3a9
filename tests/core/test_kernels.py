"""Rounding to a step, quotients, windows, joins, and the cache that must not keep stale rules."""

import math

import numpy as np
import pandas as pd
import pytest
from markets import same_bits

from models.kernels import (
    as_of,
    ceil_to_step,
    compile,
    floor_to_step,
    known_runs,
    ratio,
    rolling_correlation,
    rolling_median,
    rolling_std,
    spread,
    write_first_known,
)

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
    # Nor is a product of two decimals the decimal that it would be on paper.
    (530.06 * 0.98, 0.0001, 519.4588, 519.4588),
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


def test_rolling_std_is_the_old_loop_to_the_bit_across_its_blocks():
    values = np.random.default_rng(4).normal(0.0, 0.01, 3000)
    values[[0, 511, 512, 1700]] = np.nan
    for window in (2, 30, 512, 600):
        assert same_bits(rolling_std(values, window), summed_anew(values, window))


def summed_anew(values, window):
    """The sums of a window by adding and taking away, and from nothing every `window` values."""
    out = np.full(values.size, math.nan)
    run = since = 0
    total = squares = 0.0
    for t, value in enumerate(values):
        if math.isnan(value):
            run, since, total, squares = 0, 0, 0.0, 0.0
            continue
        run, since = run + 1, since + 1
        total, squares = total + value, squares + value * value
        if run > window:
            old = values[t - window]
            total, squares = total - old, squares - old * old
        if since == window:
            since, total, squares = 0, 0.0, 0.0
            for one in values[t - window + 1 : t + 1]:
                total, squares = total + one, squares + one * one
        if run >= window:
            out[t] = math.sqrt(max((squares - total * total / window) / (window - 1), 0.0))
    return out


@pytest.mark.parametrize(("window", "least"), [(1, 1), (2, 1), (7, 3), (50, 50), (51, 10), (4000, 1)])
def test_rolling_median_has_the_bits_of_pandas(window, least):
    rng = np.random.default_rng(window)
    values = np.round(rng.normal(size=1500), 1)  # with ties
    values[rng.random(1500) < 0.1] = np.nan
    values[300:360] = np.nan
    expected = pd.Series(values).rolling(window, min_periods=least).median().to_numpy()
    np.testing.assert_array_equal(rolling_median(values, window, least), expected)


def test_rolling_median_of_nothing_known_is_nan():
    assert np.isnan(rolling_median(np.full(5, np.nan), 3, 1)).all()
    assert rolling_median(np.empty(0), 3, 1).size == 0


@pytest.mark.parametrize("window", [5, 42])
def test_rolling_correlation_is_pearsons(window):
    rng = np.random.default_rng(window)
    x = rng.normal(size=2000)
    y = 0.5 * x + rng.normal(size=2000)
    y[[0, 700]] = np.nan
    expected = pd.Series(x).rolling(window).corr(pd.Series(y)).to_numpy()
    np.testing.assert_allclose(rolling_correlation(x, y, window), expected, rtol=1e-9, atol=1e-12)


def test_rolling_correlation_of_what_does_not_move_is_nan_and_never_beyond_one():
    x = np.arange(60.0)
    assert np.isnan(rolling_correlation(x, np.zeros(60), 5)).all()
    found = rolling_correlation(x, 3.0 * x, 5)[4:]
    assert (found <= 1.0).all()
    np.testing.assert_allclose(found, 1.0, rtol=1e-9)


def test_rolling_correlation_does_not_pile_up_errors():
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.0, 0.01, (2, 100_000))
    x[:50] *= 1e5
    expected = np.corrcoef(x[-50:], y[-50:])[0, 1]
    assert rolling_correlation(x, y, 50)[-1] == pytest.approx(expected, rel=1e-9)


# times, when the rows became known, oldest age, and the row that each time finds
JOINS = [
    ([5, 10, 15, 20], [10, 18], None, [-1, 0, 0, 1]),
    ([10, 11], [10, 10, 11], None, [1, 2]),  # known at its very time; of the same time the last
    ([10, 14, 15, 16], [10], 5, [0, 0, 0, -1]),
    ([30, 40], [10, 35], 6, [-1, 1]),
    ([], [10], None, []),
    ([10, 20], [], None, [-1, -1]),
    ([7], list(range(100)), None, [7]),  # few times, many rows: looked up
    ([7, 200], list(range(100)), 50, [7, -1]),
    (list(range(100)), [50], None, [-1] * 50 + [0] * 50),  # many times, one row
    (list(range(100)), [50], 9, [-1] * 50 + [0] * 10 + [-1] * 40),
]


@pytest.mark.parametrize(("times", "known_at", "oldest", "rows"), JOINS)
def test_as_of_finds_the_newest_row_that_was_known(times, known_at, oldest, rows):
    times, known_at = np.array(times, np.int64), np.array(known_at, np.int64)
    assert as_of(times, known_at, oldest).tolist() == rows
    out = np.empty(times.size)
    spread(np.arange(known_at.size, dtype=np.float64), *known_runs(times, known_at, oldest), out)
    np.testing.assert_array_equal(out, [np.nan if row < 0 else float(row) for row in rows])


@pytest.mark.parametrize("shape", [(400, 400), (3000, 20), (20, 3000), (1000, 1)])
@pytest.mark.parametrize("oldest", [None, 0, 40])
def test_as_of_is_the_search_for_each_time_alone(shape, oldest):
    rng = np.random.default_rng(sum(shape))
    times, known_at = (np.sort(rng.integers(0, 2000, size)) for size in shape)
    expected = np.searchsorted(known_at, times, side="right") - 1
    if oldest is not None:
        expected[(expected >= 0) & (times - known_at[expected] > oldest)] = -1
    assert same_bits(as_of(times, known_at, oldest), expected)
    out = np.empty(times.size)
    spread(known_at.astype(np.float64), *known_runs(times, known_at, oldest), out)
    np.testing.assert_array_equal(out, np.where(expected < 0, np.nan, known_at[expected]))


def test_first_known_takes_the_second_only_where_the_first_is_nan():
    out = np.empty(3)
    write_first_known(np.array([1.0, np.nan, np.nan]), np.array([5.0, 6.0, np.nan]), out)
    np.testing.assert_array_equal(out, [1.0, 6.0, np.nan])


def test_the_cache_is_another_one_when_any_source_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(compile, "files", lambda _: tmp_path)
    (tmp_path / "deep").mkdir()
    rule = tmp_path / "deep" / "rule.py"
    rule.write_text("LIMIT = 1")
    before = compile._cache_folder()
    assert compile._cache_folder() == before
    rule.write_text("LIMIT = 2")
    assert compile._cache_folder() != before
