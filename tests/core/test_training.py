"""Training on walk-forward folds: a planted signal is found, noise is not, no bar is predicted by who has seen it."""

from dataclasses import replace

import numpy as np
import pytest
from markets import same_bits

from models.predictors import BoostingSettings, TrainingSettings, predict_edges, save_booster, train
from models.predictors.predictions import FINAL_FOLD, NO_FOLD
from models.predictors.training import fit_model
from models.types import BadInput
from models.types.timeframes import HOUR

WARM_UP, ROWS = 60, 2460
SETTINGS = TrainingSettings(
    horizon=5,
    embargo=4,
    folds=3,
    boosting=BoostingSettings(
        rounds=60,
        max_depth=3,
        learning_rate=0.1,
        min_child_weight=20.0,
        subsample=0.7,
        colsample=1.0,
        seed=7,
        threads=2,
    ),
)
# Fold k tests the rows from here to the next; it may learn from rows that end GAP earlier.
BLOCK = (ROWS - WARM_UP) // 4
STARTS = [WARM_UP + BLOCK * (k + 1) for k in range(3)]
GAP = 5 + 1 + 4


@pytest.fixture(scope="module")
def world():
    """A label that no line can find: the sign of a product, under noise of the same size."""
    rng = np.random.default_rng(11)
    features = rng.standard_normal((ROWS, 5))
    features[:WARM_UP, 2] = np.nan
    features[1000, 3] = np.nan
    momentum = rng.standard_normal(ROWS)
    label = 40.0 * np.sign(features[:, 0] * features[:, 1]) + rng.normal(0.0, 40.0, ROWS)
    label[-6:] = np.nan
    return np.arange(ROWS, dtype=np.int64) * HOUR, features, momentum, label


def run(world, label=None, settings=SETTINGS):
    ts, features, momentum, known = world
    return train(ts, features, momentum, known if label is None else label, settings, lambda _: None)


@pytest.fixture(scope="module")
def trained(world):
    return run(world)


def test_the_planted_signal_is_found_out_of_sample(trained):
    assert all(score.out_of_sample > 0.4 for score in trained.scores)
    assert all(score.in_sample > score.out_of_sample for score in trained.scores)
    assert trained.model.boosting.confidence > 0.99


def test_shuffled_labels_promise_nothing(world):
    rng = np.random.default_rng(5)
    found = [run(world, rng.permutation(world[3])).scores for _ in range(2)]
    out_of_sample = [score.out_of_sample for scores in found for score in scores]
    assert max(map(abs, out_of_sample)) < 0.2
    assert abs(sum(out_of_sample)) / len(out_of_sample) < 0.07


def test_every_bar_after_the_first_window_has_the_fold_of_its_block(trained):
    expected = np.full(ROWS, NO_FOLD)
    for number, start in enumerate(STARTS):
        expected[start:] = number
    expected[1000] = NO_FOLD
    np.testing.assert_array_equal(trained.walk_forward.fold, expected)
    silent = expected == NO_FOLD
    assert np.isnan(trained.walk_forward.boosting_bps[silent]).all()
    assert not trained.walk_forward.boosting_confidence[silent].any()
    assert np.isfinite(trained.walk_forward.boosting_bps[~silent]).all()


def test_the_final_model_speaks_in_sample_only_beside_the_folds(trained, world):
    fold = trained.in_sample.fold
    assert set(fold[WARM_UP:]) == {FINAL_FOLD, NO_FOLD}
    assert list(np.flatnonzero(fold == NO_FOLD)) == [*range(WARM_UP), 1000]
    assert [(one.fold, one.train_rows, one.test_rows) for one in trained.scores] == [
        (k, STARTS[k] - GAP - WARM_UP, BLOCK) for k in range(3)
    ]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_fold_has_seen_what_it_is_tested_on(world, trained, number):
    """Labels that reach into the test block, or lie after it, may say anything: the fold's predictions stay."""
    label = world[3].copy()
    label[STARTS[number] - GAP :] = 1e4 * np.random.default_rng(1).standard_normal(ROWS - STARTS[number] + GAP)
    found = run(world, label).walk_forward
    block = slice(0, STARTS[number] + BLOCK)
    assert same_bits(found.boosting_bps[block], trained.walk_forward.boosting_bps[block])
    assert same_bits(found.momentum_bps[block], trained.walk_forward.momentum_bps[block])
    assert same_bits(found.boosting_confidence[block], trained.walk_forward.boosting_confidence[block])


def test_a_fold_does_learn_from_its_last_training_row(world, trained):
    label = world[3].copy()
    label[STARTS[1] - GAP - 1] += 1e4
    found = run(world, label).walk_forward.momentum_bps
    block = slice(STARTS[1], STARTS[1] + BLOCK)
    assert not same_bits(found[block], trained.walk_forward.momentum_bps[block])


def test_features_of_the_test_block_are_not_learnt_from(world, trained):
    ts, features, momentum, label = world
    changed = features.copy()
    changed[STARTS[0] :] *= -3.0
    found = train(ts, changed, momentum, label, SETTINGS, lambda _: None)
    early = slice(WARM_UP, STARTS[0] - GAP)
    one, other = (fit_model(some[early], momentum[early], label[early], SETTINGS) for some in (features, changed))
    assert save_booster(one.booster) == save_booster(other.booster)
    block = slice(STARTS[0], STARTS[1])
    assert same_bits(
        predict_edges(one, ts, changed, momentum, block).boosting_bps[:50], found.walk_forward.boosting_bps[block][:50]
    )


def test_calibration_rows_are_apart_from_those_the_booster_learnt(world):
    """The booster learns from rows whose labels end before the last fifth; the slope comes from the last fifth."""
    _, features, momentum, label = (one[WARM_UP : WARM_UP + 1000] for one in world)
    features = np.nan_to_num(features)
    base = fit_model(features, momentum, label, SETTINGS)

    def changed(row):
        other = label.copy()
        other[row] += 1e3
        return fit_model(features, momentum, other, SETTINGS)

    last = 800 - SETTINGS.horizon - 2
    assert save_booster(changed(last).booster) != save_booster(base.booster)
    assert save_booster(changed(last + 1).booster) == save_booster(base.booster)
    assert changed(799).boosting == base.boosting
    assert changed(800).boosting != base.boosting


def test_a_forecast_is_shrunk_and_never_stretched(trained):
    assert 0.0 < trained.model.boosting.slope <= 1.0


def test_edges_are_slope_times_score(trained, world):
    ts, features, momentum, _ = world
    rows = slice(WARM_UP, WARM_UP + 5)
    found = predict_edges(trained.model, ts, features, momentum, rows)
    np.testing.assert_allclose(found.momentum_bps, trained.model.momentum.slope * momentum[rows], rtol=1e-12)
    assert set(found.momentum_confidence) == {trained.model.momentum.confidence}
    assert set(found.boosting_confidence) == {trained.model.boosting.confidence}


def test_the_same_training_gives_the_same_bits(world, trained):
    again = run(world)
    assert save_booster(again.model.booster) == save_booster(trained.model.booster)
    assert same_bits(again.walk_forward.boosting_bps, trained.walk_forward.boosting_bps)


def test_too_few_usable_rows_are_bad_input(world):
    ts, features, momentum, label = world
    with pytest.raises(BadInput, match="usable bars are too few"):
        run(world, settings=replace(SETTINGS, folds=30))
    with pytest.raises(BadInput, match=r"^0 usable bars"):
        train(ts, np.full_like(features, np.nan), momentum, label, SETTINGS, lambda _: None)


def test_every_fold_reports_a_line(world):
    lines = []
    ts, features, momentum, label = world
    train(ts, features, momentum, label, SETTINGS, lines.append)
    assert [line[:11] for line in lines] == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3"]
