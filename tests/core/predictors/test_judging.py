"""Figures of a fold, by hand."""

import math

import numpy as np
import pytest

from models.predictors import Labels, Predictions, fold_score
from models.predictors.judging import FoldScore

N = 100
FIT, TEST = slice(10, 40), slice(50, 90)


def labels(**changed):
    rng = np.random.default_rng(1)
    rows = np.arange(N)
    columns = {
        "rose": (rng.random(N) < 0.5).astype(float),
        "rose_end": np.minimum(rows + 2, N),
        "outcome_bps": rng.standard_normal(N),
        "outcome_end": np.minimum(rows + 3, N),
        "weight": np.ones(N),
    }
    return Labels(**columns | changed)


def words(rows, edge, probability=0.5, raw=math.nan):
    said = Predictions.none(np.arange(N)[rows])
    said.fold[:] = 0
    said.edge_bps[:], said.probability[:], said.raw[:] = edge, probability, raw
    return said


def test_by_hand():
    known = labels()
    learnt = words(FIT, known.outcome_bps[FIT] * 3.0)
    edge = np.random.default_rng(2).standard_normal(40)
    said = words(TEST, edge, probability=0.6, raw=0.9)
    found = fold_score(3, learnt, said, known, FIT, TEST)
    share = known.rose[TEST].mean()
    # Rows 37 to 39 have returns that end at row 40 or later.
    assert (found.fold, found.train_rows, found.test_rows) == (3, 27, 40)
    assert found.in_sample == pytest.approx(1.0)
    assert found.out_of_sample == pytest.approx(np.corrcoef(edge, known.outcome_bps[TEST])[0, 1])
    assert found.log_loss == pytest.approx(-(share * math.log(0.6) + (1.0 - share) * math.log(0.4)))
    assert found.raw_error == pytest.approx(0.9 - share)
    assert found.error == pytest.approx(abs(0.6 - share))
    assert found.sentence == f"out-of-sample correlation {found.out_of_sample:+.3f}"


def test_what_training_left_out_does_not_count():
    known = labels()
    learnt, said = words(FIT, known.outcome_bps[FIT]), words(TEST, 1.0)
    known.outcome_bps[37:50] = 1e9
    assert fold_score(0, learnt, said, known, FIT, TEST).in_sample == pytest.approx(1.0)


def test_what_cannot_be_had_is_none():
    found = fold_score(0, words(FIT, 0.0), words(TEST, math.nan, math.nan), labels(), FIT, TEST)
    assert found == FoldScore(0, 27, 0, None, None, None, None, None)
    assert found.sentence == "out-of-sample correlation constant"
    unknown = labels(outcome_bps=np.full(N, math.nan), rose=np.full(N, math.nan))
    assert fold_score(0, words(FIT, 1.0), words(TEST, 1.0), unknown, FIT, TEST) == FoldScore(
        0, 0, 0, None, None, None, None, None
    )
