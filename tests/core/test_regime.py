"""The rule table row by row, persistence of three in five, confidence, measures, and what a history is joined of."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from markets import random_bars, same_bits

from models.features import FeatureInputs, Leader
from models.regime import (
    EPISODES,
    RegimeHistory,
    RegimeSettings,
    accuracy,
    by_rules,
    confusion,
    episode_rows,
    regime_history,
    shares,
    shares_by_year,
    spells,
    switches,
    switches_per_year,
    thrash_rate,
    transitions,
)
from models.regime.correlation import correlation_spike
from models.regime.detected import SILENT, Detected, persistent
from models.regime.figures import FIGURES, figures_of
from models.regime.rules import certainty_of, classify
from models.resampling import resample
from models.types import CALENDARS, BadInput, Regime, parse_time
from models.types.timeframes import DAY, HOUR

V, T, R, C = Regime.VOLATILE, Regime.TRENDING, Regime.RANGING, Regime.CRISIS
NAN = math.nan
CRYPTO = CALENDARS["24/7"]

# index, gap, atr_ratio, adx, correlation_spike, before -> regime
TABLE = [
    # crisis goes before everything, above its threshold only
    (35.0, 0.0, 1.0, 30.0, NAN, R, T),
    (35.01, 0.0, 1.0, 30.0, NAN, R, C),
    (35.01, 0.0, 2.0, 10.0, NAN, R, C),
    (10.0, 0.03, 1.0, 30.0, NAN, R, T),
    (10.0, 0.0301, 1.0, 30.0, NAN, R, C),
    (10.0, -0.03, 1.0, 30.0, NAN, R, T),
    (10.0, -0.0301, 1.0, 30.0, NAN, R, C),
    (10.0, 0.0, 1.0, 30.0, 0.5, R, T),
    (10.0, 0.0, 1.0, 30.0, 0.501, R, C),
    (10.0, 0.0, 2.0, 10.0, 0.501, R, C),
    (10.0, 0.0, 1.0, 30.0, -0.9, R, T),
    # volatile: the index or the ATR is high, and no trend
    (25.0, 0.0, 1.0, 19.9, NAN, T, R),
    (25.01, 0.0, 1.0, 19.9, NAN, T, V),
    (25.01, 0.0, 1.0, 20.0, NAN, T, T),
    (25.01, 0.0, 1.0, 20.0, NAN, C, C),
    (25.01, 0.0, 1.0, 25.01, NAN, R, T),
    (10.0, 0.0, 1.5, 19.9, NAN, T, R),
    (10.0, 0.0, 1.51, 19.9, NAN, T, V),
    (10.0, 0.0, 1.51, 20.0, NAN, R, R),
    # trending, ranging, and as before in between
    (10.0, 0.0, 1.0, 25.0, 0.0, R, R),
    (10.0, 0.0, 1.0, 25.0, 0.0, V, V),
    (10.0, 0.0, 1.0, 25.01, 0.0, R, T),
    (10.0, 0.0, 1.0, 20.0, 0.0, T, T),
    (10.0, 0.0, 1.0, 19.99, 0.0, T, R),
    # what is unknown fires nothing
    (NAN, NAN, NAN, NAN, NAN, T, T),
    (NAN, 0.0, 1.0, 30.0, NAN, R, T),
    (NAN, 0.05, NAN, NAN, NAN, R, C),
    (NAN, NAN, NAN, NAN, 0.6, R, C),
    (NAN, NAN, 1.6, 10.0, NAN, T, V),
    (40.0, NAN, NAN, NAN, NAN, R, C),
    (30.0, NAN, NAN, NAN, NAN, R, R),
    (30.0, NAN, 1.0, 10.0, NAN, R, V),
]


@pytest.mark.parametrize(("index", "gap", "atr_ratio", "adx", "spike", "before", "regime"), TABLE)
def test_classify(index, gap, atr_ratio, adx, spike, before, regime):
    said = classify(index, gap, atr_ratio, adx, spike, 35.0)
    assert (before if said == SILENT else said) == regime


def test_a_switch_waits_until_a_bar_speaks_for_it_again():
    """ADX 26 and then 23: the third raw trending bar of five is inside the dead band, and takes nothing over."""
    adx = np.array([10.0] * 6 + [26.0, 23.0, 23.0, 23.0, 26.0])
    calm = np.full(adx.size, 10.0), np.zeros(adx.size), np.ones(adx.size)
    found = by_rules(*calm, adx, np.zeros(adx.size))
    assert found.raw.tolist() == [R] * 6 + [T] * 5
    assert found.label.tolist() == [R] * 10 + [T]


def test_the_crisis_level_of_the_index_is_given():
    figures = (np.full(6, 40.0), np.zeros(6), np.ones(6), np.full(6, 30.0), np.zeros(6))
    assert [by_rules(*figures, level).label[-1] for level in (35.0, 39.9, 40.0, 45.0)] == [C, C, T, T]
    assert by_rules(*figures).label[-1] == C


FIGURES_OF = {C: (50.0, 10.0), V: (30.0, 10.0), T: (10.0, 40.0), R: (10.0, 10.0)}


def ruled(index, adx):
    index, adx = (np.array(one, np.float64) for one in (index, adx))
    return by_rules(index, np.zeros(index.size), np.ones(index.size), adx, np.full(index.size, NAN))


def labels_of(raw):
    """Labels of bars whose figures leave no doubt about the raw regime."""
    return [Regime(int(one)) for one in ruled(*zip(*(FIGURES_OF[one] for one in raw), strict=True)).label]


SEQUENCES = [
    ([T, T, T], [R, R, T]),
    ([T, T, R, T], [R, R, R, T]),
    ([T, R, T, R, T], [R, R, R, R, T]),
    ([T, R, R, T, R, T], [R, R, R, R, R, R]),
    ([C, C, R, R, R, C], [R, R, R, R, R, R]),  # the first of them has left the five
    ([T, T, T, C, C, V, V, C], [R, R, T, T, T, T, T, C]),
    ([T, T, T, R, R, V, V, V], [R, R, T, T, T, T, T, V]),
]


@pytest.mark.parametrize(("raw", "labels"), SEQUENCES)
def test_three_in_five(raw, labels):
    assert labels_of(raw) == labels


def test_three_in_five_for_every_sequence_of_seven():
    for raw in itertools.product((V, T, C), repeat=7):
        current, expected = R, []
        for t in range(7):
            held = [one for one in Regime if raw[max(0, t - 4) : t + 1].count(one) >= 3]
            current = held[0] if held else current
            expected.append(current)
        assert labels_of(raw) == expected
        assert persistent(np.array(raw), np.ones(7, np.bool_)).tolist() == expected


def test_between_the_adx_thresholds_the_raw_regime_stays():
    found = ruled(np.full(8, 10.0), [30.0, 22.0, 22.0, 24.9, 15.0, 22.0, 20.0, 25.0])
    assert found.raw.tolist() == [T, T, T, T, R, R, R, R]
    assert found.label.tolist() == [R] * 8
    spoken = ruled(np.full(6, 10.0), [30.0, 22.0, 22.0, 30.0, 15.0, 22.0])
    assert spoken.label.tolist() == [R, R, R, T, T, T]


def test_nothing_known_is_ranging_with_no_confidence():
    nothing = np.full(6, NAN)
    found = by_rules(*[nothing] * 5)
    assert found.label.tolist() == [R] * 6
    assert found.confidence.tolist() == [0.0] * 6
    assert by_rules(*[nothing[:0]] * 5).label.size == 0


# raw, index, gap, atr_ratio, adx, correlation_spike -> certainty: half at the threshold, 0.75 a quarter beyond it
CERTAINTIES = [
    (T, 10.0, 0.0, 1.0, 25.0 * 1.25, NAN, 0.75),
    (T, 10.0, 0.0, 1.0, 22.0, NAN, 0.5),
    (T, 10.0, 0.0, 1.0, NAN, NAN, 0.0),
    (R, 10.0, 0.0, 1.0, 15.0, NAN, 0.75),
    (R, 10.0, 0.0, 1.0, 0.0, NAN, 0.9),
    (V, 25.0 * 1.25, 0.0, 1.0, 1.0, NAN, 0.75),
    (V, 10.0, 0.0, 1.5 * 1.25, 1.0, NAN, 0.75),
    (V, 10.0, 0.0, 9.0, 15.0, NAN, 0.75),
    (C, 35.0 * 1.25, 0.0, 1.0, NAN, NAN, 0.75),
    (C, 10.0, -0.03 * 1.25, 1.0, NAN, NAN, 0.75),
    (C, NAN, NAN, NAN, NAN, 0.625, 0.75),
    (C, 35.0 * 1.25, 0.3, 1.0, NAN, NAN, 0.5 + 0.5 * 9.0 / 9.25),
]


@pytest.mark.parametrize(("raw", "index", "gap", "atr_ratio", "adx", "spike", "expected"), CERTAINTIES)
def test_certainty(raw, index, gap, atr_ratio, adx, spike, expected):
    assert certainty_of(int(raw), index, gap, atr_ratio, adx, spike, 35.0) == pytest.approx(expected)


def test_confidence_is_the_mean_certainty_of_the_five_that_agree():
    found = ruled(np.full(7, 10.0), [31.25, 31.25, 31.25, 31.25, 31.25, 10.0, 31.25])
    assert found.confidence[:5] == pytest.approx([0.0, 0.0, 0.45, 0.6, 0.75])  # ranging holds on the first two
    assert found.confidence[5:] == pytest.approx([0.6, 0.6])
    growing = [ruled(np.full(5, 10.0), np.full(5, adx)).confidence[-1] for adx in (25.5, 27.0, 30.0, 50.0)]
    assert sorted(set(growing)) == growing
    assert 0.5 < growing[0] < growing[-1] < 1.0


# Measures


def test_spells_shares_and_switches():
    label = np.array([R, R, T, T, T, R, C])
    found = spells(label)
    assert found.regime.tolist() == [R, T, R, C]
    assert found.first.tolist() == [0, 2, 5, 6]
    assert found.bars.tolist() == [2, 3, 1, 1]
    assert found.mean_bars() == 7 / 4
    assert found.mean_bars(R) == 1.5
    assert math.isnan(found.mean_bars(V))
    assert shares(label).tolist() == [0.0, 3 / 7, 3 / 7, 1 / 7]
    assert switches(label) == 3
    assert switches_per_year(label, 365.0) == 3 / 6 * 365.0
    assert spells(label[:0]).bars.size == 0
    assert math.isnan(switches_per_year(label[:1], 365.0))


def test_transitions_are_shares_of_what_follows():
    found = transitions(np.array([R, R, T, T, T, R, C]))
    assert found[R].tolist() == [0.0, 1 / 3, 1 / 3, 1 / 3]
    assert found[T].tolist() == [0.0, 2 / 3, 1 / 3, 0.0]
    assert np.isnan(found[[V, C]]).all()


THRASHING = [
    ([R, R, T, R, R], 1, 1 / 2),  # there and back: the second switch takes the first one back
    ([R, R, T, T, R, R], 1, 0.0),
    ([R, R, T, T, R, R], 2, 1 / 2),
    ([R, R, T, C, R, R], 9, 0.0),
    ([R, T, R, T], 1, 2 / 3),
    ([R, R, T, T], 5, 0.0),
    ([R, R, R], 5, NAN),
]


@pytest.mark.parametrize(("label", "within", "rate"), THRASHING)
def test_thrash_rate(label, within, rate):
    assert thrash_rate(np.array(label), within) == pytest.approx(rate, nan_ok=True)


def test_confusion_has_the_truth_in_rows():
    truth, label = np.array([R, R, T, C]), np.array([R, T, T, V])
    table = confusion(truth, label)
    assert table.sum() == 4
    assert [table[R, R], table[R, T], table[T, T], table[C, V]] == [1, 1, 1, 1]
    assert accuracy(truth, label) == 0.5
    with pytest.raises(BadInput, match="4 bars of truth cannot be held against 3 labels"):
        confusion(truth, label[:3])


# Correlation with the leader


def moving_together(seed, share, n=4000):
    rng = np.random.default_rng(seed)
    leader = rng.normal(0.0, 0.01, n)
    own = share * leader + np.sqrt(1.0 - share**2) * rng.normal(0.0, 0.01, n)
    return own, leader


def test_a_correlation_spikes_where_it_is_high_and_far_above_its_usual_level():
    own, leader = moving_together(1, 0.6)
    herd = moving_together(1, 0.97)[0]
    own[3000:3200] = herd[3000:3200]
    found = correlation_spike(own, leader, 168, 2000)
    assert np.isnan(found[: 168 + 500 - 2]).all()
    assert np.isfinite(found[168 + 500 - 1 :]).all()
    assert found[700:3000].max() < 0.1
    assert found[3199] == pytest.approx(math.atanh(0.97) - math.atanh(0.6) - 1.645 / math.sqrt(165), abs=0.2)
    assert found[3500:].max() < 0.1


def test_what_always_moves_together_or_never_much_does_not_spike():
    close, apart = (correlation_spike(*moving_together(2, share), 168, 2000) for share in (0.95, 0.1))
    assert np.nanmax(close) < 0.3
    assert np.nanmax(apart) == 0.0
    own, leader = moving_together(3, 0.1)
    own[3000:3200] = moving_together(3, 0.7)[0][3000:3200]
    assert correlation_spike(own, leader, 168, 2000)[3199] == 0.0  # far above its usual level, and no herd


def test_the_leader_itself_and_who_has_none_have_no_spike():
    assert np.isnan(figures_of(inputs_of(random_bars(1, 900, "1h"), "1h"))["correlation_spike"]).all()
    bars = random_bars(1, 3000, "1h")
    other = replace(random_bars(2, 3000, "1h"), ts=bars.ts)
    found = figures_of(inputs_of(bars, "1h", leader=Leader("X/USDT", other)))["correlation_spike"]
    assert np.isfinite(found[-100:]).all()


# History


def inputs_of(bars, timeframe, index=None, leader=None):
    known = np.full(len(bars), NAN) if index is None else index
    return FeatureInputs(bars, CRYPTO, timeframe, known, leader)


def test_the_context_is_of_days_and_joined_when_they_have_ended():
    bars = random_bars(4, 24 * 400, "1h")
    found = regime_history(inputs_of(bars, "1h"), RegimeSettings())
    days = resample(bars, "1h", "1d").bars
    figures = figures_of(inputs_of(days, "1d"))
    daily = by_rules(*(figures[name] for name in FIGURES))
    # The bar from 23:00 to midnight is the first that knows its own day.
    day = (bars.ts + HOUR - days.ts[0]) // DAY - 1
    assert day[0] == -1
    known = day >= 0
    for name in ("raw", "label", "confidence"):
        assert same_bits(getattr(found.context, name)[known], getattr(daily, name)[day[known]])
    for name in FIGURES:
        assert same_bits(found.figures[f"{name}_context"][known], figures[name][day[known]])
    assert set(found.context.label[~known]) == {R}
    assert set(found.context.confidence[~known]) == {0.0}
    assert np.isnan(found.figures["adx_context"][~known]).all()
    own = figures_of(inputs_of(bars, "1h"))
    assert same_bits(found.trigger.label, by_rules(*(own[name] for name in FIGURES)).label)
    assert same_bits(found.figures["adx_trigger"], own["adx"])


def test_a_crisis_of_the_trigger_overrides_the_context_and_brings_its_confidence():
    bars = random_bars(4, 24 * 100, "1h")
    # Fear by day that is gone at midnight: the trigger sees it, the context does not.
    afraid = (bars.ts // HOUR % 24 > 2) & (bars.ts // HOUR % 24 < 20) & (bars.ts // DAY % 3 == 0)
    found = regime_history(inputs_of(bars, "1h", np.where(afraid, 50.0, 15.0)), RegimeSettings())
    alarm = found.trigger.label == C
    assert 0.2 < alarm.mean() < 0.4
    assert (found.context.label != C).all()
    assert (found.label == np.where(alarm, C, found.context.label)).all()
    assert (found.confidence == np.where(alarm, found.trigger.confidence, found.context.confidence)).all()
    assert (found.raw == np.where(found.trigger.raw == C, C, found.context.raw)).all()
    assert len(set(found.label.tolist())) >= 3


@pytest.mark.parametrize(
    ("timeframe", "context", "trigger", "as_context", "as_trigger"),
    [
        ("1d", "1d", "1h", "1d", "1d"),
        ("4h", "1d", "1h", "1d", "4h"),
        ("30m", "1d", "1h", "1d", "1h"),
        ("4h", "1h", "1h", "4h", "4h"),
        ("1h", "4h", "4h", "4h", "4h"),
    ],
)
def test_what_is_not_coarser_means_the_own_bars(timeframe, context, trigger, as_context, as_trigger):
    bars = random_bars(5, 3000, timeframe)
    found = regime_history(inputs_of(bars, timeframe), RegimeSettings("rules", context, trigger))
    same = regime_history(inputs_of(bars, timeframe), RegimeSettings("rules", as_context, as_trigger))
    for view in ("context", "trigger"):
        assert same_bits(getattr(found, view).label, getattr(same, view).label)
    if as_context == timeframe:
        own = figures_of(inputs_of(bars, timeframe))
        assert same_bits(found.context.raw, by_rules(*(own[name] for name in FIGURES)).raw)


def test_a_known_index_reaches_the_context_and_makes_a_crisis():
    bars = random_bars(6, 24 * 60, "1h")
    index = np.where(bars.ts < bars.ts[0] + 30 * DAY, 15.0, 50.0)
    found = regime_history(inputs_of(bars, "1h", index), RegimeSettings())
    # Known from the close of the thirtieth day's first hour on, so the context sees it at that day's end.
    first = int(np.flatnonzero(found.figures["index_context"] == 50.0)[0])
    assert bars.ts[first] == bars.ts[0] + 31 * DAY - HOUR
    assert (found.context.label[first + 48 :] == C).all()
    relaxed = regime_history(inputs_of(bars, "1h", index), RegimeSettings(crisis_index=60.0))
    assert (relaxed.context.label != C).mean() > 0.9


def test_a_week_of_days_is_too_few_for_a_realised_index():
    """Fourteen returns instead: on a series that doubles its volatility the index of seven would jump about twice."""
    rng = np.random.default_rng(7)
    bars = random_bars(7, 900, "1d")
    bars = replace(bars, close=100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, 900))))
    index = figures_of(inputs_of(bars, "1d"))["index"]
    returns = np.log(bars.close[1:] / bars.close[:-1])
    fourteen = np.array([returns[t - 13 : t + 1].std(ddof=1) for t in range(600, 899)])
    assert np.corrcoef(index[601:900], fourteen)[0, 1] > 0.98


@pytest.mark.parametrize("detector", ["rules", "hmm"])
@pytest.mark.parametrize("rows", [0, 1, 5, 30])
def test_short_series_are_ranging(detector, rows):
    bars = random_bars(8, 30, "1h").rows(slice(0, rows))
    found = regime_history(inputs_of(bars, "1h"), RegimeSettings(detector))
    assert found.label.shape == found.raw.shape == found.confidence.shape == (rows,)
    assert all(one.shape == (rows,) for one in found.figures.values())
    assert set(found.context.label[:23]) <= {R}


BAD = [
    ({"detector": "magic"}, "regime detector 'magic' is not known; use one of rules, hmm"),
    ({"crisis_index": 0.0}, "crisis_index 0.0 is no level"),
    ({"crisis_index": NAN}, "crisis_index nan is no level"),
    ({"context": "2d"}, "timeframe '2d' is not known"),
    ({"trigger": "1w"}, "timeframe '1w' is not known"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD)
def test_bad_settings_are_refused(wrong, message):
    with pytest.raises(BadInput, match=message):
        RegimeSettings(**wrong)


# Episodes


def history_of(label, trigger):
    context, quick = (Detected(one, one, np.ones(one.size)) for one in (label, trigger))
    return RegimeHistory(label, label, np.ones(label.size), context, quick, {})


def test_episode_rows():
    ts = np.arange(parse_time("2020-01-01"), parse_time("2022-03-01"), DAY, dtype=np.int64)
    on = lambda day: int(np.flatnonzero(ts == parse_time(day))[0])  # noqa: E731
    label, trigger = np.full(ts.size, int(R)), np.full(ts.size, int(R))
    trigger[on("2020-03-12") : on("2020-03-25")] = C
    label[on("2020-10-11") : on("2021-05-01")] = T
    rows = {one.episode.name: one for one in episode_rows(ts, history_of(label, trigger), EPISODES["BTC"], 365.0)}
    assert list(rows) == ["COVID crash", "bull run 2020-21", "bear 2022"]
    covid, bull, bear = rows.values()
    assert (covid.bars, covid.delay, covid.fulfilled) == (18, 4, True)
    assert covid.shares.tolist() == [0.0, 0.0, 5 / 18, 13 / 18]
    assert covid.mean_bars == 6.0
    assert covid.switches_per_year == 2 / 17 * 365.0
    assert (bull.delay, bull.fulfilled) == (10, True)
    assert (bear.bars, bear.delay, bear.fulfilled) == (59, 0, False)
    unseen = episode_rows(ts, history_of(label, label), EPISODES["BTC"], 365.0)[0]
    assert (unseen.delay, unseen.fulfilled) == (None, False)
    with pytest.raises(BadInput, match="3 times cannot be those of"):
        episode_rows(ts[:3], history_of(label, label), EPISODES["BTC"], 365.0)


def test_shares_by_year():
    ts = np.array([parse_time("2019-12-31"), parse_time("2020-01-01"), parse_time("2020-12-31T23:00Z")])
    found = shares_by_year(ts, np.array([R, C, T]))
    assert list(found) == [2019, 2020]
    assert found[2020].tolist() == [0.0, 0.5, 0.0, 0.5]
