"""The walk-forward driver with a small kind: what is planted is found, noise is not, nobody saw what he predicts."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from markets import same_bits

from models.predictors import Predictions, WalkSettings, fit_speaker, label_bars, speak, walk
from models.predictors.predictions import FINAL_FOLD, NO_FOLD, NOTHING_SEEN
from models.types import BadInput, Bars
from models.types.timeframes import HOUR

WARM_UP, ROWS, GONE = 60, 2460, 1000
SETTINGS = WalkSettings(horizon=5, embargo=4, folds=3)
# Fold k tests the rows from here to the next; what it learns from ends EMBARGO earlier.
BLOCK = (ROWS - WARM_UP) // 4
STARTS = [WARM_UP + BLOCK * (k + 1) for k in range(3)]
STOPS = [start - SETTINGS.embargo for start in STARTS]


@dataclass(frozen=True, slots=True, eq=False)
class LineCore:
    weights: np.ndarray
    importance: np.ndarray
    curves: dict[str, np.ndarray]

    def scores(self, inputs, rows):
        return np.einsum("ij,j->i", inputs[rows], self.weights)


@dataclass(frozen=True, slots=True)
class LineKind:
    """The covariances of rises and inputs, or the first input as a formula; `seen` keeps the rows that it got."""

    seen: list
    name: str = "line"
    gives_odds: bool = True
    learns: bool = True
    takes_gaps: bool = False
    reach: int = 1

    def fit(self, inputs, labels, early, late):
        self.seen.append((early, late))
        if not self.learns:
            return LineCore(np.eye(inputs.shape[1])[0], np.zeros(inputs.shape[1]), {})
        rows = early[np.isfinite(inputs[early]).all(axis=1)]
        miss = labels.weight[rows] * (labels.rose[rows] - 0.5)
        weights = miss @ inputs[rows] / rows.size
        return LineCore(weights, np.abs(weights), {})


@pytest.fixture(scope="module")
def bars():
    """The first input is half of the next bar's move."""
    rng = np.random.default_rng(11)
    hint, noise = rng.standard_normal((2, ROWS))
    move = 0.01 * np.concatenate([[0.0], hint[:-1] + noise[1:]])
    close = 100.0 * np.exp(np.cumsum(move))
    opens = np.concatenate([[100.0], close[:-1]])
    reach = np.exp(0.002 * rng.random((2, ROWS)))
    high, low = np.maximum(opens, close) * reach[0], np.minimum(opens, close) / reach[1]
    inputs = np.column_stack([hint, rng.standard_normal((ROWS, 3))])
    inputs[:WARM_UP, 2] = np.nan
    inputs[GONE, 3] = np.nan
    return Bars(np.arange(ROWS, dtype=np.int64) * HOUR, opens, high, low, close, np.ones(ROWS)), inputs


def labels_of(bars):
    return label_bars(bars, SETTINGS.horizon, np.full(len(bars), 0.014), 0.5, None)


@pytest.fixture(scope="module")
def world(bars):
    return bars[0].ts, bars[1], labels_of(bars[0])


def run(world, settings=SETTINGS, kind=None, report=lambda _: None, **changed):
    ts, inputs, labels = world
    return walk(kind or LineKind([]), ts, inputs, replace(labels, **changed), settings, report)


@pytest.fixture(scope="module")
def walked(world):
    return run(world)


def same_words(one, other, rows=slice(None)):
    return all(same_bits(getattr(one, name)[rows], getattr(other, name)[rows]) for name in Predictions.__slots__)


def test_the_planted_signal_is_found_out_of_sample(walked):
    for score in walked.scores:
        assert score.out_of_sample > 0.15
        assert score.in_sample > 0.15
        assert score.log_loss < 0.68
        assert score.error <= score.raw_error + 1e-12
    assert walked.final.edge.confidence > 0.99
    assert walked.final.core.importance.argmax() == 0


def test_shuffled_labels_promise_nothing(world):
    labels = world[2]
    found = []
    for seed in range(4):
        order = np.arange(ROWS)
        order[: ROWS - 6] = np.random.default_rng(seed).permutation(ROWS - 6)
        shuffled = run(world, rose=labels.rose[order], outcome_bps=labels.outcome_bps[order])
        found += [one.out_of_sample for one in shuffled.scores if one.out_of_sample is not None]
        assert min(one.log_loss for one in shuffled.scores) > 0.685
        assert shuffled.final.odds.slope * np.std(shuffled.in_sample.raw[WARM_UP + 1 : GONE]) < 0.5
    assert max(map(abs, found)) < 0.15
    assert abs(np.mean(found)) < 0.06


def test_what_was_learnt_by_heart_shows_in_sample_only(world):
    """In-sample figures flatter, out-of-sample ones do not."""
    ts, _, labels = world
    noise = np.random.default_rng(3).standard_normal((ROWS, 60))
    # Each row's own label is written into the inputs of the training rows alone.
    noise[: STOPS[0], 0] += 3.0 * (np.nan_to_num(labels.rose[: STOPS[0]]) - 0.5)
    first = walk(LineKind([]), ts, noise, labels, SETTINGS, lambda _: None).scores[0]
    assert first.in_sample > 0.3
    assert abs(first.out_of_sample or 0.0) < 0.15


def test_every_bar_after_the_first_window_has_the_fold_of_its_block(walked):
    expected = np.full(ROWS, NO_FOLD)
    for number, start in enumerate(STARTS):
        expected[start:] = number
    expected[GONE] = NO_FOLD
    found = walked.walk_forward
    np.testing.assert_array_equal(found.fold, expected)
    silent = expected == NO_FOLD
    for name in ("edge_bps", "raw", "probability"):
        assert np.isnan(getattr(found, name)[silent]).all()
        assert np.isfinite(getattr(found, name)[~silent]).all()
    assert not found.confidence[silent].any()
    assert (found.familiarity[silent] == 1.0).all()


def test_nobody_has_seen_a_bar_that_he_predicts(walked, world):
    found = walked.walk_forward
    assert (found.seen_until[found.spoken] < found.ts[found.spoken]).all()
    assert (found.seen_until[~found.spoken] == NOTHING_SEEN).all()
    for number, start in enumerate(STARTS):
        rows = np.flatnonzero(found.fold == number)
        assert set(found.seen_until[rows]) == {world[0][start - SETTINGS.embargo - 1]}


def test_what_was_learnt_from_ends_before_what_is_held_out(world):
    """By the labels' own end rows: for the calibration's part, for the test block, and for the end of the data."""
    kind = LineKind([])
    run(world, kind=kind)
    labels = world[2]
    ends = np.maximum(labels.rose_end, labels.outcome_end)
    assert len(kind.seen) == 4
    for (early, late), stop in zip(kind.seen, [*STOPS, ROWS], strict=True):
        cut = stop - round((stop - WARM_UP) * 0.2)
        np.testing.assert_array_equal(early, np.flatnonzero(ends[:cut] < cut)[WARM_UP:])
        np.testing.assert_array_equal(late, [row for row in range(cut, stop) if ends[row] < stop])
        assert early[-1] < cut - SETTINGS.horizon


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_fold_has_seen_what_it_is_tested_on(world, walked, number):
    """Labels that end where training does, or later, and inputs after it may say anything: the words stay."""
    ts, inputs, labels = world
    rng = np.random.default_rng(1)
    late = np.maximum(labels.rose_end, labels.outcome_end) >= STOPS[number]
    changed = {
        "rose": np.where(late, rng.integers(0, 2, ROWS), labels.rose),
        "outcome_bps": np.where(late, 1e4 * rng.standard_normal(ROWS), labels.outcome_bps),
        "weight": np.where(late, 1.0, labels.weight),
    }
    found = run(world, **changed)
    assert same_words(found.walk_forward, walked.walk_forward, slice(0, STARTS[number] + BLOCK))
    other = inputs.copy()
    other[STOPS[number] :] *= -3.0
    rows = slice(WARM_UP, STOPS[number])
    one, two = (fit_speaker(LineKind([]), some, labels, rows, 5) for some in (inputs, other))
    assert same_words(*(speak(some, ts, inputs, slice(0, ROWS), 0, 0) for some in (one, two)))


def test_a_fold_does_learn_from_its_last_training_row(world, walked):
    outcome = world[2].outcome_bps.copy()
    outcome[STOPS[1] - SETTINGS.horizon - 2] += 1e4
    found = run(world, outcome_bps=outcome).walk_forward
    block = slice(STARTS[1], STARTS[1] + BLOCK)
    assert not same_bits(found.edge_bps[block], walked.walk_forward.edge_bps[block])
    assert same_bits(found.raw[block], walked.walk_forward.raw[block])


@pytest.mark.parametrize("stop", [700, 1500])
def test_later_bars_change_nothing_that_was_learnt(bars, stop):
    """Trained on the day, or years later on the same rows of a longer series: the same to the bit."""
    whole, inputs = bars
    part = whole.rows(slice(0, stop))
    rows, ts = slice(WARM_UP, stop), part.ts
    then = fit_speaker(LineKind([]), inputs[:stop], labels_of(part), rows, 5)
    later = fit_speaker(LineKind([]), inputs, labels_of(whole), rows, 5)
    assert (then.edge, then.odds) == (later.edge, later.odds)
    assert same_words(*(speak(one, ts, inputs[:stop], rows, 0, 0) for one in (then, later)))


def test_the_final_model_speaks_in_sample_only_beside_the_folds(walked, world):
    fold = walked.in_sample.fold
    assert set(fold[WARM_UP:]) == {FINAL_FOLD, NO_FOLD}
    assert list(np.flatnonzero(fold == NO_FOLD)) == [*range(WARM_UP), GONE]
    assert set(walked.in_sample.seen_until[walked.in_sample.spoken]) == {world[0][-1]}
    # Six labels of a window reach out of it; one row has no score, and six at the end of the data no outcome.
    assert [(one.fold, one.train_rows, one.test_rows) for one in walked.scores] == [
        (k, STOPS[k] - WARM_UP - 6 - (STOPS[k] > GONE), BLOCK - (k == 0) - 6 * (k == 2)) for k in range(3)
    ]


def test_words_are_what_the_speaker_makes_of_its_score(walked, world):
    ts, inputs, _ = world
    speaker, rows = walked.folds[2], slice(STARTS[2], ROWS)
    score = speaker.core.scores(inputs, rows)
    found = walked.walk_forward
    np.testing.assert_allclose(found.edge_bps[rows], speaker.edge.slope * score, rtol=1e-12)
    np.testing.assert_allclose(found.raw[rows], 1.0 / (1.0 + np.exp(-score)), rtol=1e-12)
    log_odds = speaker.odds.slope * score
    np.testing.assert_allclose(found.probability[rows], 1.0 / (1.0 + np.exp(-log_odds)), rtol=1e-12)
    assert set(found.confidence[rows]) == {speaker.edge.confidence}
    for t in range(STARTS[2], ROWS, 97):
        alone = speak(speaker, ts, inputs, slice(t, t + 1), 2, int(found.seen_until[t]))
        assert same_words(alone, Predictions(*(getattr(found, name)[t : t + 1] for name in Predictions.__slots__)))


def test_strange_inputs_are_less_familiar(walked, world):
    ts, inputs, _ = world
    strange = inputs.copy()
    strange[-50:] *= 40.0
    rows = slice(ROWS - 100, ROWS)
    found = speak(walked.final, ts, strange, rows, FINAL_FOLD, 0).familiarity
    assert found[:50].mean() > 0.95
    assert found[50:].mean() < 0.5


def test_a_formula_is_calibrated_on_all_rows(world):
    kind = LineKind([], learns=False, gives_odds=False)
    found = run(world, kind=kind)
    ends = np.maximum(world[2].rose_end, world[2].outcome_end)
    early, late = kind.seen[0]
    assert early.size == 0
    np.testing.assert_array_equal(late, np.flatnonzero(ends < STOPS[0])[WARM_UP:])
    assert np.isnan(found.walk_forward.raw).all()
    assert np.isfinite(found.walk_forward.probability[found.walk_forward.spoken]).all()
    assert all(one.raw_error is None and one.error is not None for one in found.scores)


def test_a_kind_that_takes_gaps_begins_with_the_first_input(world):
    assert np.flatnonzero(run(world).walk_forward.spoken)[0] == STARTS[0]
    early = run(world, kind=LineKind([], takes_gaps=True))
    assert np.flatnonzero(early.walk_forward.spoken)[0] == ROWS // 4


def test_the_same_training_gives_the_same_bits(world, walked):
    again = run(world)
    assert same_words(again.walk_forward, walked.walk_forward)
    assert same_words(again.in_sample, walked.in_sample)
    assert again.scores == walked.scores


def test_too_few_usable_rows_are_bad_input(world):
    ts, inputs, labels = world
    with pytest.raises(BadInput, match="usable bars are too few"):
        run(world, replace(SETTINGS, folds=30))
    with pytest.raises(BadInput, match=r"^0 usable bars"):
        walk(LineKind([]), ts, np.full_like(inputs, np.nan), labels, SETTINGS, lambda _: None)


def test_without_the_purge_nothing_is_learnt(world, monkeypatch):
    monkeypatch.setattr("models.predictors.speaker._within", lambda known, labels, start, stop: np.arange(start, stop))
    with pytest.raises(ValueError, match=r"training row \d+ has a label that ends at row \d+; allowed are"):
        run(world)


def test_every_fold_reports_a_line(world):
    lines = []
    run(world, report=lines.append)
    assert [line[:16] for line in lines] == ["line fold 1 of 3", "line fold 2 of 3", "line fold 3 of 3"]
    assert "out-of-sample correlation +0." in lines[0]
