"""Every feature against its definition, and the index that may be used only once it was known."""

import numpy as np
import pandas as pd
import pytest
from markets import random_bars

from models.features import FEATURES, compute_features, index_as_known
from models.indicators import average_true_range, directional_index, relative_strength, volatility_index
from models.types import CALENDARS, iso, parse_time
from models.types.timeframes import DAY, HOUR

ALWAYS = CALENDARS["24/7"]
WEEK, YEAR = 42, 2190
SHORT, LONG = 20, 50


@pytest.fixture(scope="module")
def bars():
    return random_bars(4, 1500)


@pytest.fixture(scope="module")
def features(bars):
    return compute_features(bars, ALWAYS, "4h", SHORT, LONG, np.full(len(bars), np.nan))


@pytest.fixture(scope="module")
def expected(bars):
    close, volume = pd.Series(bars.close), pd.Series(bars.volume)
    short, long = close.rolling(SHORT).mean(), close.rolling(LONG).mean()
    atr = pd.Series(average_true_range(bars, 14))
    returns = np.log(close).diff()
    return {
        "return_1": close.pct_change(1),
        "return_5": close.pct_change(5),
        "return_20": close.pct_change(20),
        "momentum": 40.0 * (short - long) / long,
        "rsi_14": relative_strength(bars.close, 14),
        "adx_14": directional_index(bars, 14),
        "atr_relative": atr / close,
        "atr_ratio": atr / atr.rolling(4 * WEEK).mean(),
        "index": volatility_index(bars.close, WEEK, YEAR),
        "gap": pd.Series(bars.open) / close.shift(1) - 1.0,
        "return_1_scaled": returns / returns.rolling(WEEK).std(),
        "volume_surprise": volume / volume.rolling(20).mean(),
    }


def close_to(found, wanted):
    wanted = np.asarray(wanted)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_the_declared_features_are_the_ones_tested(expected):
    assert list(FEATURES) == list(expected)


@pytest.mark.parametrize("name", list(FEATURES))
def test_feature(features, expected, name):
    close_to(features.matrix[:, list(FEATURES).index(name)], expected[name])


def test_columns_that_the_regime_and_the_step_read(bars, features, expected):
    for name in ("momentum", "atr_ratio", "index", "gap"):
        close_to(getattr(features, name), expected[name])
    close_to(features.adx, expected["adx_14"])
    close_to(features.atr, average_true_range(bars, 14))
    close_to(features.volatility, np.log(pd.Series(bars.close)).diff().rolling(WEEK).std())


def test_warm_up_is_as_long_as_the_longest_window(features):
    complete = np.isfinite(features.matrix).all(axis=1)
    assert np.flatnonzero(complete)[0] == WEEK + YEAR // 4 - 1
    assert complete[WEEK + YEAR // 4 - 1 :].all()


def test_a_known_index_goes_before_the_realised_one(bars, features):
    known = np.full(len(bars), np.nan)
    known[700:720] = 31.5
    found = compute_features(bars, ALWAYS, "4h", SHORT, LONG, known).index
    assert (found[700:720] == 31.5).all()
    np.testing.assert_array_equal(np.delete(found, slice(700, 720)), np.delete(features.index, slice(700, 720)))


def test_no_volume_at_all_is_an_unknown_surprise():
    bars = random_bars(4, 60)
    bars.volume[:] = 0.0
    matrix = compute_features(bars, ALWAYS, "4h", SHORT, LONG, np.full(60, np.nan)).matrix
    assert np.isnan(matrix[:, list(FEATURES).index("volume_surprise")]).all()


def test_one_bar_is_enough_to_ask():
    features = compute_features(random_bars(1, 1), ALWAYS, "4h", SHORT, LONG, np.full(1, np.nan))
    assert np.isnan(features.matrix).all()
    assert features.matrix.shape == (1, len(FEATURES))


# The bar's open and length, and the day of the index value it may use; index values stand at every day of 2024
# up to 10 January, and the value of a day is its number.
KNOWN = [
    ("2024-01-05T00:00:00", DAY, 4),  # a daily bar closes when the value of its day is published: too late for it
    ("2024-01-05T00:00:00", HOUR, 4),
    ("2024-01-04T23:00:00", HOUR, 3),  # closes at the very midnight
    ("2024-01-04T23:30:00", HOUR, 4),  # closes half an hour after it
    ("2024-01-05T20:00:00", 4 * HOUR, 4),
    ("2024-01-01T00:00:00", DAY, None),  # nothing is known yet
    ("2024-01-02T00:00:00", HOUR, 1),
    ("2024-01-17T00:00:00", DAY, 10),  # a week old
    ("2024-01-17T01:00:00", HOUR, None),  # older
]


@pytest.mark.parametrize(("opened", "length", "day"), KNOWN)
def test_index_as_known(opened, length, day):
    days = parse_time("2024-01-01") + np.arange(10, dtype=np.int64) * DAY
    found = index_as_known(np.array([parse_time(opened)]), length, days, np.arange(1.0, 11.0))
    np.testing.assert_array_equal(found, [np.nan if day is None else float(day)])


def test_an_empty_index_is_never_known():
    nothing = np.empty(0, np.int64)
    assert np.isnan(index_as_known(np.arange(5) * DAY, DAY, nothing, np.empty(0))).all()


def test_after_a_long_weekend_the_last_session_still_counts():
    friday, tuesday = parse_time("2024-05-24"), parse_time("2024-05-28")
    assert iso(friday)[:10] == "2024-05-24"
    np.testing.assert_array_equal(
        index_as_known(np.array([tuesday]), DAY, np.array([friday]), np.array([12.0])), [12.0]
    )
