"""The meta-learner: it hears out-of-fold words alone, and weighs them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from markets import random_bars, same_bits

from models.alpha import AlphaKind
from models.predictors import Labels, Predictions, WalkSettings, label_bars, walk
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, NO_FOLD, NOTHING_SEEN
from models.predictors.stacked import (
    StackedCore,
    StackedKind,
    _write_scores,
    stacked_inputs,
    stacked_names,
    usual_of,
)
from models.types import BadInput

HOUR = 3_600_000_000
COUNT = 1200
WALK = WalkSettings(horizon=3, embargo=3, folds=4)


def words(fold, seen, edge=10.0, confidence=0.5, probability=0.5, count=4):
    """Somebody's words about the hours 0, 1, 2 and so on; figures are one for all bars or one each."""
    ts = np.arange(count, dtype=np.int64) * HOUR
    said = Predictions.none(ts)
    said.fold[:], said.seen_until[:] = fold, seen
    said.edge_bps[:], said.confidence[:], said.probability[:] = edge, confidence, probability
    for column in (said.edge_bps, said.probability):
        column[~said.spoken] = math.nan
    said.confidence[~said.spoken] = 0.0
    return said


def hours(count):
    return np.arange(count, dtype=np.int64) * HOUR


def test_columns_by_hand():
    even = words(
        0, -HOUR, edge=[8.0, -4.0, 0.0, 1.0], confidence=[0.5, 0.5, 1.0, 0.0], probability=[0.5, 0.8, 0.2, 1.0]
    )
    silent = words([NO_FOLD, LATE_FOLD, 1, FINAL_FOLD], [NOTHING_SEEN, NOTHING_SEEN, HOUR, 2 * HOUR])
    found = stacked_inputs(hours(4), {"xgboost": even, "momentum": silent}, ("momentum", "xgboost"))
    nan = math.nan
    expected = [
        [nan, nan, 0.0, 4.0],
        [nan, nan, math.log(4.0), -2.0],
        [0.0, 5.0, -math.log(4.0), 0.0],
        [0.0, 5.0, math.log((1.0 - 1e-6) / 1e-6), 0.0],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)
    assert stacked_names(("momentum", "xgboost")) == ("momentum_odds", "momentum_edge", "xgboost_odds", "xgboost_edge")


def test_who_said_nothing_at_all_has_unknown_columns():
    found = stacked_inputs(hours(5), {"momentum": words(0, -HOUR)}, ("lstm", "momentum"))
    assert np.isnan(found[:, :2]).all()
    assert list(np.isfinite(found[:, 2])) == [True] * 4 + [False]


def test_words_are_those_of_the_bar():
    said = words(0, -HOUR, edge=[1.0, 2.0, 3.0, 4.0])
    found = stacked_inputs(hours(4)[1::2], {"momentum": said}, ("momentum",))
    assert found[:, 1].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("seen", [2 * HOUR, 2 * HOUR + 1, 9 * HOUR])
@pytest.mark.parametrize("fold", [0, 3, FINAL_FOLD])
def test_who_has_seen_the_bar_is_refused(fold, seen):
    said = words([NO_FOLD, 0, fold, fold], [NOTHING_SEEN, 0, seen, 0])
    with pytest.raises(
        ValueError, match=rf"xgboost speaks about the bar .* at {2 * HOUR}, of which fold {fold} had seen"
    ):
        stacked_inputs(hours(4), {"momentum": words(0, -1), "xgboost": said}, ("momentum", "xgboost"))


def test_who_has_seen_all_but_the_bar_is_heard():
    said = words([0, 0, 0, 0], [-1, HOUR - 1, 2 * HOUR - 1, 3 * HOUR - 1])
    assert np.isfinite(stacked_inputs(hours(4), {"momentum": said}, ("momentum",))).all()


def test_where_nobody_spoke_nobody_has_seen_too_much():
    said = words([NO_FOLD, LATE_FOLD, NO_FOLD, LATE_FOLD], 9 * HOUR)
    assert np.isnan(stacked_inputs(hours(4), {"momentum": said}, ("momentum",))).all()


@pytest.fixture(scope="module")
def parents():
    """Two models over a series, of which the first has something to say."""
    bars = random_bars(6, COUNT)
    labels = label_bars(bars, WALK.horizon, np.full(COUNT, 0.01), 0.5, None)
    rng = np.random.default_rng(6)
    hint = np.nan_to_num(labels.outcome_bps) / 100.0 + rng.normal(0.0, 1.0, COUNT)
    noise = rng.standard_normal(COUNT)
    walked = {
        name: walk(AlphaKind(name), bars.ts, score[:, None], labels, WALK, lambda _: None)
        for name, score in (("momentum", hint), ("breakout", noise))
    }
    return bars.ts, labels, walked


def test_the_meta_learner_cannot_see_an_in_fold_prediction(parents):
    """By construction: every word carries its fold and what its speaker had seen, and the only way in checks them."""
    ts, _, walked = parents
    said = {name: one.walk_forward for name, one in walked.items()}
    inputs = stacked_inputs(ts, said, tuple(said))
    for k, one in enumerate(said.values()):
        assert same_bits(np.isfinite(inputs[:, 2 * k]), one.spoken)
        assert (one.fold[one.spoken] >= 0).all()
        assert (one.seen_until < ts)[one.spoken].all()
        # Nor had it seen a label that reaches into the bar: what it had seen ends an embargo before its block.
        blocks = [np.flatnonzero(one.fold == fold) for fold in range(WALK.folds)]
        assert all(one.seen_until[rows].max() < ts[rows[0] - WALK.embargo] for rows in blocks)
    for name, one in walked.items():
        with pytest.raises(ValueError, match=f"{name} speaks about .* out-of-fold predictions only"):
            stacked_inputs(ts, said | {name: one.in_sample}, tuple(said))
        learnt = replace(one.walk_forward, seen_until=np.full(ts.size, ts[-1]))
        with pytest.raises(ValueError, match=f"{name} speaks about"):
            stacked_inputs(ts, said | {name: learnt}, tuple(said))


def test_its_own_words_are_out_of_fold_too(parents):
    ts, labels, walked = parents
    said = {name: one.walk_forward for name, one in walked.items()}
    meta = walk(StackedKind(1.0), ts, stacked_inputs(ts, said, tuple(said)), labels, WALK, lambda _: None).walk_forward
    assert meta.spoken.sum() > 500
    assert (meta.seen_until < ts)[meta.spoken].all()
    # It begins behind the first block of those it listens to.
    first = int(np.argmax(meta.spoken))
    assert (said["momentum"].fold[:first] == 0).sum() > 100
    known = meta.spoken & np.isfinite(labels.outcome_bps)
    assert np.corrcoef(meta.raw[known], labels.outcome_bps[known])[0, 1] > 0.3


def labels_of(rose, weight=1.0):
    end = np.arange(rose.size) + 1
    return Labels(rose, end, 100.0 * (rose - 0.5), end, np.broadcast_to(weight, rose.shape))


@pytest.fixture(scope="module")
def sample():
    """One column that tells, one that does not, one that is constant and one that was never known; some holes."""
    rng = np.random.default_rng(8)
    inputs = np.column_stack([rng.normal(5.0, 3.0, COUNT), rng.normal(0.0, 100.0, COUNT)])
    rose = (rng.random(COUNT) < 1.0 / (1.0 + np.exp(-(inputs[:, 0] - 5.0) / 3.0))).astype(np.float64)
    inputs[rng.random(inputs.shape) < 0.2] = np.nan
    inputs = np.column_stack([inputs, np.full(COUNT, 7.0), np.full(COUNT, np.nan)])
    return inputs, labels_of(rose)


@pytest.fixture(scope="module")
def core(sample):
    return StackedKind(1.0).fit(*sample, np.arange(1000), np.arange(1000, COUNT))


def test_it_finds_the_planted_weight(core):
    assert core.weights[0] == pytest.approx(1.0, abs=0.2)
    assert abs(core.weights[1]) < 0.15
    assert core.weights[2:].tolist() == [0.0, 0.0]
    assert core.importance[0] > 0.85
    assert core.importance.sum() == pytest.approx(1.0)


def test_columns_are_standardised_by_what_was_learnt_from(sample, core):
    known = sample[0][:1000, 0]
    assert core.center[0] == pytest.approx(np.nanmean(known))
    assert core.scale[0] == pytest.approx(np.nanstd(known))
    assert core.center[2:].tolist() == core.scale[2:].tolist() == [0.0, 0.0]


def test_a_score_by_hand(core):
    row = np.array([[8.0, np.nan, 1e9, 3.0], [np.nan] * 4, [np.nan, np.nan, np.nan, 3.0]])
    found = core.scores(row, slice(None))
    assert found[0] == core.offset + core.weights[0] * ((8.0 - core.center[0]) / core.scale[0])
    assert math.isnan(found[1])
    assert found[2] == core.offset


def test_a_stronger_penalty_makes_smaller_weights(sample, core):
    harder = StackedKind(1000.0).fit(*sample, np.arange(1000), np.arange(0))
    assert 0.0 < harder.weights[0] < 0.7 * core.weights[0]


def test_weights_of_the_labels_count(sample, core):
    """Where only those weigh whose outcome is turned round, the weight turns round."""
    inputs, labels = sample
    turned = np.arange(COUNT) % 4 == 0
    lies = Labels(
        np.where(turned, 1.0 - labels.rose, labels.rose),
        labels.rose_end,
        labels.outcome_bps,
        labels.outcome_end,
        np.where(turned, 1.0, 0.01),
    )
    assert StackedKind(1.0).fit(inputs, lies, np.arange(1000), np.arange(0)).weights[0] < -0.5


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_where_only_one_thing_ever_happened_nothing_is_learnt(sample, outcome):
    core = StackedKind(1.0).fit(sample[0], labels_of(np.full(COUNT, outcome)), np.arange(1000), np.arange(0))
    assert core.weights.tolist() == core.importance.tolist() == [0.0] * 4
    assert core.offset == 0.0


def test_it_keeps_every_bit_as_json(sample, core):
    again = StackedCore.from_lists(json.loads(json.dumps(core.as_lists(), allow_nan=False)))
    assert same_bits(again.scores(sample[0], slice(None)), core.scores(sample[0], slice(None)))


def test_lists_of_unequal_length_are_refused(core):
    with pytest.raises(ValueError, match="center, scale and weights"):
        StackedCore.from_lists(core.as_lists() | {"weights": [1.0]})


def test_other_inputs_than_it_learnt_from_are_refused(sample, core):
    with pytest.raises(BadInput, match="learnt from 4 inputs, not 3"):
        core.scores(sample[0][:, :3], slice(None))


def test_the_kernel_agrees_with_its_plain_twin(sample, core):
    arguments = sample[0], core.center, core.scale, core.weights, core.offset
    compiled, plain = np.empty(COUNT), np.empty(COUNT)
    _write_scores(*arguments, compiled)
    getattr(_write_scores, "py_func", _write_scores)(*arguments, plain)
    assert same_bits(compiled, plain)


def test_what_is_usual():
    center, scale = usual_of(np.array([[1.0, 5.0, np.nan], [3.0, 5.0, np.nan], [np.nan, 5.0, np.nan]]))
    assert center.tolist() == [2.0, 0.0, 0.0]
    assert scale.tolist() == [1.0, 0.0, 0.0]
