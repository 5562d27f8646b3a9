"""Drift: distances by hand and beside scipy, and verdicts that are of drift and not of noise."""

import math

import numpy as np
import pytest
from scipy import special, stats

from models.predictors.drift import (
    LEAST_BARS,
    LEAST_STRETCHES,
    Judged,
    Limits,
    calibration_error,
    drift_of,
    input_shifts,
    log_loss,
    newest_bars,
)
from models.predictors.shifts import (
    bins_of,
    chance_of,
    distance,
    independent_bars,
    kolmogorov,
    quantile_edges,
    stability_index,
)

LIMITS = Limits(population_shift=0.25, shifted_share=0.2, loss=0.02)
NAN = math.nan


def slow(rng, bars, memory, columns=1):
    """Series of unit deviation whose neighbours correlate by `memory`."""
    noise = rng.normal(0.0, math.sqrt(1.0 - memory**2), (bars, columns))
    out = np.empty((bars, columns))
    last = rng.normal(0.0, 1.0, columns)
    for t in range(bars):
        last = out[t] = memory * last + noise[t]
    return out


def said(rng, bars, skill=1.0):
    """Words whose log-odds are right by the factor `skill`."""
    score = rng.normal(0.0, 1.0, bars)
    probability = 1.0 / (1.0 + np.exp(-score))
    rose = rng.random(bars) < 1.0 / (1.0 + np.exp(-skill * score))
    return Judged(probability, rose.astype(np.float64))


def judge(learnt, newest, before, after):
    names = tuple(f"f{k}" for k in range(learnt.shape[1]))
    return drift_of(names, learnt, newest, before, after, LIMITS)


NOBODY = Judged(np.empty(0), np.empty(0))


def test_the_index_by_hand():
    # Half a bar on every count: shares 3/8, 5/8 beside 5/8, 3/8.
    found = stability_index(np.array([2.0, 4.0]) + 0.0, np.array([4.0, 2.0]))
    p, q = 4.5 / 7.0, 2.5 / 7.0
    assert found == pytest.approx(2.0 * (p - q) * math.log(p / q), rel=1e-12)
    assert stability_index(np.array([5.0, 7.0]), np.array([5.0, 7.0])) == 0.0


def test_the_index_of_two_known_populations():
    rng = np.random.default_rng(1)
    learnt, moved = rng.normal(0.0, 1.0, 200_000), rng.normal(0.5, 1.0, 200_000)
    edges = quantile_edges(learnt)
    counts = [np.bincount(bins_of(one, edges), minlength=11).astype(float) for one in (learnt, moved)]
    whole = stats.norm.ppf(np.arange(11) / 10.0)
    p, q = (np.diff(stats.norm.cdf(whole, loc)) for loc in (0.5, 0.0))
    assert stability_index(*counts) == pytest.approx(((p - q) * np.log(p / q)).sum(), rel=0.02)


@pytest.mark.parametrize(
    ("figures", "wanted"),
    [
        ([0.0] * 20, [0, 1, 2, 3, 3, 3]),
        ([1.0] * 19 + [0.0], [0, 1, 1, 1, 2, 3]),
        ([0.0] * 19 + [1.0], [0, 1, 2, 3, 3, 3]),
        ([1.0] * 14 + [0.0] * 6, [0, 1, 2, 3, 4, 5]),
        ([NAN] * 20, [0, 1, 1, 1, 1, 1]),
    ],
)
def test_a_value_that_holds_two_tenths_has_a_bin_of_its_own_and_nan_has_one(figures, wanted):
    edges = quantile_edges(np.array(figures))
    assert bins_of(np.array([NAN, -1.0, 0.0, 0.5, 1.0, 2.0]), edges).tolist() == wanted


def test_tenths_hold_a_tenth_each():
    figures = np.random.default_rng(2).normal(size=1000)
    codes = bins_of(figures, quantile_edges(figures))
    assert np.bincount(codes).tolist() == [0] + [100] * 10


def test_distance_and_chance_are_scipys():
    rng = np.random.default_rng(3)
    one, other = rng.normal(0.0, 1.0, 300), rng.normal(0.1, 1.2, 170)
    one[:4], other[7] = NAN, one[9]
    with_nan = distance(one, other)
    theirs = stats.ks_2samp(one[4:], other, method="asymp")
    assert with_nan == theirs.statistic
    assert chance_of(with_nan, 296.0, 170.0) == pytest.approx(theirs.pvalue, rel=0.05)
    for x in (0.05, 0.1, 0.2, 0.5, 1.0, 1.36, 3.0):
        assert kolmogorov(x) == pytest.approx(special.kolmogorov(x), rel=1e-12, abs=1e-15)
    assert math.isnan(distance(one, np.array([NAN])))
    few, many = rng.integers(0, 4, 50).astype(float), rng.integers(1, 5, 80).astype(float)
    assert distance(few, many) == stats.ks_2samp(few, many).statistic


def test_neighbours_that_are_alike_count_as_fewer_bars():
    rng = np.random.default_rng(4)
    assert independent_bars(rng.normal(size=5000)) == pytest.approx(5000.0, rel=0.1)
    assert independent_bars(slow(rng, 50_000, 0.9)[:, 0]) == pytest.approx(50_000 * 0.1 / 1.9, rel=0.1)
    assert independent_bars(np.full(50, 2.0)) == 1.0
    assert independent_bars(np.array([NAN])) == 0.0


def test_slow_inputs_that_stay_what_they_are_have_not_shifted():
    """Each index is far above its limit, as it is in any such stretch; without the stretches all would be drift."""
    verdicts, beyond = [], []
    for seed in range(12):
        series = slow(np.random.default_rng(seed), 21_000, 0.995, 10)
        found = judge(series[:20_000], series[20_000:], NOBODY, NOBODY)
        verdicts.append(bool(found.reasons))
        beyond += [one.index >= LIMITS.population_shift for one in found.inputs]
    assert np.mean(beyond) > 0.8
    assert sum(verdicts) <= 1


def test_what_is_usual_by_hand():
    """Twenty stretches of thirty bars, of which the last two are all ones: each beside the nineteen others."""
    learnt = np.zeros((600, 1))
    learnt[540:] = 1.0
    (row,) = input_shifts(("x",), learnt, np.ones((30, 1)), 0.25)

    def index_of(expected, found):
        """Of counts of NaN, less than zero, zero, and one."""
        return float(stability_index(np.array([0.0, 0.0, *expected]), np.array([0.0, 0.0, *found])))

    def beside(zeros, ones):
        return index_of((540 - zeros, 60 - ones), (zeros, ones))

    own = [beside(30, 0)] * 18 + [beside(0, 30)] * 2
    assert row.usual == pytest.approx(np.quantile(own, 0.95), rel=1e-12)
    assert row.index == pytest.approx(index_of((540, 60), (0, 30)), rel=1e-12)
    assert row.index < row.usual
    assert not row.shifted


def test_inputs_that_move_have_shifted():
    series = slow(np.random.default_rng(5), 21_000, 0.9, 10)
    series[20_000:, 2:5] *= 3.0
    found = judge(series[:20_000], series[20_000:], NOBODY, NOBODY)
    assert [one.name for one in found.inputs if one.shifted] == ["f2", "f3", "f4"]
    assert (found.bars, found.share) == (1000, 0.3)
    (reason,) = found.reasons
    assert reason.startswith("3 of 10 inputs have shifted (30%, 20% is too many)")
    assert found.verdict == f"drifted: {reason}"


def test_an_input_that_falls_silent_has_shifted():
    series = np.random.default_rng(6).normal(size=(4000, 1))
    series[:30] = NAN
    assert not input_shifts(("x",), series[:3900], series[3900:], 0.25)[0].shifted
    (row,) = input_shifts(("x",), series[:3900], np.full((100, 1), NAN), 0.25)
    assert row.shifted
    assert math.isnan(row.distance)


def test_an_input_that_was_never_there_has_not_shifted():
    nothing = np.full((4000, 1), NAN)
    assert not input_shifts(("x",), nothing, nothing[:100], 0.25)[0].shifted
    assert input_shifts(("x",), nothing, np.zeros((100, 1)), 0.25)[0].shifted


def test_loss_and_calibration_error_by_hand():
    words = Judged(np.array([0.8, 0.8, 0.8, 0.8, 0.4, 0.0]), np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0]))
    by_hand = -(2.0 * math.log(0.8) + 2.0 * math.log(0.2) + math.log(0.6)) / 6.0
    assert log_loss(words) == pytest.approx(by_hand, rel=1e-9)
    assert math.isfinite(log_loss(Judged(np.array([0.0]), np.array([1.0]))))
    assert calibration_error(Judged(np.full(40, 0.8), np.repeat([1.0, 0.0], 20))) == pytest.approx(0.3)


def test_a_model_that_went_wrong_has_drifted():
    rng = np.random.default_rng(7)
    before, inputs = said(rng, 40_000), np.zeros((0, 1))
    found = judge(inputs, inputs, before, said(rng, 1500, skill=-1.0))
    assert found.performance.loss > found.performance.usual_loss > found.performance.reference_loss
    assert found.performance.error > found.performance.usual_error > found.performance.reference_error
    (reason,) = found.reasons
    assert reason.startswith(f"log loss {found.performance.loss:.4f} on 1500 bars")
    fine = judge(inputs, inputs, before, said(rng, 1500))
    assert (fine.reasons, fine.verdict) == ((), "not drifted")
    assert fine.output.chance > 0.01


def test_fifty_noisy_bars_are_no_verdict():
    """By their mean alone a third of these would be a rise beyond the limit."""
    rng = np.random.default_rng(8)
    before = said(rng, 10_000)
    nothing = np.zeros((0, 1))
    found = [judge(nothing, nothing, before, said(rng, 50)) for _ in range(100)]
    assert sum(one.performance.loss - one.performance.reference_loss >= LIMITS.loss for one in found) > 20
    assert sum(bool(one.reasons) for one in found) <= 10


def test_what_the_model_says_moves():
    rng = np.random.default_rng(9)
    before, after = said(rng, 20_000), said(rng, 900)
    moved = Judged(np.clip(after.probability + 0.2, 0.0, 1.0), after.rose)
    found = judge(np.zeros((0, 1)), np.zeros((0, 1)), before, moved).output
    assert found.after > found.before + 0.1
    assert found.chance < 1e-6
    assert found.distance == stats.ks_2samp(before.probability, moved.probability).statistic


def test_too_few_bars_say_nothing():
    rng = np.random.default_rng(10)
    inputs = rng.normal(size=(4000, 2))
    found = judge(inputs, 9.0 + inputs[: LEAST_BARS - 1], said(rng, 4000), said(rng, LEAST_BARS - 1, -1.0))
    assert (found.inputs, found.output, found.performance, found.reasons) == ((), None, None, ())
    assert found.verdict.startswith(f"nothing can be said: {LEAST_BARS - 1} new bars")


def test_no_more_bars_are_looked_at_than_the_past_has_stretches_of():
    assert newest_bars(LEAST_STRETCHES * 50, 70) == 50
    assert newest_bars(LEAST_STRETCHES * 50, 30) == 30
    rng = np.random.default_rng(11)
    inputs = rng.normal(size=(2000, 1))
    late = np.concatenate([9.0 + inputs[:500], inputs[500:600]])
    assert judge(inputs, late, NOBODY, NOBODY).reasons == ()
    before, good, bad = said(rng, 4000), said(rng, 200), said(rng, 200, skill=-3.0)
    for first, last, drifted in ((bad, good, False), (good, bad, True)):
        both = Judged(*(np.concatenate([getattr(one, name) for one in (first, last)]) for name in Judged.__slots__))
        found = judge(inputs, inputs[:0], before, both)
        assert (found.performance.bars, bool(found.reasons)) == (200, drifted)
