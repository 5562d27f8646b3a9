"""Macro-F1 is scikit-learn's; folds keep likes together; bounds are the best there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from models.news.scoring import (
    GRID,
    classes_of,
    confusion,
    drawn_f1,
    folds,
    groups_of,
    macro_f1,
    thresholds,
)

PAIRS = st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 1)), min_size=1, max_size=60)


@given(PAIRS)
def test_macro_f1_is_that_of_scikit_learn(pairs):
    classes, said = np.array(pairs).T
    reference = f1_score(classes, said, labels=[-1, 0, 1], average="macro", zero_division=0.0)
    assert macro_f1(confusion(classes, said)) == pytest.approx(reference, abs=1e-12)


def test_the_table_has_labels_in_rows():
    assert confusion(np.array([-1, 0, 1, 1]), np.array([1, 0, 1, -1])).tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 1]]


ALIKE = [
    (
        "Operating profit rose to EUR 13.1 mn from EUR 8.7 mn",
        "Operating profit rose to EUR 1.6 mn from EUR 1.1 mn",
        True,
    ),
    ("Bitcoin falls below $30K", "bitcoin falls below $29K!", True),
    ("Bitcoin falls below $30K", "Ethereum rises above $2K", False),
    ("Bitcoin falls", "Bitcoin rises", False),
    ("", "", False),
]


@pytest.mark.parametrize(("one", "other", "alike"), ALIKE)
def test_near_sentences_are_one_group(one, other, alike):
    first, second = groups_of([one, other])
    assert bool(first == second) is alike


@given(st.lists(st.sampled_from(["a b c", "a b c d", "b c d", "x y", "x y z w", "q"]), min_size=1, max_size=30))
def test_equal_texts_are_one_group(texts):
    groups = groups_of(texts)
    assert len({(text, int(group)) for text, group in zip(texts, groups, strict=True)}) == len(set(texts))


def test_no_group_stands_on_both_sides_of_a_fold_and_every_row_is_judged_once():
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 60, 300)
    classes = rng.integers(-1, 2, 300)
    judged = []
    for train, rows in folds(classes, groups, 5, seed=3):
        assert not set(groups[train]) & set(groups[rows])
        judged += rows.tolist()
    assert sorted(judged) == list(range(300))


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(-1.0, 1.0), st.integers(-1, 1)), min_size=3, max_size=40))
def test_bounds_are_the_best_of_the_grid(rows):
    scores, classes = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])

    def figure(low, high):
        return f1_score(classes, classes_of(scores, low, high), labels=[-1, 0, 1], average="macro", zero_division=0.0)

    best = figure(*thresholds(scores, classes))
    assert all(best >= figure(-low, high) - 1e-12 for low in GRID[::4] for high in GRID[::3])


def test_an_interval_surrounds_the_figure_and_widens_when_texts_come_in_groups():
    rng = np.random.default_rng(2)
    classes = rng.integers(-1, 2, 400)
    said = np.where(rng.random((2, 400)) < 0.7, classes, rng.integers(-1, 2, (2, 400)))
    figure = np.mean([macro_f1(confusion(classes, one)) for one in said])
    alone = drawn_f1(classes, said, np.arange(400), np.random.default_rng(5), 500)
    low, high = np.percentile(alone, (2.5, 97.5))
    assert low < figure < high
    assert high - low == pytest.approx(4 * 0.02 / np.sqrt(2), abs=0.01)  # 400 coin tosses of 0.8, twice
    # The same ten texts forty times over: not 400 things are known, but ten.
    ten = drawn_f1(np.tile(classes[:10], 40), np.tile(said[:, :10], 40), np.tile(np.arange(10), 40), rng, 500)
    assert np.std(ten) > 3 * np.std(alone)


def test_the_same_draws_make_differences_paired():
    rng = np.random.default_rng(3)
    classes = rng.integers(-1, 2, 200)
    said = rng.integers(-1, 2, (1, 200))
    one = drawn_f1(classes, said, np.arange(200), np.random.default_rng(7), 50)
    other = drawn_f1(classes, said.copy(), np.arange(200), np.random.default_rng(7), 50)
    assert np.array_equal(one, other)
