"""Every feature against its definition, and the index that may be used only once it was known."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from markets import index_of_yesterday, random_bars, random_index, same_bits
from price_levels import away, plain_level, plain_pivots, plain_scores

from models.features import (
    KEPT,
    KINDS,
    Declaration,
    FeatureInputs,
    FeatureSpec,
    Leader,
    compute_declared,
    compute_features,
    declared,
    feature_version,
)
from models.features.declared import OWN
from models.indicators import (
    average_true_range,
    directional_index,
    relative_strength,
    simple_average,
    stochastic,
    volatility_index,
)
from models.resampling import resample
from models.sessions import session_spans
from models.types import CALENDARS, BadInput, Bars, bar_micros, bars_per_week, bars_per_year, iso, parse_time
from models.types.timeframes import DAY, HOUR, MINUTE

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
    atr = pd.Series(average_true_range(bars.high, bars.low, bars.close, 14))
    returns = np.log(close).diff()
    return {
        "return_1": close.pct_change(1),
        "return_5": close.pct_change(5),
        "return_20": close.pct_change(20),
        "momentum": 40.0 * (short - long) / long,
        "rsi_14": relative_strength(bars.close, 14),
        "adx_14": directional_index(bars.high, bars.low, bars.close, 14),
        "atr_relative": atr / close,
        "atr_ratio": atr / atr.rolling(4 * WEEK).mean(),
        "index": volatility_index(bars.close, WEEK, YEAR),
        "gap": pd.Series(bars.open) / close.shift(1) - 1.0,
        "return_1_scaled": returns / returns.rolling(WEEK).std(),
        "volume_surprise": volume / volume.rolling(20).mean(),
        "stochastic": stochastic(bars.high, bars.low, bars.close, 14),
        "from_support": (close - plain_level(bars, atr, -1)) / atr,
        "from_resistance": (close - plain_level(bars, atr, 1)) / atr,
        "from_range_low": (close - pd.Series(bars.low).rolling(20).min()) / atr,
        "from_range_high": (close - pd.Series(bars.high).rolling(20).max()) / atr,
    } | {f"from_{name}": (close - level) / atr for name, level in plain_pivots(bars, ALWAYS, "4h").items()}


def close_to(found, wanted):
    wanted = np.asarray(wanted)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_the_declared_features_are_the_ones_tested(expected):
    assert list(OWN) == list(expected)


@pytest.mark.parametrize("name", OWN)
def test_feature(features, expected, name):
    close_to(column(features, name), expected[name])


def column(features, name):
    return features.matrix[:, features.names.index(name)]


def plain_features(bars, calendar, timeframe, known):
    """The formulas as one would write them with numpy, TA-Lib and pandas: the bits to be kept."""
    week, year = bars_per_week(calendar, timeframe), bars_per_year(calendar, timeframe)
    close = bars.close
    nan = np.full(len(bars), np.nan)

    def change(values, before, periods):
        out = nan.copy()
        out[periods:] = values[periods:] / before[:-periods] - 1.0
        return out

    def quotient(x, y):
        out = nan.copy()
        np.divide(x, y, out=out, where=y > 0.0)
        return out

    returns = np.array([math.nan, *(math.log(b / a) for a, b in pairwise(close))])
    volatility = deviations(returns, week)
    slow = simple_average(close, LONG)
    atr = average_true_range(bars.high, bars.low, close, 14)
    median = pd.Series(volatility).rolling(year, min_periods=max(1, year // 4)).median().to_numpy()
    plain = {
        "return_1": change(close, close, 1),
        "return_5": change(close, close, 5),
        "return_20": change(close, close, 20),
        "momentum": 40.0 * (simple_average(close, SHORT) - slow) / slow,
        "rsi_14": relative_strength(close, 14),
        "adx_14": directional_index(bars.high, bars.low, close, 14),
        "atr_relative": atr / close,
        "atr_ratio": quotient(atr, simple_average(atr, 4 * week)),
        "index": np.where(np.isnan(known), quotient(volatility, median) * 17.6, known),
        "gap": change(bars.open, close, 1),
        "return_1_scaled": quotient(returns, volatility),
        "volume_surprise": quotient(bars.volume, simple_average(bars.volume, 20)),
        "volatility": volatility,
        "atr": atr,
        "stochastic": stochastic(bars.high, bars.low, close, 14),
    }
    plain |= {
        "from_support": away(close, plain_level(bars, atr, -1), atr),
        "from_resistance": away(close, plain_level(bars, atr, 1), atr),
        "from_range_low": away(close, window_of(20, bars.low, min), atr),
        "from_range_high": away(close, window_of(20, bars.high, max), atr),
    }
    plain |= {
        f"from_{name}": away(close, level, atr) for name, level in plain_pivots(bars, calendar, timeframe).items()
    }
    return plain | plain_scores(close, volatility, plain["index"], plain["stochastic"])


def window_of(count, values, extreme):
    """`extreme` of the last `count` values."""
    past = [extreme(values[t - count + 1 : t + 1].tolist()) for t in range(count - 1, values.size)]
    return np.array([math.nan] * min(count - 1, values.size) + past)


def deviations(returns, week):
    """Sample deviation of the last `week` returns by running sums, taken anew every `week` bars."""
    out = np.full(returns.size, math.nan)
    total = squares = 0.0
    for t in range(1, returns.size):
        total, squares = total + returns[t], squares + returns[t] * returns[t]
        if t > week:
            total, squares = total - returns[t - week], squares - returns[t - week] * returns[t - week]
        if t % week == 0:
            total = squares = 0.0
            for one in returns[t - week + 1 : t + 1]:
                total, squares = total + one, squares + one * one
        if t >= week:
            out[t] = math.sqrt(max((squares - total * total / week) / (week - 1), 0.0))
    return out


@pytest.mark.parametrize(("timeframe", "calendar"), [("1h", "24/7"), ("4h", "24/7"), ("1d", "24/7"), ("1d", "XNYS")])
@pytest.mark.parametrize("with_index", [False, True])
def test_from_an_hour_on_the_own_features_have_the_bits_of_the_plain_formulas(timeframe, calendar, with_index):
    bars = random_bars(6, 3000, timeframe)
    bars = bars.rows(np.arange(3000) % 53 > 2)
    known = np.full(len(bars), np.nan)
    if with_index:
        known = index_of_yesterday(bars.ts, bar_micros(timeframe), *random_index(6, bars))
    features = compute_features(bars, CALENDARS[calendar], timeframe, SHORT, LONG, known)
    wanted = plain_features(bars, CALENDARS[calendar], timeframe, known)
    for name in OWN:
        assert same_bits(column(features, name), wanted[name]), name
    beside = {"adx": "adx_14"}
    for name in ("momentum", "adx", "atr", "atr_relative", "atr_ratio", "index", "gap", *KEPT):
        assert same_bits(getattr(features, name), wanted[beside.get(name, name)]), name
    assert np.isfinite(wanted["index"]).sum() > 100


SEEN_IN = [("1m", ("1h", "1d")), ("30m", ("1h", "1d")), ("1h", ("1d",)), ("4h", ("1d",)), ("1d", ())]


@pytest.mark.parametrize(("timeframe", "coarser"), SEEN_IN)
def test_the_columns_are_the_declared_ones(timeframe, coarser):
    wanted = [*OWN]
    wanted += [f"{name}_{larger}" for larger in coarser for name in ("rsi_14", "momentum", "volatility", "adx_14")]
    assert list(declared(ALWAYS, timeframe, SHORT, LONG).predictors) == wanted
    beside = ["leader_return_1", "leader_return_20", "leader_correlation"]
    assert list(declared(ALWAYS, timeframe, SHORT, LONG, "X").predictors) == wanted + beside
    bars = random_bars(1, 50, timeframe)
    features = compute_features(bars, ALWAYS, timeframe, SHORT, LONG, np.full(50, np.nan))
    assert list(features.names) == wanted
    assert features.matrix.shape == (50, len(wanted))
    assert features.matrix.flags.f_contiguous


@pytest.fixture(scope="module")
def minutes():
    """Half a year of 30 minutes with holes of a bar, of hours and of days."""
    bars = random_bars(8, 9000, "30m")
    number = np.arange(9000)
    holes = [(1000, 1003), (2000, 2050), (4000, 4160), (6001, 6002)]
    absent = np.any([(number >= first) & (number < last) for first, last in holes], axis=0)
    return bars.rows(~absent)


def known_at_close(bars, step, known_at, values):
    """For each bar the value of the newest row known by its close, by looking at all of them."""
    out = np.full(len(bars), np.nan)
    for t, ts in enumerate(bars.ts):
        past = np.flatnonzero(known_at <= ts + step)
        if past.size:
            out[t] = values[past[-1]]
    return out


@pytest.mark.parametrize("larger", ["1h", "1d"])
def test_coarser_features_are_those_of_the_coarser_bars_as_known_at_each_close(minutes, larger):
    features = compute_features(minutes, ALWAYS, "30m", SHORT, LONG, np.full(len(minutes), np.nan))
    made = resample(minutes, "30m", larger)
    plain = plain_features(made.bars, ALWAYS, larger, np.full(len(made.bars), np.nan))
    for name in ("rsi_14", "momentum", "volatility", "adx_14"):
        found = column(features, f"{name}_{larger}")
        np.testing.assert_array_equal(found, known_at_close(minutes, 30 * MINUTE, made.known_at, plain[name]))
        assert np.isfinite(found).any()
    if larger == "1h":
        wanted = known_at_close(minutes, 30 * MINUTE, made.known_at, plain["index"])
        np.testing.assert_array_equal(features.index, wanted)
        assert np.isfinite(wanted).any()


def test_below_an_hour_a_known_index_still_goes_first(minutes):
    known = np.full(len(minutes), np.nan)
    known[100:200] = 21.5
    features = compute_features(minutes, ALWAYS, "30m", SHORT, LONG, known)
    assert (features.index[100:200] == 21.5).all()
    assert np.isnan(features.index[:100]).all()


def test_an_exchanges_coarser_bars_are_its_sessions():
    calendar = CALENDARS["XNYS"]
    opens, closes = session_spans(calendar, parse_time("2024-01-01"), parse_time("2024-04-30"))
    ts = np.concatenate([np.arange(a, b, 30 * MINUTE) for a, b in zip(opens, closes, strict=True)])
    plain = random_bars(2, ts.size, "30m")
    bars = replace(plain, ts=ts)
    features = compute_features(bars, calendar, "30m", 3, 5, np.full(ts.size, np.nan))
    made = resample(bars, "30m", "1d", (opens, closes))
    rsi = relative_strength(made.bars.close, 14)
    np.testing.assert_array_equal(column(features, "rsi_14_1d"), known_at_close(bars, 30 * MINUTE, made.known_at, rsi))
    at_close = np.flatnonzero(ts == closes[40] - 30 * MINUTE)[0]
    assert column(features, "rsi_14_1d")[at_close] == rsi[40]
    assert column(features, "rsi_14_1d")[at_close - 1] == rsi[39]


def test_what_is_seen_of_the_leader_is_what_was_known():
    own, leading = random_bars(1, 400), random_bars(2, 400)
    leading = leading.rows((np.arange(400) >= 20) & (np.arange(400) % 17 != 3) & ~((np.arange(400) // 20) == 9))
    features = compute_features(own, ALWAYS, "4h", SHORT, LONG, np.full(400, np.nan), Leader("X/USDT", leading))
    step = 4 * HOUR
    returns = np.diff(np.log(leading.close), prepend=np.nan)
    for name, periods in (("leader_return_1", 1), ("leader_return_20", 20)):
        plain = pd.Series(leading.close).pct_change(periods).to_numpy()
        close_to(column(features, name), dated(own, leading, known_at_close(own, step, leading.ts + step, plain)))
    beside = dated(own, leading, known_at_close(own, step, leading.ts + step, returns))
    expected = pd.Series(np.diff(np.log(own.close), prepend=np.nan)).rolling(WEEK).corr(pd.Series(beside))
    close_to(column(features, "leader_correlation"), expected)


def dated(own, leading, values):
    """Nothing where the leader's newest bar is more than a day older than the series' own."""
    newest = np.array([max((one for one in leading.ts if one <= ts), default=-(10**18)) for ts in own.ts])
    return np.where(own.ts - newest > DAY, np.nan, values)


def test_a_leader_that_is_not_given_is_said():
    bars = random_bars(1, 30)
    declaration = declared(ALWAYS, "4h", SHORT, LONG, "X/USDT")
    with pytest.raises(BadInput, match="declared beside X/USDT"):
        compute_declared(declaration, FeatureInputs(bars, ALWAYS, "4h", np.full(30, np.nan), Leader("Y/USDT", bars)))


ATR = FeatureSpec("atr", "average_range", ("high", "low", "close"), 14)
WRONG = [
    ((ATR, ATR), ("atr",), "twice"),
    ((ATR,), ("nothing",), "not at all"),
    ((FeatureSpec("both", "strength", ("close",), 14, "1d", "X"),), (), "not of both"),
]


@pytest.mark.parametrize(("specs", "predictors", "said"), WRONG)
def test_a_declaration_that_cannot_be(specs, predictors, said):
    with pytest.raises(BadInput, match=said):
        Declaration(specs, predictors)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (FeatureSpec("new", "tea_leaves", ("close",)), "no known kind: 'tea_leaves'"),
        (FeatureSpec("new", "strength", ("later",), 14), "reads later"),
        (FeatureSpec("new", "strength", ("atr",), 14, "1d"), "reads atr"),  # not declared on those bars
    ],
)
def test_a_spec_that_cannot_be_computed(spec, said):
    whole = declared(ALWAYS, "4h", SHORT, LONG)
    bars = random_bars(1, 30)
    with pytest.raises(BadInput, match=said):
        compute_declared(
            Declaration((*whole.specs, spec), whole.predictors),
            FeatureInputs(bars, ALWAYS, "4h", np.full(30, np.nan), None),
        )


def test_the_version_is_of_everything_that_the_features_come_from():
    whole = declared(ALWAYS, "4h", SHORT, LONG)
    versions = {
        feature_version(whole, "1", ("a", "b")),
        feature_version(whole, "2", ("a", "b")),
        feature_version(whole, "1", ("a", "c")),
        feature_version(whole, "1", ("a",)),
        feature_version(declared(ALWAYS, "4h", SHORT, LONG + 1), "1", ("a", "b")),
        feature_version(declared(ALWAYS, "4h", SHORT, LONG, "X"), "1", ("a", "b")),
        feature_version(declared(ALWAYS, "4h", SHORT, LONG, "Y"), "1", ("a", "b")),
        feature_version(declared(CALENDARS["XNYS"], "4h", SHORT, LONG), "1", ("a", "b")),
    }
    assert len(versions) == 8
    assert feature_version(declared(ALWAYS, "4h", SHORT, LONG), "1", ("a", "b")) in versions


def changed(bars, name, row):
    values = getattr(bars, name).copy()
    values[row] = values[row] + 1
    return replace(bars, **{name: values})


def test_the_inputs_hash_is_of_the_first_rows_and_of_nothing_later():
    bars, leading = random_bars(1, 60), random_bars(2, 60)
    known = np.full(60, 20.0)
    inputs = FeatureInputs(bars, ALWAYS, "4h", known, Leader("X", leading))
    before = inputs.sha256(40)
    later = FeatureInputs(
        changed(bars, "close", 40), ALWAYS, "4h", np.append(known[:40], known[40:] + 1), Leader("X", leading)
    )
    assert later.sha256(40) == before
    assert replace(inputs, leader=Leader("X", changed(leading, "close", 40))).sha256(40) == before
    repaired = [replace(inputs, bars=changed(bars, name, 39)) for name in Bars.__slots__]
    repaired += [replace(inputs, leader=Leader("X", changed(leading, "volume", 3))), replace(inputs, timeframe="1h")]
    repaired += [replace(inputs, known_index=np.append(21.0, known[1:])), replace(inputs, calendar=CALENDARS["XNYS"])]
    assert before not in {one.sha256(40) for one in repaired}
    assert inputs.sha256(0) == FeatureInputs(leading, ALWAYS, "4h", known, None).sha256(0)


def test_columns_that_the_regime_and_the_step_read(bars, features, expected):
    for name in ("momentum", "atr_relative", "atr_ratio", "index", "gap"):
        close_to(getattr(features, name), expected[name])
    close_to(features.adx, expected["adx_14"])
    close_to(features.atr, average_true_range(bars.high, bars.low, bars.close, 14))
    close_to(features.volatility, np.log(pd.Series(bars.close)).diff().rolling(WEEK).std())


def test_what_is_kept_is_declared_and_nothing_of_it_is_a_view_of_the_bars(bars, features):
    assert KEPT == ("atr", "volatility", "sentiment", "momentum_score", "stretch")
    assert set(KEPT) <= {spec.name for spec in declared(ALWAYS, "4h", SHORT, LONG).specs}
    assert not set(KEPT) & set(features.names)
    for name in KEPT:
        kept = getattr(features, name)
        assert kept.shape == (len(bars),)
        assert not any(np.shares_memory(kept, getattr(bars, one)) for one in ("open", "high", "low", "close"))


def test_what_is_no_price_is_the_same_in_other_units_of_price(bars, features):
    halves = [0.5 * getattr(bars, name) for name in ("open", "high", "low", "close")]
    found = compute_features(Bars(bars.ts, *halves, bars.volume), ALWAYS, "4h", SHORT, LONG, np.full(len(bars), np.nan))
    assert same_bits(found.matrix, features.matrix)
    for name in KEPT:
        assert same_bits(getattr(found, name), (0.5 if name == "atr" else 1.0) * getattr(features, name)), name


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        ("past_return", ([4.0, 0.0, 2.0, 3.0],), [math.nan, -1.0, math.nan, 0.5]),
        ("gap", ([1.0, 5.0, 6.0, 9.0], [4.0, 0.0, 2.0, 3.0]), [math.nan, 0.25, math.nan, 3.5]),
        ("momentum", ([3.0, 1.0, math.nan, 1.0], [2.0, 0.0, 1.0, -2.0]), [20.0, math.nan, math.nan, -60.0]),
    ],
)
def test_nothing_is_divided_by_zero(kind, inputs, expected):
    found = KINDS[kind](tuple(map(np.array, inputs)), 1, np.empty(4))
    np.testing.assert_array_equal(found, expected)


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
    features = compute_features(bars, ALWAYS, "4h", SHORT, LONG, np.full(60, np.nan))
    assert np.isnan(column(features, "volume_surprise")).all()


def test_one_bar_is_enough_to_ask():
    for count in (0, 1):
        bars = random_bars(1, count) if count else random_bars(1, 1).rows(slice(0, 0))
        features = compute_features(bars, ALWAYS, "4h", SHORT, LONG, np.full(count, np.nan), Leader("X", bars))
        assert np.isnan(features.matrix).all()
        assert features.matrix.shape == (count, len(features.names))


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
    ("2024-01-17T00:00:00", DAY, 10),  # published a week before the bar is over
    ("2024-01-18T00:00:00", HOUR, None),  # longer ago
]


@pytest.mark.parametrize(("opened", "length", "day"), KNOWN)
def test_index_of_yesterday(opened, length, day):
    days = parse_time("2024-01-01") + np.arange(10, dtype=np.int64) * DAY
    found = index_of_yesterday(np.array([parse_time(opened)]), length, days, np.arange(1.0, 11.0))
    np.testing.assert_array_equal(found, [np.nan if day is None else float(day)])


def test_an_empty_index_is_never_known():
    nothing = np.empty(0, np.int64)
    assert np.isnan(index_of_yesterday(np.arange(5) * DAY, DAY, nothing, np.empty(0))).all()


def test_after_a_long_weekend_the_last_session_still_counts():
    friday, tuesday = parse_time("2024-05-24"), parse_time("2024-05-28")
    assert iso(friday)[:10] == "2024-05-24"
    np.testing.assert_array_equal(
        index_of_yesterday(np.array([tuesday]), DAY, np.array([friday]), np.array([12.0])), [12.0]
    )
