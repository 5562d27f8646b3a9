"""Trees: what they learn, what they keep, and what they say of a row."""

from dataclasses import replace

import numpy as np
import pytest
from markets import same_bits

from models.predictors import BoostingSettings, Labels, load_booster, save_booster
from models.predictors.boosting import CURVE_POINTS, XgboostKind, evenly, fit_booster, loss_curve, predict_booster
from models.types import BadInput, Damaged

SETTINGS = BoostingSettings(
    rounds=40, max_depth=3, learning_rate=0.1, min_child_weight=5.0, subsample=0.7, colsample=0.8, seed=7, threads=2
)
COUNT = 1500
EARLY, LATE = np.arange(1100), np.arange(1150, 1400)


@pytest.fixture(scope="module")
def sample():
    """The price rises where the first two features agree, most of the time; the other two say nothing."""
    rng = np.random.default_rng(3)
    inputs = np.asfortranarray(rng.standard_normal((COUNT, 4)))
    rose = (inputs[:, 0] * inputs[:, 1] + rng.normal(0.0, 0.5, COUNT) > 0.0).astype(np.float64)
    inputs[rng.random(inputs.shape) < 0.02] = np.nan
    end = np.arange(COUNT) + 2
    labels = Labels(rose, end, 100.0 * (rose - 0.5), end, rng.uniform(0.3, 1.0, COUNT))
    return inputs, labels


@pytest.fixture(scope="module")
def core(sample):
    return XgboostKind(SETTINGS).fit(*sample, EARLY, LATE)


def test_scores_are_log_odds_of_what_is_planted(sample, core):
    inputs, labels = sample
    score = core.scores(inputs, slice(1150, COUNT))
    known = np.isfinite(score)
    rose = labels.rose[1150:][known]
    loss = np.mean(np.logaddexp(0.0, score[known]) - rose * score[known])
    assert loss < 0.6
    assert np.mean((score[known] > 0.0) == (rose > 0.5)) > 0.7


def test_a_row_with_an_unknown_input_has_no_score(sample, core):
    inputs = sample[0]
    unknown = np.isnan(inputs).any(axis=1)
    assert unknown.sum() > 50
    assert same_bits(np.isnan(core.scores(inputs, slice(None))), unknown)


def test_what_is_unknown_is_not_learnt_from(sample, core):
    inputs, labels = sample
    unknown = np.isnan(inputs).any(axis=1)
    lies = replace(labels, rose=np.where(unknown, 1.0 - labels.rose, labels.rose))
    again = XgboostKind(SETTINGS).fit(inputs, lies, EARLY, LATE)
    assert save_booster(again.booster) == save_booster(core.booster)


def test_importance_is_of_what_counts(core):
    assert core.importance.shape == (4,)
    assert core.importance.sum() == pytest.approx(1.0)
    assert core.importance[:2].sum() > 0.8


def test_without_a_split_nothing_is_important(sample):
    core = XgboostKind(replace(SETTINGS, min_child_weight=1e9)).fit(*sample, EARLY, LATE)
    assert core.importance.tolist() == [0.0] * 4
    assert np.nanmax(np.abs(core.scores(sample[0], slice(None)))) < 0.2


def test_curves_end_where_the_training_did(sample, core):
    inputs, labels = sample
    for name, rows in (("learnt", EARLY), ("held_out", LATE)):
        rows = rows[np.isfinite(inputs[rows]).all(axis=1)]
        margin, rose = core.scores(inputs, slice(None))[rows], labels.rose[rows]
        end = np.average(np.logaddexp(0.0, margin) - rose * margin, weights=labels.weight[rows])
        assert core.curves[name].shape == (CURVE_POINTS,)
        assert core.curves[name][-1] == pytest.approx(end, abs=1e-6)
        assert core.curves[name][-1] < core.curves[name][0]


def test_a_curve_of_few_rounds_has_them_all(sample):
    inputs, labels = sample
    rows = EARLY[np.isfinite(inputs[EARLY]).all(axis=1)]
    arguments = inputs[rows], labels.rose[rows], labels.weight[rows]
    whole = loss_curve(fit_booster(*arguments, replace(SETTINGS, rounds=5)), *arguments)
    assert whole.shape == (5,)
    ends = [loss_curve(fit_booster(*arguments, replace(SETTINGS, rounds=n)), *arguments)[-1] for n in range(1, 6)]
    np.testing.assert_allclose(whole, ends, rtol=1e-6)


@pytest.mark.parametrize(("count", "most"), [(0, 3), (2, 3), (3, 3), (10, 3), (2001, 2000)])
def test_evenly_keeps_the_last(count, most):
    found = evenly(np.arange(count), most)
    assert found.size == min(count, most)
    assert np.unique(found).size == found.size
    assert not count or found[-1] == count - 1


def test_nothing_held_out_has_no_curve(sample):
    core = XgboostKind(SETTINGS).fit(*sample, EARLY, np.arange(0))
    assert list(core.curves) == ["learnt"]


def test_no_complete_bar_says_so(sample):
    inputs, labels = sample
    with pytest.raises(BadInput, match="no training bar whose features are all known"):
        XgboostKind(SETTINGS).fit(np.where(np.arange(4) == 2, np.nan, inputs), labels, EARLY, LATE)


def test_weights_count(sample, core):
    inputs, labels = sample
    heavy = XgboostKind(SETTINGS).fit(inputs, replace(labels, weight=np.ones(COUNT)), EARLY, LATE)
    assert save_booster(heavy.booster) != save_booster(core.booster)


def test_the_same_seed_gives_the_same_bits_and_another_does_not(sample, core):
    again = XgboostKind(SETTINGS).fit(*sample, EARLY, LATE)
    assert save_booster(again.booster) == save_booster(core.booster)
    other = XgboostKind(replace(SETTINGS, seed=8)).fit(*sample, EARLY, LATE)
    assert save_booster(other.booster) != save_booster(core.booster)


def test_a_row_gives_the_same_bits_alone_as_among_others(sample, core):
    features = sample[0]
    together = predict_booster(core.booster, features)
    alone = np.concatenate([predict_booster(core.booster, features[t : t + 1]) for t in range(0, COUNT, 7)])
    assert same_bits(alone, together[::7])
    assert same_bits(predict_booster(core.booster, features[300:900]), together[300:900])


def test_a_stored_booster_is_the_same_to_the_bit(sample, core):
    raw = save_booster(core.booster)
    loaded = load_booster(raw)
    assert same_bits(predict_booster(loaded, sample[0]), predict_booster(core.booster, sample[0]))
    assert save_booster(loaded) == raw


@pytest.mark.parametrize(
    ("raw", "why"),
    [(b"", "is empty"), (b"not a model", "readable XGBoost model"), (b"{}", "readable XGBoost model")],
)
def test_a_broken_model_file_is_damaged(raw, why):
    with pytest.raises(Damaged, match=why):
        load_booster(raw)


def test_no_rows_give_no_scores(sample, core):
    assert predict_booster(core.booster, np.empty((0, 4))).shape == (0,)
    assert core.scores(sample[0], slice(5, 5)).shape == (0,)
